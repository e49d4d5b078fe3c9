#include "sample/process.h"
#include "sample/pids.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL_FILE_LIMIT = 1024 * 1024, KEPT_ENVIRON = 64 * 1024 };

void fp_process_init(struct fp_process *process, const struct fp_host *host,
	struct fp_pidfiles *pidfiles, struct fp_users *users, struct fp_containers *containers)
{
	process->host = host;
	process->pidfiles = pidfiles;
	process->users = users;
	process->containers = containers;
}

void fp_process_fini(struct fp_process *process)
{
	fp_buf_fini(&process->status_text.bytes);
	fp_buf_fini(&process->exe.bytes);
	fp_buf_fini(&process->cmdline.bytes);
	fp_buf_fini(&process->environ.bytes);
	fp_buf_fini(&process->cgroup.bytes);
	fp_buf_fini(&process->scratch);
	free(process->tids.at);
	free(process->ended.at);
}

bool fp_process_is_fatal(int status)
{
	return status == -ENOMEM || status == -EMFILE || status == -ENFILE;
}

int fp_process_thread_open(struct fp_process *process, int32_t tid)
{
	int status = process->host->backend->thread_open(&process->self, tid, &process->thread);

	process->has_thread = status == 0;
	return status;
}

void fp_process_thread_close(struct fp_process *process)
{
	if (process->has_thread)
		process->host->backend->process_close(&process->thread);
	process->has_thread = false;
}

static void close_body(struct fp_process *process)
{
	if (process->has_body && process->body.fd != process->self.fd)
		process->host->backend->process_close(&process->body);
	process->has_body = false;
}

static int read_stat(
	struct fp_process *process, const struct fp_os_process *place, struct fp_stat *stat)
{
	struct fp_buf *text = &process->scratch;
	int status = process->host->backend->read(place, FP_OS_STAT, SMALL_FILE_LIMIT, text);

	return status < 0 ? status : fp_stat_parse(text->data, text->len, stat);
}

static bool read_clock(struct fp_process *process, uint64_t *ns)
{
	const struct fp_host *host = process->host;

	return process->asks_clocks && host->backend->cpu_clock(host->os, process->pid, ns) == 0;
}

/* Since before its stat was read; who has not cannot have had an exec. */
static bool has_run(struct fp_process *process)
{
	uint64_t now_ns;

	return !process->has_clock || !read_clock(process, &now_ns) || now_ns != process->clock_ns;
}

bool fp_process_has_image(struct fp_process *process, uint64_t key)
{
	struct fp_stat stat;

	if (key == 0 || !process->has_self || (process->key == key && !has_run(process)) ||
		read_stat(process, &process->self, &stat) < 0)
		return true;
	uint64_t now = fp_stat_key(&stat);
	return now == 0 || now == key;
}

/* 0; -ESRCH when the thread has ended; else as the backend's thread_open and read. */
static int open_thread(struct fp_process *process, int32_t tid)
{
	struct fp_stat stat;
	int status = fp_process_thread_open(process, tid);

	if (status < 0)
		return status;
	status = read_stat(process, &process->thread, &stat);
	/* one that ends has no address space any more, long before it is a zombie */
	if (status == 0 && fp_stat_classify(&stat) != FP_KIND_USER)
		status = -ESRCH;
	process->key = fp_stat_key(&stat);
	if (status < 0) {
		fp_process_thread_close(process);
		return status;
	}
	process->body = process->thread;
	process->tid = tid;
	process->has_body = true;
	process->has_thread = false;
	return 0;
}

/* 0; -ESRCH when all have ended; -ENOENT when one that may live tells nothing; -ENOMEM and the like. */
static int open_live_thread(struct fp_process *process, const struct fp_pids *tids)
{
	int result = -ESRCH;

	for (size_t i = 0; i < tids->len; i++) {
		if (tids->at[i] == process->pid || fp_pids_has(&process->ended, tids->at[i]))
			continue;
		int status = open_thread(process, tids->at[i]);
		if (status == 0 || fp_process_is_fatal(status))
			return status;
		if (status != -ESRCH)
			result = -ENOENT;
	}
	return result;
}

/* Of a process whose first thread has ended, the others still show the address space. */
static int open_body(struct fp_process *process)
{
	close_body(process);
	process->key = 0;
	if (process->kind != FP_KIND_DEAD_LEADER) {
		process->key = fp_stat_key(&process->stat);
		process->body = process->self;
		process->tid = process->pid;
		process->has_body = true;
		return 0;
	}
	int status = process->host->backend->threads(&process->self, &process->tids);
	if (status == 0)
		status = open_live_thread(process, &process->tids);
	/* they may lack, be denied or not answer: it is a process all the same, of unknown memory */
	return status == -ENOENT || status == -EACCES || status == -EBUSY ? 0 : status;
}

int fp_process_status(struct fp_process *process)
{
	struct fp_process_text *text = &process->status_text;

	if (text->tried)
		return text->status;
	text->tried = true;
	/* a dead leader's own status has no memory in it */
	text->status =
		process->host->backend->read(process->has_body ? &process->body : &process->self,
			FP_OS_STATUS, SMALL_FILE_LIMIT, &text->bytes);
	if (text->status == 0)
		text->status = fp_status_parse(text->bytes.data, text->bytes.len, &process->status);
	return text->status;
}

/* A captured tree may have status without stat, and who is stuck in its exec answers only that. */
static int stat_from_status(struct fp_process *process)
{
	int status = fp_process_status(process);

	if (status < 0)
		return status == -ENOENT || status == -ENODATA ? -ESRCH : status;
	const struct fp_status *from = &process->status;
	process->stat = (struct fp_stat){
		.pid = process->pid,
		.ppid = from->has_ppid ? from->ppid : 0,
		.comm_len = from->comm_len,
		.state = from->state,
		.threads = from->has_threads ? from->threads : 1,
		.vsize_bytes =
			fp_memory_has(&from->memory, FP_VMS) ? from->memory.bytes[FP_VMS] : 0,
	};
	memcpy(process->stat.comm, from->comm, sizeof(from->comm));
	return 0;
}

static int look_once(struct fp_process *process)
{
	process->kind = FP_KIND_GONE;
	process->has_clock = read_clock(process, &process->clock_ns);
	int status = read_stat(process, &process->self, &process->stat);

	process->stuck = status == -EBUSY;
	if (status == -ENOENT || status == -ENODATA || status == -EBADMSG || process->stuck)
		status = stat_from_status(process);
	if (status == -ESRCH || fp_process_is_fatal(status))
		return status;
	process->readable = status == 0;
	if (!process->readable)
		return 0;
	process->kind = fp_stat_classify(&process->stat);
	/* which always answers, so that here only the size lacks */
	if (process->stuck && process->kind == FP_KIND_KERNEL)
		process->kind = FP_KIND_USER;
	return process->kind == FP_KIND_GONE ? -ESRCH : open_body(process);
}

static bool has_new_thread(const struct fp_process *process)
{
	for (size_t i = 0; i < process->tids.len; i++)
		if (!fp_pids_has(&process->ended, process->tids.at[i]))
			return true;
	return false;
}

static void note_ended(struct fp_process *process)
{
	struct fp_pids before = process->ended;

	process->ended = process->tids;
	process->tids = before;
	process->tids.len = 0;
	fp_pids_sort(&process->ended);
}

/*
 * Where none of those that were listed is there any more, one may have made another before it ended, or
 * have become the first by an exec.
 */
int fp_process_look(struct fp_process *process)
{
	process->ended.len = process->tids.len = 0;
	int status = look_once(process);

	for (int i = 0; status == -ESRCH && process->kind == FP_KIND_DEAD_LEADER &&
			i < FP_PROCESS_LOOKS && has_new_thread(process);
		i++) {
		note_ended(process);
		status = look_once(process);
	}
	return status;
}

static void begin(struct fp_process *process, int32_t pid)
{
	process->pid = pid;
	process->has_self = process->borrows_self = false;
	process->has_body = process->has_clock = false;
	process->stuck = process->readable = false;
	process->stat = (struct fp_stat){.pid = pid};
	process->status_text.tried = process->exe.tried = false;
	process->cmdline.tried = process->environ.tried = process->cgroup.tried = false;
}

static int look_at_opened(struct fp_process *process)
{
	process->has_self = true;
	int status = fp_process_look(process);

	if (status < 0)
		fp_process_close(process);
	return status;
}

int fp_process_open(struct fp_process *process, int32_t pid)
{
	const struct fp_host *host = process->host;

	begin(process, pid);
	int status = host->backend->process_open(host->os, pid, &process->self);
	process->stuck = status == -EBUSY;
	if (process->stuck)
		return 0;
	return status < 0 ? status : look_at_opened(process);
}

int fp_process_open_kept(struct fp_process *process, const struct fp_os_process *place)
{
	begin(process, place->pid);
	process->self = *place;
	process->borrows_self = true;
	return look_at_opened(process);
}

int fp_process_keep(struct fp_process *process, struct fp_os_process *place)
{
	bool is_body = process->has_body && process->body.fd == process->self.fd;
	int status = process->host->backend->process_keep(&process->self);

	if (status < 0)
		return status;
	if (is_body)
		process->body = process->self;
	process->borrows_self = true;
	*place = process->self;
	return 0;
}

void fp_process_close(struct fp_process *process)
{
	struct fp_buf *environ = &process->environ.bytes;

	if (process->environ.tried)
		fp_buf_wipe(environ);
	if (environ->cap > KEPT_ENVIRON)
		fp_buf_fini(environ);
	fp_process_thread_close(process);
	close_body(process);
	if (process->has_self && !process->borrows_self)
		process->host->backend->process_close(&process->self);
	process->has_self = false;
}

int fp_process_read(struct fp_process *process, enum fp_os_file file, size_t limit,
	bool may_be_empty, struct fp_buf *out)
{
	int status = fp_process_refusal(process);

	for (int i = 0; process->readable && i < FP_PROCESS_LOOKS; i++) {
		if (!process->has_body)
			return -ENOENT;
		status = process->host->backend->read(&process->body, file, limit, out);
		if (status == 0 && out->len == 0 && !may_be_empty)
			status = -ENODATA;
		if (status != -ESRCH && status != -ENODATA)
			return status;
		int seen = fp_process_look(process);
		if (seen < 0)
			return seen;
	}
	return status == -ESRCH ? -ENODATA : status;
}

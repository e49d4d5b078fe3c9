#include "fakehost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_host *fake;

/* ---- The processes ---- */

static void set_image(struct fake_process *process)
{
	fake->images++;
	process->startcode = 0x55000000000 + fake->images * 0x1000;
	process->startstack = 0x7ff000000000 + fake->images * 0x10;
}

static struct fake_process *add_process(int32_t pid, int32_t ppid)
{
	assert_in_range(fake->count, 0, FAKE_PROCESSES - 1);
	struct fake_process *process = &fake->processes[fake->count++];
	process->lives = true;
	process->resident = 100;
	process->mapped = 1000;
	process->file = 50;
	process->pid = pid;
	process->ppid = ppid;
	process->starttime_ticks = fake->now_s * 100 + fake->count;
	process->space = ++fake->spaces;
	fake->last_pid = pid;
	fake_event(FP_OS_EVENT_FORK, pid, ppid);
	return process;
}

static void set_text(char *out, size_t size, const char *text)
{
	assert_in_range(strlen(text), 0, size - 1);
	memmove(out, text, strlen(text) + 1);
}

static void name(struct fake_process *process, const char *comm)
{
	set_text(process->comm, sizeof(process->comm), comm);
	set_text(process->cmdline, sizeof(process->cmdline), comm);
	snprintf(process->exe, sizeof(process->exe), "/bin/%s", comm);
}

struct fake_process *fake_start(
	int32_t pid, int32_t ppid, const char *comm, const char *environ_text)
{
	struct fake_process *process = add_process(pid, ppid);

	set_image(process);
	name(process, comm);
	set_text(process->environ, sizeof(process->environ), environ_text);
	set_text(process->cgroup, sizeof(process->cgroup), "0::/\n");
	process->uid = 1000;
	fake_event(FP_OS_EVENT_EXEC, pid, 0);
	return process;
}

struct fake_process *fake_fork(const struct fake_process *parent, int32_t pid)
{
	struct fake_process *child = add_process(pid, parent->pid);
	struct fake_process made = *child;

	*child = *parent;
	memset(child->reads, 0, sizeof(child->reads));
	child->lives = child->forked = true;
	child->pid = made.pid;
	child->ppid = made.ppid;
	child->starttime_ticks = made.starttime_ticks;
	child->space = made.space;
	child->opens = child->glances = 0;
	return child;
}

void fake_exec(struct fake_process *process, const char *comm, const char *environ_text)
{
	set_image(process);
	process->dead_leader = process->forked = false;
	assert_in_range(fake->spaces, 0, FAKE_PROCESSES - 1);
	process->space = ++fake->spaces;
	name(process, comm);
	if (environ_text)
		set_text(process->environ, sizeof(process->environ), environ_text);
	fake_event(FP_OS_EVENT_EXEC, process->pid, 0);
}

void fake_exit(struct fake_process *process)
{
	process->lives = false;
	for (size_t i = 0; i < fake->count; i++)
		if (fake->processes[i].ppid == process->pid)
			fake->processes[i].ppid = 1;
	fake_event(FP_OS_EVENT_EXIT, process->pid, 0);
}

unsigned fake_reads(struct fake_process *process, unsigned file)
{
	unsigned reads = process->reads[file];

	process->reads[file] = 0;
	return reads;
}

/* ---- The backend ---- */

static struct fake_process *at(const struct fp_os_process *process)
{
	return &fake->processes[process->fd % FAKE_PROCESSES];
}

/* A descriptor beyond those of processes is of the second thread of one. */
static bool is_thread(const struct fp_os_process *process)
{
	return process->fd >= FAKE_PROCESSES;
}

static int list(struct fp_os *os, struct fp_pids *pids)
{
	(void)os;
	pids->len = 0;
	fake->lists++;
	for (size_t i = 0; i < fake->count; i++)
		if (fake->processes[i].lives && !fake->processes[i].is_thread)
			assert_int_equal(fp_pids_add(pids, fake->processes[i].pid), 0);
	return 0;
}

struct fake_process *fake_find(int32_t pid)
{
	for (size_t i = 0; i < fake->count; i++)
		if (fake->processes[i].lives && fake->processes[i].pid == pid)
			return &fake->processes[i];
	return NULL;
}

int fake_call(void)
{
	int status = fake->call_status;

	if (status == 0 || fake->calls_left-- > 0)
		return 0;
	fake->call_status = 0;
	return status;
}

static int process_open(struct fp_os *os, int32_t pid, struct fp_os_process *out)
{
	struct fake_process *process = fake_find(pid);

	(void)os;
	if (!process) {
		fake->misses++;
		return -ESRCH;
	}
	int status = fake_call();
	if (status < 0)
		return status;
	process->opens++;
	fake->opened++;
	*out = (struct fp_os_process){.fd = (int)(process - fake->processes), .pid = pid};
	return 0;
}

static void process_close(struct fp_os_process *process)
{
	if (process->keeps)
		fake_close_kept();
	else
		fake->opened--;
}

/* That of the other thread, which is a new one each time that it was passed on. */
static int32_t other_tid(const struct fake_process *p)
{
	return p->pid + OTHER_THREAD * (int32_t)(1 + p->passed_on);
}

static int threads(const struct fp_os_process *process, struct fp_pids *tids)
{
	const struct fake_process *p = at(process);

	tids->len = 0;
	if (p->threads_status < 0)
		return p->threads_status;
	assert_int_equal(fp_pids_add(tids, p->pid), 0);
	return fp_pids_add(tids, other_tid(p));
}

static int thread_open(const struct fp_os_process *process, int32_t tid, struct fp_os_process *out)
{
	struct fake_process *p = at(process);

	assert_int_equal(tid, other_tid(p));
	fake->thread_opens++;
	if (p->passes_on) {
		p->passes_on--;
		p->passed_on++;
		return -ESRCH;
	}
	*out = (struct fp_os_process){.fd = process->fd + FAKE_PROCESSES, .pid = p->pid};
	fake->opened += p->thread_status == 0;
	return p->thread_status;
}

/* The address space of a thread: a first one that has ended has none. -ESRCH: there is no such thread. */
static int find_space(int32_t tid, unsigned *space)
{
	const struct fake_process *leader = fake_find(tid), *other = fake_find(tid % OTHER_THREAD);

	if (!leader && !(other && other->dead_leader))
		return -ESRCH;
	*space = !leader ? other->space : leader->dead_leader ? 0 : leader->space;
	return 0;
}

static int compare_memory(struct fp_os *os, int32_t pid_a, int32_t pid_b, int *order)
{
	unsigned a, b;

	(void)os;
	if (find_space(pid_a, &a) < 0 || find_space(pid_b, &b) < 0)
		return -ESRCH;
	*order = (a > b) - (a < b);
	return 0;
}

static int read_text(struct fake_process *process, unsigned file, struct fp_buf *out)
{
	char text[2048];

	out->len = 0;
	if (fake->before_read)
		fake->before_read(process, file);
	if (!process->lives)
		return -ESRCH;
	int status = fake_call();
	if (status < 0)
		return status;
	process->reads[file]++;
	if (file == FP_OS_SMAPS_ROLLUP)
		fake->cpu_ns += process->walk_ns;
	if (process->denied >> file & 1)
		return -EACCES;
	int len = fake_make_text(process, file, text, sizeof(text));
	if (len < 0)
		return -ENOENT;
	assert_in_range(len, 0, sizeof(text) - 1);
	for (int i = 0; i < len && (file == FP_OS_CMDLINE || file == FP_OS_ENVIRON); i++)
		if (text[i] == '|')
			text[i] = '\0';
	return fp_buf_append(out, text, (size_t)len);
}

static int read_file(
	const struct fp_os_process *process, enum fp_os_file file, size_t limit, struct fp_buf *out)
{
	struct fake_process *p = at(process);

	(void)limit;
	if (!p->dead_leader || !is_thread(process))
		return read_text(p, file, out);
	/* for this reading alone */
	p->dead_leader = false;
	int status = read_text(p, file, out);
	p->dead_leader = true;
	return status;
}

static int read_exe(const struct fp_os_process *process, struct fp_buf *out)
{
	return read_text(at(process), FAKE_EXE, out);
}

static int user_name(struct fp_os *os, uint32_t uid, struct fp_buf *out)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "user%u", uid);

	(void)os;
	out->len = 0;
	return fp_buf_append(out, text, (size_t)len);
}

static int no_file(struct fp_os *os, const char *path, size_t limit, struct fp_buf *out,
	struct fp_os_file_info *info)
{
	(void)os, (void)path, (void)limit, (void)out, (void)info;
	return -ENOENT;
}

static uint64_t monotonic(struct fp_os *os)
{
	(void)os;
	return fake->now_s * UINT64_C(1000000000) + fake->late_ns;
}

static uint64_t page_bytes(struct fp_os *os)
{
	(void)os;
	return 4096;
}

static uint64_t hundred(struct fp_os *os)
{
	(void)os;
	return 100;
}

static void listen(void *context, enum fp_level level, const char *line)
{
	size_t len = strlen(fake->said);

	(void)context;
	(void)level;
	fake->lines++;
	snprintf(fake->said + len, sizeof(fake->said) - len, "%s\n", line);
}

/* ---- A test ---- */

int fake_begin(void **state)
{
	(void)state;
	fake = calloc(1, sizeof(*fake));
	if (!fake)
		return -1;
	fake->backend = fp_os_null;
	fake->backend.list = list;
	fake->backend.process_open = process_open;
	fake->backend.process_close = process_close;
	fake->backend.threads = threads;
	fake->backend.thread_open = thread_open;
	fake->backend.compare_memory = compare_memory;
	fake->backend.read = read_file;
	fake->backend.exe = read_exe;
	fake->backend.file_read = no_file;
	fake->backend.user_name = user_name;
	fake->backend.monotonic_ns = monotonic;
	fake->backend.page_bytes = page_bytes;
	fake->backend.ticks_per_second = hundred;
	fake_begin_events();
	fake_begin_live();
	fake->host.backend = &fake->backend;
	fake->host.log.say = listen;
	fake->now_s = 1000;
	fake->round_s = 10;
	return 0;
}

int fake_end(void **state)
{
	bool guarded = fake->guard != NULL;

	(void)state;
	fp_snapshot_free(fake->snapshot);
	fp_sampler_free(fake->sampler);
	fp_guard_free(fake->guard);
	readtext_fini(&fake->settings);
	/* a guard closes by descriptors, of which a made process has one for all who open it */
	if (!guarded)
		assert_int_equal(fake->opened, 0);
	fake_end_events();
	fake_end_live();
	free(fake);
	return 0;
}

void fake_guard(uint64_t timeout_ns)
{
	assert_int_equal(fp_guard_new(&fake->host, timeout_ns, &fake->guard), 0);
}

static void configure(const char *text, bool follow)
{
	const struct fp_sampler_options options = {.interval_s = 10,
		.keep_members = true,
		.keep_sizes = true,
		.say_denied = true,
		.follow = follow};

	readtext_good(text, &fake->settings);
	assert_int_equal(fp_sampler_new(fake->guard ? fp_guard_host(fake->guard) : &fake->host,
				 fake->settings.settings, &options, &fake->sampler),
		0);
}

void fake_configure(const char *text)
{
	configure(text, false);
}

void fake_follow(const char *text)
{
	configure(text, true);
}

void fake_round(void)
{
	fp_snapshot_free(fake->snapshot);
	fake->snapshot = NULL;
	fake->now_s += fake->round_s;
	assert_int_equal(fp_sampler_take(fake->sampler, &fake->snapshot), 0);
}

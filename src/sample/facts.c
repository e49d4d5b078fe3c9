/* What selectors ask of a process. */
#include "sample/process.h"
#include "parse/cmdline.h"
#include "parse/environ.h"
#include "util/pattern.h"

#include <string.h>
#include <time.h>

/* exec lays down at most 6 MiB of arguments and environment; more was forged by prctl. */
enum { ARGUMENTS_LIMIT = 8 * 1024 * 1024 };

/* As much as a path and some; what docker and others shorten an id to. */
enum { CGROUP_LIMIT = 1024 * 1024, SHORT_ID = 12 };

static int read_once(struct fp_process *process, enum fp_os_file file, struct fp_process_text *text)
{
	if (!text->tried) {
		text->tried = true;
		text->status = fp_process_read(process, file, ARGUMENTS_LIMIT, true, &text->bytes);
		/* whatever was forged behind them, what exec laid down is among the first */
		if (text->status == -EFBIG)
			text->status = 0;
	}
	return text->status;
}

/*
 * A process in the middle of exec has neither arguments nor environment for some microseconds; one
 * that never had any argument can only be told apart by asking again.
 */
static int read_cmdline(struct fp_process *process)
{
	static const struct timespec pause = {.tv_nsec = 200000};
	struct fp_process_text *text = &process->cmdline;

	if (text->tried)
		return text->status;
	for (;;) {
		int status = read_once(process, FP_OS_CMDLINE, text);
		if (status < 0)
			return status;
		if (text->bytes.len > 0 || process->patience <= 0)
			break;
		process->patience--;
		text->tried = false;
		nanosleep(&pause, NULL);
	}
	text->bytes.len = fp_cmdline_join(text->bytes.data, text->bytes.len);
	return 0;
}

static int read_environ(struct fp_process *process)
{
	struct fp_process_text *text = &process->environ;
	bool fresh = !text->tried;
	int status = read_once(process, FP_OS_ENVIRON, text);

	if (status < 0 || text->bytes.len > 0 || !fresh)
		return status;
	/* when its arguments are there, its exec is over and so its environment is there too */
	process->cmdline.tried = false;
	status = read_cmdline(process);
	if (status < 0)
		return status;
	text->tried = false;
	return read_once(process, FP_OS_ENVIRON, text);
}

static int read_exe(struct fp_process *process)
{
	static const char deleted[] = " (deleted)";
	const size_t tail = sizeof(deleted) - 1;
	struct fp_process_text *text = &process->exe;
	struct fp_buf *path = &text->bytes;

	if (text->tried)
		return text->status;
	text->tried = true;
	if (!process->readable)
		text->status = fp_process_refusal(process);
	else if (!process->has_body)
		text->status = -ENOENT;
	else
		text->status = process->host->backend->exe(&process->body, path);
	/* a package upgrade replaces the file, and the process is the same as before */
	if (text->status == 0 && path->len > tail &&
		memcmp(path->data + path->len - tail, deleted, tail) == 0)
		path->len -= tail;
	return text->status;
}

int fp_process_cmdline(struct fp_process *process, const char **text, size_t *len)
{
	*text = "";
	*len = 0;
	if (process->readable && process->kind == FP_KIND_KERNEL)
		return 0;
	int status = read_cmdline(process);
	if (status == 0) {
		*text = process->cmdline.bytes.data;
		*len = process->cmdline.bytes.len;
	}
	return status;
}

int fp_process_uid(struct fp_process *process, uint32_t *uid)
{
	int status = process->readable ? process->host->backend->owner(&process->self, uid)
				       : fp_process_refusal(process);

	if (status != -ENOTSUP)
		return status;
	status = fp_process_status(process);
	if (status == 0 && !process->status.has_euid)
		status = -ENOENT;
	if (status == 0)
		*uid = process->status.euid;
	return status;
}

/*
 * Some hosts shield their first process from everybody, whatever capabilities they have: then it is
 * no workload, and must not leave every group that asks for an environment undecided.
 */
static int excuse_init(const struct fp_process *process, int status)
{
	const struct fp_host *host = process->host;
	struct fp_os_abilities abilities = {0};

	if (status != -EACCES || process->pid != 1 ||
		host->backend->probe(host->os, &abilities) < 0)
		return status;
	return abilities.can_ptrace && abilities.can_dac_read ? -ENOENT : status;
}

/* What a reading's result makes of a fact; data and length are set already. */
static int conclude(int status, struct fp_fact *fact)
{
	if (status == -ESRCH || fp_process_is_fatal(status))
		return status;
	fact->state = status == 0         ? FP_FACT_KNOWN
		      : status == -ENOENT ? FP_FACT_NONE
					  : FP_FACT_UNKNOWN;
	fact->reason = status;
	return 0;
}

static int fetch_user(struct fp_process *process, const struct fp_line *line, struct fp_fact *fact)
{
	uint32_t uid = 0;
	const char *name;
	int status = fp_process_uid(process, &uid);

	if (status == 0 && !line->pattern)
		status = line->has_uid && line->uid == uid ? 0 : -ENOENT;
	else if (status == 0)
		status = fp_users_name(process->users, process->host, uid, &name);
	if (status == 0 && line->pattern) {
		fact->data = name;
		fact->len = strlen(name);
	}
	return conclude(status, fact);
}

static int fetch_env(struct fp_process *process, const struct fp_line *line, struct fp_fact *fact)
{
	int status = -ENOENT;

	if (!process->readable || process->kind != FP_KIND_KERNEL)
		status = excuse_init(process, read_environ(process));
	if (status == 0) {
		const struct fp_buf *block = &process->environ.bytes;
		fact->data = fp_environ_find(block->data, block->len, line->name, &fact->len);
		if (!fact->data)
			status = -ENOENT;
	}
	return conclude(status, fact);
}

static int fetch_exe(struct fp_process *process, struct fp_fact *fact)
{
	int status = -ENOENT;

	if (!process->readable || process->kind != FP_KIND_KERNEL)
		status = excuse_init(process, read_exe(process));
	if (status == 0) {
		fact->data = process->exe.bytes.data;
		fact->len = process->exe.bytes.len;
	}
	return conclude(status, fact);
}

/* The path of its cgroup, which a process has until it is reaped. */
static int read_cgroup(struct fp_process *process, const char **path, size_t *len)
{
	struct fp_process_text *text = &process->cgroup;

	if (!process->readable)
		return fp_process_refusal(process);
	if (!text->tried) {
		text->tried = true;
		text->status = process->host->backend->read(
			&process->self, FP_OS_CGROUP, CGROUP_LIMIT, &text->bytes);
	}
	if (text->status < 0)
		return text->status;
	int status = fp_cgroup_path(text->bytes.data, text->bytes.len, path, len);
	return status == -ENODATA ? -ENOENT : status;
}

static int find_unit(struct fp_process *process, char unit[FP_UNIT_SIZE])
{
	const char *path;
	size_t len;
	int status = read_cgroup(process, &path, &len);

	if (status == 0 && !fp_cgroup_unit(path, len, unit, FP_UNIT_SIZE))
		status = -ENOENT;
	return status;
}

static int find_container(struct fp_process *process, char id[FP_CONTAINER_ID_SIZE])
{
	const char *path;
	size_t len;
	int status = read_cgroup(process, &path, &len);

	id[0] = '\0';
	if (status == 0 && !fp_cgroup_container(path, len, id))
		status = -ENOENT;
	return status;
}

static int fetch_unit(struct fp_process *process, struct fp_fact *fact)
{
	int status = find_unit(process, process->found);

	fact->data = process->found;
	if (status == 0)
		fact->len = strlen(process->found);
	return conclude(status, fact);
}

/* Does the line name the container by its id, whole or shortened as in a list of containers? */
static bool names_id(const struct fp_line *line, const char *id)
{
	const char *text = fp_pattern_text(line->pattern);
	size_t len = strlen(text);

	if (fp_pattern_match(line->pattern, id, strlen(id)) == 1)
		return true;
	return !fp_pattern_is_regex(line->pattern) && len >= SHORT_ID && len < strlen(id) &&
	       memcmp(text, id, len) == 0;
}

static int fetch_container(
	struct fp_process *process, const struct fp_line *line, struct fp_fact *fact)
{
	const char *name;
	int status = find_container(process, process->found);

	if (status < 0)
		return conclude(status, fact);
	fact->data = process->found;
	fact->len = strlen(process->found);
	if (names_id(line, process->found)) {
		/* a shortened id is as good as the whole */
		if (!fp_pattern_is_regex(line->pattern)) {
			fact->data = fp_pattern_text(line->pattern);
			fact->len = strlen(fact->data);
		}
		return conclude(0, fact);
	}
	status = fp_containers_name(process->containers, process->host, process->found, &name);
	if (status == 0) {
		fact->data = name;
		fact->len = strlen(name);
	}
	return conclude(status, fact);
}

int fp_process_container(struct fp_process *process, const char **name)
{
	int status = find_container(process, process->found);

	*name = process->found;
	if (status == 0)
		status = fp_containers_name(
			process->containers, process->host, process->found, name);
	/* whom nobody gave a name is known by its short id */
	if (status == -ENOENT && process->found[0]) {
		process->found[SHORT_ID] = '\0';
		*name = process->found;
		status = 0;
	}
	return status;
}

int fp_process_fetch(void *context, const struct fp_line *line, struct fp_fact *fact)
{
	struct fp_process *process = context;
	int status = -ENOENT;

	*fact = (struct fp_fact){.data = ""};
	switch (line->selector) {
	case FP_SEL_COMM:
		fact->data = process->stat.comm;
		fact->len = process->stat.comm_len;
		return conclude(process->readable ? 0 : fp_process_refusal(process), fact);
	case FP_SEL_PIDFILE:
		status = fp_pidfiles_match(process->pidfiles, process->host, line, process->pid,
			process->readable ? process->stat.starttime_ticks : 0);
		return conclude(status > 0 ? 0 : status == 0 ? -ENOENT : status, fact);
	case FP_SEL_USER:
		return fetch_user(process, line, fact);
	case FP_SEL_CGROUP:
		status = read_cgroup(process, &fact->data, &fact->len);
		return conclude(status, fact);
	case FP_SEL_UNIT:
		return fetch_unit(process, fact);
	case FP_SEL_CONTAINER:
		return fetch_container(process, line, fact);
	case FP_SEL_EXE:
		return fetch_exe(process, fact);
	case FP_SEL_CMDLINE:
		status = fp_process_cmdline(process, &fact->data, &fact->len);
		return conclude(status, fact);
	case FP_SEL_ENV:
		return fetch_env(process, line, fact);
	case FP_SELECTORS:
		break;
	}
	return conclude(status, fact);
}

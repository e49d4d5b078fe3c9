#include "sample/sampler.h"
#include "compute/select.h"
#include "parse/host.h"
#include "parse/mountinfo.h"
#include "sample/process.h"
#include "sample/spaces.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* See fp_process.patience: at most some milliseconds of waiting a round. */
enum { PATIENCE = 20 };

struct fp_sampler {
	const struct fp_host *host;
	struct fp_settings *settings;
	struct fp_sampler_options options;
	struct fp_pidfiles *pidfiles;
	struct fp_users *users;
	struct fp_process process;
	struct fp_pids pids;
	struct fp_spaces spaces;
	size_t *matched; /* of the process at hand: indices into the snapshot's groups */
	uint64_t round;
	bool said_denied, said_senseless, said_no_smaps;
	_Atomic int32_t current;
};

int fp_sampler_new(const struct fp_host *host, struct fp_settings *settings,
	const struct fp_sampler_options *options, struct fp_sampler **out)
{
	struct fp_sampler *sampler = calloc(1, sizeof(*sampler));

	if (!sampler)
		return -ENOMEM;
	sampler->host = host;
	sampler->settings = settings;
	sampler->options = *options;
	sampler->matched = calloc(settings->group_count + 1, sizeof(sampler->matched[0]));
	if (!sampler->matched || fp_pidfiles_new(settings, &sampler->pidfiles) < 0 ||
		fp_users_new(&sampler->users) < 0) {
		fp_sampler_free(sampler);
		return -ENOMEM;
	}
	fp_process_init(&sampler->process, host, sampler->pidfiles, sampler->users);
	*out = sampler;
	return 0;
}

void fp_sampler_free(struct fp_sampler *sampler)
{
	if (!sampler)
		return;
	fp_process_fini(&sampler->process);
	fp_pidfiles_free(sampler->pidfiles);
	fp_users_free(sampler->users);
	fp_spaces_fini(&sampler->spaces);
	free(sampler->pids.at);
	free(sampler->matched);
	free(sampler);
}

int32_t fp_sampler_current(const struct fp_sampler *sampler)
{
	return atomic_load(&sampler->current);
}

void fp_sampler_announce(struct fp_sampler *sampler)
{
	const struct fp_host *host = sampler->host;
	const char *path = sampler->settings->proc_path;
	struct fp_os_abilities abilities = {0};
	struct fp_buf text = {0};

	if (host->backend->probe(host->os, &abilities) == 0 && !abilities.can_ptrace &&
		host->backend->host_read(host->os, FP_OS_HOST_MOUNTINFO, &text) == 0) {
		int hidepid = fp_mountinfo_hidepid(text.data, text.len, path);
		if (hidepid == 1)
			fp_log(&host->log, FP_WARNING,
				"%s is mounted with hidepid=%d: without CAP_SYS_PTRACE, processes "
				"of "
				"other users cannot be told apart, so they count as denied in "
				"every "
				"group",
				path, hidepid);
		else if (hidepid > 1)
			fp_log(&host->log, FP_WARNING,
				"%s is mounted with hidepid=%d: without CAP_SYS_PTRACE, processes "
				"of "
				"other users are invisible and cannot even be counted",
				path, hidepid);
	}
	fp_buf_fini(&text);
}

const char *fp_sampler_denial(const struct fp_sampler *sampler)
{
	const struct fp_host *host = sampler->host;
	struct fp_os_abilities abilities = {0};

	if (host->backend->probe(host->os, &abilities) < 0)
		return "this program may not read it";
	if (!abilities.can_ptrace && !abilities.can_dac_read)
		return "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are missing";
	if (!abilities.can_ptrace)
		return "CAP_SYS_PTRACE is missing";
	if (!abilities.can_dac_read)
		return "CAP_DAC_READ_SEARCH is missing";
	return "the capabilities are there, so a security module or a user namespace forbids it";
}

static void say_denied(struct fp_sampler *sampler, const struct fp_group *group)
{
	const struct fp_host *host = sampler->host;

	if (sampler->said_denied || !sampler->options.say_denied)
		return;
	sampler->said_denied = true;
	fp_log(&host->log, FP_WARNING,
		"<Group \"%s\">: process %d may not be read: %s. Until it may, count-denied tells "
		"how "
		"many there are in a group, and the sums that they belong to are not dispatched; "
		"this "
		"is said once",
		group->name, (int)sampler->process.pid, fp_sampler_denial(sampler));
}

static void say_unreadable(struct fp_sampler *sampler, const struct fp_group *group, int status)
{
	bool no_smaps = status == -ENOENT || status == -ENODATA;
	bool *said = no_smaps ? &sampler->said_no_smaps : &sampler->said_senseless;

	if (*said)
		return;
	*said = true;
	if (no_smaps)
		fp_log(&sampler->host->log, FP_WARNING,
			"<Group \"%s\">: process %d has neither smaps_rollup nor smaps, so sums "
			"that "
			"it belongs to are not dispatched; this is said once",
			group->name, (int)sampler->process.pid);
	else
		fp_log(&sampler->host->log, FP_WARNING,
			"<Group \"%s\">: a file of process %d cannot be used (%s), so sums that it "
			"belongs to are not dispatched; this is said once",
			group->name, (int)sampler->process.pid, strerror(-status));
}

/* Is a group with an interval of its own due in this round? */
static bool is_due(const struct fp_sampler *sampler, const struct fp_group *group)
{
	if (group->options.interval_s <= 0)
		return true;
	double times = round(group->options.interval_s / sampler->options.interval_s);
	return sampler->round % (uint64_t)times == 0;
}

static struct fp_snapshot *new_snapshot(const struct fp_sampler *sampler)
{
	const struct fp_settings *settings = sampler->settings;
	struct fp_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot)
		return NULL;
	snapshot->groups = calloc(settings->group_count + 1, sizeof(snapshot->groups[0]));
	if (!snapshot->groups) {
		free(snapshot);
		return NULL;
	}
	for (size_t i = 0; i < settings->group_count; i++) {
		if (!is_due(sampler, &settings->groups[i]))
			continue;
		struct fp_group_result *result = &snapshot->groups[snapshot->group_count++];
		result->group = &settings->groups[i];
		fp_account_init(&result->account);
	}
	return snapshot;
}

static void read_mem_total(const struct fp_host *host, struct fp_snapshot *snapshot)
{
	struct fp_buf text = {0};

	snapshot->has_mem_total =
		host->backend->host_read(host->os, FP_OS_HOST_MEMINFO, &text) == 0 &&
		fp_meminfo_total(text.data, text.len, &snapshot->mem_total_bytes) == 0;
	fp_buf_fini(&text);
}

static int keep_member(struct fp_sampler *sampler, struct fp_group_result *result,
	const struct fp_memory *memory, bool denied)
{
	struct fp_process *process = &sampler->process;
	struct fp_member member = {.pid = process->pid, .denied = denied, .memory = *memory};
	const char *text;
	size_t len;

	if (process->readable) {
		member.starttime_ticks = process->stat.starttime_ticks;
		member.threads = process->stat.threads;
		memcpy(member.comm, process->stat.comm, process->stat.comm_len);
	}
	int status = fp_process_uid(process, &member.uid);
	if (status == -ESRCH || fp_process_is_fatal(status))
		return status;
	member.has_uid = status == 0;
	if (sampler->options.keep_cmdline && fp_process_cmdline(process, &text, &len) == 0) {
		member.cmdline = strndup(len ? text : "", len);
		if (!member.cmdline)
			return -ENOMEM;
	}
	status = fp_members_add(&result->members, member);
	if (status < 0)
		free(member.cmdline);
	return status;
}

/* Measures the process at hand, or takes what was measured of another that shares its memory. */
static int measure(struct fp_sampler *sampler, size_t group_count, struct fp_space **out)
{
	const struct fp_host *host = sampler->host;
	struct fp_process *process = &sampler->process;
	struct fp_space fresh = {
		.pid = process->pid, .read_ns = host->backend->monotonic_ns(host->os)};
	size_t at;

	*out = fp_spaces_find(&sampler->spaces, host, process->pid, &process->stat, &at);
	if (*out)
		return 0;
	fresh.status = fp_process_measure(process, &fresh.memory);
	if (fresh.status == -ESRCH || fp_process_is_fatal(fresh.status))
		return fresh.status;
	fresh.startcode = process->stat.startcode;
	fresh.startstack = process->stat.startstack;
	return fp_spaces_add(&sampler->spaces, at, &fresh, group_count, out);
}

static int account(struct fp_sampler *sampler, struct fp_group_result *result,
	const struct fp_space *space, bool counted)
{
	bool denied = space->status == -EACCES;
	uint64_t threads = sampler->process.stat.threads;

	if (sampler->options.keep_members) {
		int status = keep_member(sampler, result, &space->memory, denied);
		if (status < 0)
			return status;
	}
	if (counted) {
		fp_account_sharer(&result->account, threads);
		return 0;
	}
	fp_account_member(&result->account, threads, &space->memory, space->read_ns, denied);
	if (denied)
		say_denied(sampler, result->group);
	else if (space->status < 0)
		say_unreadable(sampler, result->group, space->status);
	return 0;
}

/* Counts the process at hand in the groups that it matched. */
static int take_member(struct fp_sampler *sampler, struct fp_snapshot *snapshot, size_t count)
{
	struct fp_space *space;
	int status = measure(sampler, snapshot->group_count, &space);

	for (size_t i = 0; i < count && status == 0; i++) {
		size_t group = sampler->matched[i];
		status = account(sampler, &snapshot->groups[group], space, space->counted[group]);
		space->counted[group] = true;
	}
	return status;
}

static int take_opened(struct fp_sampler *sampler, struct fp_snapshot *snapshot)
{
	const struct fp_facts facts = {fp_process_fetch, &sampler->process};
	size_t matched = 0, undecided = 0;

	for (size_t i = 0; i < snapshot->group_count; i++) {
		int truth = fp_select(snapshot->groups[i].group, &facts);
		if (truth < 0)
			return truth;
		if (truth == FP_TRUE)
			sampler->matched[matched++] = i;
		else if (truth == FP_UNKNOWN) /* kept from the other end until all is decided */
			sampler->matched[snapshot->group_count - ++undecided] = i;
	}
	if (matched) {
		int status = take_member(sampler, snapshot, matched);
		if (status < 0)
			return status;
	}
	for (size_t i = 1; i <= undecided; i++) {
		struct fp_group_result *result =
			&snapshot->groups[sampler->matched[snapshot->group_count - i]];
		fp_account_undecided(&result->account);
		say_denied(sampler, result->group);
	}
	return 0;
}

static int take_pid(struct fp_sampler *sampler, struct fp_snapshot *snapshot, int32_t pid)
{
	atomic_store(&sampler->current, pid);
	int status = fp_process_open(&sampler->process, pid);
	if (status < 0)
		return status;
	status = take_opened(sampler, snapshot);
	if (status == 0)
		snapshot->processes++;
	fp_process_close(&sampler->process);
	return status;
}

static int take_all(struct fp_sampler *sampler, struct fp_snapshot *snapshot)
{
	const struct fp_host *host = sampler->host;
	int status = host->backend->list(host->os, &sampler->pids);

	sampler->process.patience = PATIENCE;
	for (size_t i = 0; status == 0 && i < sampler->pids.len; i++) {
		status = take_pid(sampler, snapshot, sampler->pids.at[i]);
		/* who ended meanwhile is gone, and no error */
		if (status == -ESRCH)
			status = 0;
	}
	atomic_store(&sampler->current, 0);
	fp_spaces_clear(&sampler->spaces);
	return status;
}

int fp_sampler_take(struct fp_sampler *sampler, struct fp_snapshot **out)
{
	const struct fp_host *host = sampler->host;
	struct fp_snapshot *snapshot = new_snapshot(sampler);

	sampler->round++;
	if (!snapshot)
		return -ENOMEM;
	fp_users_resolve(sampler->users, host, sampler->settings);
	fp_pidfiles_refresh(sampler->pidfiles, host);
	read_mem_total(host, snapshot);
	int status = take_all(sampler, snapshot);
	if (status < 0) {
		fp_log(&host->log, FP_ERROR,
			"processes cannot be read, so this interval has no values: %s",
			strerror(-status));
		fp_snapshot_free(snapshot);
		return status;
	}
	snapshot->taken_ns = host->backend->monotonic_ns(host->os);
	*out = snapshot;
	return 0;
}

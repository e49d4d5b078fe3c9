#include "sample/sampler.h"
#include "parse/host.h"
#include "sample/activity.h"
#include "sample/member.h"
#include "sample/process.h"
#include "sample/spaces.h"
#include "sample/state.h"
#include "sample/table.h"
#include "sample/visit.h"
#include "sample/warnings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* See fp_process.patience: at most some milliseconds of waiting a round. */
enum { PATIENCE = 20 };

/* CPU time of a round for regular expressions on long subjects, which strangers write. */
enum { MATCHING_NS = 500000000 };

struct fp_sampler {
	const struct fp_host *host;
	struct fp_settings *settings;
	struct fp_sampler_options options;
	struct fp_pidfiles *pidfiles;
	struct fp_users *users;
	struct fp_containers *containers;
	struct fp_table *table;
	struct fp_instances *instances;
	struct fp_process process;
	struct fp_spaces spaces;
	struct fp_activity_book activity;
	struct fp_visit visit;
	struct fp_snapshot *snapshot; /* in the making */
	bool *due;                    /* of each group, in this round */
	uint64_t *told_ns;            /* of each group, when it last was; 0: never */
	struct fp_warnings warnings;
	struct fp_state *state; /* NULL: none is kept */
	_Atomic int32_t current;
};

static int make_parts(struct fp_sampler *sampler)
{
	const struct fp_settings *settings = sampler->settings;
	size_t groups = settings->group_count + 1;

	sampler->due = calloc(groups, sizeof(sampler->due[0]));
	sampler->told_ns = calloc(groups, sizeof(sampler->told_ns[0]));
	sampler->visit.undecided = calloc(groups, sizeof(sampler->visit.undecided[0]));
	sampler->visit.stuck = calloc(groups, sizeof(sampler->visit.stuck[0]));
	sampler->visit.pieces = calloc(settings->part_count + 1, sizeof(sampler->visit.pieces[0]));
	if (!sampler->due || !sampler->told_ns || !sampler->visit.undecided ||
		!sampler->visit.stuck || !sampler->visit.pieces ||
		fp_pidfiles_new(settings, &sampler->pidfiles) < 0 ||
		fp_users_new(&sampler->users) < 0 ||
		fp_containers_new(
			settings->docker_path, settings->podman_path, &sampler->containers) < 0 ||
		fp_table_new(settings, &sampler->table) < 0 ||
		fp_instances_new(sampler->host, settings, &sampler->instances) < 0)
		return -ENOMEM;
	if (!sampler->options.keep_state || !settings->state_file)
		return 0;
	sampler->options.keep_members = true;
	return fp_state_new(sampler->host, settings, &sampler->state);
}

int fp_sampler_new(const struct fp_host *host, struct fp_settings *settings,
	const struct fp_sampler_options *options, struct fp_sampler **out)
{
	struct fp_sampler *sampler = calloc(1, sizeof(*sampler));

	if (!sampler)
		return -ENOMEM;
	sampler->host = host;
	sampler->settings = settings;
	sampler->options = *options;
	sampler->warnings.said_denied = !options->say_denied;
	int status = make_parts(sampler);
	if (status < 0) {
		fp_sampler_free(sampler);
		return status;
	}
	fp_process_init(
		&sampler->process, host, sampler->pidfiles, sampler->users, sampler->containers);
	sampler->visit.host = host;
	sampler->visit.settings = settings;
	sampler->visit.table = sampler->table;
	sampler->visit.instances = sampler->instances;
	sampler->visit.pidfiles = sampler->pidfiles;
	sampler->visit.process = &sampler->process;
	sampler->visit.due = sampler->due;
	*out = sampler;
	return 0;
}

void fp_sampler_free(struct fp_sampler *sampler)
{
	if (!sampler)
		return;
	fp_snapshot_free(sampler->snapshot);
	fp_state_free(sampler->state);
	fp_process_fini(&sampler->process);
	fp_spaces_fini(&sampler->spaces);
	fp_instances_free(sampler->instances);
	fp_table_free(sampler->table);
	fp_containers_free(sampler->containers);
	fp_users_free(sampler->users);
	fp_pidfiles_free(sampler->pidfiles);
	fp_activity_book_fini(&sampler->activity);
	free(sampler->visit.taken.at);
	free(sampler->visit.active.at);
	free(sampler->visit.undecided);
	free(sampler->visit.stuck);
	free(sampler->visit.pieces);
	free(sampler->due);
	free(sampler->told_ns);
	free(sampler);
}

int32_t fp_sampler_current(const struct fp_sampler *sampler)
{
	return atomic_load(&sampler->current);
}

void fp_sampler_announce(struct fp_sampler *sampler)
{
	fp_warnings_announce(sampler->host, sampler->settings->proc_path);
}

const char *fp_sampler_denial(const struct fp_sampler *sampler)
{
	return sampler->warnings.met_denied ? fp_warnings_denial(sampler->host)
					    : "the reason is said above";
}

/* Is a group with an interval of its own due in this round? */
static bool is_due(const struct fp_sampler *sampler, size_t index)
{
	const struct fp_group *group = &sampler->settings->groups[index];
	double since_s = (double)(sampler->visit.now_ns - sampler->told_ns[index]) / 1e9;

	/* the daemon's own beat is not exact */
	return sampler->told_ns[index] == 0 ||
	       since_s >= group->options.interval_s - sampler->options.interval_s / 2;
}

/* A round that failed leaves what was due in it due. */
static void note_told(struct fp_sampler *sampler)
{
	for (size_t g = 0; g < sampler->settings->group_count; g++)
		if (sampler->due[g])
			sampler->told_ns[g] = sampler->visit.now_ns;
}

static void begin_round(struct fp_sampler *sampler)
{
	const struct fp_settings *settings = sampler->settings;
	const struct fp_host *host = sampler->host;

	sampler->visit.now_ns = host->backend->monotonic_ns(host->os);
	for (size_t g = 0; g < settings->group_count; g++) {
		sampler->due[g] = is_due(sampler, g);
		sampler->visit.undecided[g] = sampler->visit.stuck[g] = 0;
	}
	sampler->process.patience = PATIENCE;
	sampler->visit.allowance.left_ns = MATCHING_NS;
	fp_instances_begin(sampler->instances);
	fp_users_resolve(sampler->users, host, sampler->settings);
	fp_pidfiles_refresh(sampler->pidfiles, host);
}

static void read_mem_total(const struct fp_host *host, struct fp_snapshot *snapshot)
{
	struct fp_buf text = {0};

	snapshot->has_mem_total =
		host->backend->host_read(host->os, FP_OS_HOST_MEMINFO, &text) == 0 &&
		fp_meminfo_total(text.data, text.len, &snapshot->mem_total_bytes) == 0;
	fp_buf_fini(&text);
}

/* Measures the process at hand, or takes what was measured of another that shares its memory. */
static int measure(struct fp_sampler *sampler, struct fp_space **out)
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
	return fp_spaces_add(&sampler->spaces, at, &fresh, out);
}

static int account(struct fp_sampler *sampler, struct fp_instance *instance, struct fp_space *space)
{
	const struct fp_group *group = &sampler->settings->groups[instance->group];
	bool denied = space->status == -EACCES;
	uint64_t threads = sampler->process.stat.threads;
	int counted = fp_space_count(space, instance);

	if (counted < 0)
		return counted;
	if (sampler->options.keep_members) {
		int status = fp_member_keep(&instance->members, &sampler->process, &space->memory,
			denied, sampler->options.keep_cmdline);
		if (status < 0)
			return status;
	}
	instance->seen_ns = sampler->visit.now_ns;
	if (counted) {
		fp_account_sharer(&instance->account, threads);
		return 0;
	}
	fp_account_member(&instance->account, threads, &space->memory, space->read_ns, denied);
	if (space->status == -EBUSY)
		fp_account_stuck(&instance->account);
	if (space->status < 0)
		fp_warnings_unreadable(&sampler->warnings, sampler->host, group,
			sampler->process.pid, space->status);
	return 0;
}

/* Counts the process at hand in the groups that it belongs to. */
static int take_member(struct fp_sampler *sampler)
{
	const struct fp_instance_refs *taken = &sampler->visit.taken;
	struct fp_space *space;
	int status = fp_visit_open(&sampler->visit);

	if (status == 0)
		status = measure(sampler, &space);
	for (size_t i = 0; i < taken->len && status == 0; i++)
		status = account(sampler, taken->at[i], space);
	return status;
}

/* Adds what the process at hand did to the groups that count it. */
static int take_activity(struct fp_sampler *sampler)
{
	const struct fp_instance_refs *active = &sampler->visit.active;
	struct fp_activity_counters delta;
	int status = fp_visit_open(&sampler->visit);

	if (status == 0)
		status = fp_activity_book_read(&sampler->activity, &sampler->process,
			sampler->visit.entry->is_new, &delta);
	for (size_t i = 0; i < active->len && status == 0; i++)
		fp_activity_add(&active->at[i]->activity, &delta);
	return status;
}

static int take_entry(
	struct fp_sampler *sampler, struct fp_entry *entry, struct fp_snapshot *snapshot)
{
	atomic_store(&sampler->current, entry->pid);
	int status = fp_visit_place(&sampler->visit, entry);
	if (status == 0 && sampler->visit.active.len)
		status = take_activity(sampler);
	if (status == 0 && sampler->visit.taken.len) {
		status = take_member(sampler);
		if (status == 0)
			snapshot->matched++;
	}
	if (status == 0)
		snapshot->processes++;
	fp_visit_end(&sampler->visit);
	return status;
}

static int take_all(struct fp_sampler *sampler, struct fp_snapshot *snapshot)
{
	int status = fp_table_scan(
		sampler->table, sampler->host, &sampler->process, sampler->visit.now_ns);
	const struct fp_entries *entries = fp_table_entries(sampler->table);

	fp_activity_book_begin(&sampler->activity);
	for (size_t i = 0; i < entries->len && status == 0; i++) {
		status = take_entry(sampler, entries->at[i], snapshot);
		/* who ended meanwhile is gone, and no error */
		if (status == -ESRCH)
			status = 0;
	}
	atomic_store(&sampler->current, 0);
	fp_spaces_clear(&sampler->spaces);
	if (status == 0)
		fp_activity_book_end(&sampler->activity);
	return status;
}

/* A process that nobody can place may belong to any of a group's instances. */
static void count_undecided(struct fp_sampler *sampler, struct fp_instance *instance)
{
	fp_account_undecided(&instance->account, sampler->visit.undecided[instance->group]);
	fp_account_stuck_undecided(&instance->account, sampler->visit.stuck[instance->group]);
	if (sampler->visit.undecided[instance->group] || sampler->visit.stuck[instance->group])
		fp_activity_undecided(&instance->activity);
	if (sampler->visit.undecided[instance->group])
		fp_warnings_unreadable(&sampler->warnings, sampler->host,
			&sampler->settings->groups[instance->group], sampler->visit.undecided_pid,
			sampler->visit.undecided_reason);
}

/* Is the instance told in this round? The rest of a name with %{} only once there is a rest. */
static bool is_told(const struct fp_sampler *sampler, const struct fp_instance *instance)
{
	if (!sampler->due[instance->group])
		return false;
	if (!instance->base || !sampler->settings->groups[instance->group].template_text)
		return true;
	return instance->seen_ns != 0 || instance->account.undecided != 0 ||
	       instance->account.stuck_undecided != 0;
}

static int tell_instances(struct fp_sampler *sampler, struct fp_snapshot *snapshot)
{
	size_t count = fp_instances_count(sampler->instances);

	snapshot->groups = calloc(count + 1, sizeof(snapshot->groups[0]));
	if (!snapshot->groups)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct fp_instance *instance = fp_instances_at(sampler->instances, i);
		count_undecided(sampler, instance);
		if (!is_told(sampler, instance))
			continue;
		struct fp_group_result *result = &snapshot->groups[snapshot->group_count++];
		memcpy(result->name, instance->name, sizeof(result->name));
		result->group = &sampler->settings->groups[instance->group];
		result->account = instance->account;
		if (result->group->options.activity)
			fp_activity_tell(&instance->activity, result->group->options.report_partial,
				&result->activity);
		result->members = instance->members;
		instance->members = (struct fp_members){0};
	}
	return 0;
}

static void expire_instances(struct fp_sampler *sampler)
{
	struct fp_instance *expired;

	while ((expired = fp_instances_take_expired(
			sampler->instances, sampler->due, sampler->visit.now_ns))) {
		fp_table_forget_instance(sampler->table, expired);
		fp_instance_free(expired);
	}
}

static int take_round(struct fp_sampler *sampler, struct fp_snapshot *snapshot)
{
	const struct fp_host *host = sampler->host;
	uint64_t cpu_ns = host->backend->thread_cpu_ns(host->os);

	begin_round(sampler);
	read_mem_total(host, snapshot);
	int status = take_all(sampler, snapshot);
	if (status == 0)
		status = tell_instances(sampler, snapshot);
	if (status < 0)
		return status;
	note_told(sampler);
	expire_instances(sampler);
	snapshot->taken_ns = host->backend->monotonic_ns(host->os);
	snapshot->cpu_ns = host->backend->thread_cpu_ns(host->os) - cpu_ns;
	return 0;
}

/* A round whose thread was left behind in it is in the way of the next one. */
static void clear_away(struct fp_sampler *sampler)
{
	fp_visit_end(&sampler->visit);
	fp_spaces_clear(&sampler->spaces);
	fp_snapshot_free(sampler->snapshot);
	sampler->snapshot = NULL;
}

int fp_sampler_take(struct fp_sampler *sampler, struct fp_snapshot **out)
{
	clear_away(sampler);
	struct fp_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	sampler->snapshot = snapshot;
	int status = snapshot ? take_round(sampler, snapshot) : -ENOMEM;

	sampler->snapshot = NULL;
	if (status < 0) {
		fp_log(&sampler->host->log, FP_ERROR,
			"processes cannot be read, so this interval has no values: %s",
			strerror(-status));
		fp_snapshot_free(snapshot);
		return status;
	}
	if (sampler->state)
		fp_state_write(
			sampler->state, sampler->host, snapshot, sampler->options.interval_s);
	*out = snapshot;
	return 0;
}

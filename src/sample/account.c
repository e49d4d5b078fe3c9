/* Members to groups, and groups to a snapshot. */
#include "sample/round.h"

#include <stdlib.h>
#include <string.h>

/* Whose sample is the member's: its own, or of one that shares its memory, also if that has just ended. */
static const struct fp_held *sample_of(const struct fp_held *held)
{
	const struct fp_held *leader = held->leader;

	return leader && leader->has_sample ? leader : held;
}

/* Whoever has its sample of another waits with that. */
static bool is_deferred(const struct fp_held *held)
{
	return held->is_deferred || sample_of(held)->is_deferred;
}

static bool is_stuck(const struct fp_held *held)
{
	return held->is_stuck || sample_of(held)->is_stuck;
}

/* Could it be read neither for want of permission nor of an answer? */
static bool is_unread(const struct fp_held *sample)
{
	return sample->has_sample && sample->status < 0 && sample->status != -EACCES;
}

static int keep_member(
	struct fp_instance *instance, const struct fp_held *held, const struct fp_held *sample)
{
	struct fp_member member = {
		.pid = held->entry->pid,
		.starttime_ticks = held->entry->starttime_ticks,
		.has_uid = held->has_uid,
		.uid = held->uid,
		.denied = sample->status == -EACCES,
		.unread = is_unread(sample),
		.threads = held->threads,
		.memory = sample->memory,
	};

	memcpy(member.comm, held->comm, sizeof(member.comm));
	if (held->cmdline) {
		member.cmdline = strdup(held->cmdline);
		if (!member.cmdline)
			return -ENOMEM;
	}
	int status = fp_members_add(&instance->members, member);
	if (status < 0)
		free(member.cmdline);
	return status;
}

static void add_sample(struct fp_sampler *sampler, struct fp_instance *instance,
	const struct fp_held *held, const struct fp_held *sample)
{
	static const struct fp_memory nothing;
	bool has = sample->has_sample;

	if (has && sample->entry->kernel && sample->status == 0) {
		fp_account_kernel(&instance->account, held->threads, sampler->visit.now_ns);
		return;
	}
	fp_account_member(&instance->account, held->threads, has ? &sample->memory : &nothing,
		has ? sample->oldest_ns : 0, has && sample->status == -EACCES);
	if (is_unread(sample))
		fp_account_unread(&instance->account);
	/* who tells from the accounts says this, too */
	if (is_unread(sample) && !sampler->options.say_denied)
		return;
	if (has && sample->status < 0)
		fp_warnings_unreadable(&sampler->warnings, sampler->host,
			&sampler->settings->groups[instance->group], held->entry->pid,
			sample->status);
}

static int account(struct fp_sampler *sampler, struct fp_instance *instance, struct fp_held *held)
{
	const struct fp_held *sample = sample_of(held);
	int counted = 0;

	if (held->space && held->space->sharers > 1)
		counted = fp_space_count(held->space, sampler->roster.round, instance);
	if (counted < 0)
		return counted;
	instance->seen_ns = sampler->visit.now_ns;
	instance->account.deferred += is_deferred(held);
	if (is_stuck(held))
		fp_account_stuck(&instance->account);
	if (counted)
		fp_account_sharer(&instance->account, held->threads);
	else
		add_sample(sampler, instance, held, sample);
	return sampler->options.keep_members ? keep_member(instance, held, sample) : 0;
}

static int account_member(
	struct fp_sampler *sampler, struct fp_held *held, struct fp_snapshot *snapshot)
{
	int status = 0;

	snapshot->matched++;
	sampler->roster.readings.deferred += is_deferred(held);
	sampler->roster.readings.stuck += is_stuck(held);
	for (size_t g = 0; g < sampler->settings->group_count && status == 0; g++) {
		struct fp_instance *instance = fp_entry_seat(held->entry, g)->taken;
		if (instance && sampler->due[g])
			status = account(sampler, instance, held);
	}
	return status;
}

/* A process that nobody can place may belong to any of a group's instances. */
static void count_undecided(struct fp_sampler *sampler, struct fp_instance *instance)
{
	uint64_t undecided = sampler->visit.undecided[instance->group];
	uint64_t stuck = sampler->visit.stuck[instance->group];

	fp_account_undecided(&instance->account, undecided);
	fp_account_stuck_undecided(&instance->account, stuck);
	if (undecided || stuck)
		fp_activity_undecided(&instance->activity);
	if (undecided == 0)
		return;
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

/* From the last to the first: who is removed leaves its place to one that had its turn. */
static int account_members(struct fp_sampler *sampler, struct fp_snapshot *snapshot)
{
	struct fp_held_list *list = &sampler->roster.list;
	int status = 0;

	for (size_t i = 0; i < list->len && status == 0; i++)
		if (list->at[i]->is_due_group && !list->at[i]->is_gone)
			status = account_member(sampler, list->at[i], snapshot);
	for (size_t i = list->len; i-- > 0;) {
		struct fp_entry *entry = list->at[i]->entry;
		if (!list->at[i]->is_gone)
			continue;
		int noted = fp_round_note_end(sampler, entry->pid, false);
		status = status < 0 ? status : noted;
		fp_table_remove(sampler->table, entry);
	}
	return status;
}

int fp_round_account(struct fp_sampler *sampler, struct fp_snapshot *snapshot)
{
	int status = account_members(sampler, snapshot);

	snapshot->processes = sampler->table->count;
	return status < 0 ? status : tell_instances(sampler, snapshot);
}

/*
 * Which members share their memory. Nothing tells that by itself: each is compared with those that are
 * known, and what it was found to have is its own until its image changes.
 */
#include "sample/kin.h"
#include "sample/roster.h"

/* Another that shares the space: any, and seldom is there one. */
static int32_t find_sharer(const struct fp_roster *roster, const struct fp_held *held)
{
	for (size_t i = 0; held->space->sharers > 1 && i < roster->list.len; i++)
		if (roster->list.at[i] != held && roster->list.at[i]->space == held->space)
			return roster->list.at[i]->entry->pid;
	return 0;
}

void fp_roster_leave_space(struct fp_roster *roster, struct fp_held *held)
{
	if (!held->space)
		return;
	if (held->space->leader == held)
		held->space->leader = NULL;
	fp_spaces_leave(&roster->spaces, held->space, find_sharer(roster, held));
	held->space = NULL;
	roster->has_left_space = true;
}

/* Where nobody tells of an exec, one of the same program at the same addresses is not seen by itself. */
static void leave_shared(struct fp_roster *roster)
{
	for (size_t i = 0; i < roster->list.len; i++) {
		struct fp_held *held = roster->list.at[i];
		if (held->space && held->space->sharers > 1)
			fp_roster_leave_space(roster, held);
	}
}

/*
 * Who has left may have had another memory before that was known, and whoever was compared with it
 * meanwhile was sent astray. If so, all seek anew.
 */
static void leave_disorder(struct fp_roster *roster)
{
	if (roster->has_left_space && !fp_spaces_are_ordered(&roster->spaces, roster->host)) {
		for (size_t i = 0; i < roster->list.len; i++)
			roster->list.at[i]->space = NULL;
		fp_spaces_fini(&roster->spaces);
	}
	roster->has_left_space = false;
}

int fp_roster_find_thread(struct fp_roster *roster, const struct fp_entry *entry, int32_t *tid)
{
	struct fp_process *process = roster->process;

	*tid = entry->pid;
	if (!entry->dead_leader)
		return 0;
	int status = fp_process_open(process, entry->pid);
	*tid = status == 0 && process->has_body ? process->tid : 0;
	if (status == 0)
		fp_process_close(process);
	return fp_process_is_fatal(status) ? status : 0;
}

/* Only relatives can share an address space. */
static int join(struct fp_roster *roster, struct fp_held *held)
{
	const struct fp_entry *entry = held->entry;
	int32_t tid;

	if (held->space || held->is_gone || !held->is_due_group || entry->kernel ||
		fp_kin_is_alone(roster->table, entry))
		return 0;
	int status = fp_roster_find_thread(roster, entry, &tid);
	if (status < 0 || tid == 0)
		return status;
	return fp_spaces_join(&roster->spaces, roster->host, tid, entry->key, &held->space);
}

/* Of those that share one, who was read lately is read for all, or else the first. */
static void find_leader(struct fp_roster *roster, struct fp_held *held)
{
	struct fp_space *space = held->space;

	if (!space || space->sharers == 1 || held->is_gone || !held->is_due_group)
		return;
	fp_space_begin(space, roster->round);
	if (!space->leader || space->leader->read_ns < held->read_ns)
		space->leader = held;
}

int fp_roster_join_spaces(struct fp_roster *roster)
{
	const struct fp_held_list *list = &roster->list;
	int status = 0;

	if (!roster->watch->stream)
		leave_shared(roster);
	leave_disorder(roster);
	for (size_t i = 0; i < list->len && status == 0; i++)
		status = join(roster, list->at[i]);
	for (size_t i = 0; i < list->len; i++)
		find_leader(roster, list->at[i]);
	return status;
}

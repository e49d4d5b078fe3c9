/* Who lives, what has changed of each, and where it belongs. */
#include "sample/kin.h"
#include "sample/pids.h"
#include "sample/round.h"

#include <stdlib.h>

/* So much of a first reading is read while the process is open anyway. */
enum { READ_AT_ONCE_PAGES = 2048, PIDS_KEPT = 1024 };

/* Is it only for want of an answer that nobody can place it? Then it is asked again in each round. */
static bool is_stuck(const struct fp_sampler *sampler, const struct fp_entry *entry)
{
	for (size_t g = 0; g < sampler->settings->group_count; g++)
		if (fp_entry_seat(entry, g)->stuck)
			return true;
	return entry->unsure;
}

static bool is_member(const struct fp_sampler *sampler, const struct fp_entry *entry)
{
	for (size_t g = 0; g < sampler->settings->group_count; g++)
		if (fp_entry_seat(entry, g)->taken)
			return true;
	return false;
}

void fp_round_classify(const struct fp_sampler *sampler, struct fp_held *held)
{
	held->is_due_group = held->is_active = held->wants_detail = held->is_gone = false;
	for (size_t g = 0; g < sampler->settings->group_count; g++) {
		const struct fp_group_options *options = &sampler->settings->groups[g].options;
		if (!fp_entry_seat(held->entry, g)->taken)
			continue;
		held->is_due_group = held->is_due_group || sampler->due[g];
		held->is_active = held->is_active || options->activity;
		held->wants_detail = held->wants_detail || options->detail;
	}
}

/*
 * A small process that has no sample yet is read while it is open, if that is within the budget. Where
 * all are taken, everybody is, since it was read ahead.
 */
static int read_at_once(struct fp_sampler *sampler, struct fp_held *held)
{
	struct fp_roster *roster = &sampler->roster;
	bool small = held->resident_pages <= READ_AT_ONCE_PAGES;
	struct fp_plan_member facts;

	fp_round_classify(sampler, held);
	if (held->has_sample || !held->is_due_group)
		return 0;
	if (!sampler->options.all_once && (!small || !fp_kin_is_alone(sampler->table, held->entry)))
		return 0;
	enum fp_reader_kind reader = fp_roster_choose(roster, held, &facts);
	if (!fp_budget_may_first(&roster->budget, fp_plan_estimate_ns(&facts, reader)))
		return 0;
	int status = fp_roster_read(roster, held, reader);
	/* else once there is time for it */
	if (status == 0 && sampler->options.all_once && fp_roster_lacks_tables(roster, held))
		status = fp_roster_read_tables(roster, held);
	if (held->has_sample) {
		sampler->at_once_ns += held->cost_ns;
		fp_budget_spend_first(&roster->budget, held->cost_ns);
	}
	return status;
}

static int take_place(struct fp_sampler *sampler, struct fp_entry *entry)
{
	struct fp_roster *roster = &sampler->roster;

	if (!is_member(sampler, entry)) {
		fp_roster_release(roster, entry);
		return 0;
	}
	int status = fp_roster_hold(roster, entry);
	if (status == 0)
		status = fp_visit_open(&sampler->visit);
	if (status < 0)
		return status;
	struct fp_held *held = entry->more->held;
	if (sampler->process.stuck)
		return 0;
	status = fp_roster_describe(roster, held);
	return status < 0 ? status : read_at_once(sampler, held);
}

static int look_later(struct fp_sampler *sampler, int32_t pid, uint64_t starttime_ticks)
{
	return fp_waiting_list_add(&sampler->later, (struct fp_waiting){pid, starttime_ticks});
}

/* Its descendants sit where it does. */
static int look_at_children(struct fp_sampler *sampler, const struct fp_entry *parent)
{
	const struct fp_table *table = sampler->table;
	int status = 0;

	for (uint32_t i = 0; i < table->places && status == 0; i++) {
		struct fp_entry *entry = fp_table_at(table, i);
		if (!entry || entry->parent_pid != parent->pid ||
			fp_table_parent(table, entry) != parent)
			continue;
		entry->to_place = true;
		status = look_later(sampler, entry->pid, entry->starttime_ticks);
	}
	return status;
}

static int place_entry(struct fp_sampler *sampler, struct fp_entry *entry)
{
	bool has_been = entry->visited;
	int status = fp_visit_place(&sampler->visit, entry);
	bool again = sampler->visit.changed_image || is_stuck(sampler, entry);

	if (status == 0)
		status = take_place(sampler, entry);
	if (status == 0 && entry->children_due && has_been && entry->is_parent)
		status = look_at_children(sampler, entry);
	if (status < 0)
		return status;
	/* only now: a round that fails before has to do all of it again */
	entry->children_due = false;
	entry->to_place = sampler->visit.changed_image;
	/* what was read was of an image that is gone, or it does not answer */
	return again ? fp_watch_mark(&sampler->watch, entry) : 0;
}

/* Is its parent still to be looked at in this round? What that has is the child's too. */
static bool parent_comes_later(const struct fp_sampler *sampler)
{
	int32_t pid = sampler->process.stat.ppid;
	const struct fp_entry *parent = fp_table_find(sampler->table, pid);

	/* where all are taken, nothing is handed down */
	if (sampler->options.all_once || !sampler->process.readable ||
		pid == sampler->process.pid || (parent && !parent->to_place))
		return false;
	return fp_pids_has(&sampler->pids, pid);
}

/* What the process at hand is now. */
static int take_look(struct fp_sampler *sampler)
{
	struct fp_process *process = &sampler->process;
	struct fp_entry *entry;
	unsigned changed;
	int status =
		fp_table_look(sampler->table, process, sampler->visit.now_ns, &entry, &changed);

	fp_watch_seen(&sampler->watch, process->pid, status == 0 ? entry : NULL);
	if (status < 0) {
		fp_process_close(process);
		return status;
	}
	if (changed & FP_LOOK_IMAGE && entry->more && entry->more->held)
		fp_roster_change_image(&sampler->roster, entry->more->held);
	sampler->visit.opened = entry;
	if (entry->to_place)
		status = place_entry(sampler, entry);
	fp_visit_end(&sampler->visit);
	if (status == -ESRCH) {
		status = fp_round_note_end(sampler, entry->pid, false);
		fp_table_remove(sampler->table, entry);
	}
	/* one that cannot be opened again is nobody else's error, either */
	return fp_process_is_fatal(status) ? status : 0;
}

/* Nobody has that id any more, not even one that ends. */
static void take_absence(struct fp_sampler *sampler, int32_t pid)
{
	struct fp_entry *entry = fp_table_find(sampler->table, pid);

	fp_watch_seen(&sampler->watch, pid, NULL);
	if (entry)
		fp_table_remove(sampler->table, entry);
}

/* Who cannot be opened is nobody else's error. */
static int take_end(struct fp_sampler *sampler, int32_t pid)
{
	int status = fp_round_note_end(sampler, pid, true);

	if (status == 0)
		take_absence(sampler, pid);
	return status;
}

/*
 * The id of a process that ended may be a thread's by now, whose folder is there, though no list has it.
 * Only processes have such a clock.
 */
static bool is_thread(const struct fp_sampler *sampler)
{
	const struct fp_process *process = &sampler->process;
	const struct fp_os_abilities *abilities = &sampler->roster.abilities;
	const struct fp_host *host = sampler->host;
	uint64_t used_ns;

	/* it was just read, or they come out of a list */
	if (process->has_clock || sampler->options.all_once || process->stuck ||
		!abilities->is_live || !abilities->is_own)
		return false;
	const struct fp_entry *entry = fp_table_find(sampler->table, process->pid);
	if (entry && process->readable && entry->readable &&
		entry->starttime_ticks == process->stat.starttime_ticks)
		return false;
	return host->backend->cpu_clock(host->os, process->pid, &used_ns) == -ESRCH;
}

static int look_at(struct fp_sampler *sampler, int32_t pid, bool may_wait)
{
	struct fp_process *process = &sampler->process;

	atomic_store(&sampler->current, pid);
	int status = fp_process_open(process, pid);
	if (fp_process_is_fatal(status))
		return status;
	if (status < 0)
		return take_end(sampler, pid);
	if (is_thread(sampler)) {
		fp_process_close(process);
		take_absence(sampler, pid);
		return 0;
	}
	if (!may_wait || !parent_comes_later(sampler))
		return take_look(sampler);
	status = look_later(sampler, pid, process->stat.starttime_ticks);
	fp_process_close(process);
	return status;
}

int fp_round_look_at(struct fp_sampler *sampler, int32_t pid)
{
	return look_at(sampler, pid, false);
}

/* Parents before their children. */
static int compare_ages(const void *a, const void *b)
{
	const struct fp_waiting *x = a, *y = b;

	if (x->starttime_ticks != y->starttime_ticks)
		return x->starttime_ticks < y->starttime_ticks ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Is there anybody of whom nobody could tell where it belongs? */
static bool is_unsettled(const struct fp_sampler *sampler)
{
	for (size_t g = 0; g < sampler->settings->group_count; g++)
		if (sampler->visit.undecided[g] || sampler->visit.stuck[g])
			return true;
	return false;
}

int fp_round_look(struct fp_sampler *sampler)
{
	struct fp_pids *pids = &sampler->pids;
	struct fp_waiting_list *later = &sampler->later;
	int status = fp_round_follow_dying(sampler);

	if (status == 0)
		status = fp_watch_collect(
			&sampler->watch, sampler->visit.now_ns, is_unsettled(sampler), pids);
	/* some may be there already, whom a glance in the last round has moved */
	for (size_t i = 0; i < pids->len && status == 0; i++)
		status = look_at(sampler, pids->at[i], true);
	if (later->len)
		qsort(later->at, later->len, sizeof(later->at[0]), compare_ages);
	/* the list grows while those move whose descendants move with them */
	for (size_t i = 0; i < later->len && status == 0; i++)
		status = look_at(sampler, later->at[i].pid, false);
	later->len = 0;
	atomic_store(&sampler->current, 0);
	/* everybody is looked at once, and later only some are */
	if (pids->cap > PIDS_KEPT)
		fp_pids_free(pids);
	if (later->cap > PIDS_KEPT) {
		free(later->at);
		*later = (struct fp_waiting_list){0};
	}
	return status;
}

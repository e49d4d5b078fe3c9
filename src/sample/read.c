/* Which members are read in a round, and what that leaves of the budget. */
#include "sample/kin.h"
#include "sample/round.h"

#include <inttypes.h>

static const uint64_t tables_estimate_ns = 25000; /* what status costs */

static uint64_t thread_cpu_ns(const struct fp_sampler *sampler)
{
	return sampler->host->backend->thread_cpu_ns(sampler->host->os);
}

/* From the last to the first: who is removed leaves its place to one that had its turn. */
static int glance_all(struct fp_sampler *sampler)
{
	struct fp_roster *roster = &sampler->roster;
	int status = 0;

	for (size_t i = roster->list.len; i-- > 0 && status == 0;) {
		struct fp_held *held = roster->list.at[i];
		fp_round_classify(sampler, held);
		if (!held->is_due_group || !fp_roster_needs_glance(roster, held))
			continue;
		status = fp_roster_glance(roster, held);
		if (status == -ESRCH)
			status = fp_round_look_at(sampler, held->entry->pid);
	}
	return status;
}

/* Adds what a member did to the groups that count it. Its process is open. */
static int take_activity(struct fp_sampler *sampler, const struct fp_entry *entry)
{
	struct fp_activity_counters delta;
	int status =
		fp_activity_book_read(&sampler->activity, &sampler->process, entry->is_new, &delta);

	for (size_t g = 0; g < sampler->settings->group_count && status == 0; g++) {
		struct fp_instance *instance = fp_entry_seat(entry, g)->taken;
		if (instance && sampler->settings->groups[g].options.activity)
			fp_activity_add(&instance->activity, &delta);
	}
	return status;
}

/* Opens a member's process. */
static int open_member(struct fp_sampler *sampler, struct fp_held *held)
{
	atomic_store(&sampler->current, held->entry->pid);
	sampler->visit.entry = held->entry;
	int status = held->folder.keeps ? fp_visit_open_kept(&sampler->visit, &held->folder)
					: fp_visit_open(&sampler->visit);
	if (status == -ESRCH)
		held->is_gone = true;
	return status;
}

static int read_activities(struct fp_sampler *sampler)
{
	const struct fp_held_list *list = &sampler->roster.list;
	int status = 0;

	fp_activity_book_begin(&sampler->activity);
	for (size_t i = 0; i < list->len && status == 0; i++) {
		if (!list->at[i]->is_active)
			continue;
		status = open_member(sampler, list->at[i]);
		if (status == 0)
			status = take_activity(sampler, list->at[i]->entry);
		fp_visit_end(&sampler->visit);
		if (!fp_process_is_fatal(status))
			status = 0;
	}
	if (status == 0)
		fp_activity_book_end(&sampler->activity);
	return status;
}

/* Page tables change with the rest, and cost a file of their own. */
static int read_tables(struct fp_sampler *sampler, struct fp_held *held)
{
	struct fp_roster *roster = &sampler->roster;

	if (!fp_roster_lacks_tables(roster, held) ||
		!fp_budget_may_aside(&roster->budget, tables_estimate_ns))
		return 0;
	return fp_roster_read_tables(roster, held);
}

static int read_member(struct fp_sampler *sampler, struct fp_held *held)
{
	struct fp_roster *roster = &sampler->roster;
	struct fp_plan_member facts;
	int status = open_member(sampler, held);

	if (status == 0)
		status = fp_roster_read(roster, held, fp_roster_choose(roster, held, &facts));
	if (status == -EAGAIN)
		held->is_deferred = true;
	else if (status == -EBUSY)
		held->is_stuck = true;
	else if (status == 0)
		status = read_tables(sampler, held);
	if (status == -ESRCH)
		held->is_gone = true;
	fp_visit_end(&sampler->visit);
	return fp_process_is_fatal(status) ? status : 0;
}

static enum fp_lane lane_of(const struct fp_due_reading *reading)
{
	return reading->estimate_ns <= fp_plan_cheap_ns ? FP_LANE_CHEAP : FP_LANE_DEAR;
}

static bool may_read(
	const struct fp_budget *budget, const struct fp_due_reading *reading, bool by_lane)
{
	if (reading->due == FP_DUE_FIRST)
		return fp_budget_may_first(budget, reading->estimate_ns);
	if (reading->due == FP_DUE_OUTSIDE)
		return fp_budget_may_outside(budget, reading->estimate_ns);
	return by_lane ? fp_budget_may(budget, lane_of(reading), reading->estimate_ns)
		       : fp_budget_has(budget, reading->estimate_ns);
}

/* Those that are put off keep their place in the list. */
static int read_some(struct fp_sampler *sampler, bool by_lane)
{
	struct fp_due_list *due = &sampler->roster.due;
	struct fp_budget *budget = &sampler->roster.budget;
	uint64_t before_ns = thread_cpu_ns(sampler);
	size_t kept = 0;
	int status = 0;

	for (size_t i = 0; i < due->len; i++) {
		struct fp_due_reading reading = due->at[i];
		if (status < 0 || !may_read(budget, &reading, by_lane)) {
			due->at[kept++] = reading;
			continue;
		}
		status = read_member(sampler, reading.member);
		uint64_t now_ns = thread_cpu_ns(sampler);
		if (reading.due == FP_DUE_FIRST)
			fp_budget_spend_first(budget, now_ns - before_ns);
		else if (reading.due == FP_DUE_OUTSIDE)
			fp_budget_spend_outside(budget, lane_of(&reading), now_ns - before_ns);
		else
			fp_budget_spend(budget, lane_of(&reading), now_ns - before_ns);
		before_ns = now_ns;
	}
	due->len = kept;
	return status;
}

static int read_due(struct fp_sampler *sampler)
{
	struct fp_roster *roster = &sampler->roster;

	fp_budget_share(&roster->budget);
	int status = read_some(sampler, true);
	if (status == 0)
		status = read_some(sampler, false);
	/* of what may have changed for others' sake nobody knows whether it did */
	for (size_t i = 0; i < roster->due.len; i++)
		((struct fp_held *)roster->due.at[i].member)->is_deferred =
			roster->due.at[i].due != FP_DUE_OUTSIDE;
	return status;
}

/* Who was to have the sample of one that ended meanwhile, or changed its image, needs its own. */
static int read_left_behind(struct fp_sampler *sampler)
{
	const struct fp_held_list *list = &sampler->roster.list;
	int status = 0;

	for (size_t i = 0; i < list->len && status == 0; i++) {
		struct fp_held *held = list->at[i];
		const struct fp_held *leader = held->leader;
		if (leader && !leader->has_sample && (leader->is_deferred || leader->is_stuck)) {
			held->is_deferred = leader->is_deferred;
			held->is_stuck = leader->is_stuck;
			continue;
		}
		if (!leader || (!leader->is_gone && leader->has_sample))
			continue;
		held->leader = NULL;
		if (!held->is_gone)
			status = read_member(sampler, held);
	}
	return status;
}

/* Page tables of those that were read when there was nothing left for them. */
static int read_left_tables(struct fp_sampler *sampler)
{
	struct fp_roster *roster = &sampler->roster;
	uint64_t before_ns = thread_cpu_ns(sampler);
	int status = 0;

	for (size_t i = 0; i < roster->list.len && status == 0; i++) {
		struct fp_held *held = roster->list.at[i];
		if (!held->is_due_group || held->is_gone || !fp_roster_lacks_tables(roster, held))
			continue;
		if (!fp_budget_may_aside(&roster->budget, tables_estimate_ns))
			break;
		status = open_member(sampler, held);
		if (status == 0)
			status = fp_roster_read_tables(roster, held);
		held->is_gone = held->is_gone || status == -ESRCH;
		fp_visit_end(&sampler->visit);
		uint64_t now_ns = thread_cpu_ns(sampler);
		fp_budget_spend_aside(&roster->budget, now_ns - before_ns);
		before_ns = now_ns;
		if (!fp_process_is_fatal(status))
			status = 0;
	}
	return status;
}

/* ---- What is said of the budget ---- */

static void say_estimate(struct fp_sampler *sampler)
{
	struct fp_roster *roster = &sampler->roster;
	double share_s =
		roster->budget.percent / 100 * sampler->options.interval_s * FP_BUDGET_FIRST;
	uint64_t left_ns = 0;

	for (size_t i = 0; i < roster->due.len; i++)
		if (roster->due.at[i].due == FP_DUE_FIRST)
			left_ns += roster->due.at[i].estimate_ns;
	if (left_ns == 0) {
		/* it may be that nobody is there yet */
		roster->is_complete = roster->is_complete || roster->list.len;
		return;
	}
	if (roster->is_complete || roster->said_estimate)
		return;
	roster->said_estimate = true;
	fp_log(&sampler->host->log, FP_NOTICE,
		"the first reading of all members takes about %.2f s of processor time more, at "
		"ten times Budget %g in the next %.0f or so intervals; until then count-deferred "
		"tells how many lack",
		(double)left_ns / 1e9, roster->budget.percent, (double)left_ns / 1e9 / share_s + 1);
}

static void say_age(struct fp_sampler *sampler)
{
	struct fp_roster *roster = &sampler->roster;
	uint64_t limit_ns = roster->max_age_ns + roster->max_age_ns / 2;
	uint64_t sum_ns = 0;
	bool late = false;

	if (roster->said_age || !roster->is_complete)
		return;
	for (size_t i = 0; i < roster->list.len; i++) {
		const struct fp_held *held = roster->list.at[i];
		sum_ns += held->cost_ns;
		late = late || (held->is_deferred && held->has_sample &&
				       roster->now_ns - held->whole_ns > limit_ns);
	}
	if (!late)
		return;
	roster->said_age = true;
	fp_log(&sampler->host->log, FP_WARNING,
		"Budget %g cannot keep samples younger than MaxAge %g: reading all members once "
		"takes %.1f s of processor time. duration-age tells how old they are; a larger "
		"Budget or MaxAge ends this, which is said once",
		roster->budget.percent, sampler->settings->max_age_s, (double)sum_ns / 1e9);
}

int fp_round_read(struct fp_sampler *sampler)
{
	struct fp_roster *roster = &sampler->roster;
	int status = glance_all(sampler);

	/* who came in this round may be anybody's relative, too; and forks have to be seen somehow */
	bool sees_forks = sampler->watch.stream || sampler->watch.has_last_pid;
	if (sampler->is_dying || sampler->table->unknown_keys || !sees_forks)
		roster->plan.has_fast = false;
	if (status == 0)
		status = read_activities(sampler);
	if (status == 0)
		status = fp_roster_plan(roster);
	/* those are paid for already */
	fp_budget_charge(&roster->budget,
		thread_cpu_ns(sampler) - sampler->round_cpu_ns - sampler->at_once_ns);
	if (status == 0)
		status = read_due(sampler);
	if (status == 0)
		status = read_left_behind(sampler);
	if (status == 0)
		status = read_left_tables(sampler);
	atomic_store(&sampler->current, 0);
	if (status < 0)
		return status;
	say_estimate(sampler);
	say_age(sampler);
	return 0;
}

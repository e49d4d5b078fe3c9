#include "sample/roster.h"
#include "parse/statm.h"
#include "sample/kin.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t second_ns = UINT64_C(1000000000);

enum {
	/* Rounds: who shows no sign of a change is looked at all the same once in so many. */
	TURN = 8,
	/* The clock of a process is the sum of those of its threads. */
	CLOCK_THREADS = 64
};

void fp_roster_begin(struct fp_roster *roster, uint64_t now_ns, double interval_s)
{
	roster->round++;
	roster->now_ns = now_ns;
	roster->max_age_ns = (uint64_t)(roster->settings->max_age_s * (double)second_ns);
	roster->readings.longest_ns = roster->readings.deferred = roster->readings.stuck = 0;
	/* a round that begins anew goes on with the share of the one that was never over */
	if (!roster->is_resumed)
		fp_budget_begin(
			&roster->budget, now_ns, (uint64_t)(interval_s * (double)second_ns));
	fp_roster_read_host(roster);
}

int fp_roster_hold(struct fp_roster *roster, struct fp_entry *entry)
{
	struct fp_entry_more *more = fp_table_more(roster->table, entry);

	if (!more)
		return -ENOMEM;
	if (more->held)
		return 0;
	struct fp_held *held = calloc(1, sizeof(*held));
	if (!held || fp_held_list_add(&roster->list, held) < 0) {
		free(held);
		return -ENOMEM;
	}
	held->entry = entry;
	held->place = roster->list.len - 1;
	/* so that not all have their turn at once */
	held->passed = (unsigned)(held->place % TURN);
	held->kept = (struct fp_os_kept){-1, -1};
	held->files = fp_os_pages_none;
	more->held = held;
	return 0;
}

static void free_held(struct fp_roster *roster, struct fp_held *held)
{
	fp_roster_leave_space(roster, held);
	fp_roster_close_files(roster, held);
	free(held->cmdline);
	free(held->spots);
	free(held);
}

void fp_roster_release(struct fp_roster *roster, struct fp_entry *entry)
{
	struct fp_held *held = entry->more ? entry->more->held : NULL;

	if (!held)
		return;
	struct fp_held *last = roster->list.at[--roster->list.len];
	roster->list.at[held->place] = last;
	last->place = held->place;
	entry->more->held = NULL;
	free_held(roster, held);
}

void fp_roster_fini(struct fp_roster *roster)
{
	while (roster->list.len)
		fp_roster_release(roster, roster->list.at[roster->list.len - 1]->entry);
	free(roster->list.at);
	free(roster->due.at);
	fp_buf_fini(&roster->text);
	fp_spaces_fini(&roster->spaces);
}

void fp_roster_change_image(struct fp_roster *roster, struct fp_held *held)
{
	fp_roster_leave_space(roster, held);
	fp_roster_close_folder(roster, held);
	held->has_sample = held->has_base = held->has_glance = held->has_stamp = false;
	held->fast_refused = held->slices_refused = false;
	held->dark_ns = 0;
	held->walked_ns = held->whole_ns = held->read_ns = 0;
	held->read_round = held->tables_round = 0;
	held->memory = (struct fp_memory){0};
}

int fp_roster_describe(struct fp_roster *roster, struct fp_held *held)
{
	struct fp_process *process = roster->process;
	const char *text;
	size_t len;

	held->threads = process->readable ? process->stat.threads : 0;
	/* a rough number, which is not to be held against that of a glance */
	if (!held->has_glance)
		held->resident_pages = process->readable ? process->stat.rss_pages : 0;
	if (!roster->keep_members)
		return 0;
	memset(held->comm, 0, sizeof(held->comm));
	if (process->readable)
		memcpy(held->comm, process->stat.comm, process->stat.comm_len);
	int status = fp_process_uid(process, &held->uid);
	if (status == -ESRCH || fp_process_is_fatal(status))
		return status;
	held->has_uid = status == 0;
	free(held->cmdline);
	held->cmdline = NULL;
	if (!roster->keep_cmdline || fp_process_cmdline(process, &text, &len) < 0)
		return 0;
	held->cmdline = strndup(len ? text : "", len);
	return held->cmdline ? 0 : -ENOMEM;
}

/* ---- Glances ---- */

static int take_glance(
	struct fp_roster *roster, struct fp_held *held, const struct fp_os_glance *glance)
{
	struct fp_memory pages = {0};
	uint64_t resident, before = held->file_pages;
	bool had_glance = held->has_glance;

	if (fp_statm_parse(glance->statm, glance->statm_len, 1, &pages) < 0 ||
		fp_statm_resident(glance->statm, glance->statm_len, 1, &resident) < 0)
		return -EBADMSG;
	/* it has given up its memory: it ends, or its first thread did */
	if (pages.bytes[FP_VMS] == 0)
		return -ESRCH;
	held->has_glance = true;
	held->resident_pages = resident;
	held->file_pages = pages.bytes[FP_SHARED];
	held->mapped_pages = pages.bytes[FP_VMS];
	/* what one maps or gives up of a file is a part of what it is for others */
	if (had_glance && held->file_pages != before)
		roster->outside++;
	return 0;
}

bool fp_roster_needs_glance(const struct fp_roster *roster, const struct fp_held *held)
{
	/* the next glance can be held against its sample, if sizes are exact */
	bool can_wait =
		held->has_sample && held->read_round == roster->round && roster->can.exact_statm;

	/* but what one that has just come gives up of a file is seen only by two */
	return roster->follows && (!can_wait || (roster->table->began && !held->has_glance));
}

static int glance_at(struct fp_roster *roster, struct fp_held *held, bool threads)
{
	const struct fp_host *host = roster->host;
	struct fp_os_glance glance;
	int status = host->backend->glance(
		host->os, held->entry->pid, held->is_kept ? &held->kept : NULL, threads, &glance);

	if (status == 0)
		status = take_glance(roster, held, &glance);
	if (status == 0 && glance.has_threads)
		held->threads = glance.threads;
	return status;
}

/* Since the glance before, as far as its clock tells; it is read before the next. */
static bool has_run(struct fp_roster *roster, struct fp_held *held)
{
	const struct fp_host *host = roster->host;
	uint64_t before_ns = held->clock_ns;
	bool had = held->has_clock;

	held->has_clock =
		held->threads <= CLOCK_THREADS &&
		host->backend->cpu_clock(host->os, held->entry->pid, &held->clock_ns) == 0;
	return !had || !held->has_clock || held->clock_ns != before_ns;
}

/* Another's threads may run in its memory. */
static bool stands_still(struct fp_roster *roster, struct fp_held *held)
{
	bool is_shared = held->space && held->space->sharers > 1;

	return roster->has_clocks && !is_shared && !has_run(roster, held);
}

/* To count threads costs as much as a glance, and a new one has a stack of its own, mostly a new one. */
static int glance_and_count(struct fp_roster *roster, struct fp_held *held)
{
	uint64_t mapped_pages = held->mapped_pages, resident_pages = held->resident_pages;
	bool turn = ++held->passed >= TURN;

	if (turn)
		held->passed = 0;
	turn = turn || !held->has_glance;
	if (stands_still(roster, held) && !turn) {
		held->still_round = roster->round;
		return 0;
	}
	bool count = turn || roster->has_clocks;
	int status = glance_at(roster, held, count);
	if (status < 0 || count ||
		(held->mapped_pages == mapped_pages && held->resident_pages == resident_pages))
		return status;
	return glance_at(roster, held, true);
}

/* By a thread that has its memory, as long as it has it. */
static int glance_at_thread(struct fp_roster *roster, struct fp_held *held)
{
	const struct fp_host *host = roster->host;
	struct fp_os_glance glance;
	int32_t tid;
	int status = fp_roster_find_thread(roster, held->entry, &tid);

	if (status == 0)
		status = tid ? host->backend->glance(host->os, tid, NULL, false, &glance) : -EAGAIN;
	if (status == 0)
		status = take_glance(roster, held, &glance);
	return status == -ESRCH ? -EAGAIN : status;
}

int fp_roster_glance(struct fp_roster *roster, struct fp_held *held)
{
	const struct fp_entry *entry = held->entry;

	if (!roster->abilities.is_live || entry->kernel || !entry->readable) {
		held->has_glance = false;
		return 0;
	}
	int status = entry->dead_leader ? glance_at_thread(roster, held)
					: glance_and_count(roster, held);
	if (status < 0)
		held->has_glance = false;
	return status == -ESRCH || fp_process_is_fatal(status) ? status : 0;
}

/* ---- The plan ---- */

static void begin_member(struct fp_roster *roster, struct fp_held *held)
{
	fp_roster_close_unused(roster, held);
	held->leader = NULL;
	held->was_stuck = held->is_stuck;
	held->is_due = held->is_deferred = held->is_stuck = false;
	roster->relatives += !fp_kin_is_alone(roster->table, held->entry);
	/* the thread that it was known by may be another by now */
	if (held->entry->dead_leader)
		fp_roster_leave_space(roster, held);
}

enum fp_reader_kind fp_roster_choose(
	const struct fp_roster *roster, const struct fp_held *held, struct fp_plan_member *facts)
{
	bool lacks_walked =
		held->walked_ns == 0 || roster->now_ns - held->walked_ns >= roster->max_age_ns;

	*facts = (struct fp_plan_member){
		.resident_pages = held->resident_pages,
		.file_pages = held->file_pages,
		.alone = fp_kin_is_alone(roster->table, held->entry),
		.has_dark_swap =
			held->dark_ns != 0 && roster->now_ns - held->dark_ns < roster->max_age_ns,
		.rest_stands = held->rest_stands,
		.fast_refused = held->fast_refused,
		.slices_refused = held->slices_refused,
		.wants_detail = held->wants_detail,
		.lacks_walked = lacks_walked,
	};
	return fp_plan_reader(&roster->plan, facts);
}

static int add_due(struct fp_roster *roster, struct fp_held *held, enum fp_due due)
{
	struct fp_plan_member facts;
	enum fp_reader_kind reader = fp_roster_choose(roster, held, &facts);
	struct fp_due_reading reading = {
		.due = due,
		.read_ns = held->has_sample ? held->read_ns : 0,
		.estimate_ns = fp_plan_estimate_ns(&facts, reader),
		.member = held,
	};

	/* what it did cost is known better */
	if (held->has_sample && held->cost_ns &&
		(held->reader == reader || held->cost_ns > reading.estimate_ns))
		reading.estimate_ns = held->cost_ns;
	held->is_due = true;
	return fp_due_list_add(&roster->due, reading);
}

static int plan_member(struct fp_roster *roster, struct fp_held *held)
{
	enum fp_due due;

	if (!held->is_due_group || held->is_gone)
		return 0;
	if (held->space && held->space->sharers > 1 && held->space->leader != held) {
		held->leader = held->space->leader;
		return 0;
	}
	if (held->entry->kernel && held->has_sample)
		return 0;
	int status = fp_roster_find_due(roster, held, &due);
	if (status < 0)
		return status;
	if (held->has_sample && held->read_round == roster->round) {
		/* in this very round, when not everybody was known yet */
		held->forks = held->next_forks;
		held->is_proven = held->is_suspect = held->was_suspect = false;
		held->outside_stamp = held->next_outside_stamp;
		/* a relative may have moved since: that one is read in the next */
		if (fp_kin_is_alone(roster->table, held->entry))
			held->kin_stamp = held->next_kin_stamp;
		return 0;
	}
	return due == FP_DUE_NOT ? 0 : add_due(roster, held, due);
}

int fp_roster_plan(struct fp_roster *roster)
{
	roster->due.len = roster->relatives = 0;
	for (size_t i = 0; i < roster->list.len; i++)
		begin_member(roster, roster->list.at[i]);
	int status = fp_roster_join_spaces(roster);
	for (size_t i = 0; i < roster->list.len && status == 0; i++)
		status = plan_member(roster, roster->list.at[i]);
	fp_plan_order(roster->due.at, roster->due.len);
	return status;
}

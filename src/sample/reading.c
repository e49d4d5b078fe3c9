/* The reading of one member: by the reader that is right for it, or the next where that refuses. */
#include "sample/kin.h"
#include "sample/roster.h"

#include <stdlib.h>
#include <string.h>

/* What only a walk tells; and without names of page frames, PSS too. */
static const uint32_t walked_detail = UINT32_C(1) << FP_PSS_DIRTY | UINT32_C(1) << FP_LOCKED |
				      UINT32_C(1) << FP_ANON_HUGE | UINT32_C(1) << FP_LAZYFREE |
				      UINT32_C(1) << FP_KSM;
static const uint32_t walked_shares = UINT32_C(1) << FP_PSS | UINT32_C(1) << FP_PSS_ANON |
				      UINT32_C(1) << FP_PSS_FILE | UINT32_C(1) << FP_PSS_SHMEM;

enum {
	READERS = 4,
	UNFIT_MAX = 8 /* readings in a row */
};

static int read_walk(struct fp_roster *roster, const struct fp_held *held, struct fp_memory *memory)
{
	bool sizes = roster->keep_sizes || held->wants_detail;

	roster->readings.rollups++;
	return fp_process_measure(
		roster->process, FP_MEASURE_WALK | (sizes ? FP_MEASURE_SIZES : 0), memory);
}

/* Has it still the image that the table knows, and no relative, one that came meanwhile included? */
static int check_alone(struct fp_roster *roster, const struct fp_held *held)
{
	int status = 0;

	if (roster->process->key != held->entry->key || held->entry->key == 0)
		return -EAGAIN;
	if (roster->watch->stream)
		status = fp_watch_drain(roster->watch);
	else if (!fp_watch_is_quiet(roster->watch))
		status = -EAGAIN;
	/* what was lost may be its fork */
	if (status == 0 && (roster->watch->rescan || !fp_kin_is_alone(roster->table, held->entry)))
		status = -EAGAIN;
	return status;
}

/* Of a process without relatives, all that is swapped out is its own, but for shared memory. */
static int take_swap(struct fp_roster *roster, uint64_t shared_bytes, struct fp_memory *memory)
{
	const struct fp_process *process = roster->process;
	uint64_t bytes = 0;

	if (roster->plan.swap_in_use) {
		int status = fp_process_status(roster->process);
		if (status < 0)
			return status;
		if (!fp_memory_has(&process->status.memory, FP_SWAP))
			return -ENOTSUP;
		bytes = process->status.memory.bytes[FP_SWAP];
	}
	fp_memory_set(memory, FP_SWAP, bytes + shared_bytes);
	fp_memory_set(memory, FP_SWAP_PSS, bytes);
	return 0;
}

/* Which the plan goes by for some time, as long as there is swap. */
static void note_dark_swap(
	const struct fp_roster *roster, struct fp_held *held, const struct fp_pages_seen *seen)
{
	if (seen->knows_shared_swap)
		held->dark_ns = 0;
	else if (!seen->may_know_later)
		held->dark_ns = roster->now_ns;
}

/* Neither was anywhere, or these readers were not asked. */
static void finish_fast(struct fp_roster *roster, struct fp_memory *memory)
{
	fp_memory_set(memory, FP_HUGETLB, 0);
	fp_memory_set(memory, FP_KSM, 0);
	roster->readings.fasts++;
}

/* For readings of its own pages alone. */
static int keep_spots(
	struct fp_roster *roster, struct fp_held *held, const struct fp_pages_seen *seen)
{
	if (!held->spots)
		held->spots = malloc(sizeof(*held->spots));
	if (!held->spots)
		return -ENOMEM;
	fp_pages_spots(roster->pages, held->spots);
	held->maps_shmem = seen->has_shmem;
	return 0;
}

static uint64_t faults_of(const struct fp_roster *roster)
{
	return roster->process->stat.minflt + roster->process->stat.majflt;
}

static int read_fast(struct fp_roster *roster, struct fp_held *held, struct fp_memory *memory)
{
	struct fp_pages_seen seen;
	int status = check_alone(roster, held);

	if (status == 0)
		status = fp_pages_read_single(
			roster->pages, &roster->process->body, roster->plan.swap_in_use, memory);
	if (status < 0)
		return status;
	fp_pages_seen(roster->pages, &seen);
	note_dark_swap(roster, held, &seen);
	if (!seen.knows_shared_swap)
		return -EAGAIN;
	status = take_swap(roster, seen.shared_swapped_bytes, memory);
	if (status == 0)
		status = check_alone(roster, held);
	if (status < 0)
		return status;
	finish_fast(roster, memory);
	return keep_spots(roster, held, &seen);
}

/*
 * A page of a file comes by a fault, but every fault since the sample brought an own page. Faults are
 * read before pages are counted, and now after: what happens in between makes them more, never fewer.
 */
static bool had_only_own_faults(const struct fp_roster *roster, const struct fp_held *held)
{
	uint64_t page = roster->host->backend->page_bytes(roster->host->os);
	uint64_t had = (held->memory.bytes[FP_RSS] - held->memory.bytes[FP_SHARED]) / page;
	uint64_t has = held->resident_pages - held->file_pages;

	return faults_of(roster) - held->base_faults <= (has > had ? has - had : 0);
}

/* By what is kept open of it; but a first thread that has just ended tells nothing any more. */
static int read_own_pages(struct fp_roster *roster, struct fp_held *held, struct fp_memory *memory)
{
	const struct fp_process *process = roster->process;
	bool by_kept = held->is_kept && process->tid == process->pid;
	bool has_files = by_kept && held->files.pagemap_fd >= 0;
	int status = fp_pages_read_own(roster->pages, &process->body, by_kept ? &held->kept : NULL,
		has_files ? &held->files : NULL, held->spots, &held->memory, memory);

	/* they may be of the address space that it had before an exec */
	if (status < 0)
		fp_roster_close_pages(roster, held);
	return status;
}

/*
 * That it was alone all the time is seen afterwards: also where its pages tell of a relative, which may
 * be one that has just come.
 */
static int still_alone(struct fp_roster *roster, const struct fp_held *held, int status)
{
	if (status < 0 && status != -EUCLEAN)
		return status;
	int alone = check_alone(roster, held);
	return alone < 0 ? alone : status;
}

static int read_own(struct fp_roster *roster, struct fp_held *held, struct fp_memory *memory)
{
	if (!had_only_own_faults(roster, held))
		return -EAGAIN;
	int status = read_own_pages(roster, held, memory);
	if (status == 0)
		status = take_swap(roster, 0, memory);
	status = still_alone(roster, held, status);
	if (status < 0)
		return status;
	finish_fast(roster, memory);
	return 0;
}

static int read_slices(struct fp_roster *roster, struct fp_held *held, struct fp_memory *memory)
{
	struct fp_pages_seen seen;
	int status = fp_pages_read_slices(
		roster->pages, &roster->process->body, roster->plan.swap_in_use, memory);

	if (status < 0)
		return status;
	fp_pages_seen(roster->pages, &seen);
	note_dark_swap(roster, held, &seen);
	fp_memory_set(memory, FP_HUGETLB, 0);
	roster->readings.walks++;
	return 0;
}

static int read_by(struct fp_roster *roster, struct fp_held *held, enum fp_reader_kind reader,
	struct fp_memory *memory)
{
	*memory = (struct fp_memory){0};
	if (!roster->process->has_body)
		return read_walk(roster, held, memory);
	switch (reader) {
	case FP_READ_FAST:
		return read_fast(roster, held, memory);
	case FP_READ_OWN:
		return read_own(roster, held, memory);
	case FP_READ_SLICES:
		return read_slices(roster, held, memory);
	case FP_READ_WALK:
		break;
	}
	return read_walk(roster, held, memory);
}

/* Does another reader have to take over? Then *held remembers why, unless it was only bad luck. */
static bool is_refused(const struct fp_roster *roster, struct fp_held *held,
	enum fp_reader_kind reader, int status)
{
	bool bad_luck = status == -EAGAIN;

	if (reader == FP_READ_WALK ||
		!(bad_luck || status == -EUCLEAN || status == -E2BIG || status == -ENOTSUP))
		return false;
	held->rest_stands = false;
	if (!bad_luck)
		held->refused_ns = roster->now_ns;
	if (reader == FP_READ_FAST || (reader == FP_READ_OWN && status == -EUCLEAN))
		held->fast_refused = true;
	else if (reader == FP_READ_SLICES)
		held->slices_refused = true;
	return true;
}

/* What this reader cannot tell is that of the last walk, as long as that is not too old. */
static bool keep_walked(
	const struct fp_roster *roster, const struct fp_held *held, struct fp_memory *memory)
{
	uint32_t kept = held->wants_detail ? walked_detail : 0;

	if (!roster->plan.has_pfns)
		kept |= walked_shares;
	kept &= held->memory.has & ~memory->has;
	if (held->walked_ns == 0 ||
		roster->now_ns - held->walked_ns > roster->max_age_ns + roster->max_age_ns / 2)
		return false;
	for (unsigned i = 0; i < FP_METRICS; i++)
		if ((kept >> i) & 1)
			fp_memory_set(memory, (enum fp_metric)i, held->memory.bytes[i]);
	return kept != 0;
}

/* Who is read as one that is alone was so at the end. */
static void note_forks(struct fp_held *held, enum fp_reader_kind reader)
{
	held->is_proven = reader == FP_READ_FAST || reader == FP_READ_OWN;
	held->was_suspect = held->is_suspect;
	held->is_suspect = false;
	held->forks = held->next_forks;
}

/*
 * What came after the glance and is in the sample may go again, and then the next glance is as the last.
 * But a process whose sizes stand and never agree is not read all the time.
 */
static void note_fit(const struct fp_roster *roster, struct fp_held *held)
{
	bool fits = !held->has_glance || fp_roster_fits(roster, held);
	bool stands = held->resident_pages == held->base_resident_pages &&
		      held->file_pages == held->base_file_pages;

	if (fits)
		held->unfit = 0;
	else
		held->unfit = stands ? held->unfit + 1 : 1;
	held->has_base = held->has_glance && (fits || held->unfit > UNFIT_MAX);
}

static void take_sample(struct fp_roster *roster, struct fp_held *held, enum fp_reader_kind reader,
	int status, struct fp_memory *memory)
{
	uint64_t now_ns = roster->host->backend->monotonic_ns(roster->host->os);

	if (fp_memory_has(&held->memory, FP_PAGE_TABLES))
		fp_memory_set(memory, FP_PAGE_TABLES, held->memory.bytes[FP_PAGE_TABLES]);
	held->oldest_ns = now_ns;
	if (reader == FP_READ_WALK)
		held->walked_ns = now_ns;
	else if (keep_walked(roster, held, memory))
		held->oldest_ns = held->walked_ns;
	if (reader != FP_READ_OWN || memory->bytes[FP_SHARED] == 0)
		held->whole_ns = now_ns;
	else if (held->whole_ns < held->oldest_ns)
		held->oldest_ns = held->whole_ns;
	note_forks(held, reader);
	held->memory = *memory;
	held->status = status;
	held->reader = reader;
	held->read_ns = now_ns;
	held->read_round = roster->round;
	held->has_sample = true;
	note_fit(roster, held);
	held->base_resident_pages = held->resident_pages;
	held->base_file_pages = held->file_pages;
	held->base_faults = faults_of(roster);
	held->kin_stamp = held->next_kin_stamp;
	held->outside_stamp = held->next_outside_stamp;
	held->swap_stamp = roster->swap_moves;
}

static int read_with_any(struct fp_roster *roster, struct fp_held *held,
	enum fp_reader_kind *reader, struct fp_memory *memory)
{
	bool fast_refused = held->fast_refused, slices_refused = held->slices_refused;
	bool bad_luck = false;
	int status = 0;

	for (int i = 0; i < READERS; i++) {
		struct fp_plan_member facts;
		status = read_by(roster, held, *reader, memory);
		if (!is_refused(roster, held, *reader, status))
			break;
		/* that one gives way to its like, which has luck of its own */
		bad_luck = bad_luck || (status == -EAGAIN && *reader != FP_READ_OWN);
		*reader = fp_roster_choose(roster, held, &facts);
	}
	/* next time its luck may be better */
	if (bad_luck) {
		held->fast_refused = fast_refused;
		held->slices_refused = slices_refused;
	}
	return status;
}

/* 0 where nobody will ask what it cost. */
static uint64_t cpu_of(const struct fp_roster *roster)
{
	return roster->follows ? roster->host->backend->thread_cpu_ns(roster->host->os) : 0;
}

/* Has it ended, or only its first thread, of which something was opened? Then it is read another time. */
static int why_gone(struct fp_process *process)
{
	int status = fp_process_look(process);

	return status == 0 ? -EAGAIN : status;
}

int fp_roster_read(struct fp_roster *roster, struct fp_held *held, enum fp_reader_kind reader)
{
	const struct fp_host *host = roster->host;
	uint64_t began_ns = host->backend->monotonic_ns(host->os);
	uint64_t cpu_ns = cpu_of(roster);
	struct fp_memory memory = {0};
	int status = read_with_any(roster, held, &reader, &memory);

	if (status == -ESRCH)
		status = why_gone(roster->process);
	if (status == -ESRCH || status == -EAGAIN || fp_process_is_fatal(status))
		return status;
	held->is_stuck = status == -EBUSY;
	if (held->is_stuck)
		return 0;
	uint64_t read_before = held->read_round;
	take_sample(roster, held, reader, status, &memory);
	fp_roster_keep(roster, held, read_before);
	held->cost_ns = cpu_of(roster) - cpu_ns;
	uint64_t wall_ns = host->backend->monotonic_ns(host->os) - began_ns;
	if (wall_ns > roster->readings.longest_ns)
		roster->readings.longest_ns = wall_ns;
	return 0;
}

bool fp_roster_lacks_tables(const struct fp_roster *roster, const struct fp_held *held)
{
	return !roster->skip_tables && held->has_sample && !held->entry->kernel &&
	       held->tables_round != held->read_round;
}

int fp_roster_read_tables(struct fp_roster *roster, struct fp_held *held)
{
	struct fp_memory memory;
	int status = fp_process_measure(roster->process, FP_MEASURE_TABLES, &memory);

	/* a thread that had the memory may have ended, and another has it */
	if (status == -ESRCH)
		status = why_gone(roster->process);
	if (status == -EBUSY || status == -EAGAIN)
		return 0;
	if (status == -ESRCH || fp_process_is_fatal(status))
		return status;
	held->tables_round = held->read_round;
	if (status == 0 && fp_memory_has(&memory, FP_PAGE_TABLES))
		fp_memory_set(&held->memory, FP_PAGE_TABLES, memory.bytes[FP_PAGE_TABLES]);
	return 0;
}

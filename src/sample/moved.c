/* Whether a member's memory, or its share of others', may not be what its sample says. */
#include "sample/kin.h"
#include "sample/roster.h"

static const uint64_t second_ns = UINT64_C(1000000000);

enum {
	KIN_MAX = 512, /* of more nobody finds out in time whether one of them moved */
	DENIED_AGAIN_S = 30,
	FORKS_TURN = 8 /* rounds */
};

static uint64_t mix(uint64_t stamp, uint64_t value)
{
	stamp = (stamp ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return stamp ^ stamp >> 29;
}

/* What is swapped out of several can be given up by one without any other sign. */
static int stamp_swap(struct fp_roster *roster, uint64_t *stamp)
{
	struct fp_process *process = roster->process;

	if (!roster->plan.swap_in_use)
		return 0;
	int status = fp_process_status(process);
	if (status == 0)
		*stamp = mix(*stamp, process->status.memory.bytes[FP_SWAP]);
	return fp_process_is_fatal(status) ? status : 0;
}

/*
 * How the memory of a relative looks: a page that one of them copies becomes another's own, and the
 * sizes of both stay; but then there was a fault. Its first thread may have ended, and have none.
 */
static int look_at_relative(struct fp_roster *roster, const struct fp_entry *entry, uint64_t *stamp)
{
	const struct fp_host *host = roster->host;
	struct fp_process *process = roster->process;
	struct fp_os_glance glance = {.statm_len = 0};
	int status = fp_process_open(process, entry->pid);

	*stamp = 0;
	if (status == 0) {
		int32_t tid = process->has_body ? process->tid : entry->pid;
		*stamp = mix(*stamp, process->stat.minflt + process->stat.majflt);
		status = stamp_swap(roster, stamp);
		fp_process_close(process);
		if (status == 0)
			status = host->backend->glance(host->os, tid, NULL, false, &glance);
	}
	for (size_t i = 0; status == 0 && i < glance.statm_len; i++)
		*stamp = mix(*stamp, (unsigned char)glance.statm[i]);
	if (fp_process_is_fatal(status))
		return status;
	*stamp = mix(*stamp, (uint64_t)(int64_t)status);
	return 0;
}

/* Who stands still looks as before. */
static int stamp_relative(struct fp_roster *roster, const struct fp_entry *entry, uint64_t *stamp)
{
	struct fp_held *held = entry->more ? entry->more->held : NULL;
	uint64_t part = held ? held->stamp : 0;

	if (!held || !held->has_stamp || held->still_round != roster->round) {
		int status = look_at_relative(roster, entry, &part);
		if (status < 0)
			return status;
	}
	if (held) {
		held->stamp = part;
		held->has_stamp = true;
	}
	*stamp = mix(*stamp, part);
	return 0;
}

static int stamp_kin(struct fp_roster *roster, uint32_t number)
{
	struct fp_kin *kin = &roster->table->kins.at[number];
	uint64_t stamp = kin->changes;
	int status = 0;

	if (kin->stamped_round == roster->round)
		return 0;
	kin->stamped_round = roster->round;
	if (kin->count > KIN_MAX || !roster->abilities.is_live)
		stamp = mix(stamp, roster->round);
	else
		for (uint32_t i = kin->first; i != FP_NOBODY && status == 0;) {
			const struct fp_entry *entry = fp_table_at(roster->table, i);
			status = stamp_relative(roster, entry, &stamp);
			i = entry->kin_next;
		}
	kin->stamp = stamp;
	return status;
}

/* What a member's relatives look like now. */
static int find_kin_stamp(struct fp_roster *roster, const struct fp_held *held, uint64_t *stamp)
{
	const struct fp_entry *entry = held->entry;

	*stamp = 0;
	if (entry->kin == FP_NOBODY)
		return 0;
	const struct fp_kin *kin = &roster->table->kins.at[entry->kin];
	*stamp = mix(entry->kin, kin->changes);
	if (fp_kin_is_alone(roster->table, entry))
		return 0;
	int status = stamp_kin(roster, entry->kin);
	*stamp = mix(*stamp, kin->stamp);
	return status;
}

bool fp_roster_fits(const struct fp_roster *roster, const struct fp_held *held)
{
	const struct fp_memory *memory = &held->memory;
	uint64_t page = roster->host->backend->page_bytes(roster->host->os);

	if (!roster->can.exact_statm)
		return true;
	if (fp_memory_has(memory, FP_RSS) && memory->bytes[FP_RSS] != held->resident_pages * page)
		return false;
	if (fp_memory_has(memory, FP_SHARED) && memory->bytes[FP_SHARED] != held->file_pages * page)
		return false;
	/* a page of a file that was written to since is another, of the same size */
	return !memory->has_anonymous ||
	       memory->anonymous_bytes == (held->resident_pages - held->file_pages) * page;
}

/* The glance of now belongs to a sample that has none, unless they disagree. */
static void adopt_base(const struct fp_roster *roster, struct fp_held *held)
{
	if (!fp_roster_fits(roster, held))
		return;
	held->has_base = true;
	held->base_resident_pages = held->resident_pages;
	held->base_file_pages = held->file_pages;
}

static bool own_moved(struct fp_roster *roster, struct fp_held *held)
{
	if (held->status == -EACCES && roster->abilities.is_live)
		return roster->now_ns - held->read_ns >= DENIED_AGAIN_S * second_ns;
	if (!held->has_glance || held->status < 0)
		return true;
	if (!held->has_base)
		adopt_base(roster, held);
	return !held->has_base || held->resident_pages != held->base_resident_pages ||
	       held->file_pages != held->base_file_pages;
}

/* Was its last reading one that tells what it maps? */
static bool was_fast(const struct fp_held *held)
{
	return held->spots && (held->reader == FP_READ_FAST || held->reader == FP_READ_OWN);
}

/*
 * Has it anything that may be swapped in, out or given up behind its back? Of shared memory it may have
 * no page itself; a walk does not tell what it maps.
 */
static bool may_have_swap(const struct fp_held *held)
{
	return held->memory.bytes[FP_SWAP] > 0 || held->memory.bytes[FP_PSS_SHMEM] > 0 ||
	       (was_fast(held) ? held->maps_shmem : held->file_pages > 0);
}

/* Only its own anonymous memory may have moved since it was read without a walk. */
static bool rest_stands(const struct fp_roster *roster, const struct fp_held *held,
	const struct fp_due_facts *facts)
{
	const struct fp_memory *memory = &held->memory;
	uint64_t page = roster->host->backend->page_bytes(roster->host->os);

	return facts->has_sample && held->status == 0 && was_fast(held) && !facts->kin_moved &&
	       !facts->outside_moved && facts->age_ns < facts->max_age_ns && held->has_glance &&
	       held->file_pages * page == memory->bytes[FP_SHARED] &&
	       held->mapped_pages * page == memory->bytes[FP_VMS] &&
	       !(roster->plan.swap_in_use && held->maps_shmem);
}

/*
 * Who ends while another reads of it in /proc leaves its memory to that one, for so long: in the round
 * after it left, that counts as a fork that nobody saw.
 */
static void count_left(const struct fp_roster *roster, struct fp_kin *kin)
{
	if (kin->has_left) {
		kin->left_round = roster->round;
	} else if (kin->left_round != 0 && kin->left_round != roster->round) {
		kin->left_round = 0;
		kin->forks++;
	}
	kin->has_left = false;
}

/* Moves with each fork of its kin, and where nobody may have told of some. */
static uint64_t count_forks(const struct fp_roster *roster, const struct fp_held *held)
{
	uint32_t kin = held->entry->kin;
	uint64_t untold = roster->table->untold;

	if (kin == FP_NOBODY)
		return untold;
	count_left(roster, &roster->table->kins.at[kin]);
	return untold + roster->table->kins.at[kin].forks;
}

/*
 * A fork that is not known of yet shares its memory with whom it came of, and may have ended when it is:
 * then nothing is left of it but a sample in which the memory was shared. True: that may have been so, and
 * now is the time to read again. Where forks come all the time, one may be there at each reading: that is
 * once there was none for a round, or in its turn.
 */
static bool had_forks(struct fp_roster *roster, struct fp_held *held)
{
	uint64_t forks = count_forks(roster, held);
	bool is_calm = forks == held->next_forks;

	held->next_forks = forks;
	if (!held->is_proven && forks != held->forks)
		held->is_suspect = true;
	held->is_proven = true;
	return held->is_suspect &&
	       (is_calm || !held->was_suspect || roster->round - held->read_round >= FORKS_TURN);
}

int fp_roster_find_due(struct fp_roster *roster, struct fp_held *held, enum fp_due *due)
{
	uint64_t kin_stamp, outside = roster->outside + roster->table->turnover;
	int status = find_kin_stamp(roster, held, &kin_stamp);

	if (status < 0)
		return status;
	bool forked = had_forks(roster, held);
	/* a page that KSM merges need not be a file's */
	bool has_outside = held->file_pages > 0 || roster->ksm_seen;
	struct fp_due_facts facts = {
		.has_sample = held->has_sample,
		.own_moved = held->was_stuck || (held->has_sample && own_moved(roster, held)),
		.kin_moved = forked || kin_stamp != held->kin_stamp,
		.outside_moved = (outside != held->outside_stamp && has_outside) ||
				 (roster->swap_moves != held->swap_stamp && may_have_swap(held)),
		.age_ns = roster->now_ns - held->whole_ns,
		.max_age_ns = roster->max_age_ns,
	};
	held->rest_stands = rest_stands(roster, held, &facts);
	/* or it was only bad luck, which is not for ever */
	if (facts.kin_moved || roster->now_ns - held->refused_ns >= roster->max_age_ns)
		held->fast_refused = held->slices_refused = false;
	*due = fp_plan_due(&facts);
	/* as of before the reading: what moves meanwhile is seen in the next round */
	held->next_kin_stamp = kin_stamp;
	held->next_outside_stamp = outside;
	return 0;
}

/* Members to groups: sums that are complete or absent, metric by metric. */
#ifndef FP_COMPUTE_ACCOUNT_H
#define FP_COMPUTE_ACCOUNT_H

#include "model.h"

struct fp_account {
	uint64_t processes, threads;
	uint64_t denied;    /* members whose memory may not be read, and undecided processes */
	uint64_t undecided; /* of those: processes that nobody can tell to be members or not */
	uint64_t unread;    /* members whose files are missing or make no sense, as well */
	uint64_t deferred; /* members that were due and put off: their last sample counts, if any */
	uint64_t stuck; /* members that do not answer, as well; and processes that nobody can place
			      for that */
	uint64_t stuck_undecided; /* of those: the latter */
	uint64_t oldest_ns;       /* monotonic time of the oldest sample in the sums; 0: none */
	uint64_t uss_max_bytes;
	uint64_t bodiless;    /* members that are the kernel's, and so add 0 to every sum */
	struct fp_memory sum; /* has: some other member had it */
	uint32_t missing;     /* bit 1 << metric: some member did not have it */
};

/* An account of nobody: everything 0. */
void fp_account_init(struct fp_account *account);

/*
 * A member: its threads, its memory as far as known, and when that was read. denied: what it lacks
 * it lacks for want of permission.
 */
void fp_account_member(struct fp_account *account, uint64_t threads, const struct fp_memory *memory,
	uint64_t read_ns, bool denied);

/* A member that is a thread of the kernel, as of read_ns: it has no memory, now as ever. */
void fp_account_kernel(struct fp_account *account, uint64_t threads, uint64_t read_ns);

/* A member whose memory is another member's too and in the sums already (CLONE_VM). */
void fp_account_sharer(struct fp_account *account, uint64_t threads);

/* One of the members so far lacks what it lacks since it does not answer. */
void fp_account_stuck(struct fp_account *account);

/* One of the members so far lacks what it lacks since its files are missing or make no sense. */
void fp_account_unread(struct fp_account *account);

/* As fp_account_undecided(), of processes that do not answer. */
void fp_account_stuck_undecided(struct fp_account *account, uint64_t count);

/* So many processes of which nobody can tell whether they are members: then no sum is complete. */
void fp_account_undecided(struct fp_account *account, uint64_t count);

/*
 * Adds the members of another account, none of whom is in this one. Processes that nobody can place are
 * the same ones for both.
 */
void fp_account_add(struct fp_account *total, const struct fp_account *account);

/*
 * May the sum be told, and what is it? Complete: every member had it and none is undecided; an
 * empty group's sums are 0, and so are those of the kernel's threads. Partial: at least one member had
 * it that is not the kernel's, so that 0 is never the sum of nobody who was asked. A sum past 2^64 - 1
 * is absent.
 */
bool fp_account_sum(
	const struct fp_account *account, enum fp_metric metric, bool partial, uint64_t *bytes);

/* May the number of processes and threads be told? Not while somebody is undecided. */
bool fp_account_countable(const struct fp_account *account, bool partial);

#endif

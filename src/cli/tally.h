/* What is known of a group as a whole, be it from a reading or from a file. */
#ifndef FP_CLI_TALLY_H
#define FP_CLI_TALLY_H

#include "sample/snapshot.h"

enum fp_count {
	FP_COUNT_PROCESSES,
	FP_COUNT_THREADS,
	FP_COUNT_DENIED, /* could not be read, for whatever reason */
	FP_COUNT_UNDECIDED,
	FP_COUNT_DEFERRED,
	FP_COUNT_STUCK,
	FP_COUNTS
};

struct fp_tally {
	char name[FP_NAME_SIZE];
	uint32_t has; /* bit 1 << count */
	uint64_t count[FP_COUNTS];
	bool has_age, has_uss_max;
	double age_s; /* of the oldest sample in the sums */
	uint64_t uss_max_bytes;
	struct fp_memory sum; /* those that may be told */
};

static inline void fp_tally_set(struct fp_tally *tally, enum fp_count count, uint64_t value)
{
	tally->has |= UINT32_C(1) << count;
	tally->count[count] = value;
}

/* 0 where it is not known. */
static inline uint64_t fp_tally_count(const struct fp_tally *tally, enum fp_count count)
{
	return (tally->has >> count) & 1 ? tally->count[count] : 0;
}

/*
 * Of a group of a reading that ended at taken_ns (monotonic). Where some may not be read or do not
 * answer, the sums are those of the others: who shows them says how many lack.
 */
void fp_tally_make(const struct fp_group_result *result, uint64_t taken_ns, struct fp_tally *out);

/*
 * Of all groups of a snapshot, which have no process in common, as if they were one: what one of them
 * lacks for want of permission takes nothing from the others. It has neither deferred nor stuck.
 */
void fp_tally_total(const struct fp_snapshot *snapshot, struct fp_tally *out);

/* Its name in JSON, and as a column. */
const char *fp_tally_count_name(enum fp_count count);

#endif

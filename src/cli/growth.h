/* What was there at the first sight of each process and group, so that it can be told what grew. */
#ifndef FP_CLI_GROWTH_H
#define FP_CLI_GROWTH_H

#include "cli/columns.h"

struct fp_growth;

/* 0 or -ENOMEM. */
int fp_growth_new(struct fp_growth **out);
void fp_growth_free(struct fp_growth *growth);

/* From now on, as if nothing had been seen yet. */
void fp_growth_forget(struct fp_growth *growth);

/*
 * Takes a reading and gives its rows, which hold as long as the reading does and until the next call.
 * A process that was not there before is new, and grows from what it is now; each size that was not
 * known before likewise. 0 or -ENOMEM.
 */
int fp_growth_processes(struct fp_growth *growth, const struct fp_group_result *result,
	const struct fp_process_row **rows, size_t *count);
int fp_growth_groups(struct fp_growth *growth, const struct fp_tally *tallies, size_t tally_count,
	const struct fp_group_row **rows, size_t *count);

/* The total as it was first. Never NULL. */
const struct fp_tally *fp_growth_total(struct fp_growth *growth, const struct fp_tally *total);

#endif

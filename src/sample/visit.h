/* What becomes of one process in a round: which groups it belongs to. */
#ifndef FP_SAMPLE_VISIT_H
#define FP_SAMPLE_VISIT_H

#include "sample/instances.h"
#include "sample/table.h"
#include "util/pattern.h"

FP_VEC(fp_instance_refs, struct fp_instance *);

struct fp_visit {
	/* for all visits */
	const struct fp_host *host;
	const struct fp_settings *settings;
	struct fp_table *table;
	struct fp_instances *instances;
	struct fp_pidfiles *pidfiles;
	struct fp_process *process;
	const bool *due; /* of each group: whether it is told in this round */
	uint64_t now_ns;

	struct fp_pattern_allowance allowance; /* for the regular expressions of a round */

	/* of this one */
	struct fp_entry *entry;
	int reason; /* why something of it is unknown */
	const struct fp_entry
		*opened;    /* of whom process is open now: only when it has to be read */
	bool changed_image; /* since the scan, so that what was read is of another */
	struct fp_instance_refs taken;  /* where its memory is summed: those that are due */
	struct fp_instance_refs active; /* where what it does is counted: in every round */
	struct fp_piece *pieces;        /* as many as all groups' names have parts */
	uint64_t *undecided;   /* of each group, over all visits: how many nobody can place */
	uint64_t *stuck;       /* as well, since they do not answer */
	int32_t undecided_pid; /* one of them, and why */
	int undecided_reason;
};

/*
 * Places the process. 0 with the instances in visit->taken and visit->active, and what is undecided counted; -ESRCH
 * when it has ended; -ENOMEM and the like. The visit is ended in any case.
 */
int fp_visit_place(struct fp_visit *visit, struct fp_entry *entry);

/* Opens the process, if it is not open yet, and makes sure that it is still the same. */
int fp_visit_open(struct fp_visit *visit);

/* Closes what is open, also what a thread that was left behind in a call had opened. */
void fp_visit_end(struct fp_visit *visit);

#endif

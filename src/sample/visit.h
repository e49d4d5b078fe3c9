/* What becomes of one process in a round: which groups it belongs to. */
#ifndef FP_SAMPLE_VISIT_H
#define FP_SAMPLE_VISIT_H

#include "sample/instances.h"
#include "sample/table.h"
#include "util/pattern.h"

struct fp_visit {
	/* for all visits */
	const struct fp_host *host;
	const struct fp_settings *settings;
	struct fp_table *table;
	struct fp_instances *instances;
	struct fp_pidfiles *pidfiles;
	struct fp_process *process;
	uint64_t now_ns;

	struct fp_pattern_allowance allowance; /* for the regular expressions of a round */

	/* of this one */
	struct fp_entry *entry;
	int reason; /* why something of it is unknown */
	const struct fp_entry
		*opened;    /* of whom process is open now: only when it has to be read */
	bool changed_image; /* since the scan, so that what was read is of another */

	struct fp_piece *pieces; /* as many as all groups' names have parts */
	/* of each group, kept from round to round: how many nobody can place; and of those that do
	   not answer */
	uint64_t *undecided, *stuck;
	int32_t undecided_pid; /* one of them, and why */
	int undecided_reason;
};

/*
 * Finds out where the process belongs, and leaves that in its seats. 0; -ESRCH when it has ended;
 * -ENOMEM and the like. The process may be open afterwards, or another.
 */
int fp_visit_place(struct fp_visit *visit, struct fp_entry *entry);

/* It has ended: nobody is undecided on its account. */
void fp_visit_forget(struct fp_visit *visit, const struct fp_entry *entry);

/* Opens the process, if it is not open yet, and makes sure that it is still the same. */
int fp_visit_open(struct fp_visit *visit);

/* The same, by a place of it that somebody keeps, unless it is open already. */
int fp_visit_open_kept(struct fp_visit *visit, const struct fp_os_process *place);

void fp_visit_end(struct fp_visit *visit);

/* Does any group ask for what belongs to an image: an executable or an environment? */
bool fp_visit_asks_of_images(const struct fp_settings *settings);

#endif

/*
 * What the members of groups do: each is read once a round, and its base kept for the next. A round
 * is begin, read for every process that is a member, end.
 */
#ifndef FP_SAMPLE_ACTIVITY_H
#define FP_SAMPLE_ACTIVITY_H

#include "compute/activity.h"
#include "sample/process.h"

/* A process that was a member of some group when it was last read. */
struct fp_activity_entry {
	int32_t pid;
	uint64_t starttime_ticks;
	bool seen; /* in this round */
	struct fp_activity_reading base;
};

FP_VEC(fp_activity_entries, struct fp_activity_entry *);

/* A zeroed struct is empty. */
struct fp_activity_book {
	struct fp_activity_entries entries; /* by pid, then starttime */
	struct fp_activity_reading now;     /* of the process at hand; reused */
	struct fp_pids tids;
};

void fp_activity_book_begin(struct fp_activity_book *book);

/*
 * Reads an opened process; once a round, and in every round in which it is a member. *delta is what it
 * did since the round before, to be added to each group that it is in; see fp_activity_advance(). Of
 * a process that was not read in the round before, that is nothing, unless it is_new: it was not
 * there in that round, and there was one; then it is all that it ever did. What may not be read is
 * unknown in the delta and no error. 0; -ESRCH when it has ended; -ENOMEM, -EMFILE and the like.
 */
int fp_activity_book_read(struct fp_activity_book *book, struct fp_process *process, bool is_new,
	struct fp_activity_counters *delta);

/* Forgets who was not read since the beginning. Not after a round that was given up. */
void fp_activity_book_end(struct fp_activity_book *book);

void fp_activity_book_fini(struct fp_activity_book *book);

#endif

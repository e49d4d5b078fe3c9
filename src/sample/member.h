/* Members of groups, one by one, for those who ask for more than sums. */
#ifndef FP_SAMPLE_MEMBER_H
#define FP_SAMPLE_MEMBER_H

#include "sample/process.h"
#include "sample/snapshot.h"

/*
 * Adds an opened process with what was measured of it, and its command line if that is wanted and may
 * be read. 0; -ESRCH when it has ended; -ENOMEM and the like.
 */
int fp_member_keep(struct fp_members *members, struct fp_process *process,
	const struct fp_memory *memory, bool denied, bool keep_cmdline);

#endif

/*
 * What members are asked for after a reading: of a few that are shown, a command line need not be read
 * of all.
 */
#ifndef FP_SAMPLE_LATE_H
#define FP_SAMPLE_LATE_H

#include "sample/host.h"
#include "sample/snapshot.h"

struct fp_late;

/* host must outlive it. 0 or -ENOMEM. */
int fp_late_new(const struct fp_host *host, struct fp_late **out);
void fp_late_free(struct fp_late *late);

/*
 * The command line of a member that is still the same process, arguments joined by spaces; it lives as
 * long as late. 0; -ESRCH: it has ended; -EACCES; -ENOMEM and the like.
 */
int fp_late_cmdline(struct fp_late *late, const struct fp_member *member, const char **out);

#endif

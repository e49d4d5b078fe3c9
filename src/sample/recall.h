/*
 * What members are asked for after a reading: of a few that are shown, a command line need not be read
 * of all.
 */
#ifndef FP_SAMPLE_RECALL_H
#define FP_SAMPLE_RECALL_H

#include "sample/host.h"
#include "sample/snapshot.h"

struct fp_recall;

/* host must outlive it. 0 or -ENOMEM. */
int fp_recall_new(const struct fp_host *host, struct fp_recall **out);
void fp_recall_free(struct fp_recall *recall);

/*
 * The command line of a member that is still the same process, arguments joined by spaces; it lives as
 * long as recall. 0; -ESRCH: it has ended; -EACCES; -EBUSY where a guard says that it does not answer;
 * -ENOMEM and the like. A thread that was left behind in it leaves nothing that the next would lack.
 */
int fp_recall_cmdline(struct fp_recall *recall, const struct fp_member *member, const char **out);

#endif

/*
 * A host whose processes are read ahead of whoever goes through all of them once, by some threads side
 * by side: what the kernel charges for that is shared by the processors.
 *
 * The host of an ahead is the inner one with some slots wrapped. From its first list() on, helpers go
 * through the processes by ascending id. Whoever opens them in that order gets what was read a moment
 * ago, each thing once: stat, owner, smaps_rollup, and what else is wanted. All the rest, and
 * everything after a second list(), comes from the inner host. What is large is left to
 * whoever asks for it; so a process holds up nobody but a helper and who asks for the very thing that
 * it does not answer.
 *
 * One ahead at a time in a program.
 */
#ifndef FP_SAMPLE_AHEAD_H
#define FP_SAMPLE_AHEAD_H

#include "sample/host.h"

struct fp_ahead;

/* What is read besides; bits. */
enum { FP_AHEAD_WANT_CMDLINE = 1, FP_AHEAD_WANT_STATM = 2, FP_AHEAD_WANT_STATUS = 4 };

/* inner must outlive it, and is copied. 0; -EBUSY: there is one already; -ENOMEM. */
int fp_ahead_new(const struct fp_host *inner, unsigned wanted, struct fp_ahead **out);

/* Lives as long as the ahead. */
const struct fp_host *fp_ahead_host(const struct fp_ahead *ahead);

/*
 * Ends the helpers and frees it: 0. -ETIMEDOUT where one does not come back within timeout_ns: it and
 * its inner host then have to stay as they are until the program ends. Takes NULL.
 */
int fp_ahead_free(struct fp_ahead *ahead, uint64_t timeout_ns);

#endif

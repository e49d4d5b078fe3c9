/*
 * A host whose processes may keep a reader waiting for ever: every call that can is watched, and a
 * thread that does not come out of one is left behind, with all that the call writes into, while a
 * fresh one begins the round anew.
 *
 * The host of a guard is the inner one with those slots wrapped. What a call writes goes into memory of
 * its thread first, so that a thread left behind touches nothing else when it comes back: it closes
 * what the call opened and ends, without returning to its caller. Hence the one duty of whoever calls:
 * at each guarded call, what is allocated, open or half-done belongs to something that outlives the
 * thread, and a fresh thread can begin anew with it. A guarded process_close() of a place that a
 * thread left behind still uses takes effect when that comes back.
 *
 * What a process that does not answer is asked then is refused with -EBUSY at once: what waits for its
 * memory (smaps, smaps_rollup, cmdline, environ), and if it was something else, everything that was
 * ever seen to wait; status, statm and cgroup only if they themselves were. When all threads that may be
 * left behind are, what can wait is refused of processes with a thread in uninterruptible sleep too.
 *
 * One guard at a time in a program. Calls of threads that it did not start are not watched.
 */
#ifndef FP_SAMPLE_GUARD_H
#define FP_SAMPLE_GUARD_H

#include "sample/host.h"

struct fp_guard;

/* How many threads may be left behind at once. */
enum { FP_GUARD_LEFT_MAX = 16 };

/*
 * inner must outlive it, and is copied; a call may take timeout_ns, or as long as its thread does not
 * merely wait. 0; -EBUSY: there is one already; -ENOMEM.
 */
int fp_guard_new(const struct fp_host *inner, uint64_t timeout_ns, struct fp_guard **out);

/* Only while no thread runs and none is left behind; takes NULL. */
void fp_guard_free(struct fp_guard *guard);

/* Lives as long as the guard. */
const struct fp_host *fp_guard_host(const struct fp_guard *guard);
uint64_t fp_guard_timeout(const struct fp_guard *guard);

/*
 * Starts the thread that works: one at a time. It has no signals and a small stack. 0; -EAGAIN, said
 * in the log; -ENOMEM.
 */
int fp_guard_start(struct fp_guard *guard, void (*work)(void *context), void *context);

/* Waits for the end of that thread, whose work is over or is about to be. */
void fp_guard_join(struct fp_guard *guard);

/*
 * Leaves the thread behind if the call that it is in lasts too long, which is said in the log. True:
 * no thread works, so one is to be started. *again_ns: when to look again, on the monotonic clock. This
 * and what follows is for one thread at a time.
 */
bool fp_guard_watch(struct fp_guard *guard, uint64_t *again_ns);

/*
 * Takes leave of those that came back, whose processes are asked again from now on, and returns how
 * many are still left behind. Between rounds: a process that always answers a little too late would
 * hold up each new beginning of a round else.
 */
unsigned fp_guard_welcome(struct fp_guard *guard);

/*
 * For the end: leaves the thread behind now, if it is in a call; it is none of the caller's any more
 * in any case.
 */
void fp_guard_leave(struct fp_guard *guard);

/* The next guarded call of this thread may take so much longer. */
void fp_guard_allow(uint64_t ns);

#endif

/*
 * The thread that samples, so that a reading which never comes back holds up nobody but itself: a
 * process that does not answer costs the round a fresh thread; see sample/guard.h.
 */
#ifndef FP_SAMPLE_WORKER_H
#define FP_SAMPLE_WORKER_H

#include "sample/guard.h"
#include "sample/sampler.h"

struct fp_worker;

/* Starts the thread over a sampler of the guard's host; both must outlive the worker. 0 or -errno. */
int fp_worker_start(struct fp_sampler *sampler, struct fp_guard *guard, struct fp_worker **out);

/*
 * Asks for a round and waits for it: at most_ns, and of that no longer than a call may take and half
 * as much, anew from each thread that had to be left behind. 0; -ETIMEDOUT while the round goes on;
 * else what the round failed with, or why no thread could be started for it. In each case *out is a
 * list, which the caller frees, of all that nobody took yet, oldest first: the round's own, if it came
 * in time, and before it one that was late. A late one may have groups that are not due again for
 * long, so none is dropped.
 */
int fp_worker_ask(struct fp_worker *worker, uint64_t most_ns, struct fp_snapshot **out);

/*
 * Asks for a round and waits for its end, however long that takes. Not while one that was asked for goes
 * on. 0 with a snapshot that the caller frees; else as above, without one.
 */
int fp_worker_take(struct fp_worker *worker, struct fp_snapshot **out);

/*
 * Has something else done by the thread, between rounds, as long as it takes: where the thread had to be
 * left behind, anew by another. As sample/guard.h says, what it writes and opens outlives the thread. 0,
 * or why no thread could be started for it.
 */
int fp_worker_run(struct fp_worker *worker, void (*job)(void *context), void *context);

/*
 * Ends the thread and frees the worker: 0. -ETIMEDOUT when it does not come back within timeout_ns, or
 * when others are left behind; worker, sampler, guard and everything under them then have to stay as
 * they are until the process ends, which a blocked thread does not prevent.
 */
int fp_worker_stop(struct fp_worker *worker, uint64_t timeout_ns);

#endif

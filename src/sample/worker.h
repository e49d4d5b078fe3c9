/*
 * The thread that samples, so that a reading which never comes back holds up nobody but itself.
 */
#ifndef FP_SAMPLE_WORKER_H
#define FP_SAMPLE_WORKER_H

#include "sample/sampler.h"

struct fp_worker;

/* Starts the thread over a sampler, which must outlive the worker. 0 or -errno. */
int fp_worker_start(struct fp_sampler *sampler, struct fp_worker **out);

/*
 * Asks for a round and waits for it, at most timeout_ns. 0; -ETIMEDOUT while the round goes on; else
 * what the round failed with. In each case *out is a list, which the caller frees, of all that nobody
 * took yet, oldest first: the round's own, if it came in time, and before it one that was late. A late
 * one may have groups that are not due again for long, so none is dropped.
 */
int fp_worker_ask(struct fp_worker *worker, uint64_t timeout_ns, struct fp_snapshot **out);

/*
 * Ends the thread and frees the worker: 0. -ETIMEDOUT when it does not come back within timeout_ns;
 * worker, sampler and everything under them then have to stay as they are until the process ends,
 * which a blocked thread does not prevent.
 */
int fp_worker_stop(struct fp_worker *worker, uint64_t timeout_ns);

#endif

/*
 * A sampler with all that keeps it from being held up: the guard over what it reads, and the thread
 * that it works in.
 */
#ifndef FP_SAMPLE_ENGINE_H
#define FP_SAMPLE_ENGINE_H

#include "sample/sampler.h"

struct fp_engine;

/*
 * Makes and starts one, and says in the log what it will not see. host must outlive it; settings too,
 * see fp_sampler_new(); their ReadTimeout is what a call may take. 0; as fp_sampler_new() and
 * fp_guard_new(); or why there is no thread, said in the log.
 */
int fp_engine_start(const struct fp_host *host, struct fp_settings *settings,
	const struct fp_sampler_options *options, struct fp_engine **out);

/* One round, or what nobody took yet: see fp_worker_ask(). */
int fp_engine_ask(struct fp_engine *engine, uint64_t most_ns, struct fp_snapshot **out);

/*
 * One round, however long that takes: a process that does not answer costs it about the time that a call
 * may take. See fp_worker_take().
 */
int fp_engine_take(struct fp_engine *engine, struct fp_snapshot **out);

/* Has a job done between rounds, which reads from fp_engine_host(): see fp_worker_run(). */
int fp_engine_run(struct fp_engine *engine, void (*job)(void *context), void *context);
const struct fp_host *fp_engine_host(const struct fp_engine *engine);

/* As fp_sampler_denial() and fp_sampler_current(). */
const char *fp_engine_denial(const struct fp_engine *engine);
int32_t fp_engine_current(const struct fp_engine *engine);

/*
 * Ends and frees it: 0. -ETIMEDOUT where a thread does not come back within timeout_ns: it, host,
 * settings and what log they have have to stay as they are until the program ends, which that thread
 * does not prevent. Takes NULL.
 */
int fp_engine_stop(struct fp_engine *engine, uint64_t timeout_ns);

#endif

#include "sample/engine.h"
#include "sample/worker.h"

#include <stdlib.h>

/* Of one waiting for a round; those that take longer are waited for again. */
static const uint64_t wait_ns = UINT64_C(3600000000000);

struct fp_engine {
	struct fp_guard *guard;
	struct fp_sampler *sampler;
	struct fp_worker *worker;
};

static void free_engine(struct fp_engine *engine)
{
	fp_sampler_free(engine->sampler);
	fp_guard_free(engine->guard);
	free(engine);
}

int fp_engine_start(const struct fp_host *host, struct fp_settings *settings,
	const struct fp_sampler_options *options, struct fp_engine **out)
{
	struct fp_engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return -ENOMEM;
	int status = fp_guard_new(host, (uint64_t)(settings->read_timeout_s * 1e9), &engine->guard);
	if (status == 0)
		status = fp_sampler_new(
			fp_guard_host(engine->guard), settings, options, &engine->sampler);
	if (status == 0) {
		fp_sampler_announce(engine->sampler);
		status = fp_worker_start(engine->sampler, engine->guard, &engine->worker);
	}
	if (status < 0)
		free_engine(engine);
	else
		*out = engine;
	return status;
}

int fp_engine_ask(struct fp_engine *engine, uint64_t most_ns, struct fp_snapshot **out)
{
	return fp_worker_ask(engine->worker, most_ns, out);
}

int fp_engine_take(struct fp_engine *engine, struct fp_snapshot **out)
{
	int status;

	do
		status = fp_worker_ask(engine->worker, wait_ns, out);
	while (status == -ETIMEDOUT);
	return status;
}

const char *fp_engine_denial(const struct fp_engine *engine)
{
	return fp_sampler_denial(engine->sampler);
}

int32_t fp_engine_current(const struct fp_engine *engine)
{
	return fp_sampler_current(engine->sampler);
}

int fp_engine_stop(struct fp_engine *engine, uint64_t timeout_ns)
{
	int status = engine ? fp_worker_stop(engine->worker, timeout_ns) : 0;

	if (engine && status == 0)
		free_engine(engine);
	return status;
}

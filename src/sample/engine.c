#include "sample/engine.h"
#include "sample/ahead.h"
#include "sample/worker.h"

#include <stdlib.h>

struct fp_engine {
	struct fp_ahead *ahead; /* NULL: each process is read when its turn comes */
	struct fp_guard *guard;
	struct fp_sampler *sampler;
	struct fp_worker *worker;
};

static int free_engine(struct fp_engine *engine, uint64_t timeout_ns)
{
	fp_sampler_free(engine->sampler);
	engine->sampler = NULL;
	fp_guard_free(engine->guard);
	engine->guard = NULL;
	int status = fp_ahead_free(engine->ahead, timeout_ns);
	if (status == 0)
		free(engine);
	return status;
}

static unsigned wanted_ahead(const struct fp_sampler_options *options)
{
	unsigned wanted = 0;

	if (options->keep_cmdline)
		wanted |= FP_AHEAD_WANT_CMDLINE;
	if (options->keep_sizes)
		wanted |= FP_AHEAD_WANT_STATM;
	if (!options->skip_tables)
		wanted |= FP_AHEAD_WANT_STATUS;
	return wanted;
}

static int start(struct fp_engine *engine, const struct fp_host *host, struct fp_settings *settings,
	const struct fp_sampler_options *options)
{
	uint64_t timeout_ns = (uint64_t)(settings->read_timeout_s * 1e9);
	int status = 0;

	if (options->all_once)
		status = fp_ahead_new(host, wanted_ahead(options), &engine->ahead);
	if (engine->ahead)
		host = fp_ahead_host(engine->ahead);
	if (status == 0)
		status = fp_guard_new(host, timeout_ns, &engine->guard);
	if (status == 0)
		status = fp_sampler_new(
			fp_guard_host(engine->guard), settings, options, &engine->sampler);
	if (status < 0)
		return status;
	fp_sampler_announce(engine->sampler);
	return fp_worker_start(engine->sampler, engine->guard, &engine->worker);
}

int fp_engine_start(const struct fp_host *host, struct fp_settings *settings,
	const struct fp_sampler_options *options, struct fp_engine **out)
{
	struct fp_engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return -ENOMEM;
	int status = start(engine, host, settings, options);
	/* nobody has read anything yet, so that nothing is waited for */
	if (status < 0)
		free_engine(engine, 0);
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
	return fp_worker_take(engine->worker, out);
}

int fp_engine_run(struct fp_engine *engine, void (*job)(void *context), void *context)
{
	return fp_worker_run(engine->worker, job, context);
}

const struct fp_host *fp_engine_host(const struct fp_engine *engine)
{
	return fp_guard_host(engine->guard);
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
	if (!engine)
		return 0;
	int status = fp_worker_stop(engine->worker, timeout_ns);
	return status < 0 ? status : free_engine(engine, timeout_ns);
}

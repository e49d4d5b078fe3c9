#include "sample/worker.h"
#include "util/wait.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How often the kernel's events are taken in while there is nothing else to do. */
static const uint64_t tick_ns = 1000000000;

/* Of those who wait for the end, however late: then they wait again. */
static const uint64_t wait_ns = UINT64_C(3600000000000);

struct fp_worker {
	struct fp_sampler *sampler;
	struct fp_guard *guard;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool asked, stop, ended;    /* asked: a round, or the job, is wanted or under way */
	void (*job)(void *context); /* NULL: a round */
	void *job_context;
	int status;                        /* of the last round, until it is told */
	struct fp_snapshot *fresh, **last; /* that nobody was told yet, oldest first; its end */
};

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Until something changed, or until then, which is false. */
static bool wait_until(struct fp_worker *worker, uint64_t until_ns)
{
	struct timespec at = {.tv_sec = (time_t)(until_ns / 1000000000),
		.tv_nsec = (long)(until_ns % 1000000000)};

	return pthread_cond_timedwait(&worker->changed, &worker->lock, &at) != ETIMEDOUT;
}

/* Gives up the lock meanwhile, since who is woken wants it at once: what was seen may have changed. */
static void wake(struct fp_worker *worker)
{
	pthread_mutex_unlock(&worker->lock);
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_lock(&worker->lock);
}

/* A round, or the job. */
static void work_once(struct fp_worker *worker)
{
	void (*job)(void *context) = worker->job;
	struct fp_snapshot *snapshot = NULL;
	int status = 0;

	pthread_mutex_unlock(&worker->lock);
	if (job)
		job(worker->job_context);
	else
		status = fp_sampler_take(worker->sampler, &snapshot);
	pthread_mutex_lock(&worker->lock);
	*worker->last = snapshot;
	if (snapshot)
		worker->last = &snapshot->next;
	worker->status = status;
}

/* In the middle of a round this may be the last that is seen of its thread; see sample/guard.h. */
static void work(void *context)
{
	struct fp_worker *worker = context;

	pthread_mutex_lock(&worker->lock);
	while (!worker->stop) {
		if (!worker->asked && !wait_until(worker, clock_ns() + tick_ns)) {
			pthread_mutex_unlock(&worker->lock);
			fp_sampler_tick(worker->sampler);
			pthread_mutex_lock(&worker->lock);
		}
		if (!worker->asked)
			continue;
		work_once(worker);
		worker->asked = false;
		wake(worker);
	}
	worker->ended = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

static void free_worker(struct fp_worker *worker)
{
	fp_snapshot_free(worker->fresh);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

int fp_worker_start(struct fp_sampler *sampler, struct fp_guard *guard, struct fp_worker **out)
{
	struct fp_worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		return -ENOMEM;
	worker->sampler = sampler;
	worker->guard = guard;
	worker->last = &worker->fresh;
	pthread_mutex_init(&worker->lock, NULL);
	int status = fp_wait_init(&worker->changed);
	if (status < 0) {
		pthread_mutex_destroy(&worker->lock);
		free(worker);
		return status;
	}
	status = fp_guard_start(guard, work, worker);
	if (status < 0) {
		free_worker(worker);
		return status;
	}
	*out = worker;
	return 0;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Waits for the round that was asked for, and gives it a fresh thread whenever it needs one. */
static int attend(struct fp_worker *worker, uint64_t most_ns)
{
	uint64_t patience_ns = fp_guard_timeout(worker->guard) / 2 * 3;
	uint64_t now_ns = clock_ns(), end_ns = now_ns + most_ns, again_ns;
	uint64_t until_ns = earlier(now_ns + patience_ns, end_ns);

	while (worker->asked) {
		if (fp_guard_watch(worker->guard, &again_ns)) {
			int status = fp_guard_start(worker->guard, work, worker);
			if (status < 0)
				return status;
			until_ns = earlier(clock_ns() + patience_ns, end_ns);
			continue;
		}
		if (clock_ns() >= until_ns)
			return -ETIMEDOUT;
		wait_until(worker, earlier(again_ns, until_ns));
	}
	return worker->status;
}

/* Begins what was asked for, and waits for its end. */
static int finish(struct fp_worker *worker)
{
	int status;

	fp_guard_welcome(worker->guard);
	worker->asked = true;
	wake(worker);
	do
		status = attend(worker, wait_ns);
	while (status == -ETIMEDOUT);
	return status;
}

int fp_worker_take(struct fp_worker *worker, struct fp_snapshot **out)
{
	pthread_mutex_lock(&worker->lock);
	int status = finish(worker);
	*out = worker->fresh;
	worker->fresh = NULL;
	worker->last = &worker->fresh;
	pthread_mutex_unlock(&worker->lock);
	return status;
}

int fp_worker_run(struct fp_worker *worker, void (*job)(void *context), void *context)
{
	pthread_mutex_lock(&worker->lock);
	worker->job = job;
	worker->job_context = context;
	int status = finish(worker);
	worker->job = NULL;
	pthread_mutex_unlock(&worker->lock);
	return status;
}

int fp_worker_ask(struct fp_worker *worker, uint64_t most_ns, struct fp_snapshot **out)
{
	pthread_mutex_lock(&worker->lock);
	if (!worker->asked)
		fp_guard_welcome(worker->guard);
	worker->asked = true;
	wake(worker);
	int status = attend(worker, most_ns);
	*out = worker->fresh;
	worker->fresh = NULL;
	worker->last = &worker->fresh;
	pthread_mutex_unlock(&worker->lock);
	return status;
}

int fp_worker_stop(struct fp_worker *worker, uint64_t timeout_ns)
{
	uint64_t until_ns = clock_ns() + timeout_ns;

	pthread_mutex_lock(&worker->lock);
	worker->stop = true;
	pthread_cond_broadcast(&worker->changed);
	while (!worker->ended && clock_ns() < until_ns)
		wait_until(worker, until_ns);
	bool ended = worker->ended;
	pthread_mutex_unlock(&worker->lock);
	if (!ended) {
		fp_guard_leave(worker->guard);
		return -ETIMEDOUT;
	}
	fp_guard_join(worker->guard);
	if (fp_guard_welcome(worker->guard) > 0)
		return -ETIMEDOUT;
	free_worker(worker);
	return 0;
}

#include "sample/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* How often the kernel's events are taken in while there is nothing else to do. */
static const uint64_t tick_ns = 1000000000;

struct fp_worker {
	struct fp_sampler *sampler;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool asked, stop, ended;           /* asked: a round is wanted or under way */
	int status;                        /* of the last round, until it is told */
	struct fp_snapshot *fresh, **last; /* that nobody was told yet, oldest first; its end */
};

static struct timespec deadline(uint64_t timeout_ns)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	uint64_t ns = (uint64_t)at.tv_nsec + timeout_ns;
	at.tv_sec += (time_t)(ns / 1000000000);
	at.tv_nsec = (long)(ns % 1000000000);
	return at;
}

/* Waits for something to do, but no longer than from one tick to the next: then it is false. */
static bool wait_for_work(struct fp_worker *worker)
{
	struct timespec until = deadline(tick_ns);

	return pthread_cond_timedwait(&worker->changed, &worker->lock, &until) != ETIMEDOUT;
}

static void *run(void *argument)
{
	struct fp_worker *worker = argument;

	pthread_mutex_lock(&worker->lock);
	while (!worker->stop) {
		if (!worker->asked && !wait_for_work(worker)) {
			pthread_mutex_unlock(&worker->lock);
			fp_sampler_tick(worker->sampler);
			pthread_mutex_lock(&worker->lock);
		}
		if (!worker->asked)
			continue;
		pthread_mutex_unlock(&worker->lock);
		struct fp_snapshot *snapshot = NULL;
		int status = fp_sampler_take(worker->sampler, &snapshot);
		pthread_mutex_lock(&worker->lock);
		*worker->last = snapshot;
		if (snapshot)
			worker->last = &snapshot->next;
		worker->status = status;
		worker->asked = false;
		pthread_cond_broadcast(&worker->changed);
	}
	worker->ended = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

/* Waits are of the monotonic clock: a step of the wall clock must not prolong them. */
static int init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error)
		return -error;
	error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (!error)
		error = pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
	return -error;
}

/* The daemon's signals are for its own threads. */
static int create_thread(struct fp_worker *worker)
{
	sigset_t all, before;

	sigfillset(&all);
	int error = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (error)
		return -error;
	error = pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

static void free_worker(struct fp_worker *worker)
{
	fp_snapshot_free(worker->fresh);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

int fp_worker_start(struct fp_sampler *sampler, struct fp_worker **out)
{
	struct fp_worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		return -ENOMEM;
	worker->sampler = sampler;
	worker->last = &worker->fresh;
	pthread_mutex_init(&worker->lock, NULL);
	int status = init_condition(&worker->changed);
	if (status < 0) {
		pthread_mutex_destroy(&worker->lock);
		free(worker);
		return status;
	}
	status = create_thread(worker);
	if (status < 0) {
		free_worker(worker);
		return status;
	}
	*out = worker;
	return 0;
}

int fp_worker_ask(struct fp_worker *worker, uint64_t timeout_ns, struct fp_snapshot **out)
{
	struct timespec until = deadline(timeout_ns);
	int status = -ETIMEDOUT;

	pthread_mutex_lock(&worker->lock);
	worker->asked = true;
	pthread_cond_broadcast(&worker->changed);
	while (worker->asked &&
		pthread_cond_timedwait(&worker->changed, &worker->lock, &until) != ETIMEDOUT)
		;
	*out = worker->fresh;
	worker->fresh = NULL;
	worker->last = &worker->fresh;
	if (!worker->asked)
		status = worker->status;
	pthread_mutex_unlock(&worker->lock);
	return status;
}

int fp_worker_stop(struct fp_worker *worker, uint64_t timeout_ns)
{
	struct timespec until = deadline(timeout_ns);

	pthread_mutex_lock(&worker->lock);
	worker->stop = true;
	pthread_cond_broadcast(&worker->changed);
	while (!worker->ended &&
		pthread_cond_timedwait(&worker->changed, &worker->lock, &until) != ETIMEDOUT)
		;
	bool ended = worker->ended;
	pthread_mutex_unlock(&worker->lock);
	if (!ended) {
		pthread_detach(worker->thread);
		return -ETIMEDOUT;
	}
	pthread_join(worker->thread, NULL);
	free_worker(worker);
	return 0;
}

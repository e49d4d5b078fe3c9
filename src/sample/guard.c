#include "sample/guard_thread.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	/* most of it is for the system's look-up of users, which takes whatever plugins it has */
	STACK_BYTES = 512 * 1024,
	/* a thread that works uses more of a processor than this part while it is in a call */
	BUSY_PART = 50,
	/* how often a call is looked at in the time that it may take */
	LOOKS = 4,
	/* processes that are said to be stuck within an hour */
	SAID_MAX = 32
};

static const uint64_t hour_ns = UINT64_C(3600000000000);

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) < 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- Life ---- */

int fp_guard_new(const struct fp_host *inner, uint64_t timeout_ns, struct fp_guard **out)
{
	struct fp_guard *guard = calloc(1, sizeof(*guard));

	if (!guard)
		return -ENOMEM;
	guard->host = *inner;
	guard->inner = inner->backend;
	guard->timeout_ns = timeout_ns;
	int status = fp_guard_wrap(guard);
	if (status < 0) {
		free(guard);
		return status;
	}
	guard->host.backend = &guard->table;
	pthread_mutex_init(&guard->lock, NULL);
	*out = guard;
	return 0;
}

void fp_guard_free(struct fp_guard *guard)
{
	if (!guard)
		return;
	fp_guard_unwrap();
	pthread_mutex_destroy(&guard->lock);
	free(guard);
}

const struct fp_host *fp_guard_host(const struct fp_guard *guard)
{
	return &guard->host;
}

uint64_t fp_guard_timeout(const struct fp_guard *guard)
{
	return guard->timeout_ns;
}

/* ---- The thread that works ---- */

static void *run(void *argument)
{
	struct fp_guard_thread *thread = argument;

	fp_guard_thread_begin(thread);
	/* one that was left behind comes here from the call: nothing in between is its own any more */
	if (setjmp(thread->home) == 0)
		thread->work(thread->context);
	fp_guard_thread_end(argument);
	return NULL;
}

/* The daemon's signals are for its own threads. */
static int create(struct fp_guard_thread *thread)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int error = pthread_attr_init(&attributes);

	if (error)
		return -error;
	error = pthread_attr_setstacksize(&attributes, STACK_BYTES);
	sigfillset(&all);
	if (!error)
		error = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (!error) {
		error = pthread_create(&thread->id, &attributes, run, thread);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	pthread_attr_destroy(&attributes);
	return -error;
}

int fp_guard_start(struct fp_guard *guard, void (*work)(void *context), void *context)
{
	struct fp_guard_thread *thread = calloc(1, sizeof(*thread));

	if (!thread)
		return -ENOMEM;
	thread->guard = guard;
	thread->work = work;
	thread->context = context;
	int status = create(thread);
	if (status < 0) {
		fp_log(&guard->host.log, FP_ERROR, "there is no thread to read processes: %s",
			strerror(-status));
		free(thread);
		return status;
	}
	guard->thread = thread;
	return 0;
}

static void join(struct fp_guard_thread *thread)
{
	pthread_join(thread->id, NULL);
	free(thread);
}

void fp_guard_join(struct fp_guard *guard)
{
	if (guard->thread)
		join(guard->thread);
	guard->thread = NULL;
}

/* ---- Those that are left behind ---- */

bool fp_guard_is_stuck(const struct fp_guard *guard, int32_t pid, enum fp_guard_kind kind)
{
	for (size_t i = 0; i < 2 * FP_GUARD_LEFT_MAX; i++) {
		uint64_t stuck = atomic_load_explicit(&guard->stuck[i], memory_order_relaxed);
		/* each pid's kinds follow each other */
		if (stuck >= fp_guard_pack(pid, kind) &&
			stuck <= fp_guard_pack(pid, FP_GUARD_PLACE))
			return true;
	}
	return false;
}

/* Whoever can make a file system can make processes that stop answering, and answer, all the time. */
static bool may_say(struct fp_guard *guard, uint64_t now_ns)
{
	if (guard->said_since_ns == 0 || now_ns - guard->said_since_ns >= hour_ns) {
		guard->said_since_ns = now_ns;
		guard->said = 0;
	}
	if (guard->said == SAID_MAX)
		fp_log(&guard->host.log, FP_WARNING,
			"more processes do not answer; within an hour only %d are said by name, "
			"and "
			"count-stuck tells how many there are",
			SAID_MAX);
	guard->said += guard->said <= SAID_MAX;
	return guard->said <= SAID_MAX;
}

static bool is_said(const struct fp_guard *guard, int32_t pid)
{
	for (size_t i = 0; i < FP_GUARD_LEFT_MAX; i++)
		if (guard->left[i] && guard->left[i]->pid == pid && guard->left[i]->is_said)
			return true;
	return false;
}

static void say_stuck(struct fp_guard *guard, struct fp_guard_thread *thread, uint64_t now_ns)
{
	/* two processes of which one will be told apart soon */
	if (thread->kind == FP_GUARD_PAIR)
		return;
	bool known = fp_guard_is_stuck(guard, thread->pid, FP_GUARD_MEMORY);
	thread->is_said = known ? is_said(guard, thread->pid) : may_say(guard, now_ns);
	if (known || !thread->is_said)
		return;
	fp_log(&guard->host.log, FP_WARNING,
		"process %d does not answer: %s was waited for longer than ReadTimeout. It counts "
		"as stuck in its groups and the others go on. The kernel holds it up, mostly for a "
		"disk or a network or FUSE file system that does not answer: /proc/%d/task/*/stack "
		"tells where, and ending that, or the process, frees it",
		(int)thread->pid, thread->what, (int)thread->pid);
}

static void say_full(struct fp_guard *guard)
{
	if (!guard->said_full)
		fp_log(&guard->host.log, FP_WARNING,
			"%d readings wait for processes that do not answer, and no more may: until "
			"some are over, processes in uninterruptible sleep are taken for stuck, "
			"and a reading that waits holds up all that come after it",
			FP_GUARD_LEFT_MAX);
	guard->said_full = true;
}

/* The caller made sure that there is room. */
static void put_behind(struct fp_guard *guard)
{
	struct fp_guard_thread *thread = guard->thread;
	size_t at = 0;

	pthread_mutex_lock(&guard->lock);
	while (guard->left[at])
		at++;
	guard->left[at] = thread;
	pthread_mutex_unlock(&guard->lock);
	atomic_store(&guard->stuck[at], fp_guard_pack(thread->pid, thread->kind));
	if (thread->other_pid)
		atomic_store(&guard->stuck[FP_GUARD_LEFT_MAX + at],
			fp_guard_pack(thread->other_pid, thread->kind));
	atomic_fetch_add(&guard->left_count, 1);
	guard->thread = NULL;
}

static void welcome(struct fp_guard *guard, size_t at)
{
	struct fp_guard_thread *thread = guard->left[at];
	int32_t pid = thread->pid;
	bool said = thread->is_said;

	pthread_mutex_lock(&guard->lock);
	guard->left[at] = NULL;
	pthread_mutex_unlock(&guard->lock);
	atomic_store(&guard->stuck[at], 0);
	atomic_store(&guard->stuck[FP_GUARD_LEFT_MAX + at], 0);
	atomic_fetch_sub(&guard->left_count, 1);
	join(thread);
	if (said && !fp_guard_is_stuck(guard, pid, FP_GUARD_MEMORY))
		fp_log(&guard->host.log, FP_NOTICE,
			"process %d answers again, or has ended, and is asked as before", (int)pid);
}

static bool is_back(struct fp_guard *guard, size_t at)
{
	pthread_mutex_lock(&guard->lock);
	bool back = guard->left[at] && guard->left[at]->back;
	pthread_mutex_unlock(&guard->lock);
	return back;
}

unsigned fp_guard_welcome(struct fp_guard *guard)
{
	for (size_t i = 0; i < FP_GUARD_LEFT_MAX; i++)
		if (is_back(guard, i))
			welcome(guard, i);
	unsigned left = atomic_load(&guard->left_count);
	guard->said_full = guard->said_full && left > 0;
	return left;
}

/* ---- The watch ---- */

/* What is seen of a call at the first look at it, to compare later ones with. */
static void note(struct fp_guard_thread *thread, uint64_t call, uint64_t now_ns, uint64_t cpu_ns)
{
	thread->seen_call = call;
	thread->seen_ns = now_ns;
	thread->seen_cpu_ns = cpu_ns;
}

static uint64_t cpu_of(const struct fp_guard_thread *thread)
{
	clockid_t clock;

	return pthread_getcpuclockid(thread->id, &clock) == 0 ? read_clock(clock) : 0;
}

/*
 * Does the call go on although it should not? A walk over a large address space takes long and is no
 * reason to give up: it works all the time, where others wait.
 */
static bool is_overdue(struct fp_guard *guard, uint64_t call, uint64_t now_ns)
{
	struct fp_guard_thread *thread = guard->thread;
	uint64_t cpu_ns = cpu_of(thread);

	if (call != thread->seen_call) {
		note(thread, call, now_ns, cpu_ns);
		return false;
	}
	if (now_ns < call)
		return false;
	if (cpu_ns - thread->seen_cpu_ns <= (now_ns - thread->seen_ns) / BUSY_PART)
		return true;
	uint64_t longer = now_ns + guard->timeout_ns;
	if (atomic_compare_exchange_strong(&thread->call, &call, longer))
		note(thread, longer, now_ns, cpu_ns);
	return false;
}

/* True: it is left behind. */
static bool look_at(struct fp_guard *guard, uint64_t now_ns, uint64_t *again_ns)
{
	struct fp_guard_thread *thread = guard->thread;
	uint64_t call = atomic_load_explicit(&thread->call, memory_order_acquire);

	if (call == FP_GUARD_NO_CALL)
		return false;
	if (!is_overdue(guard, call, now_ns)) {
		if (now_ns < call && call < *again_ns)
			*again_ns = call;
		return false;
	}
	if (atomic_load(&guard->left_count) == FP_GUARD_LEFT_MAX &&
		fp_guard_welcome(guard) == FP_GUARD_LEFT_MAX) {
		say_full(guard);
		return false;
	}
	/* it may come out in this moment */
	if (!atomic_compare_exchange_strong(&thread->call, &call, FP_GUARD_LEFT))
		return false;
	say_stuck(guard, thread, now_ns);
	put_behind(guard);
	return true;
}

bool fp_guard_watch(struct fp_guard *guard, uint64_t *again_ns)
{
	uint64_t now_ns = read_clock(CLOCK_MONOTONIC);
	*again_ns = now_ns + guard->timeout_ns / LOOKS;
	return !guard->thread || look_at(guard, now_ns, again_ns);
}

void fp_guard_leave(struct fp_guard *guard)
{
	uint64_t call = guard->thread ? atomic_load(&guard->thread->call) : FP_GUARD_NO_CALL;

	if (call != FP_GUARD_NO_CALL)
		atomic_compare_exchange_strong(&guard->thread->call, &call, FP_GUARD_LEFT);
}

/* What the parts of the guard share: guard.c watches the threads, the others are in them. */
#ifndef FP_SAMPLE_GUARD_THREAD_H
#define FP_SAMPLE_GUARD_THREAD_H

#include "sample/guard.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>

/*
 * What a call can wait for, as seen of the kernel. Whoever waits for one of these is not asked for
 * those before it either.
 */
enum fp_guard_kind {
	FP_GUARD_PAIR,   /* one of two processes, and nobody can tell which */
	FP_GUARD_MEMORY, /* the lock on its memory map, or its pages */
	FP_GUARD_IMAGE,  /* the end of its exec */
	FP_GUARD_PLACE,  /* nothing, as far as anybody knows */
};

/* Values of fp_guard_thread.call that are no time. */
#define FP_GUARD_NO_CALL UINT64_C(0)
#define FP_GUARD_LEFT    UINT64_MAX

struct fp_guard_thread {
	struct fp_guard *guard;
	pthread_t id;
	void (*work)(void *context);
	void *context;
	jmp_buf home; /* where it ends, out of whatever it was in */

	/*
	 * Until when the call that it is in may last, on the monotonic clock. Only the watcher makes it
	 * FP_GUARD_LEFT, and only out of the time that it saw: no later call can have the same one.
	 */
	_Atomic uint64_t call;

	/* Of the call: set before it, and the watcher's to read once the thread is left behind. */
	int32_t pid, other_pid; /* other_pid: of FP_GUARD_PAIR; else 0 */
	enum fp_guard_kind kind;
	const char *what;
	uint64_t allowed_ns;
	bool is_said; /* that it does not answer */

	/* What calls write into */
	struct fp_os_process process, made;
	struct fp_buf text;
	struct fp_pids ids;
	uint64_t number;
	int order;
	struct fp_os_pages made_pages;
	struct fp_mapping mapping;
	struct fp_buf words; /* of page entries and runs */
	struct fp_os_scan scan;
	size_t count;

	/* What was seen of a process when no more threads may be left behind */
	int32_t seen_pid;
	bool seen_asleep;

	/* The watcher's */
	uint64_t seen_call, seen_ns, seen_cpu_ns;

	/* Once it is left behind, under the guard's lock */
	bool back, closes;
};

struct fp_guard {
	struct fp_host host; /* with the table below */
	struct fp_os_backend table;
	const struct fp_os_backend *inner;
	uint64_t timeout_ns;
	struct fp_guard_thread *thread; /* that works; NULL: none */
	bool said_full;
	unsigned said;          /* how many were said to be stuck, */
	uint64_t said_since_ns; /* in the hour that began then */

	pthread_mutex_t lock; /* of what a thread left behind shares */
	struct fp_guard_thread *left[FP_GUARD_LEFT_MAX];
	_Atomic unsigned left_count;

	/* For each that is left: its pids with the kind, as fp_guard_pack() has them; 0: none */
	_Atomic uint64_t stuck[2 * FP_GUARD_LEFT_MAX];
};

static inline uint64_t fp_guard_pack(int32_t pid, enum fp_guard_kind kind)
{
	return (uint64_t)(uint32_t)pid << 8 | ((uint64_t)kind + 1);
}

static inline int32_t fp_guard_pid(uint64_t packed)
{
	return (int32_t)(packed >> 8);
}

/* Is this to be refused of the process? From any thread. */
bool fp_guard_is_stuck(const struct fp_guard *guard, int32_t pid, enum fp_guard_kind kind);

/* The thread of the guard that this is; NULL: it is none. */
struct fp_guard_thread *fp_guard_mine(void);

/* The backend of which calls are watched. */
const struct fp_os_backend *fp_guard_inner(void);

/* Begins a call. 0, or -EBUSY: the process is not to be asked, and there is no call. */
int fp_guard_enter(struct fp_guard_thread *thread, const struct fp_os_process *process, int32_t pid,
	enum fp_guard_kind kind, const char *what);

/* Ends it. Does not return in a thread that was left behind; made: the call opened something. */
void fp_guard_leave_call(struct fp_guard_thread *thread, bool made);

/* The end of a thread that was left behind. */
_Noreturn void fp_guard_come_back(struct fp_guard_thread *thread, bool made);

/* Puts the slots of pages into a guard's table. */
void fp_guard_wrap_pages(struct fp_os_backend *table);

/* Fills the guard's table, whose slots go by this guard from now on. 0; -EBUSY: by another. */
int fp_guard_wrap(struct fp_guard *guard);
void fp_guard_unwrap(void);

/* The thread goes by this from now on; at its end, gives up all that its calls wrote. */
void fp_guard_thread_begin(struct fp_guard_thread *thread);
void fp_guard_thread_end(struct fp_guard_thread *thread);

#endif

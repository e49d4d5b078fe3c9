/*
 * What processes did between two readings, and what a group's members did altogether: counters that
 * never go back, count nothing twice and keep what a member did up to its last reading. Pure.
 */
#ifndef FP_COMPUTE_ACTIVITY_H
#define FP_COMPUTE_ACTIVITY_H

#include "model.h"
#include "util/vec.h"

#include <errno.h>

#define FP_ACTIVITIES_ALL ((UINT32_C(1) << FP_ACTIVITIES) - 1)

/*
 * The kernel counts processor time and faults for a whole process, with the threads of it that have
 * ended, and context switches for each thread alone. I/O it counts both ways; but that of a process
 * grows by all that a child did once the child is waited for, although the child was counted while it
 * lived, or is no member at all.
 */
#define FP_ACTIVITIES_OF_IO                                                                        \
	(UINT32_C(1) << FP_IO_READ_BYTES | UINT32_C(1) << FP_IO_WRITE_BYTES |                      \
		UINT32_C(1) << FP_IO_READ_OPS | UINT32_C(1) << FP_IO_WRITE_OPS)
#define FP_ACTIVITIES_OF_THREADS                                                                   \
	(FP_ACTIVITIES_OF_IO | UINT32_C(1) << FP_SWITCHES_VOLUNTARY |                              \
		UINT32_C(1) << FP_SWITCHES_INVOLUNTARY)

struct fp_activity_thread {
	int32_t tid;
	unsigned missed; /* of a base: how many readings ago it was last listed */
	uint64_t starttime_ticks;
	struct fp_activity_counters own; /* of FP_ACTIVITIES_OF_THREADS, what is known */
};

FP_VEC(fp_activity_threads, struct fp_activity_thread);

/* The thread of an id, or NULL; threads are by ascending tid, which none has in common. */
const struct fp_activity_thread *fp_activity_find(
	const struct fp_activity_threads *threads, int32_t tid);

/* One process at one moment. Its whole has never switches, and I/O only where it has several threads. */
struct fp_activity_reading {
	struct fp_activity_counters whole;
	uint64_t reaped;                /* moves whenever a child was waited for: stat's cminflt */
	uint64_t startcode, startstack; /* of its image, as in stat */
	bool has_threads;               /* they are all in the list */
	struct fp_activity_threads threads; /* by ascending tid */
};

/* The reading of a process before it did anything. */
void fp_activity_birth(struct fp_activity_reading *base);

/*
 * What a process did since its base, which is moved on to now. *delta is overwritten: has where the
 * counter is known now, with 0 where it was not known before, and the open files of now. The base
 * keeps what is not known now, so that nothing is lost when it is known again. A zeroed base knows
 * nothing: all that is known now is where counting starts. 0; -ENOMEM with the base as it was.
 *
 * A counter that went back adds 0 until it is past its highest again. Of a thread that ended, what it
 * did since the base is lost, save its I/O while no child was waited for. A thread that is not in the
 * base has begun since; one that is not listed now is remembered for some readings, since the kernel's
 * list may skip a living one while others end. When a process of several threads changed its image,
 * any of them may have become the first: the counters of its threads start anew.
 */
int fp_activity_advance(struct fp_activity_reading *base, const struct fp_activity_reading *now,
	struct fp_activity_counters *delta);

void fp_activity_reading_fini(struct fp_activity_reading *reading);

/* A group's counters, from when it is watched; a zeroed struct has counted nothing. */
struct fp_activity_sum {
	uint64_t value[FP_ACTIVITIES];
	/* of the round */
	uint64_t handles;
	uint32_t known, missing; /* bit 1 << activity: of some member */
	bool handles_known, handles_missing;
};

/* Begins a round: nobody is a member so far, the counters stay. */
void fp_activity_begin(struct fp_activity_sum *sum);

/* Adds what a member did. What of it is not known makes the group's absent, until it is again. */
void fp_activity_add(struct fp_activity_sum *sum, const struct fp_activity_counters *delta);

/* A process of which nobody can tell whether it is a member: nothing is complete in this round. */
void fp_activity_undecided(struct fp_activity_sum *sum);

/*
 * What may be told of the round. Complete: known of every member, and of a group without any.
 * Partial: known of at least one.
 */
void fp_activity_tell(
	const struct fp_activity_sum *sum, bool partial, struct fp_activity_counters *out);

#endif

/*
 * Disk statistics over an interval, as iostat -x computes them, from two samples and the true time
 * between them. Pure.
 */
#ifndef FP_COMPUTE_DISK_H
#define FP_COMPUTE_DISK_H

#include "model.h"

/* How far the counters of a device came between two samples. */
struct fp_disk_delta {
	bool anew;        /* the device began anew: nothing is known of the interval */
	uint32_t has;     /* bit 1 << field: came[field] is known; never of the number in flight */
	uint32_t wrapped; /* bit 1 << field: the counter passed 2^32 and went on from 0 */
	uint64_t came[FP_DISK_FIELDS]; /* meaningful where has is set */
};

/*
 * *out is overwritten.
 *
 * Times in milliseconds have 32 bits in every kernel, and go on from 0 after 50 days of them; where
 * narrow is true, so have all other counters, as in a kernel of 32 bits. A counter that went back
 * passed 2^32 if what it came then is possible in the time: a device is not busy for longer than the
 * time, more than 4,096 I/O are not in flight all the time, times of I/O come with I/O that ended,
 * and so on. Else its device began anew, or, of a time in milliseconds, is unknown for this interval.
 * A device that began anew has no delta at all, since one of its counters may have overtaken.
 */
void fp_disk_delta(const struct fp_disk_counters *before, const struct fp_disk_counters *now,
	uint64_t elapsed_ns, bool narrow, struct fp_disk_delta *out);

enum fp_disk_rate {
	FP_DISK_UTIL_PERCENT,       /* %util: share of the time with I/O in flight, at most 100 */
	FP_DISK_READ_AWAIT_MS,      /* r_await: ms an I/O that ended in the interval */
	FP_DISK_WRITE_AWAIT_MS,     /* w_await */
	FP_DISK_DISCARD_AWAIT_MS,   /* d_await */
	FP_DISK_FLUSH_AWAIT_MS,     /* f_await */
	FP_DISK_QUEUE_LENGTH,       /* aqu-sz: mean number in flight */
	FP_DISK_READ_REQUEST_BYTES, /* rareq-sz, in bytes */
	FP_DISK_WRITE_REQUEST_BYTES,
	FP_DISK_DISCARD_REQUEST_BYTES,
	FP_DISK_RATES
};

struct fp_disk_rates {
	uint32_t has; /* bit 1 << rate */
	double value[FP_DISK_RATES];
};

/*
 * *out is overwritten. A rate is absent where the delta of a counter that it needs is unknown, and a
 * latency or request size where no such I/O ended. elapsed_ns 0 gives no rate at all.
 */
void fp_disk_rates(
	const struct fp_disk_delta *delta, uint64_t elapsed_ns, struct fp_disk_rates *out);

/* Since when a device with I/O in flight has completed none. */
struct fp_disk_progress {
	bool waiting;
	uint64_t since_ns; /* monotonic; meaningful while waiting */
	bool stuck;
	bool completed; /* an I/O ended between the last two samples */
};

/*
 * Carries the progress from one sample to the next; before is NULL at the first. Returns whether
 * the device is stuck: I/O in flight and none completed for at least stuck_after_ns. While the
 * number in flight is unknown, what was known goes on, unless an I/O completed.
 */
bool fp_disk_stuck(struct fp_disk_progress *progress, const struct fp_disk_counters *before,
	const struct fp_disk_counters *now, uint64_t now_ns, uint64_t stuck_after_ns);

#endif

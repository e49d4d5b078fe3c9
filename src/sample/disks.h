/* Rounds over the block devices: counters, and what follows from two samples of them. */
#ifndef FP_SAMPLE_DISKS_H
#define FP_SAMPLE_DISKS_H

#include "compute/disk.h"
#include "sample/host.h"

struct fp_disks;

/* host and settings must outlive it. 0 or -ENOMEM. */
int fp_disks_new(
	const struct fp_host *host, const struct fp_disk_settings *settings, struct fp_disks **out);
void fp_disks_free(struct fp_disks *disks);

/* Results have a delta from now on, which costs something for each device. */
void fp_disks_keep_deltas(struct fp_disks *disks);

/* A device that is to be shown. */
struct fp_disk_result {
	const char *name; /* unique among the devices of a round, at most FP_NAME_MAX bytes */
	const char *kernel_name;
	const struct fp_disk_counters *counters; /* that go on where the kernel's pass 2^32 */
	const struct fp_disk_rates *rates;       /* none at the first sample */
	const struct fp_disk_delta *delta;       /* NULL: not kept */
	uint64_t elapsed_ns;                     /* in which it came; where there is a delta */
	bool stuck;
};

FP_VEC(fp_disk_results, struct fp_disk_result);

/* A device that became stuck or no longer is: each is told once. */
struct fp_disk_notice {
	char name[FP_NAME_SIZE]; /* under which the device became stuck */
	bool stuck;
	bool gone; /* not stuck, since the device is no longer there or no longer shown */
	uint64_t in_flight;
	double waited_s; /* since when it completes nothing; of one that is stuck */
};

FP_VEC(fp_disk_notices, struct fp_disk_notice);

struct fp_disk_round {
	struct fp_disk_results results; /* in the order of the file */
	struct fp_disk_notices notices;
};

/*
 * One round: *round belongs to disks and holds until the next one. 0; -ENOENT and the like when
 * /proc/diskstats cannot be read, which is said in the log; -ENOMEM, -EMFILE and the like. One thread at a time.
 */
int fp_disks_take(struct fp_disks *disks, const struct fp_disk_round **round);

#endif

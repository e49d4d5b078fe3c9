/* Rounds over the block devices: counters, and what follows from two samples of them. */
#ifndef FP_SAMPLE_DISKS_H
#define FP_SAMPLE_DISKS_H

#include "compute/disk.h"
#include "parse/diskstats.h"
#include "sample/host.h"

struct fp_disks;

/* host and settings must outlive it. 0 or -ENOMEM. */
int fp_disks_new(
	const struct fp_host *host, const struct fp_disk_settings *settings, struct fp_disks **out);
void fp_disks_free(struct fp_disks *disks);

/* A device that is to be shown. */
struct fp_disk_result {
	char name[FP_NAME_SIZE]; /* unique among the devices of a round */
	const struct fp_disk_counters *counters;
	struct fp_disk_rates rates; /* none at the first sample */
	bool stuck;
};

FP_VEC(fp_disk_results, struct fp_disk_result);

/*
 * One round: *results belongs to disks and holds until the next round. 0; -ENOENT and the like when
 * /proc/diskstats cannot be read, which is said in the log; -ENOMEM. One thread at a time.
 */
int fp_disks_take(struct fp_disks *disks, const struct fp_disk_results **results);

#endif

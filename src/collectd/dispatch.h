/* Snapshots to value lists, of stock types only: see collectd-footprint(5) for their names. */
#ifndef FP_COLLECTD_DISPATCH_H
#define FP_COLLECTD_DISPATCH_H

#include "sample/disks.h"
#include "sample/snapshot.h"
#include "util/log.h"

/*
 * Tells the daemon a round over the processes, as of the time when it was taken. now_ns is the
 * monotonic time of this moment. A value that is outside its type's range, which thresholds would
 * take for a recovery, is not told, and that is said once.
 */
void fp_dispatch_groups(
	const struct fp_snapshot *snapshot, uint64_t now_ns, const struct fp_log *log);

/* Tells the daemon a round over the disks, taken just now, and notifies of those that hang. */
void fp_dispatch_disks(const struct fp_disk_round *round, const struct fp_log *log);

#endif

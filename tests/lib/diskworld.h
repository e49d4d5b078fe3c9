/* A made host of disks: what its kernel and sysfs tell of them, and what was asked of them. */
#ifndef TESTS_LIB_DISKWORLD_H
#define TESTS_LIB_DISKWORLD_H

#include "sample/disks.h"

enum { WORLD_DISKS = 20000, WORLD_INTERVAL_S = 10 };

struct made_disk {
	char kernel_name[32], dm[32], serial[32]; /* "": it has none */
	const char *whole;                        /* of a partition */
	uint64_t sequence;                        /* 0: the kernel tells none */
	uint64_t size, reads, read_ms, in_flight;
	bool idle;            /* all of its counters are 0 */
	bool gone, leaving;   /* leaving: in diskstats still, and no longer in sysfs */
	unsigned looks, asks; /* how often its size was read, and its serial number */
};

struct disk_world {
	struct made_disk disks[WORLD_DISKS];
	size_t count;
	uint64_t now_ns, events;
	int64_t changed_s; /* since 1970, udev's folders; 0: there are none */
	unsigned readings; /* of diskstats, so far */
	unsigned skipping; /* readings from this one on pass over the disk named skipped, until … */
	unsigned shown_again;
	const char *skipped;
	char said[4096]; /* a line each */
	struct fp_disk_settings settings;
	struct fp_disks *sampled;
};

/* Of the clock at the start, since 1970. */
#define WORLD_START_S INT64_C(1000000000)

extern struct disk_world world;

/* The given number of dm-0, dm-1 and so on, of the names lv0, lv1 and so on. For cmocka: 0. */
int world_begin(size_t count, enum fp_disk_name name);
int world_end(void **state);

/* A round after an interval, and what it told of a disk of this name; NULL: nothing. */
const struct fp_disk_round *world_take(void);
const struct fp_disk_result *world_told(const struct fp_disk_round *round, const char *name);

#endif

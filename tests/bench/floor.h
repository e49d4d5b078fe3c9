/* The parts of floor.c. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

/*
 * floor_events.c: rounds of what an idle interval cannot do without: process events, last pid, kept
 * statm of the processes. Returns an exit status.
 */
int floor_idle(long rounds, long pause_ms, char *const *pids, int count);

/* floor_disks.c: rounds of reading a file such as /proc/diskstats, every number of it. */
int floor_disks(const char *path, long rounds);

#endif

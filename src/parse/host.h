/* Numbers of the whole host: /proc/meminfo, stat, loadavg and vmstat (man 5 proc). */
#ifndef FP_PARSE_HOST_H
#define FP_PARSE_HOST_H

#include <stddef.h>
#include <stdint.h>

/* MemTotal. 0, or -EBADMSG when there is no such line or it is malformed. */
int fp_meminfo_total(const char *text, size_t len, uint64_t *bytes);

/*
 * How many huge pages the pool of the default size has, and how many of them nobody uses. 0, or
 * -EBADMSG where the kernel has none, or a line is malformed.
 */
int fp_meminfo_huge_pages(const char *text, size_t len, uint64_t *total, uint64_t *unused);

/* btime: when the host booted, in seconds since 1970. 0 or -EBADMSG. */
int fp_hoststat_btime(const char *text, size_t len, uint64_t *epoch_s);

/*
 * The last field of loadavg: the id that was given last in the pid namespace of who read it, to a
 * process or a thread. Ids asked for by clone3() do not move it. 0, or -EBADMSG with *pid as it was.
 */
int fp_loadavg_last_pid(const char *text, size_t len, int32_t *pid);

/*
 * How often so far the kernel changed what pages processes have without their doing: took them back,
 * swapped them out, or made huge ones of them (pgsteal_*, pswpout, thp_collapse_alloc of vmstat). A
 * number that moves, and no more. 0, or -EBADMSG where none of these is told.
 */
int fp_vmstat_meddled(const char *text, size_t len, uint64_t *count);

#endif

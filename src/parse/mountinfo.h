/* /proc/PID/mountinfo (man 5 proc). */
#ifndef FP_PARSE_MOUNTINFO_H
#define FP_PARSE_MOUNTINFO_H

#include <stddef.h>

/*
 * The hidepid option of the procfs that is mounted at the path: 0, 1, 2 or 4 (newer kernels write
 * the words off, noaccess, invisible and ptraceable). -ENOENT when no procfs is mounted there. The
 * last mount at a path is the one that is seen.
 */
int fp_mountinfo_hidepid(const char *text, size_t len, const char *path);

#endif

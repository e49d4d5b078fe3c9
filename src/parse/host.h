/* Numbers of the whole host: /proc/meminfo and /proc/stat (man 5 proc). */
#ifndef FP_PARSE_HOST_H
#define FP_PARSE_HOST_H

#include <stddef.h>
#include <stdint.h>

/* MemTotal. 0, or -EBADMSG when there is no such line or it is malformed. */
int fp_meminfo_total(const char *text, size_t len, uint64_t *bytes);

/* btime: when the host booted, in seconds since 1970. 0 or -EBADMSG. */
int fp_hoststat_btime(const char *text, size_t len, uint64_t *epoch_s);

#endif

/* /proc/diskstats (Documentation/admin-guide/iostats.rst). */
#ifndef FP_PARSE_DISKSTATS_H
#define FP_PARSE_DISKSTATS_H

#include "model.h"

enum { FP_DISK_KERNEL_NAME_SIZE = 64 };

struct fp_diskstat {
	uint32_t major, minor;
	char name[FP_DISK_KERNEL_NAME_SIZE]; /* the kernel's; may hold '/' or '!' */
	bool short_form;                     /* 7 fields: a partition on Linux before 2.6.25 */
	struct fp_disk_counters counters;
};

/*
 * Reads the line that starts at *offset and moves *offset behind it. 1: *out is filled in; 0: end
 * of the text; -EBADMSG: the line is none of the kernel's (fewer than 7 fields, 8 to 13, or not
 * numbers), *offset is behind it and the caller may go on.
 *
 * Forms: 7 fields (reads, sectors read, writes, sectors written), 14, 18 with discards, 20 with
 * flushes; 15 to 17 and 19 count as the next shorter form, fields past 20 are passed over. A number
 * in flight that is negative, or was negative in 32 bits, is left unknown.
 */
int fp_diskstats_next(const char *text, size_t len, size_t *offset, struct fp_diskstat *out);

#endif

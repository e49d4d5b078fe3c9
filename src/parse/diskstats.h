/* /proc/diskstats (Documentation/admin-guide/iostats.rst). */
#ifndef FP_PARSE_DISKSTATS_H
#define FP_PARSE_DISKSTATS_H

#include "model.h"

enum { FP_DISK_KERNEL_NAME_SIZE = 64 };

/* What a line begins with. */
struct fp_diskstat_head {
	uint32_t major, minor;
	char name[FP_DISK_KERNEL_NAME_SIZE]; /* the kernel's; may hold '/' or '!' */
	size_t len;                          /* in the line, the blank behind the name included */
};

struct fp_diskstat {
	struct fp_diskstat_head head;
	struct fp_disk_counters counters;
};

/* A line without its end. */
struct fp_diskstat_line {
	const char *text;
	size_t len;
};

/*
 * The line that starts at *offset; moves *offset behind it. 1; 0: end of the text; -EBADMSG: the
 * text ends within the line.
 */
int fp_diskstats_line(const char *text, size_t len, size_t *offset, struct fp_diskstat_line *line);

/* 0, or -EBADMSG: the line does not begin as the kernel's do. */
int fp_diskstats_head(struct fp_diskstat_line line, struct fp_diskstat_head *out);

/*
 * What follows the head. 0 with *out filled in; -EBADMSG: the line is none of the kernel's (fewer than
 * 7 words, 8 to 13, or not numbers), and *out is of no use.
 *
 * Forms: 7 words (reads, sectors read, writes, sectors written, as Linux before 2.6.25 had them for
 * partitions), 14, 18 with discards, 20 with flushes; 15 to 17 and 19 count as the next shorter form,
 * words past 20 are passed over. A number in flight that is negative, or was negative in 32 bits, is
 * left unknown. The value of what is unknown is 0.
 */
int fp_diskstats_counters(
	struct fp_diskstat_line line, size_t head_len, struct fp_disk_counters *out);

/* Is it of a partition, as Linux before 2.6.25 wrote them? */
static inline bool fp_diskstats_is_short(const struct fp_disk_counters *counters)
{
	return !fp_disk_has(counters, FP_DISK_READ_MS);
}

/* All of it: 1, 0, or -EBADMSG, after which the caller may go on. */
int fp_diskstats_next(const char *text, size_t len, size_t *offset, struct fp_diskstat *out);

#endif

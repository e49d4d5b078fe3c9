/*
 * /proc/PID/smaps_rollup and /proc/PID/smaps: (bytes, length) to struct fp_memory.
 * Source: Documentation/filesystems/proc.rst, psutil's memory_full_info for the meaning of USS.
 */
#ifndef FP_PARSE_SMAPS_H
#define FP_PARSE_SMAPS_H

#include "model.h"

/*
 * Adds up every mapping of the text into *out, which is overwritten. A metric whose line the
 * kernel does not print stays unknown. Lines that are not known are passed over.
 *
 * 0; -ENODATA when the text is empty (a process without an address space); -EBADMSG when it is
 * not what the kernel writes: no Rss at all, a number that is none, a sum past 2^64 - 1, or a last
 * line that is cut.
 */
int fp_smaps_parse(const char *text, size_t len, struct fp_memory *out);

#endif

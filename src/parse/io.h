/*
 * /proc/PID/io (Documentation/filesystems/proc.rst, since 2.6.20). The file of a process tells of all
 * its threads, those that have ended too, and of every child that it has waited for; the file of a
 * thread tells of that thread alone.
 */
#ifndef FP_PARSE_IO_H
#define FP_PARSE_IO_H

#include "model.h"

/*
 * Adds to *out, where its line is there: FP_IO_READ_OPS (syscr), FP_IO_WRITE_OPS (syscw),
 * FP_IO_READ_BYTES (read_bytes), FP_IO_WRITE_BYTES (write_bytes, of which cancelled_write_bytes are
 * not taken off: a counter does not go back). 0; -ENODATA when the text is empty; -EBADMSG when one
 * of these lines has a value that the kernel does not write, with *out as it was. Other lines, and a
 * last line that is cut, are passed over.
 */
int fp_io_parse(const char *text, size_t len, struct fp_activity_counters *out);

#endif

/* /proc/PID/cmdline: arguments, each ended by NUL. */
#ifndef FP_PARSE_CMDLINE_H
#define FP_PARSE_CMDLINE_H

#include <stddef.h>

/*
 * Joins the arguments by one space, in place, and returns the new length. NULs at the end, of
 * which a process that writes its title leaves many, are dropped.
 */
size_t fp_cmdline_join(char *text, size_t len);

#endif

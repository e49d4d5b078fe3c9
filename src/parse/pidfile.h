/* A PID file: the number on its first line. */
#ifndef FP_PARSE_PIDFILE_H
#define FP_PARSE_PIDFILE_H

#include <stddef.h>
#include <stdint.h>

/* Spaces and tabs around the number are allowed. 0, or -EBADMSG (nothing, 0, not a number). */
int fp_pidfile_parse(const char *text, size_t len, int32_t *pid);

#endif

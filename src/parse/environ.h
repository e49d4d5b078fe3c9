/* /proc/PID/environ: NAME=VALUE strings, each ended by NUL; the last end may be missing. */
#ifndef FP_PARSE_ENVIRON_H
#define FP_PARSE_ENVIRON_H

#include <stddef.h>

/*
 * The value of the first string that begins with "name=", as getenv(3) finds it: points into the
 * block, *value_len long, without NUL; NULL when there is none.
 */
const char *fp_environ_find(const char *block, size_t len, const char *name, size_t *value_len);

#endif

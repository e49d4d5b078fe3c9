/*
 * Names that are safe in an identifier, a file name, a log line and every backend:
 * [A-Za-z0-9_.-], 1 to 63 bytes.
 */
#ifndef FP_UTIL_NAME_H
#define FP_UTIL_NAME_H

#include "model.h"

/* Is this already a safe name? */
bool fp_name_is_safe(const char *text, size_t len);

/*
 * Writes a safe name into out: every other byte becomes '_', what is too long is cut, nothing
 * becomes "_empty". Always ends with a NUL.
 */
void fp_name_make_safe(const char *text, size_t len, char out[FP_NAME_SIZE]);

#endif

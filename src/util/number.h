/* Numbers out of text that strangers wrote: the whole text is a number, or nothing is. */
#ifndef FP_UTIL_NUMBER_H
#define FP_UTIL_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Decimal digits only, no sign, no space. 0, -EINVAL, or -ERANGE past 2^64 - 1. */
int fp_number_u64(const char *text, size_t len, uint64_t *out);

#endif

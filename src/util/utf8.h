/* UTF-8 in bytes that strangers wrote (RFC 3629). */
#ifndef FP_UTIL_UTF8_H
#define FP_UTIL_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The length of the character that begins at text, 1 to 4, or 0 where none does: a stray or missing
 * byte, a longer form than needed, a surrogate or a number past U+10FFFF. len is not 0.
 */
size_t fp_utf8_length(const char *text, size_t len);

/* The character of that length, as fp_utf8_length() gave it. */
uint32_t fp_utf8_code(const char *text, size_t length);

#endif

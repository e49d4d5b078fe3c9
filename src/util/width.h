/* How many columns of a terminal a character takes, whatever the locale is. */
#ifndef FP_UTIL_WIDTH_H
#define FP_UTIL_WIDTH_H

#include <stdint.h>

/*
 * 0 for what joins the character before it, 2 for the wide ones of East Asia and for most emoji, else
 * 1 (Unicode Standard Annex #11; what is ambiguous there is narrow). Of control characters it knows
 * nothing.
 */
unsigned fp_width(uint32_t code);

#endif

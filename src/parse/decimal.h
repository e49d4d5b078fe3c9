/* Decimal numbers out of long texts of them, several digits at a time. Only for the other parsers. */
#ifndef FP_PARSE_DECIMAL_H
#define FP_PARSE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A digit more; false past 2^64 - 1. */
static inline bool fp_decimal_add(uint64_t *value, unsigned digit)
{
	if (*value > UINT64_MAX / 10 || (*value == UINT64_MAX / 10 && digit > UINT64_MAX % 10))
		return false;
	*value = *value * 10 + digit;
	return true;
}

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FP_DECIMAL_EIGHT
/*
 * Up to eight digits at once: the first eight bytes as one number, whose lowest byte is the first
 * digit. What follows the digits is shifted out, zeros come in before them; then neighbours are put
 * together, first to pairs, then to fours, then to eight. A loop over the digits would be mispredicted
 * at the end of nearly every number.
 */
static inline unsigned fp_decimal_eight(const char *at, uint64_t *value)
{
	uint64_t bytes;

	memcpy(&bytes, at, sizeof(bytes));
	bytes ^= UINT64_C(0x3030303030303030);
	/* the lowest bit that is set is right; those above may be of carries */
	uint64_t others =
		(bytes | (bytes + UINT64_C(0x7676767676767676))) & UINT64_C(0x8080808080808080);
	unsigned digits = others ? (unsigned)__builtin_ctzll(others) / 8 : 8;
	unsigned half = 32 - 4 * digits; /* a shift by 64, of no digit, is none that C has */
	bytes = bytes << half << half;
	bytes = bytes * 10 + (bytes >> 8);
	*value = ((bytes & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x000f424000000064) +
			 ((bytes >> 16) & UINT64_C(0x000000ff000000ff)) *
				 UINT64_C(0x0000271000000001)) >>
		 32;
	return digits;
}
#endif

/*
 * The digits at *at, before end; moves *at behind them. false where there are none, or the number is
 * past 2^64 - 1.
 */
static inline bool fp_decimal_take(const char **at, const char *end, uint64_t *out)
{
	const char *start = *at;
	uint64_t value = 0;
	bool fits = true;

#ifdef FP_DECIMAL_EIGHT
	static const uint32_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
	if (end - start >= 8) {
		unsigned digits = fp_decimal_eight(start, &value);
		*at += digits;
		if (digits < 8) {
			*out = value;
			return digits > 0;
		}
	}
	if (end - start >= 16) {
		uint64_t more;
		unsigned digits = fp_decimal_eight(start + 8, &more);
		/* eight more may not be the end, and are as rare as such numbers */
		if (digits < 8) {
			*at += digits;
			*out = value * tens[digits] + more;
			return true;
		}
	}
#endif
	while (*at < end && (unsigned char)(**at - '0') < 10)
		fits = fp_decimal_add(&value, (unsigned char)(*(*at)++ - '0')) && fits;
	*out = value;
	return fits && *at > start;
}

#endif

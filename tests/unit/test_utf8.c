#include "util/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The only form of a character that counts. */
static size_t encode(uint32_t c, char out[4])
{
	static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = len; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(marks[len] | c);
	return len;
}

static void test_every_character(void **state)
{
	char text[4];

	(void)state;
	for (uint32_t c = 0; c < 0x110000; c++) {
		size_t len = encode(c, text);
		bool surrogate = c >= 0xd800 && c < 0xe000;
		assert_int_equal(fp_utf8_length(text, len), surrogate ? 0 : len);
		assert_int_equal(fp_utf8_length(text, 4), surrogate ? 0 : len);
		if (len > 1)
			assert_int_equal(fp_utf8_length(text, len - 1), 0);
	}
}

/* Whatever is taken for a character is the one form of some character. */
static void test_nothing_else(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 256; first++) {
		for (unsigned second = 0; second < 256; second++) {
			char text[4] = {(char)first, (char)second, (char)0x80, (char)0x80},
			     again[4];
			uint32_t c = first < 0x80 ? first
						  : first & (first < 0xe0          ? 0x1f
								    : first < 0xf0 ? 0xf
										   : 7);
			size_t len = fp_utf8_length(text, 4);
			for (size_t i = 1; i < len; i++)
				c = c << 6 | ((unsigned char)text[i] & 0x3f);
			if (len == 0)
				continue;
			assert_int_equal(encode(c, again), len);
			assert_memory_equal(again, text, len);
		}
	}
	assert_int_equal(fp_utf8_length("\xc3\x28", 2), 0);
	assert_int_equal(fp_utf8_length("\xe2\x82\x28", 3), 0);
	assert_int_equal(fp_utf8_length("\xf0\x9f\x98\x28", 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_character),
		cmocka_unit_test(test_nothing_else),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

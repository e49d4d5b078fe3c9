#include "util/utf8.h"
#include "util/width.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	uint32_t code;
	unsigned width;
} cases[] = {
	{' ', 1},
	{'~', 1},
	{0xa0, 1},  /* no-break space */
	{0xad, 1},  /* soft hyphen: terminals show it */
	{0xe9, 1},  /* e with acute */
	{0x2ff, 1}, /* before the first that joins */
	{0x300, 0}, /* combining grave accent */
	{0x36f, 0}, /* the last of that block */
	{0x370, 1}, /* and behind it */
	{0x5bf, 0}, /* a range of one */
	{0x5be, 1},
	{0x5c0, 1},
	{0x10ff, 1}, /* Georgian */
	{0x1100, 2}, /* a leading consonant of Hangul */
	{0x115f, 2},
	{0x1160, 0}, /* a vowel joins it */
	{0x11ff, 0},
	{0x200d, 0}, /* joiner */
	{0x2329, 2},
	{0x2764, 1}, /* a heart that is text */
	{0x3000, 2}, /* ideographic space */
	{0x303f, 1},
	{0x4e2d, 2},
	{0x9fff, 2},
	{0xa960, 2},
	{0xac00, 2},
	{0xd7a3, 2},
	{0xfe0f, 0},  /* variation selector */
	{0xff21, 2},  /* full-width A */
	{0xff61, 1},  /* half-width stop */
	{0x1f600, 2}, /* emoji */
	{0x1fa54, 1}, /* not assigned */
	{0x20000, 2},
	{0x3fffd, 2},
	{0x40000, 1},
	{0xe0100, 0},
	{0x10ffff, 1},
};

static void test_widths(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (fp_width(cases[i].code) != cases[i].width)
			fail_msg("U+%04X is %u, not %u", (unsigned)cases[i].code,
				fp_width(cases[i].code), cases[i].width);
}

static void test_codes(void **unused)
{
	static const struct {
		const char *text;
		uint32_t code;
	} texts[] = {
		{"\x7f", 0x7f},
		{"\xc2\x80", 0x80},
		{"\xdf\xbf", 0x7ff},
		{"\xe0\xa0\x80", 0x800},
		{"\xef\xbf\xbd", 0xfffd},
		{"\xf0\x90\x80\x80", 0x10000},
		{"\xf4\x8f\xbf\xbf", 0x10ffff},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(fp_utf8_code(texts[i].text, strlen(texts[i].text)), texts[i].code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_codes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

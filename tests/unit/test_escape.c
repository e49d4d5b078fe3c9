#include "cli/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *text, *shown;
	size_t columns; /* that it takes */
} cases[] = {
	{"", "", 0},
	{"plain ~", "plain ~", 7},
	{"back\\slash", "back\\slash", 10},
	{"a\tb\nc\rd", "a\\tb\\nc\\rd", 10},
	{"\x1b]0;x\x07", "\\x1b]0;x\\x07", 12},
	{"\x01\x1f\x7f", "\\x01\\x1f\\x7f", 12},
	/* C1: a terminal may take U+009B for ESC [ */
	{"\xc2\x9b"
	 "31m",
		"\\u009b31m", 9},
	{"\xc2\xa0", "\xc2\xa0", 1},
	/* marks that turn the direction, or are not seen */
	{"\xe2\x80\xae", "\\u202e", 6},
	{"\xe2\x81\xa6", "\\u2066", 6},
	{"\xd8\x9c", "\\u061c", 6},
	{"\xe2\x80\x8b", "\\u200b", 6},
	{"\xe2\x80\xa8", "\\u2028", 6},
	{"\xef\xbb\xbf", "\\ufeff", 6},
	{"\xf3\xa0\x81\x81", "\\U0e0041", 8},
	{"\xc2\xad\xcd\x8f", "\\u00ad\\u034f", 12},
	{"\xe1\x85\x9f\xe1\xa0\x8e", "\\u115f\\u180e", 12},
	{"\xe2\xa0\x80\xe3\x85\xa4", "\\u2800\\u3164", 12},
	{"\xef\xb8\x8f\xef\xbe\xa0", "\\ufe0f\\uffa0", 12},
	{"\xf0\x9d\x85\xb3\xf3\xa0\x84\x80", "\\U01d173\\U0e0100", 16},
	/* what is not UTF-8, byte by byte */
	{"a\xff"
	 "b",
		"a\xef\xbf\xbd"
		"b",
		3},
	{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", 2},
	{"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd", 2},
	{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 3},
	{"\x9b"
	 "31m",
		"\xef\xbf\xbd"
		"31m",
		4},
	/* wide, and joined to the one before */
	{"\xe4\xb8\xad\xe6\x96\x87", "\xe4\xb8\xad\xe6\x96\x87", 4},
	{"e\xcc\x81x", "e\xcc\x81x", 2},
	{"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81x",
		"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\\u0301x", 8},
};

static void test_shown(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fp_out out = {0};
		size_t len = strlen(cases[i].text);
		size_t taken = fp_escape_put(&out, cases[i].text, len, SIZE_MAX);
		fp_out_bytes(&out, "", 1);
		assert_int_equal(out.status, 0);
		assert_string_equal(out.buf.data, cases[i].shown);
		assert_int_equal(taken, cases[i].columns);
		assert_int_equal(fp_escape_width(cases[i].text, len, 100), cases[i].columns);
		fp_out_fini(&out);
	}
}

/* Whatever the width, no more columns are taken, and no character is cut in two. */
static void test_cut(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i].text);
		for (size_t columns = 0; columns <= cases[i].columns + 1; columns++) {
			struct fp_out out = {0};
			size_t taken = fp_escape_put(&out, cases[i].text, len, columns);
			assert_true(taken <= columns);
			assert_true(out.buf.len <= strlen(cases[i].shown));
			assert_memory_equal(
				out.buf.len ? out.buf.data : "", cases[i].shown, out.buf.len);
			assert_true(columns < cases[i].columns ||
				    out.buf.len == strlen(cases[i].shown));
			assert_int_equal(fp_escape_width(cases[i].text, len, columns),
				columns < cases[i].columns ? columns + 1 : cases[i].columns);
			fp_out_fini(&out);
		}
	}
}

/* A line of few columns has few bytes, whatever joins its characters. */
static void test_many_that_join(void **unused)
{
	static char text[100001] = "e";
	struct fp_out out = {0};

	(void)unused;
	for (size_t i = 1; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "\xcc\x81", 2);
	assert_true(fp_escape_put(&out, text, sizeof(text), 80) <= 80);
	assert_true(out.buf.len < 80 * 16);
	fp_out_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_many_that_join),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

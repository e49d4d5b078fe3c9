/* What stands in brackets. */
#include "util/pattern.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HUGE_LEN = 2 << 20 };

static struct fp_pattern *new_pattern(const char *text)
{
	struct fp_pattern_error error = {.offset = 0};
	struct fp_pattern *pattern;

	if (fp_pattern_new(text, &pattern, &error) < 0)
		fail_msg("%s: %s", text, error.message);
	return pattern;
}

static void test_captures(void **state)
{
	static const struct {
		const char *text, *subject;
		unsigned captures, number;
		int result;
		const char *found;
	} cases[] = {
		{"/pool ([a-z]+) ([0-9])/", "php: pool www 7", 2, 1, 1, "www"},
		{"/pool ([a-z]+) ([0-9])/", "php: pool www 7", 2, 2, 1, "7"},
		{"/pool ([a-z]+) ([0-9])/", "php: pool www 7", 2, 0, 1, "pool www 7"},
		{"/pool ([a-z]+) ([0-9])/", "php: pool www 7", 2, 3, 1, ""},
		{"/pool ([a-z]+)/", "php", 1, 1, 0, ""},
		{"/^(.*)$/", "a\nb", 1, 1, 1, "a\nb"},
		/* brackets that capture nothing, and names */
		{"/(?:a)(?<n>b)(c)/", "abc", 2, 1, 1, "b"},
		{"/(?i)(B)/", "abc", 1, 1, 1, "b"},
		/* captures that took no part, or found nothing, or did more than once */
		{"/(a)|(b)/", "b", 2, 1, 1, ""},
		{"/(a)|(b)/", "b", 2, 2, 1, "b"},
		{"/a(x)?(b)?/", "a", 2, 1, 1, ""},
		{"/a(x)?(b)?/", "a", 2, 2, 1, ""},
		{"/a()b/", "ab", 1, 1, 1, ""},
		{"/(?:(.)x)+/", "axbxcx", 1, 1, 1, "c"},
		{"/((a)(b))/", "ab", 3, 3, 1, "b"},
		{"/(?=(b))a?/", "ab", 1, 1, 1, "b"},
		{"/a\\K(b)/", "ab", 1, 1, 1, "b"},
		{"/a\\K(b)/", "ab", 1, 0, 1, "b"},
		/* what stands in front for settings, and callouts */
		{"/(*CRLF)(a)/", "a", 1, 1, 1, "a"},
		{"/(?C1)(a)(?C2)(b)/", "ab", 2, 2, 1, "b"},
		/* a literal has none, and is whole */
		{"a(b)", "a(b)", 0, 1, 1, ""},
		{"a(b)", "ab", 0, 1, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fp_pattern *pattern = new_pattern(cases[i].text);
		const char *subject = cases[i].subject, *found = NULL;
		size_t len = strlen(subject), found_len = 99;
		int result = fp_pattern_capture(
			pattern, subject, len, cases[i].number, &found, &found_len);
		if (result != cases[i].result || found_len != strlen(cases[i].found) ||
			memcmp(found, cases[i].found, found_len) != 0)
			fail_msg("%s, %s, %u: %d, %zu bytes", cases[i].text, subject,
				cases[i].number, result, found_len);
		assert_true(found >= subject && found + found_len <= subject + len);
		assert_int_equal(fp_pattern_captures(pattern), cases[i].captures);
		fp_pattern_free(pattern);
	}
}

static void test_captures_of_nothing(void **state)
{
	struct fp_pattern *pattern = new_pattern("/^(x?)$/");
	const char *found = "x";
	size_t found_len = 99;

	(void)state;
	assert_int_equal(fp_pattern_capture(pattern, NULL, 0, 1, &found, &found_len), 1);
	assert_int_equal(found_len, 0);
	fp_pattern_free(pattern);
}

static void test_captures_out_of_bounds(void **state)
{
	char *subject = malloc(HUGE_LEN);
	struct fp_pattern *pattern = new_pattern("/^((a+)+)b/");
	const char *found;
	size_t found_len = 99;

	(void)state;
	assert_non_null(subject);
	memset(subject, 'a', HUGE_LEN);
	memcpy(subject + HUGE_LEN - 2, "cb", 2);
	assert_int_equal(
		fp_pattern_capture(pattern, subject, HUGE_LEN, 1, &found, &found_len), -E2BIG);
	assert_int_equal(found_len, 0);
	fp_pattern_free(pattern);
	free(subject);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captures),
		cmocka_unit_test(test_captures_of_nothing),
		cmocka_unit_test(test_captures_out_of_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

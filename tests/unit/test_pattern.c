/* Built twice: with the JIT where the system lets it, and, with DENY_JIT, without it for sure. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "util/pattern.h"
#ifdef DENY_JIT
#include "../lib/denyjit.h"
#endif

#include <errno.h>
#include <pcre2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static int match_bytes(const char *text, const char *subject, size_t len)
{
	struct fp_pattern *pattern = new_pattern(text);
	/* an exact copy, so that a sanitizer sees a byte read too many */
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, subject, len);
	int result = fp_pattern_match(pattern, copy, len);
	free(copy);
	fp_pattern_free(pattern);
	return result;
}

static int match(const char *text, const char *subject)
{
	return match_bytes(text, subject, strlen(subject));
}

static void test_what_is_an_expression(void **state)
{
	static const struct {
		const char *text;
		bool regex;
	} cases[] = {
		{"", false},
		{"/", false},
		{"//", false},
		{"a/", false},
		{"/a", false},
		{"/usr/bin/x", false},
		{"/a/", true},
		{"///", true},
		{"/usr/bin/", true},
		{"a/b/", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fp_pattern *pattern = new_pattern(cases[i].text);
		assert_int_equal(fp_pattern_text_is_regex(cases[i].text), cases[i].regex);
		assert_int_equal(fp_pattern_is_regex(pattern), cases[i].regex);
		assert_string_equal(fp_pattern_text(pattern), cases[i].text);
		fp_pattern_free(pattern);
	}
	fp_pattern_free(NULL);
}

static void test_the_text_is_copied(void **state)
{
	char text[] = "/^a$/";
	struct fp_pattern *pattern = new_pattern(text);

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(fp_pattern_text(pattern), "/^a$/");
	assert_int_equal(fp_pattern_match(pattern, "a", 1), 1);
	fp_pattern_free(pattern);
}

static void test_a_literal_is_compared_whole(void **state)
{
	(void)state;
	assert_int_equal(match("nginx", "nginx"), 1);
	assert_int_equal(match("nginx", "nginx:"), 0);
	assert_int_equal(match("nginx", "ngin"), 0);
	assert_int_equal(match("nginx", "Nginx"), 0);
	assert_int_equal(match("a.c", "abc"), 0);
	assert_int_equal(match("//", "//"), 1);
	assert_int_equal(match("", ""), 1);
	assert_int_equal(match("", "a"), 0);
	assert_int_equal(match_bytes("a", "a\0", 2), 0);
	assert_int_equal(match_bytes("a\xff", "a\xff", 2), 1);
}

static void test_an_empty_subject_may_have_no_address(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {{"", 1}, {"a", 0}, {"/^$/", 1}, {"/./", 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fp_pattern *pattern = new_pattern(cases[i].text);
		assert_int_equal(fp_pattern_match(pattern, NULL, 0), cases[i].result);
		fp_pattern_free(pattern);
	}
}

static void test_expressions(void **state)
{
	static const struct {
		const char *text, *subject;
		int result;
	} cases[] = {
		/* unanchored, case-sensitive */
		{"/shop/", "--pool shop --x", 1},
		{"/shop/", "sho", 0},
		{"/shop/", "SHOP", 0},
		{"/(?i)shop/", "a SHOP", 1},
		{"/^shop/", "a shop", 0},
		{"/shop$/", "shop a", 0},
		{"/^shop$/", "shop", 1},
		{"///", "a/b", 1},
		/* '.' takes newlines, '$' is the very end and '^' the very start */
		{"/a.b/", "a\nb", 1},
		{"/^a.*c$/", "a\nb\nc", 1},
		{"/a$/", "a\n", 0},
		{"/a$/", "a\nb", 0},
		{"/^b/", "a\nb", 0},
		{"/(?m)^b$/", "a\nb\nc", 1},
		/* bytes, not characters */
		{"/^...$/", "\xe2\x82\xac", 1},
		{"/^.$/", "\xe2\x82\xac", 0},
		{"/\xac$/", "\xe2\x82\xac", 1},
		{"/^\\w$/", "\xe9", 0},
		{"/^[\\x80-\\xff]+$/", "\xe2\x82\xac", 1},
		{"/^.$/", "\xff", 1},
		/* what else stands in expressions */
		{"/^(a|b)+$/", "abba", 1},
		{"/^(a|b)+$/", "abcba", 0},
		{"/a||b/", "c", 1},
		{"/(.)\\1/", "abccd", 1},
		{"/(.)\\1/", "abcd", 0},
		{"/^(\\((?1)*\\))$/", "(()(()))", 1},
		{"/^(\\((?1)*\\))$/", "(()(())", 0},
		{"/(?<=pool )shop/", "--pool shop", 1},
		{"/(?<!pool )shop/", "--pool shop", 0},
		{"/pool(?!.*test)/", "pool shop test", 0},
		{"/^(?>a*)a/", "aaa", 0},
		{"/^a++b/", "aaab", 1},
		{"/a\\Kb/", "ab", 1},
		{"/(?x) a b # c/", "ab", 1},
		{"/\\Qa.b\\E/", "a.b", 1},
		{"/\\Qa.b\\E/", "axb", 0},
		{"/(?C1)a(?C2)b/", "ab", 1},
		{"/(?C1)a(?C2)b/", "ac", 0},
		/* settings that PCRE2 takes at the very start only */
		{"/(*CRLF)a.b/", "a\r\nb", 0},
		{"/(*CRLF)a..b/", "a\r\nb", 1},
		{"/(*CRLF)(?m)^b/", "a\r\nb", 1},
		{"/(*CRLF)(?m)^b/", "a\nb", 0},
		{"/(*NO_START_OPT)shop/", "a shop", 1},
		{"/(*NO_JIT)shop$/", "a shop", 1},
		{"/(*UCP)^.$/", "a", 1},
		{"/(*LIMIT_MATCH=5)^a*$/", "aaaa", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int result = match(cases[i].text, cases[i].subject);
		if (result != cases[i].result)
			fail_msg("%s, %s: %d", cases[i].text, cases[i].subject, result);
	}
	assert_int_equal(match_bytes("/^a.b$/", "a\0b", 3), 1);
	assert_int_equal(match_bytes("/b/", "a\0b", 3), 1);
	assert_int_equal(match_bytes("/^a$/", "a\0", 2), 0);
}

/* What PCRE2 says of the bare expression: its words and offsets differ between releases. */
static void compile_bare(const char *text, char message[128], size_t *offset)
{
	int number;
	PCRE2_SIZE at;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)text + 1, strlen(text) - 2,
		PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF, &number, &at, NULL);

	assert_null(code);
	pcre2_get_error_message(number, (PCRE2_UCHAR *)message, 128);
	*offset = at;
}

static void test_mistakes(void **state)
{
	static const char *const texts[] = {"/(/", "/a(b/", "/ab)/", "/a[b/", "/*a/", "/a{3,1}/",
		"/a\\/", "/(?<n>a)(?<n>b)/", "/\\1/", "/(*CRLF)a(/", "/(*UTF)a/", "/(?<=a*)b/"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fp_pattern_error error = {.offset = 99};
		struct fp_pattern *untouched = NULL;
		char message[128];
		size_t offset;
		compile_bare(texts[i], message, &offset);
		int status = fp_pattern_new(texts[i], &untouched, &error);
		if (status != -EINVAL || error.offset != offset ||
			strcmp(error.message, message) != 0)
			fail_msg("%s: %d %zu %s", texts[i], status, error.offset, error.message);
		assert_null(untouched);
	}
}

static void test_the_offset_is_behind_the_slash(void **state)
{
	struct fp_pattern_error error = {.offset = 99};
	struct fp_pattern *pattern;

	(void)state;
	assert_int_equal(fp_pattern_new("/ab(c/", &pattern, &error), -EINVAL);
	assert_string_equal(error.message, "missing closing parenthesis");
	assert_int_equal(error.offset, 4);
}

static char *huge(char filler, const char *head, const char *tail)
{
	char *subject = malloc(HUGE_LEN);

	assert_non_null(subject);
	memset(subject, filler, HUGE_LEN);
	memcpy(subject, head, strlen(head));
	memcpy(subject + HUGE_LEN - strlen(tail), tail, strlen(tail));
	return subject;
}

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Two megabytes that a stranger wrote: the true answer or none, and soon. */
static void test_hostile_subjects(void **state)
{
	static const struct {
		const char *text;
		char filler;
		const char *tail;
		int answer;
	} cases[] = {
		{"/x.*y/", 'x', "", 0},
		{"/x.*y/", 'x', "z", 0},
		{"/x.*y/", 'a', "", 0},
		{"/^x.*x.*x.*y/", 'x', "", 0},
		{"/(a+)+b/", 'a', "", 0},
		{"/(a+)+b/", 'a', "cb", 0},
		{"/^(a+)+b/", 'a', "cb", 0},
		{"/^(a+)+$/", 'a', "!", 0},
		{"/(a|aa)+$/", 'a', "", 1},
		{"/(a|aa)+$/", 'a', "b", 0},
		{"/^(a|aa)+$/", 'a', "b", 0},
		{"/^(a|a)*?$/", 'a', "b", 0},
		{"/^(.|a)*b$/", 'a', "c", 0},
		{"/[^x]*[^x]*y/", 'a', "", 0},
		{"/^[^x]*[^x]*[^x]*y/", 'a', "yx", 1},
		{"/.*.*.*=q/", 'a', "", 0},
		{"/(?:a*)*(?:a*)*q/", 'a', "q", 1},
		{"/(a*)*\\1q/", 'a', "", 0},
		{"/(?=.*q)a/", 'a', "", 0},
		{"/(a?){30}a{30}q/", 'a', "", 0},
		{"/[a-z]+[0-9]+q/", 'a', "", 0},
		{"/^(a(?1)?)$/", 'a', "b", 0},
		{"/(*CRLF)x.*y/", 'x', "", 0},
		{"/(*NO_START_OPT)(a+)+b/", 'a', "cb", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fp_pattern *pattern = new_pattern(cases[i].text);
		char *subject = huge(cases[i].filler, "", cases[i].tail);
		double start_s = cpu_s();
		int result = fp_pattern_match(pattern, subject, HUGE_LEN);
		double took_s = cpu_s() - start_s;
		if ((result != -E2BIG && result != cases[i].answer) || took_s > 1)
			fail_msg("%s: %d after %.2f s", cases[i].text, result, took_s);
		free(subject);
		fp_pattern_free(pattern);
	}
}

static void test_the_bounds_are_reached(void **state)
{
	char *subject = huge('a', "", "cb");
	struct fp_pattern *pattern = new_pattern("/^(a+)+b/");

	(void)state;
	assert_int_equal(fp_pattern_match(pattern, subject, HUGE_LEN), -E2BIG);
	/* and hold for one match only */
	assert_int_equal(fp_pattern_match(pattern, "aab", 3), 1);
	assert_int_equal(fp_pattern_match(pattern, "aac", 3), 0);
	assert_int_equal(fp_pattern_match(pattern, subject, HUGE_LEN), -E2BIG);
	fp_pattern_free(pattern);
	free(subject);
}

/* As long, but nothing that an expression could lose itself in. */
static void test_long_subjects(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {
		{"/--pool shop/", 1},
		{"/--pool shop$/", 1},
		{"/--pool [a-z]+$/", 1},
		{"/^php.*--pool shop$/", 1},
		{"/^php-fpm: .*--pool (shop|blog)$/", 1},
		{"/^[^x]*$/", 1},
		{"/pool.?shop/", 1},
		{"/./", 1},
		{"/$/", 1},
		{"/--pool blog/", 0},
		{"/--pool blog$/", 0},
		{"/^php.*--pool blog$/", 0},
		{"/[/]nginx$/", 0},
		{"/[0-9]{5}/", 0},
		{"/(?i)NGINX/", 0},
		{"/^$/", 0},
	};
	char *subject = huge('-', "php-fpm: master", " --pool shop");

	(void)state;
	for (size_t i = 15; i < HUGE_LEN - 12; i++)
		subject[i] = "--a =b\n"[i % 7];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fp_pattern *pattern = new_pattern(cases[i].text);
		int result = fp_pattern_match(pattern, subject, HUGE_LEN);
		if (result != cases[i].result)
			fail_msg("%s: %d", cases[i].text, result);
		fp_pattern_free(pattern);
	}
	free(subject);
}

#ifdef DENY_JIT
static void test_there_is_no_jit(void **state)
{
	int number;
	PCRE2_SIZE offset;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR) "a+b", 3, 0, &number, &offset, NULL);

	(void)state;
	assert_non_null(code);
	assert_int_not_equal(pcre2_jit_compile(code, PCRE2_JIT_COMPLETE), 0);
	pcre2_code_free(code);
}
#endif

/* Many matches share an allowance; when it is used up, only long subjects are refused. */
static void test_an_allowance(void **state)
{
	static char subject[1024 * 1024];
	struct fp_pattern_allowance allowance = {.left_ns = INT64_C(1000000000)};
	struct fp_pattern_error error;
	struct fp_pattern *pattern;

	(void)state;
	memset(subject, 'a', sizeof(subject));
	assert_int_equal(fp_pattern_new("/a.*b$/", &pattern, &error), 0);
	int status = fp_pattern_match_within(pattern, subject, sizeof(subject), &allowance);
	assert_true(status == 0 || status == -E2BIG);
	assert_true(allowance.left_ns < INT64_C(1000000000));
	allowance.left_ns = 0;
	assert_int_equal(
		fp_pattern_match_within(pattern, subject, sizeof(subject), &allowance), -E2BIG);
	assert_int_equal(fp_pattern_match_within(pattern, "a--b", 4, &allowance), 1);
	assert_int_equal(fp_pattern_match_within(pattern, "a--c", 4, &allowance), 0);
	fp_pattern_free(pattern);
}

static void test_one_of_a_list(void **state)
{
	struct fp_pattern *pattern;
	char text[] = "20,3,100,3";

	(void)state;
	assert_int_equal(fp_pattern_new_list(text, &pattern), 0);
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(fp_pattern_text(pattern), "20,3,100,3");
	assert_false(fp_pattern_is_regex(pattern));
	assert_false(fp_pattern_is_literal(pattern));
	assert_int_equal(fp_pattern_match(pattern, "3", 1), 1);
	assert_int_equal(fp_pattern_match(pattern, "20", 2), 1);
	assert_int_equal(fp_pattern_match(pattern, "100", 3), 1);
	assert_int_equal(fp_pattern_match(pattern, "2", 1), 0);
	assert_int_equal(fp_pattern_match(pattern, "10", 2), 0);
	assert_int_equal(fp_pattern_match(pattern, "20,3", 4), 0);
	assert_int_equal(fp_pattern_match(pattern, NULL, 0), 0);
	fp_pattern_free(pattern);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef DENY_JIT
		cmocka_unit_test(test_there_is_no_jit),
#endif
		cmocka_unit_test(test_what_is_an_expression),
		cmocka_unit_test(test_the_text_is_copied),
		cmocka_unit_test(test_a_literal_is_compared_whole),
		cmocka_unit_test(test_an_empty_subject_may_have_no_address),
		cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_the_offset_is_behind_the_slash),
		cmocka_unit_test(test_hostile_subjects),
		cmocka_unit_test(test_the_bounds_are_reached),
		cmocka_unit_test(test_long_subjects),
		cmocka_unit_test(test_an_allowance),
		cmocka_unit_test(test_one_of_a_list),
	};

#ifdef DENY_JIT
	if (denyjit() < 0) {
		puts("1..0 # SKIP this kernel has no way to deny executable memory");
		return 0;
	}
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}

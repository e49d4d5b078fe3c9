#include "util/number.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} cases[] = {
		{"0", 0},
		{"9", 9},
		{"10", 10},
		{"0000000000000000000000000000001", 1},
		{"1234567890", 1234567890},
		{"4294967296", UINT64_C(4294967296)},
		{"18446744073709551609", UINT64_MAX - 6},
		{"18446744073709551615", UINT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t value = ~cases[i].value;
		assert_int_equal(fp_number_u64(cases[i].text, strlen(cases[i].text), &value), 0);
		assert_int_equal(value, cases[i].value);
	}
}

static void test_only_the_given_bytes_count(void **state)
{
	static const char text[] = {'1', '2', '3', 'x'};
	uint64_t value;

	(void)state;
	assert_int_equal(fp_number_u64(text, 3, &value), 0);
	assert_int_equal(value, 123);
	assert_int_equal(fp_number_u64(text, 1, &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(fp_number_u64(text, 4, &value), -EINVAL);
}

static void test_what_is_no_number(void **state)
{
	static const char *const bad[] = {"", " ", "-", "-1", "+1", " 1", "1 ", "1\n", "0x1", "1.0",
		"1e3", "a", "1a", "a1", "/", ":", "1/", "1:", "\xb2"};
	uint64_t value = 4711;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (fp_number_u64(bad[i], strlen(bad[i]), &value) != -EINVAL)
			fail_msg("taken: '%s'", bad[i]);
	assert_int_equal(fp_number_u64("1\0", 2, &value), -EINVAL);
	assert_int_equal(value, 4711);
}

static void test_what_is_too_large(void **state)
{
	static const char *const bad[] = {"18446744073709551616", "18446744073709551620",
		"18446744073709551700", "99999999999999999999", "184467440737095516150",
		"100000000000000000000000000000000000000000"};
	uint64_t value = 4711;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (fp_number_u64(bad[i], strlen(bad[i]), &value) != -ERANGE)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(value, 4711);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_only_the_given_bytes_count),
		cmocka_unit_test(test_what_is_no_number),
		cmocka_unit_test(test_what_is_too_large),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

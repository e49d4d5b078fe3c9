#include "parse/pidfile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_the_first_line_counts(void **state)
{
	static const struct {
		const char *text;
		int32_t pid;
	} cases[] = {
		{"1234\n", 1234},
		{"1234", 1234},
		{"1", 1},
		{" \t 77\t \n", 77},
		{"007\n", 7},
		{"2147483647\n", INT32_MAX},
		{"4711\n/var/lib/postgresql/15/main\n1795377351\n5432\n", 4711},
		{"12\n\n", 12},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int32_t pid = -1;
		assert_int_equal(fp_pidfile_parse(cases[i].text, strlen(cases[i].text), &pid), 0);
		assert_int_equal(pid, cases[i].pid);
	}
}

static void test_anything_else_is_refused(void **state)
{
	static const char *const bad[] = {"", "\n", " ", " \n", "\n12\n", "0\n", "00\n", "-1\n",
		"+1\n", "1.5\n", "0x10\n", "12 13\n", "12x\n", "x12\n", "pid: 12\n", "12\r\n",
		"2147483648\n", "4294967297\n", "18446744073709551617\n",
		"99999999999999999999999\n"};
	int32_t pid = -1;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (fp_pidfile_parse(bad[i], strlen(bad[i]), &pid) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(fp_pidfile_parse("12\0", 3, &pid), -EBADMSG);
	assert_int_equal(fp_pidfile_parse(NULL, 0, &pid), -EBADMSG);
	assert_int_equal(pid, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_line_counts),
		cmocka_unit_test(test_anything_else_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

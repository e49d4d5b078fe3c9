#include "parse/cmdline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *raw, size_t len, const char *expected)
{
	/* an exact copy, so that a sanitizer sees a byte written too many */
	char *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, raw, len);
	assert_int_equal(fp_cmdline_join(copy, len), strlen(expected));
	assert_memory_equal(copy, expected, strlen(expected));
	free(copy);
}

#define CHECK(raw, expected) check(raw, sizeof(raw) - 1, expected)

static void test_arguments_are_joined_by_one_space(void **state)
{
	(void)state;
	CHECK("php-fpm\0--pool\0shop\0", "php-fpm --pool shop");
	CHECK("sleep\0", "sleep");
	CHECK("a\0b", "a b");
	CHECK("sh\0-c\0echo  two words\n\0", "sh -c echo  two words\n");
	CHECK("grep\0\0x\0", "grep  x");
	CHECK("\0a\0", " a");
}

static void test_ends_are_dropped(void **state)
{
	(void)state;
	CHECK("nginx: worker process\0\0\0\0\0\0\0", "nginx: worker process");
	CHECK("title \0\0\0", "title ");
	CHECK("grep\0\0", "grep");
}

static void test_no_arguments(void **state)
{
	(void)state;
	CHECK("", "");
	CHECK("\0", "");
	CHECK("\0\0\0", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments_are_joined_by_one_space),
		cmocka_unit_test(test_ends_are_dropped),
		cmocka_unit_test(test_no_arguments),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

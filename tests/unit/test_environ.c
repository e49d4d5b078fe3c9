#include "parse/environ.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the block has for the name, and that it lies inside; "none" where there is nothing. */
static void check(const char *block, size_t len, const char *name, const char *expected)
{
	/* an exact copy, so that a sanitizer sees a byte read too many */
	char *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	if (len)
		memcpy(copy, block, len);
	size_t value_len = SIZE_MAX;
	const char *value = fp_environ_find(copy, len, name, &value_len);
	if (!expected) {
		assert_null(value);
	} else {
		assert_non_null(value);
		assert_in_range((size_t)(value - copy), 1, len);
		assert_int_equal(value_len, strlen(expected));
		assert_memory_equal(value, expected, value_len);
	}
	free(copy);
}

#define CHECK(block, name, expected) check(block, sizeof(block) - 1, name, expected)

static void test_names_match_whole(void **state)
{
	static const char block[] = "PATH=/usr/bin\0APP=shop\0APPS=two\0MY_APP=three\0LONG=a=b=c\0";

	(void)state;
	CHECK(block, "PATH", "/usr/bin");
	CHECK(block, "APP", "shop");
	CHECK(block, "APPS", "two");
	CHECK(block, "MY_APP", "three");
	CHECK(block, "LONG", "a=b=c");
	CHECK(block, "PAT", NULL);
	CHECK(block, "AP", NULL);
	CHECK(block, "APPSS", NULL);
	CHECK(block, "app", NULL);
	CHECK(block, "LON", NULL);
	CHECK(block, "shop", NULL);
	CHECK(block, "", NULL);
}

static void test_the_first_of_a_name_counts(void **state)
{
	(void)state;
	CHECK("A=1\0B=2\0A=3\0B=4\0", "A", "1");
	CHECK("A=1\0B=2\0A=3\0B=4\0", "B", "2");
	CHECK("B\0B=2\0", "B", "2");
}

static void test_an_empty_value_is_no_missing_variable(void **state)
{
	(void)state;
	CHECK("A=\0B=2\0", "A", "");
	CHECK("B=2\0A=", "A", "");
	CHECK("A\0B=2\0", "A", NULL);
	CHECK("B=2\0A", "A", NULL);
}

static void test_blocks_of_any_shape(void **state)
{
	(void)state;
	CHECK("", "A", NULL);
	check(NULL, 0, "A", NULL);
	CHECK("A=no end", "A", "no end");
	CHECK("A=1\0B=no end", "B", "no end");
	CHECK("\0\0\0A=1\0\0\0B=2\0\0", "A", "1");
	CHECK("\0\0\0A=1\0\0\0B=2\0\0", "B", "2");
	CHECK("\0\0\0", "A", NULL);
	CHECK("=1\0A=2\0", "", NULL);
	CHECK("=1\0A=2\0", "A", "2");
	CHECK("title of a process A=1", "A", NULL);
	CHECK("A=\xff\n\t=x\0", "A", "\xff\n\t=x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_match_whole),
		cmocka_unit_test(test_the_first_of_a_name_counts),
		cmocka_unit_test(test_an_empty_value_is_no_missing_variable),
		cmocka_unit_test(test_blocks_of_any_shape),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

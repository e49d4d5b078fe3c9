#include "util/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_every_byte(void **state)
{
	static const char safe[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	char out[FP_NAME_SIZE];

	(void)state;
	for (int i = 0; i < 256; i++) {
		char text[3] = {'a', (char)i, 'z'};
		bool is_safe = memchr(safe, text[1], sizeof(safe) - 1) != NULL;
		assert_int_equal(fp_name_is_safe(text, 3), is_safe);
		assert_int_equal(fp_name_is_safe(text + 1, 1), is_safe);
		fp_name_make_safe(text, 3, out);
		assert_int_equal(out[0], 'a');
		assert_int_equal(out[1], is_safe ? text[1] : '_');
		assert_int_equal(out[2], 'z');
		assert_int_equal(out[3], '\0');
	}
}

static void test_lengths(void **state)
{
	static const char text[] = "1234567890123456789012345678901234567890"
				   "123456789012345678901234567890";
	char out[FP_NAME_SIZE];

	(void)state;
	assert_false(fp_name_is_safe(text, 0));
	assert_true(fp_name_is_safe(text, 1));
	assert_true(fp_name_is_safe(text, 63));
	assert_false(fp_name_is_safe(text, 64));
	for (size_t len = 1; len <= sizeof(text) - 1; len++) {
		memset(out, 'x', sizeof(out));
		fp_name_make_safe(text, len, out);
		assert_int_equal(strlen(out), len < 63 ? len : 63);
		assert_memory_equal(out, text, strlen(out));
	}
}

static void test_nothing_has_a_name_too(void **state)
{
	char out[FP_NAME_SIZE];

	(void)state;
	fp_name_make_safe("", 0, out);
	assert_string_equal(out, "_empty");
	fp_name_make_safe(NULL, 0, out);
	assert_string_equal(out, "_empty");
	fp_name_make_safe("/dev/mapper/vg-lv 1", 19, out);
	assert_string_equal(out, "_dev_mapper_vg-lv_1");
	fp_name_make_safe("caf\xc3\xa9\0!", 7, out);
	assert_string_equal(out, "caf____");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_nothing_has_a_name_too),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

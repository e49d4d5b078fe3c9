#include "util/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A sanitizer's allocator ends the program where malloc would say no. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void test_bytes_are_appended(void **state)
{
	struct fp_buf buf = {0};
	char byte;

	(void)state;
	assert_int_equal(fp_buf_append(&buf, "a\0b", 3), 0);
	assert_int_equal(fp_buf_append(&buf, "cd", 2), 0);
	assert_int_equal(buf.len, 5);
	assert_memory_equal(buf.data, "a\0bcd", 5);
	fp_buf_fini(&buf);
	for (int i = 0; i < 100000; i++) {
		byte = (char)(i % 251);
		assert_int_equal(fp_buf_append(&buf, &byte, 1), 0);
	}
	assert_int_equal(buf.len, 100000);
	assert_in_range(buf.cap, buf.len, 2 * buf.len);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buf.data[i], (char)(i % 251));
	fp_buf_fini(&buf);
}

static void test_nothing_takes_no_memory(void **state)
{
	struct fp_buf buf = {0};

	(void)state;
	assert_int_equal(fp_buf_append(&buf, "", 0), 0);
	assert_int_equal(fp_buf_append(&buf, NULL, 0), 0);
	assert_int_equal(fp_buf_reserve(&buf, 0), 0);
	fp_buf_wipe(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.len, 0);
	assert_int_equal(buf.cap, 0);
	fp_buf_fini(&buf);
}

static void test_room_is_behind_what_is_there(void **state)
{
	struct fp_buf buf = {0};

	(void)state;
	assert_int_equal(fp_buf_append(&buf, "abc", 3), 0);
	assert_int_equal(fp_buf_reserve(&buf, 5000), 0);
	assert_int_equal(buf.len, 3);
	assert_true(buf.cap >= 5003);
	memset(buf.data + buf.len, 'x', 5000);
	assert_memory_equal(buf.data, "abcxxx", 6);
	char *data = buf.data;
	size_t cap = buf.cap;
	assert_int_equal(fp_buf_reserve(&buf, cap - 3), 0);
	assert_ptr_equal(buf.data, data);
	assert_int_equal(buf.cap, cap);
	fp_buf_fini(&buf);
}

static void test_too_much_leaves_it_as_it_was(void **state)
{
	static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 2, SIZE_MAX / 2 + 1, SIZE_MAX / 2,
		SIZE_MAX / 2 - 3, SIZE_MAX / 4};
	struct fp_buf buf = {0};

	(void)state;
	assert_int_equal(fp_buf_append(&buf, "abc", 3), 0);
	struct fp_buf as_it_was = buf;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(fp_buf_reserve(&buf, sizes[i]), -ENOMEM);
		assert_int_equal(fp_buf_append(&buf, "x", sizes[i]), -ENOMEM);
		assert_memory_equal(&buf, &as_it_was, sizeof(buf));
	}
	assert_memory_equal(buf.data, "abc", 3);
	fp_buf_fini(&buf);
}

static void test_wiping_overwrites_all_that_it_ever_held(void **state)
{
	struct fp_buf buf = {0};

	(void)state;
	assert_int_equal(fp_buf_append(&buf, "a secret of some length", 23), 0);
	buf.len = 2; /* a shorter one came after it */
	char *data = buf.data;
	size_t cap = buf.cap;
	memset(data + 23, 's', cap - 23);
	fp_buf_wipe(&buf);
	assert_int_equal(buf.len, 0);
	assert_ptr_equal(buf.data, data);
	assert_int_equal(buf.cap, cap);
	for (size_t i = 0; i < cap; i++)
		assert_int_equal(data[i], 0);
	assert_int_equal(fp_buf_append(&buf, "next", 4), 0);
	assert_ptr_equal(buf.data, data);
	fp_buf_fini(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.len, 0);
	assert_int_equal(buf.cap, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_are_appended),
		cmocka_unit_test(test_nothing_takes_no_memory),
		cmocka_unit_test(test_room_is_behind_what_is_there),
		cmocka_unit_test(test_too_much_leaves_it_as_it_was),
		cmocka_unit_test(test_wiping_overwrites_all_that_it_ever_held),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

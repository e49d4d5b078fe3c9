#include "parse/io.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BIT(activity) (UINT32_C(1) << (activity))
#define ALL                                                                                        \
	(BIT(FP_IO_READ_BYTES) | BIT(FP_IO_WRITE_BYTES) | BIT(FP_IO_READ_OPS) |                    \
		BIT(FP_IO_WRITE_OPS))

/* Linux 6.18 */
static const char io_6_18[] = "rchar: 3980\n"
			      "wchar: 6553601\n"
			      "syscr: 11\n"
			      "syscw: 101\n"
			      "read_bytes: 4096\n"
			      "write_bytes: 6557696\n"
			      "cancelled_write_bytes: 8192\n";

static int parse_bytes(const char *text, size_t len, struct fp_activity_counters *counters)
{
	/* an exact copy, so that a sanitizer sees a byte read too many */
	char *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, text, len);
	int status = fp_io_parse(copy, len, counters);
	free(copy);
	return status;
}

static int parse(const char *text, struct fp_activity_counters *counters)
{
	return parse_bytes(text, strlen(text), counters);
}

static void test_all_lines(void **state)
{
	struct fp_activity_counters counters = {0};

	(void)state;
	assert_int_equal(parse(io_6_18, &counters), 0);
	assert_int_equal(counters.has, ALL);
	assert_int_equal(counters.value[FP_IO_READ_OPS], 11);
	assert_int_equal(counters.value[FP_IO_WRITE_OPS], 101);
	assert_int_equal(counters.value[FP_IO_READ_BYTES], 4096);
	assert_int_equal(counters.value[FP_IO_WRITE_BYTES], 6557696);
	assert_false(counters.has_handles);
}

static void test_what_was_known_stays(void **state)
{
	struct fp_activity_counters counters = {.has = BIT(FP_CPU_USER_US)};

	(void)state;
	counters.value[FP_CPU_USER_US] = 5;
	assert_int_equal(parse(io_6_18, &counters), 0);
	assert_int_equal(counters.has, ALL | BIT(FP_CPU_USER_US));
	assert_int_equal(counters.value[FP_CPU_USER_US], 5);
}

static void test_what_is_not_there_is_unknown(void **state)
{
	struct fp_activity_counters counters = {0};

	(void)state;
	/* a kernel that counts calls alone */
	assert_int_equal(parse("rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\n", &counters), 0);
	assert_int_equal(counters.has, BIT(FP_IO_READ_OPS) | BIT(FP_IO_WRITE_OPS));
	counters = (struct fp_activity_counters){0};
	assert_int_equal(parse("read_byte: 1\nsyscrs: 1\n:\n\nnone\n", &counters), 0);
	assert_int_equal(counters.has, 0);
}

static void test_the_largest_values(void **state)
{
	struct fp_activity_counters counters = {0};

	(void)state;
	assert_int_equal(parse("read_bytes: 18446744073709551615\n", &counters), 0);
	assert_true(counters.value[FP_IO_READ_BYTES] == UINT64_MAX);
	assert_int_equal(parse("cancelled_write_bytes: -1\nrchar: -1\n", &counters), 0);
}

static void test_what_no_kernel_writes_is_refused(void **state)
{
	static const char *const bad[] = {
		"syscr:\n",
		"syscr: \n",
		"syscr: -1\n",
		"syscw: 1 2\n",
		"read_bytes: x\n",
		"read_bytes: 1x\n",
		"write_bytes: 18446744073709551616\n",
	};
	struct fp_activity_counters counters, before;

	(void)state;
	memset(&before, 0x5a, sizeof(before));
	counters = before;
	assert_int_equal(parse("", &counters), -ENODATA);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[128];
		snprintf(text, sizeof(text), "syscw: 7\nread_bytes: 7\n%s", bad[i]);
		if (parse(text, &counters) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	}
	assert_memory_equal(&counters, &before, sizeof(before));
}

/* A number that is cut would be a smaller number. */
static void test_a_cut_last_line_is_passed_over(void **state)
{
	const char *line = strstr(io_6_18, "write_bytes:");
	size_t begin = (size_t)(line - io_6_18), size = strcspn(line, "\n");

	(void)state;
	for (size_t len = begin; len <= begin + size; len++) {
		struct fp_activity_counters counters = {0};
		assert_int_equal(parse_bytes(io_6_18, len, &counters), 0);
		assert_int_equal(counters.has, ALL & ~BIT(FP_IO_WRITE_BYTES));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_lines),
		cmocka_unit_test(test_what_was_known_stays),
		cmocka_unit_test(test_what_is_not_there_is_unknown),
		cmocka_unit_test(test_the_largest_values),
		cmocka_unit_test(test_what_no_kernel_writes_is_refused),
		cmocka_unit_test(test_a_cut_last_line_is_passed_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

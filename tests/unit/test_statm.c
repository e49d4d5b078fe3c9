#include "parse/statm.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BIT(metric) (UINT32_C(1) << (metric))

enum { PAGE = 4096 };

static int parse(const char *text, uint64_t page_bytes, struct fp_memory *memory)
{
	return fp_statm_parse(text, strlen(text), page_bytes, memory);
}

static void test_fields_are_pages(void **state)
{
	struct fp_memory memory = {0};

	(void)state;
	assert_int_equal(parse("927 447 418 5 3 285 2\n", PAGE, &memory), 0);
	assert_int_equal(memory.has, BIT(FP_VMS) | BIT(FP_SHARED) | BIT(FP_TEXT) | BIT(FP_DATA));
	assert_int_equal(memory.bytes[FP_VMS], 927 * PAGE);
	assert_int_equal(memory.bytes[FP_SHARED], 418 * PAGE);
	assert_int_equal(memory.bytes[FP_TEXT], 5 * PAGE);
	assert_int_equal(memory.bytes[FP_DATA], 285 * PAGE);

	assert_int_equal(parse("927 447 418 5 3 285 2\n", 65536, &memory), 0);
	assert_int_equal(memory.bytes[FP_VMS], 927 * 65536);
	/* a kernel thread */
	assert_int_equal(parse("0 0 0 0 0 0 0\n", PAGE, &memory), 0);
	assert_int_equal(memory.bytes[FP_VMS], 0);
	assert_int_equal(memory.bytes[FP_DATA], 0);
}

static void test_resident_stands_alone(void **state)
{
	uint64_t bytes = 1;

	(void)state;
	assert_int_equal(fp_statm_resident("927 447 418 5 3 285 2\n", 22, PAGE, &bytes), 0);
	assert_int_equal(bytes, 447 * PAGE);
	assert_int_equal(fp_statm_resident("927 447 418 5 3 285\n", 20, PAGE, &bytes), -EBADMSG);
	assert_int_equal(fp_statm_resident("", 0, PAGE, &bytes), -ENODATA);
	assert_int_equal(bytes, 447 * PAGE);
}

static void test_what_was_known_stays(void **state)
{
	struct fp_memory memory = {0};

	(void)state;
	fp_memory_set(&memory, FP_RSS, 12288);
	fp_memory_set(&memory, FP_TEXT, 1);
	assert_int_equal(parse("9 8 7 6 5 4 3\n", PAGE, &memory), 0);
	assert_int_equal(memory.bytes[FP_RSS], 12288);
	assert_int_equal(memory.bytes[FP_TEXT], 6 * PAGE);
	assert_int_equal(memory.has,
		BIT(FP_RSS) | BIT(FP_VMS) | BIT(FP_SHARED) | BIT(FP_TEXT) | BIT(FP_DATA));
}

static void test_what_no_kernel_writes_is_refused(void **state)
{
	static const char *const bad[] = {
		"\n",
		"1 2 3 4 5 6\n",
		"1 2 3 4 5 6 7 8\n",
		"1 2 3 4 5 6 7\n\n",
		"1 2 3\n4 5 6 7\n",
		"-1 2 3 4 5 6 7\n",
		"1 2 3 x 5 6 7\n",
		"1 2 3 4 5 6 x\n",
		"18446744073709551616 2 3 4 5 6 7\n",
		"4503599627370496 2 3 4 5 6 7\n",
		"1 2 3 4 5 4503599627370496 7\n",
	};
	struct fp_memory memory, before;

	(void)state;
	memset(&before, 0x5a, sizeof(before));
	memory = before;
	assert_int_equal(parse("", PAGE, &memory), -ENODATA);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i], PAGE, &memory) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	assert_memory_equal(&memory, &before, sizeof(before));
	assert_int_equal(parse("4503599627370495 2 3 4 5 6 7\n", PAGE, &memory), 0);
	assert_int_equal(memory.bytes[FP_VMS], UINT64_MAX - PAGE + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_are_pages),
		cmocka_unit_test(test_resident_stands_alone),
		cmocka_unit_test(test_what_was_known_stays),
		cmocka_unit_test(test_what_no_kernel_writes_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

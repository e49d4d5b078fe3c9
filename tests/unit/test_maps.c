#include "parse/maps.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Linux 6.18, in part */
static const char maps_6_18[] =
	"55a9ec154000-55a9ec156000 r--p 00000000 fe:00 247498                     /usr/bin/head\n"
	"55a9ec160000-55a9ec161000 rw-p 0000b000 fe:00 247498                     /usr/bin/head\n"
	"55aa1186e000-55aa1188f000 rw-p 00000000 00:00 0                          [heap]\n"
	"7fae40000000-7fae40021000 rw-p 00000000 00:00 0 \n"
	"7fae42364000-7fae4236b000 r--s 00000000 fe:00 332280                     /usr/lib/a "
	"b\\012c\n"
	"7fae42370000-7fae42371000 rw-s 00000000 00:01 2053                       /dev/zero "
	"(deleted)\n"
	"7fae42374000-7fae42376000 r-xp 00000000 00:00 0                          [vdso]\n"
	"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n";

struct cursor {
	char *text;
	size_t len, offset;
};

/* An exact copy, so that a sanitizer sees a byte read too many. */
static struct cursor begin(const char *text, size_t len)
{
	struct cursor cursor = {malloc(len ? len : 1), len, 0};

	assert_non_null(cursor.text);
	memcpy(cursor.text, text, len);
	return cursor;
}

static int next(struct cursor *cursor, struct fp_mapping *out)
{
	return fp_maps_next(cursor->text, cursor->len, &cursor->offset, out);
}

static int only(const char *text)
{
	struct cursor cursor = begin(text, strlen(text));
	struct fp_mapping mapping;
	int status = next(&cursor, &mapping);

	free(cursor.text);
	return status;
}

static void test_all_lines(void **state)
{
	static const struct fp_mapping wanted[] = {
		{.start = 0x55a9ec154000,
			.end = 0x55a9ec156000,
			.dev_major = 0xfe,
			.inode = 247498},
		{.start = 0x55a9ec160000,
			.end = 0x55a9ec161000,
			.writable = true,
			.dev_major = 0xfe,
			.inode = 247498},
		{.start = 0x55aa1186e000, .end = 0x55aa1188f000, .writable = true},
		{.start = 0x7fae40000000, .end = 0x7fae40021000, .writable = true},
		{.start = 0x7fae42364000,
			.end = 0x7fae4236b000,
			.shared = true,
			.dev_major = 0xfe,
			.inode = 332280},
		{.start = 0x7fae42370000,
			.end = 0x7fae42371000,
			.writable = true,
			.shared = true,
			.dev_minor = 1,
			.inode = 2053},
		{.start = 0x7fae42374000, .end = 0x7fae42376000, .executable = true},
	};
	struct cursor cursor = begin(maps_6_18, strlen(maps_6_18));
	struct fp_mapping found;

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		assert_int_equal(next(&cursor, &found), 1);
		assert_true(found.start == wanted[i].start && found.end == wanted[i].end);
		assert_int_equal(found.writable, wanted[i].writable);
		assert_int_equal(found.executable, wanted[i].executable);
		assert_int_equal(found.shared, wanted[i].shared);
		assert_int_equal(found.dev_major, wanted[i].dev_major);
		assert_int_equal(found.dev_minor, wanted[i].dev_minor);
		assert_int_equal(found.inode, wanted[i].inode);
		assert_int_equal(found.page_bytes, 0);
		assert_int_equal(fp_mapping_has_file(&found), wanted[i].inode != 0);
	}
	assert_int_equal(next(&cursor, &found), 0);
	free(cursor.text);
}

static void test_a_file_may_have_any_name(void **state)
{
	(void)state;
	assert_int_equal(only("1000-2000 r-xp 0 00:00 0 [vsyscall]\n"), 0);
	assert_int_equal(only("1000-2000 r-xp 0 fe:00 7 [vsyscall]\n"), 1);
	assert_int_equal(only("1000-2000 r-xp 0 00:00 0 [vsyscall] \n"), 1);
}

static void test_the_largest_values(void **state)
{
	struct fp_mapping found;
	const char text[] = "ffffffffffffe000-ffffffffffffffff ---p ffffffffffffffff "
			    "ffffffff:ffffffff 18446744073709551615\n";
	struct cursor cursor = begin(text, strlen(text));

	(void)state;
	assert_int_equal(next(&cursor, &found), 1);
	assert_true(found.end == UINT64_MAX && found.inode == UINT64_MAX);
	assert_true(found.dev_major == UINT32_MAX && found.dev_minor == UINT32_MAX);
	free(cursor.text);
}

static void test_what_no_kernel_writes_is_refused(void **state)
{
	static const char *const bad[] = {
		"\n",
		"[heap]\n",
		"1000\n",
		"1000-\n",
		"1000-2000\n",
		"1000-2000 \n",
		"-2000 r--p 0 00:00 0\n",
		"2000-1000 r--p 0 00:00 0\n",
		"1000-1000 r--p 0 00:00 0\n",
		"1000-g000 r--p 0 00:00 0\n",
		"1000-2000 r--\n",
		"1000-2000 r--p\n",
		"1000-2000 r-- 0 00:00 0\n",
		"1000-2000 r--x 0 00:00 0\n",
		"1000-2000 w--p 0 00:00 0\n",
		"1000-2000 r--p 0 0000 0\n",
		"1000-2000 r--p 0 00:00\n",
		"1000-2000 r--p 0 00:00 \n",
		"1000-2000 r--p 0 00:00 x\n",
		"1000-2000 r--p 0 00:00 18446744073709551616\n",
		"1000-2000 r--p 0 100000000:00 0\n",
		"1000-10000000000000000 r--p 0 00:00 0\n",
		"1000-2000 R--p 0 00:00 0\n",
		"1000-200A r--p 0 00:00 0\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (only(bad[i]) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
}

/* A number that is cut would be another address. */
static void test_a_cut_last_line_is_passed_over(void **state)
{
	const char *line = strchr(maps_6_18, '\n') + 1;
	size_t first = (size_t)(line - maps_6_18), size = strcspn(line, "\n");

	(void)state;
	for (size_t len = first; len <= first + size; len++) {
		struct cursor cursor = begin(maps_6_18, len);
		struct fp_mapping found;
		assert_int_equal(next(&cursor, &found), 1);
		assert_int_equal(next(&cursor, &found), 0);
		free(cursor.text);
	}
	assert_int_equal(only(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_lines),
		cmocka_unit_test(test_a_file_may_have_any_name),
		cmocka_unit_test(test_the_largest_values),
		cmocka_unit_test(test_what_no_kernel_writes_is_refused),
		cmocka_unit_test(test_a_cut_last_line_is_passed_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

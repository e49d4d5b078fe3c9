#include "parse/diskstats.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIELDS(count) ((UINT32_C(1) << (count)) - 1)

enum { LONG = 11, DISCARD = 15, FLUSH = 17 }; /* counters of each form */

static int next(const char *text, size_t *offset, struct fp_diskstat *disk)
{
	memset(disk, 0xff, sizeof(*disk));
	return fp_diskstats_next(text, strlen(text), offset, disk);
}

/* A single line, its end included. */
static int parse(const char *line, struct fp_diskstat *disk)
{
	size_t offset = 0;
	int status = next(line, &offset, disk);

	assert_int_equal(offset, strlen(line));
	return status;
}

static void check_head(
	const struct fp_diskstat *disk, uint32_t major, uint32_t minor, const char *name)
{
	assert_int_equal(disk->head.major, major);
	assert_int_equal(disk->head.minor, minor);
	assert_string_equal(disk->head.name, name);
}

/* The fields are known and hold first, first + 1 and so on. */
static void check_run(const struct fp_diskstat *disk, size_t count, uint64_t first)
{
	assert_int_equal(disk->counters.has, FIELDS(count));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(disk->counters.value[i], first + i);
}

static void test_forms(void **state)
{
	struct fp_diskstat disk;

	(void)state;
	assert_int_equal(parse("   8       0 sda 11 12 13 14 15 16 17 18 19 20 21\n", &disk), 1);
	check_head(&disk, 8, 0, "sda");
	assert_false(fp_diskstats_is_short(&disk.counters));
	check_run(&disk, LONG, 11);

	assert_int_equal(
		parse(" 259       5 nvme0n1p5 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n", &disk), 1);
	check_head(&disk, 259, 5, "nvme0n1p5");
	check_run(&disk, DISCARD, 1);

	assert_int_equal(
		parse(" 254       0 vda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n", &disk), 1);
	check_head(&disk, 254, 0, "vda");
	check_run(&disk, FLUSH, 1);
	assert_false(fp_diskstats_is_short(&disk.counters));
}

static void test_short_form(void **state)
{
	struct fp_diskstat disk;

	(void)state;
	assert_int_equal(parse("   3    1 hda1 35486 38030 38038 38042\n", &disk), 1);
	check_head(&disk, 3, 1, "hda1");
	assert_true(fp_diskstats_is_short(&disk.counters));
	assert_int_equal(disk.counters.has,
		UINT32_C(1) << FP_DISK_READS | UINT32_C(1) << FP_DISK_READ_SECTORS |
			UINT32_C(1) << FP_DISK_WRITES | UINT32_C(1) << FP_DISK_WRITE_SECTORS);
	assert_int_equal(disk.counters.value[FP_DISK_READS], 35486);
	assert_int_equal(disk.counters.value[FP_DISK_READ_SECTORS], 38030);
	assert_int_equal(disk.counters.value[FP_DISK_WRITES], 38038);
	assert_int_equal(disk.counters.value[FP_DISK_WRITE_SECTORS], 38042);
}

/* Between two forms the shorter counts; what follows the longest is passed over. */
static void test_every_number_of_fields(void **state)
{
	struct fp_diskstat disk;
	char line[256];

	(void)state;
	for (int words = 0; words <= 30; words++) {
		size_t len = 0;
		line[0] = '\0';
		for (int i = 1; i <= words; i++)
			len += (size_t)snprintf(line + len, sizeof(line) - len, " %d", i);
		snprintf(line + len, sizeof(line) - len, "\n");
		int status = parse(line, &disk);
		if (words < 7 || (words > 7 && words < 14)) {
			assert_int_equal(status, -EBADMSG);
			continue;
		}
		assert_int_equal(status, 1);
		assert_int_equal(fp_diskstats_is_short(&disk.counters), words == 7);
		if (words >= 20)
			check_run(&disk, FLUSH, 4);
		else if (words >= 18)
			check_run(&disk, DISCARD, 4);
		else if (words >= 14)
			check_run(&disk, LONG, 4);
	}
	assert_int_equal(
		parse("1 2 a 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 later x\n", &disk), 1);
	check_run(&disk, FLUSH, 4);
	assert_int_equal(parse("1 2 a 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x\n", &disk), 1);
	check_run(&disk, DISCARD, 4);
}

static void test_blanks_and_names(void **state)
{
	static const char *const names[] = {"cciss/c0d0", "cciss!c0d0p1", "dm-0", "md127", "md_d0",
		"mmcblk0boot0", "a", "rbd0p1", "x.y:z(1)",
		"a-name-of-63-bytes-a-name-of-63-bytes-a-name-of-63-bytes-a-name"};
	struct fp_diskstat disk;
	char line[256];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(line, sizeof(line), "%4d %7d %s 1 2 3 4 5 6 7 8 9 10 11\n", 104, 16,
			names[i]);
		assert_int_equal(parse(line, &disk), 1);
		check_head(&disk, 104, 16, names[i]);
		check_run(&disk, LONG, 1);
	}
	assert_int_equal(strlen(disk.head.name), FP_DISK_KERNEL_NAME_SIZE - 1);
	assert_int_equal(
		parse("\t8\t \t0   sda  1 2\t\t3 4 5      6 7 8 9 10 11  \t \n", &disk), 1);
	check_head(&disk, 8, 0, "sda");
	check_run(&disk, LONG, 1);
	assert_int_equal(parse("8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n", &disk), 1);
	check_run(&disk, LONG, 1);
}

static void test_the_largest_values(void **state)
{
	struct fp_diskstat disk;

	(void)state;
	assert_int_equal(parse("4294967295 4294967295 sda 18446744073709551615 0 0 0 0 0 0 0 0 0"
			       " 18446744073709551615\n",
				 &disk),
		1);
	check_head(&disk, UINT32_MAX, UINT32_MAX, "sda");
	assert_int_equal(disk.counters.has, FIELDS(LONG));
	assert_int_equal(disk.counters.value[FP_DISK_READS], UINT64_MAX);
	assert_int_equal(disk.counters.value[FP_DISK_WEIGHTED_MS], UINT64_MAX);
}

static void test_a_negative_number_in_flight_is_unknown(void **state)
{
	static const struct {
		const char *in_flight;
		bool known;
		uint64_t value;
	} cases[] = {
		{"0", true, 0},
		{"2147483647", true, INT32_MAX},
		{"2147483648", false, 0},
		{"4294967295", false, 0},
		{"18446744073709551615", false, 0},
		{"-1", false, 0},
		{"-2147483648", false, 0},
	};
	struct fp_diskstat disk;
	char line[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line), "8 0 sda 1 2 3 4 5 6 7 8 %s 10 11\n",
			cases[i].in_flight);
		assert_int_equal(parse(line, &disk), 1);
		assert_int_equal(fp_disk_has(&disk.counters, FP_DISK_IN_FLIGHT), cases[i].known);
		assert_int_equal(disk.counters.value[FP_DISK_IN_FLIGHT], cases[i].value);
		assert_int_equal(
			disk.counters.has | UINT32_C(1) << FP_DISK_IN_FLIGHT, FIELDS(LONG));
		assert_int_equal(disk.counters.value[FP_DISK_IO_MS], 10);
	}
}

static void test_what_no_kernel_writes_is_refused(void **state)
{
	static const char *const bad[] = {
		"\n",
		" \t \n",
		"x 0 sda 1 2 3 4 5 6 7 8 9 10 11\n",
		"8 x sda 1 2 3 4 5 6 7 8 9 10 11\n",
		"-8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n",
		"4294967296 0 sda 1 2 3 4 5 6 7 8 9 10 11\n",
		"8 4294967296 sda 1 2 3 4 5 6 7 8 9 10 11\n",
		"8 0 sda x 2 3 4 5 6 7 8 9 10 11\n",
		"8 0 sda -1 2 3 4 5 6 7 8 9 10 11\n",
		"8 0 sda 1 2 3 4 5 6 7 8 x 10 11\n",
		"8 0 sda 1 2 3 4 5 6 7 8 - 10 11\n",
		"8 0 sda 1 2 3 4 5 6 7 8 --1 10 11\n",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10 11x\n",
		"8 0 sda 18446744073709551616 2 3 4 5 6 7 8 9 10 11\n",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 x\n",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 x\n",
		"8 1 sda1 1 2 3 x\n",
		"8 0 a-name-of-64-bytes-a-name-of-64-bytes-a-name-of-64-bytes-a-name- 1 2 3 4\n",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10 11",
	};
	static const char nul[] = "8 0 s\0a 1 2 3 4 5 6 7 8 9 10 11\n";
	struct fp_diskstat disk;
	size_t offset = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i], &disk) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(fp_diskstats_next(nul, sizeof(nul) - 1, &offset, &disk), -EBADMSG);
	assert_int_equal(offset, sizeof(nul) - 1);
}

static void test_one_line_after_the_other(void **state)
{
	static const char text[] = "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n"
				   "this is no disk\n"
				   "   8       1 sda1 1 2 3 4\n"
				   "\n"
				   "  11       0 sr0 2 3 4 5 6 7 8 9 10 11 12\n"
				   "   8      16 sdb 1 2 3 4 5 6 7 8 9 10 1";
	struct fp_diskstat disk;
	size_t offset = 0;

	(void)state;
	assert_int_equal(next(text, &offset, &disk), 1);
	check_head(&disk, 8, 0, "sda");
	assert_int_equal(next(text, &offset, &disk), -EBADMSG);
	assert_int_equal(next(text, &offset, &disk), 1);
	check_head(&disk, 8, 1, "sda1");
	assert_true(fp_diskstats_is_short(&disk.counters));
	assert_int_equal(next(text, &offset, &disk), -EBADMSG);
	assert_int_equal(next(text, &offset, &disk), 1);
	check_head(&disk, 11, 0, "sr0");
	assert_false(fp_diskstats_is_short(&disk.counters));
	check_run(&disk, LONG, 2);
	assert_int_equal(offset, strstr(text, "   8      16") - text);
	/* cut, so its last number may be another */
	assert_int_equal(next(text, &offset, &disk), -EBADMSG);
	assert_int_equal(offset, sizeof(text) - 1);
	assert_int_equal(next(text, &offset, &disk), 0);
	assert_int_equal(offset, sizeof(text) - 1);
	offset = 0;
	assert_int_equal(next("", &offset, &disk), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_short_form),
		cmocka_unit_test(test_every_number_of_fields),
		cmocka_unit_test(test_blanks_and_names),
		cmocka_unit_test(test_the_largest_values),
		cmocka_unit_test(test_a_negative_number_in_flight_is_unknown),
		cmocka_unit_test(test_what_no_kernel_writes_is_refused),
		cmocka_unit_test(test_one_line_after_the_other),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "parse/stat.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
/* Linux 6.18, 52 fields. */
static const char stat_6_18[] =
	"3362 (cat) R 3357 3358 2537 34816 3362 4194304 104 7 2 1 11 12 13 14 20 0 5 0 105405"
	" 3796992 390 18446744073709551615 93986697019392 93986697039273 140726161183968 0 0 0 0 0 0"
	" 0 0 0 17 0 0 0 0 0 0 93986697055280 93986697056896 93986902880256 140726161189512"
	" 140726161189535 140726161189535 140726161190891 0\n";

/* Linux 2.6.16, 41 fields, 32 bits. */
static const char stat_2_6_16[] =
	"1 (init) S 0 0 0 0 -1 256 71 4512 13 52 0 58 2 13 16 0 1 0 76 1990656 156 4294967295"
	" 134512640 134542372 3221224608 3221223244 3085624290 0 0 1475401980 671819267 3222759284"
	" 0 0 0 0 0 0\n";

/* Linux 2.6.26, 44 fields, a kernel thread. */
static const char stat_2_6_26[] =
	"2 (kthreadd) S 0 0 0 0 -1 2149613632 0 0 0 0 0 0 0 0 15 -5 1 0 8 0 0 18446744073709551615"
	" 0 0 0 0 0 0 0 2147483647 0 18446744071579176672 0 0 0 3 0 0 0 0 0\n";
/* clang-format on */

/* 41 fields, around five that are of interest. */
#define LINE(head, ppid, flags, threads, start, vsize)                                             \
	head " " ppid " 1 1 0 -1 " flags " 1 0 0 0 1 1 0 0 20 0 " threads " 0 " start " " vsize    \
	     " 100 18446744073709551615 1 1 1 0 0 0 0 0 0 0 0 0 17 0 0 0"

static int parse_bytes(const char *text, size_t len, struct fp_stat *stat)
{
	/* an exact copy, so that a sanitizer sees a byte read too many */
	char *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(stat, 0xff, sizeof(*stat));
	int status = fp_stat_parse(copy, len, stat);
	free(copy);
	return status;
}

static int parse(const char *text, struct fp_stat *stat)
{
	return parse_bytes(text, strlen(text), stat);
}

static void check_comm(const struct fp_stat *stat, const char *comm)
{
	assert_int_equal(stat->comm_len, strlen(comm));
	assert_string_equal(stat->comm, comm);
}

static void test_52_fields(void **state)
{
	struct fp_stat stat;

	(void)state;
	assert_int_equal(parse(stat_6_18, &stat), 0);
	assert_int_equal(stat.pid, 3362);
	check_comm(&stat, "cat");
	assert_int_equal(stat.state, 'R');
	assert_int_equal(stat.ppid, 3357);
	assert_int_equal(stat.flags, 4194304);
	assert_int_equal(stat.threads, 5);
	assert_int_equal(stat.starttime_ticks, 105405);
	assert_int_equal(stat.vsize_bytes, 3796992);
	assert_int_equal(stat.startcode, UINT64_C(93986697019392));
	assert_int_equal(stat.startstack, UINT64_C(140726161183968));
	assert_int_equal(fp_stat_classify(&stat), FP_KIND_USER);
	assert_true(stat.has_usage);
	assert_int_equal(stat.minflt, 104);
	assert_int_equal(stat.cminflt, 7);
	assert_int_equal(stat.majflt, 2);
	assert_int_equal(stat.utime_ticks, 11);
	assert_int_equal(stat.stime_ticks, 12);
}

#define USAGE(minflt, cminflt, majflt, utime, stime)                                               \
	"1 (a) S 1 1 1 0 -1 0 " minflt " " cminflt " " majflt " 0 " utime " " stime                \
	" 0 0 20 0 1 0 1 4096 1 1 1 1 1 1\n"

static void test_usage(void **state)
{
#define MOST "18446744073709551615"
#define MORE "18446744073709551616"
	static const char *const bad[] = {
		USAGE("-1", "2", "3", "4", "5"),
		USAGE("1", "-2", "3", "4", "5"),
		USAGE("1", "2", "-3", "4", "5"),
		USAGE("1", "2", "3", "-4", "5"),
		USAGE("1", "2", "3", "4", "-5"),
		USAGE(MORE, "2", "3", "4", "5"),
		USAGE("1", "2", "3", MORE, "5"),
		USAGE("1", "2", "3", "4", "x"),
	};
	struct fp_stat stat;

	(void)state;
	assert_int_equal(parse(USAGE(MOST, MOST, MOST, MOST, MOST), &stat), 0);
	assert_true(stat.minflt == UINT64_MAX && stat.cminflt == UINT64_MAX);
	assert_true(stat.majflt == UINT64_MAX);
	assert_true(stat.utime_ticks == UINT64_MAX && stat.stime_ticks == UINT64_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i], &stat), -EBADMSG);
		assert_false(stat.has_usage);
	}
}

static void test_older_kernels_write_fewer_fields(void **state)
{
	struct fp_stat stat;

	(void)state;
	assert_int_equal(parse(stat_2_6_16, &stat), 0);
	assert_int_equal(stat.pid, 1);
	check_comm(&stat, "init");
	assert_int_equal(stat.ppid, 0);
	assert_int_equal(stat.flags, 256);
	assert_int_equal(stat.threads, 1);
	assert_int_equal(stat.starttime_ticks, 76);
	assert_int_equal(stat.vsize_bytes, 1990656);
	assert_int_equal(stat.startcode, 134512640);
	assert_int_equal(stat.startstack, UINT64_C(3221224608));
	assert_int_equal(fp_stat_classify(&stat), FP_KIND_USER);

	assert_int_equal(parse(stat_2_6_26, &stat), 0);
	check_comm(&stat, "kthreadd");
	assert_int_equal(stat.flags, 0x80208040);
	assert_int_equal(stat.vsize_bytes, 0);
	assert_int_equal(stat.startcode, 0);
	assert_int_equal(stat.startstack, 0);
	assert_int_equal(fp_stat_classify(&stat), FP_KIND_KERNEL);
}

static void test_an_image_that_may_not_be_seen(void **state)
{
	struct fp_stat stat;

	(void)state;
	assert_int_equal(
		parse("1 (a) S 1 1 1 0 -1 1 1 0 0 0 1 1 0 0 20 0 1 0 1 9 8 7 1 1 0\n", &stat), 0);
	assert_int_equal(stat.vsize_bytes, 9);
	assert_int_equal(stat.startcode, 1);
	assert_int_equal(stat.startstack, 0);
}

static void test_every_number_of_fields_from_41(void **state)
{
	char text[1024] = LINE("7 (a) S", "6", "5", "4", "3", "2");
	struct fp_stat stat;

	(void)state;
	for (int fields = 41; fields <= 60; fields++) {
		assert_int_equal(parse(text, &stat), 0);
		assert_int_equal(stat.vsize_bytes, 2);
		strcat(text, fields % 2 ? " 0" : " 18446744073709551615");
	}
	strcat(text, " future=words\n");
	assert_int_equal(parse(text, &stat), 0);
}

static void test_the_largest_values(void **state)
{
	struct fp_stat stat;

	(void)state;
	assert_int_equal(parse(LINE("2147483647 (a) I", "2147483647", "4294967295", "2147483647",
				       "18446744073709551615", "18446744073709551614") "\n",
				 &stat),
		0);
	assert_int_equal(stat.pid, INT32_MAX);
	assert_int_equal(stat.ppid, INT32_MAX);
	assert_int_equal(stat.flags, UINT32_MAX);
	assert_int_equal(stat.threads, INT32_MAX);
	assert_int_equal(stat.starttime_ticks, UINT64_MAX);
	assert_int_equal(stat.vsize_bytes, UINT64_MAX - 1);
}

static void test_names_may_hold_anything(void **state)
{
	static const char *const names[] = {"", "a b", " ", ")", "(", "))", "((", ") R 1 2 3",
		"a) S 1 (b", "two\nlines", "\n", "tab\there", "\\n", "\x01\x7f\xff",
		"kworker/u4:0-ext4-rsv-conversion-and-a-name-that-is-exactly-63b"};
	struct fp_stat stat;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "42 (%s) %s\n", names[i],
			LINE("D", "6", "5", "4", "3", "2"));
		assert_int_equal(parse(text, &stat), 0);
		check_comm(&stat, names[i]);
		assert_int_equal(stat.pid, 42);
		assert_int_equal(stat.state, 'D');
		assert_int_equal(stat.ppid, 6);
		assert_int_equal(stat.flags, 5);
		assert_int_equal(stat.threads, 4);
		assert_int_equal(stat.starttime_ticks, 3);
	}
	assert_int_equal(stat.comm_len, FP_COMM_SIZE - 1);
}

static void test_what_no_kernel_writes_is_refused(void **state)
{
	static const char *const bad[] = {
		"\n",
		"1",
		"no line of stat\n",
		"1 (a)\n",
		"1 (a) ",
		"1 (a) S\n",
		LINE("1 a S", "1", "1", "1", "1", "1"),
		LINE("1 (a S", "1", "1", "1", "1", "1"),
		LINE("1 a) S", "1", "1", "1", "1", "1"),
		LINE("1(a) S", "1", "1", "1", "1", "1"),
		LINE("(a) S", "1", "1", "1", "1", "1"),
		LINE(" (a) S", "1", "1", "1", "1", "1"),
		LINE("x (a) S", "1", "1", "1", "1", "1"),
		LINE("-1 (a) S", "1", "1", "1", "1", "1"),
		LINE("1 2 (a) S", "1", "1", "1", "1", "1"),
		LINE("2147483648 (a) S", "1", "1", "1", "1", "1"),
		LINE("1 (a) SS", "1", "1", "1", "1", "1"),
		LINE("1 (a) 5", "1", "1", "1", "1", "1"),
		LINE("1 (a)", "1", "1", "1", "1", "1"),
		LINE("1 (a) S", "-1", "1", "1", "1", "1"),
		LINE("1 (a) S", "2147483648", "1", "1", "1", "1"),
		LINE("1 (a) S", "1", "4294967296", "1", "1", "1"),
		LINE("1 (a) S", "1", "-1", "1", "1", "1"),
		LINE("1 (a) S", "1", "1", "-1", "1", "1"),
		LINE("1 (a) S", "1", "1", "2147483648", "1", "1"),
		LINE("1 (a) S", "1", "1", "1", "-1", "1"),
		LINE("1 (a) S", "1", "1", "1", "18446744073709551616", "1"),
		LINE("1 (a) S", "1", "1", "1", "1", "-1"),
		LINE("1 (a) S", "1", "1", "1", "1", "x"),
		LINE("1 (a) S", "1", "1", "1", "1", "18446744073709551616"),
		LINE("1 (a) S", "1", "1", "1", "1", "1") "\n1",
		LINE("1 (a) S", "1", "1", "1", "1", "1") "\n\n",
		LINE("1 (a) S", "1\n", "1", "1", "1", "1"),
		LINE("1 (a) S", "1", "1", "1", "1", "1 -"),
		LINE("1 (a) S", "1", "1", "1", "1", "1 --1"),
		LINE("1 (a) S", "1", "1", "1", "1", "1 1.5"),
		LINE("1 (a) S", "1", "1", "1", "1", "1 0x1"),
		"1 (a) S 1 1 1 0 -1 1 1 0 0 0 1 1 0 0 20 0 1 0 1 1 100 1 -1 1 1\n",
		"1 (a) S 1 1 1 0 -1 1 1 0 0 0 1 1 0 0 20 0 1 0 1 1 100 1 1 1 -1\n",
		"1 (a) S 1 1 1 0 -1 1 1 0 0 0 1 1 0 0 20 0 1 0 1 1 100 1 1 1\n",
		LINE("1 (64-bytes-64-bytes-64-bytes-64-bytes-64-bytes-64-bytes-64-bytes-x) S", "1",
			"1", "1", "1", "1"),
	};
	static const char first_nul[] = LINE("1 (\0b) S", "1", "1", "1", "1", "1");
	static const char last_nul[] = LINE("1 (a\0) S", "1", "1", "1", "1", "1");
	struct fp_stat stat;

	(void)state;
	assert_int_equal(parse("", &stat), -ENODATA);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i], &stat) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(parse_bytes(first_nul, sizeof(first_nul) - 1, &stat), -EBADMSG);
	assert_int_equal(parse_bytes(last_nul, sizeof(last_nul) - 1, &stat), -EBADMSG);
}

static void test_states_are_letters(void **state)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char text[] = LINE("1 (a) S", "1", "1", "1", "1", "1");
	struct fp_stat stat;

	(void)state;
	for (int byte = 33; byte < 256; byte++) {
		text[6] = (char)byte;
		if (!strchr(letters, byte)) {
			assert_int_equal(parse(text, &stat), -EBADMSG);
			continue;
		}
		assert_int_equal(parse(text, &stat), 0);
		assert_int_equal(stat.state, byte);
	}
}

/* What follows the start of the stack may be cut; before, a number could lack digits. */
static void test_a_cut_line_is_noticed(void **state)
{
	static const char startstack[] = " 140726161183968 ";
	size_t from = (size_t)(strstr(stat_6_18, startstack) - stat_6_18) + strlen(startstack);
	struct fp_stat stat;

	(void)state;
	for (size_t len = 1; len < sizeof(stat_6_18); len++)
		assert_int_equal(parse_bytes(stat_6_18, len, &stat), len < from ? -EBADMSG : 0);
}

static void test_kinds(void **state)
{
	enum { EXITING = 0x4, KTHREAD = 0x00200000 };
	static const struct {
		char state;
		uint32_t flags;
		uint64_t threads, vsize_bytes;
		enum fp_kind kind;
	} cases[] = {
		{'S', 0x400000, 1, 4096, FP_KIND_USER},
		{'R', 0, 9, 4096, FP_KIND_USER},
		{'S', EXITING, 1, 4096, FP_KIND_USER}, /* its memory is still there */
		{'Z', EXITING | 0x8, 1, 0, FP_KIND_GONE},
		{'Z', EXITING, 0, 0, FP_KIND_GONE},
		{'X', EXITING, 1, 0, FP_KIND_GONE},
		{'x', EXITING, 1, 0, FP_KIND_GONE},
		{'Z', 0, 1, 4096, FP_KIND_GONE}, /* the state alone decides */
		{'X', 0, 1, 4096, FP_KIND_GONE},
		{'x', 0, 1, 4096, FP_KIND_GONE},
		{'Z', EXITING, 2, 0, FP_KIND_DEAD_LEADER},
		{'X', EXITING, 2, 0, FP_KIND_DEAD_LEADER},
		{'x', EXITING, 2, 0, FP_KIND_DEAD_LEADER},
		{'Z', KTHREAD | EXITING, 1, 0, FP_KIND_GONE},
		{'D', EXITING, 1, 0, FP_KIND_GONE},
		{'R', EXITING, 1, 0, FP_KIND_GONE},
		{'R', EXITING, 3, 0, FP_KIND_DEAD_LEADER}, /* about to become a zombie */
		{'S', KTHREAD, 1, 0, FP_KIND_KERNEL},
		{'I', KTHREAD | 0x4208060, 1, 0, FP_KIND_KERNEL},
		{'R', KTHREAD, 1, 4096, FP_KIND_KERNEL}, /* has borrowed an address space */
		{'R', KTHREAD | EXITING, 1, 0, FP_KIND_KERNEL},
		{'S', 0x8040, 1, 0, FP_KIND_KERNEL}, /* before 2.6.27 */
		{'S', 0, 2, 0, FP_KIND_KERNEL},
		{'S', 0x1, 1, 0, FP_KIND_KERNEL},
		{'S', 0x1, 1, 4096, FP_KIND_USER},
		{'z', 0, 1, 4096, FP_KIND_USER},
		{'t', 0, 1, 1, FP_KIND_USER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fp_stat stat = {.state = cases[i].state,
			.flags = cases[i].flags,
			.threads = cases[i].threads,
			.vsize_bytes = cases[i].vsize_bytes};
		if (fp_stat_classify(&stat) != cases[i].kind)
			fail_msg("case %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_52_fields),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_older_kernels_write_fewer_fields),
		cmocka_unit_test(test_an_image_that_may_not_be_seen),
		cmocka_unit_test(test_every_number_of_fields_from_41),
		cmocka_unit_test(test_the_largest_values),
		cmocka_unit_test(test_names_may_hold_anything),
		cmocka_unit_test(test_what_no_kernel_writes_is_refused),
		cmocka_unit_test(test_states_are_letters),
		cmocka_unit_test(test_a_cut_line_is_noticed),
		cmocka_unit_test(test_kinds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "parse/smaps.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KIB         UINT64_C(1024)
#define BIT(metric) (UINT32_C(1) << (metric))

/* clang-format off */
/* Linux 6.x; every line has a number of its own. */
static const char rollup_6[] =
	"55d5f4d0e000-7ffdb3dc8000 ---p 00000000 00:00 0                          [rollup]\n"
	"Rss:             1048577 kB\n"
	"Pss:              524289 kB\n"
	"Pss_Dirty:        262145 kB\n"
	"Pss_Anon:         131073 kB\n"
	"Pss_File:          65537 kB\n"
	"Pss_Shmem:         32769 kB\n"
	"Shared_Clean:        101 kB\n"
	"Shared_Dirty:        103 kB\n"
	"Private_Clean:      1007 kB\n"
	"Private_Dirty:     20011 kB\n"
	"Referenced:          107 kB\n"
	"Anonymous:           109 kB\n"
	"KSM:                 113 kB\n"
	"LazyFree:            127 kB\n"
	"AnonHugePages:      2048 kB\n"
	"ShmemPmdMapped:      131 kB\n"
	"FilePmdMapped:       137 kB\n"
	"Shared_Hugetlb:     4096 kB\n"
	"Private_Hugetlb:    8192 kB\n"
	"Swap:                139 kB\n"
	"SwapPss:             149 kB\n"
	"Locked:              151 kB\n";

/* Linux 4.14, the first with a rollup. */
static const char rollup_4_14[] =
	"00400000-7fff41b9c000 ---p 00000000 00:00 0    [rollup]\n"
	"Rss:                2312 kB\n"
	"Pss:                 481 kB\n"
	"Shared_Clean:       1960 kB\n"
	"Shared_Dirty:          0 kB\n"
	"Private_Clean:        32 kB\n"
	"Private_Dirty:       320 kB\n"
	"Referenced:         2312 kB\n"
	"Anonymous:           320 kB\n"
	"LazyFree:              0 kB\n"
	"AnonHugePages:         0 kB\n"
	"ShmemPmdMapped:        0 kB\n"
	"Shared_Hugetlb:        0 kB\n"
	"Private_Hugetlb:       0 kB\n"
	"Swap:                  0 kB\n"
	"SwapPss:               0 kB\n"
	"Locked:                0 kB\n";

/* Linux 6.x with protection keys, flags, and the Name line that Android has. */
static const char smaps_6[] =
	"564424987000-564424989000 r--p 00000000 fe:00 247498                     /usr/bin/head\n"
	"Size:                  8 kB\n"
	"KernelPageSize:        4 kB\n"
	"MMUPageSize:           4 kB\n"
	"Rss:                   8 kB\n"
	"Pss:                   3 kB\n"
	"Pss_Dirty:             1 kB\n"
	"Shared_Clean:          8 kB\n"
	"Shared_Dirty:          0 kB\n"
	"Private_Clean:         5 kB\n"
	"Private_Dirty:         0 kB\n"
	"Referenced:            8 kB\n"
	"Anonymous:             0 kB\n"
	"KSM:                   0 kB\n"
	"LazyFree:              0 kB\n"
	"AnonHugePages:         0 kB\n"
	"ShmemPmdMapped:        0 kB\n"
	"FilePmdMapped:         0 kB\n"
	"Shared_Hugetlb:        0 kB\n"
	"Private_Hugetlb:       0 kB\n"
	"Swap:                  0 kB\n"
	"SwapPss:               0 kB\n"
	"Locked:                3 kB\n"
	"THPeligible:           0\n"
	"ProtectionKey:         0\n"
	"VmFlags: rd mr mw me sd \n"
	"7f0000000000-7f0000400000 rw-p 00000000 00:00 0\n"
	"Name:           [anon:Rss: 77 kB]\n"
	"Size:               4096 kB\n"
	"KernelPageSize:        4 kB\n"
	"MMUPageSize:           4 kB\n"
	"Rss:                4000 kB\n"
	"Pss:                2001 kB\n"
	"Pss_Dirty:          1002 kB\n"
	"Shared_Clean:          0 kB\n"
	"Shared_Dirty:          0 kB\n"
	"Private_Clean:         0 kB\n"
	"Private_Dirty:      3000 kB\n"
	"Referenced:         4000 kB\n"
	"Anonymous:          4000 kB\n"
	"KSM:                  12 kB\n"
	"LazyFree:             16 kB\n"
	"AnonHugePages:      2048 kB\n"
	"ShmemPmdMapped:        0 kB\n"
	"FilePmdMapped:         0 kB\n"
	"Shared_Hugetlb:        0 kB\n"
	"Private_Hugetlb:    2048 kB\n"
	"Swap:                 40 kB\n"
	"SwapPss:              20 kB\n"
	"Locked:             2001 kB\n"
	"THPeligible:           1\n"
	"VmFlags: rd wr mr mw me ac \n";

/* Linux 2.6.18: neither Pss nor Swap. */
static const char smaps_2_6_18[] =
	"08048000-080ef000 r-xp 00000000 03:02 13130      /bin/bash\n"
	"Size:               668 kB\n"
	"Rss:                480 kB\n"
	"Shared_Clean:       480 kB\n"
	"Shared_Dirty:         0 kB\n"
	"Private_Clean:        0 kB\n"
	"Private_Dirty:        0 kB\n"
	"bf8a6000-bf8bb000 rw-p bf8a6000 00:00 0          [stack]\n"
	"Size:                84 kB\n"
	"Rss:                 20 kB\n"
	"Shared_Clean:         0 kB\n"
	"Shared_Dirty:         0 kB\n"
	"Private_Clean:        4 kB\n"
	"Private_Dirty:       16 kB\n";

/* Linux 2.6.32: Pss and Swap, no SwapPss, nothing of huge pages. */
static const char smaps_2_6_32[] =
	"00400000-004d4000 r-xp 00000000 08:01 1311133                            /bin/bash\n"
	"Size:                848 kB\n"
	"Rss:                 712 kB\n"
	"Pss:                 237 kB\n"
	"Shared_Clean:        712 kB\n"
	"Shared_Dirty:          0 kB\n"
	"Private_Clean:         0 kB\n"
	"Private_Dirty:         0 kB\n"
	"Referenced:          712 kB\n"
	"Swap:                  0 kB\n"
	"KernelPageSize:        4 kB\n"
	"MMUPageSize:           4 kB\n"
	"00e5b000-00fb1000 rw-p 00000000 00:00 0                                  [heap]\n"
	"Size:               1368 kB\n"
	"Rss:                1240 kB\n"
	"Pss:                1240 kB\n"
	"Shared_Clean:          0 kB\n"
	"Shared_Dirty:          0 kB\n"
	"Private_Clean:        28 kB\n"
	"Private_Dirty:      1212 kB\n"
	"Referenced:          900 kB\n"
	"Swap:                 64 kB\n"
	"KernelPageSize:        4 kB\n"
	"MMUPageSize:           4 kB\n"
	"ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0                  [vsyscall]\n"
	"Size:                  4 kB\n"
	"Rss:                   0 kB\n"
	"Pss:                   0 kB\n"
	"Shared_Clean:          0 kB\n"
	"Shared_Dirty:          0 kB\n"
	"Private_Clean:         0 kB\n"
	"Private_Dirty:         0 kB\n"
	"Referenced:            0 kB\n"
	"Swap:                  0 kB\n"
	"KernelPageSize:        4 kB\n"
	"MMUPageSize:           4 kB\n";
/* clang-format on */

static int parse(const char *text, struct fp_memory *memory)
{
	memset(memory, 0xff, sizeof(*memory)); /* *out has to be overwritten */
	return fp_smaps_parse(text, strlen(text), memory);
}

/* A metric of a text that has to be good. */
static void check(const struct fp_memory *memory, enum fp_metric metric, uint64_t kib)
{
	assert_true(fp_memory_has(memory, metric));
	assert_int_equal(memory->bytes[metric], kib * KIB);
}

static void test_rollup_gives_every_metric(void **state)
{
	struct fp_memory memory;

	(void)state;
	assert_int_equal(parse(rollup_6, &memory), 0);
	assert_int_equal(memory.has, BIT(FP_KSM + 1) - 1);
	check(&memory, FP_RSS, 1048577);
	check(&memory, FP_USS, 1007 + 20011 + 8192);
	check(&memory, FP_PSS, 524289);
	check(&memory, FP_SWAP, 139);
	check(&memory, FP_SWAP_PSS, 149);
	check(&memory, FP_PSS_ANON, 131073);
	check(&memory, FP_PSS_FILE, 65537);
	check(&memory, FP_PSS_SHMEM, 32769);
	check(&memory, FP_PSS_DIRTY, 262145);
	check(&memory, FP_LOCKED, 151);
	check(&memory, FP_ANON_HUGE, 2048);
	check(&memory, FP_HUGETLB, 4096 + 8192);
	check(&memory, FP_LAZYFREE, 127);
	check(&memory, FP_KSM, 113);
	assert_true(memory.has_anonymous);
	assert_int_equal(memory.anonymous_bytes, 109 * 1024);
}

static void test_early_rollup_lacks_the_split_of_pss(void **state)
{
	struct fp_memory memory;

	(void)state;
	assert_int_equal(parse(rollup_4_14, &memory), 0);
	assert_int_equal(memory.has, BIT(FP_RSS) | BIT(FP_USS) | BIT(FP_PSS) | BIT(FP_SWAP) |
					     BIT(FP_SWAP_PSS) | BIT(FP_LOCKED) | BIT(FP_ANON_HUGE) |
					     BIT(FP_HUGETLB) | BIT(FP_LAZYFREE));
	check(&memory, FP_RSS, 2312);
	check(&memory, FP_PSS, 481);
	check(&memory, FP_USS, 352);
	check(&memory, FP_SWAP, 0);
	check(&memory, FP_HUGETLB, 0);
}

static void test_mappings_add_up(void **state)
{
	struct fp_memory memory;

	(void)state;
	assert_int_equal(parse(smaps_6, &memory), 0);
	assert_int_equal(memory.has,
		(BIT(FP_KSM + 1) - 1) & ~(BIT(FP_PSS_ANON) | BIT(FP_PSS_FILE) | BIT(FP_PSS_SHMEM)));
	check(&memory, FP_RSS, 4008);
	check(&memory, FP_USS, 5 + 3000 + 2048);
	check(&memory, FP_PSS, 2004);
	check(&memory, FP_SWAP, 40);
	check(&memory, FP_SWAP_PSS, 20);
	check(&memory, FP_PSS_DIRTY, 1003);
	check(&memory, FP_LOCKED, 2004);
	check(&memory, FP_ANON_HUGE, 2048);
	check(&memory, FP_HUGETLB, 2048);
	check(&memory, FP_LAZYFREE, 16);
	check(&memory, FP_KSM, 12);
}

static void test_old_kernels_leave_metrics_unknown(void **state)
{
	struct fp_memory memory;

	(void)state;
	assert_int_equal(parse(smaps_2_6_18, &memory), 0);
	assert_int_equal(memory.has, BIT(FP_RSS) | BIT(FP_USS));
	check(&memory, FP_RSS, 500);
	check(&memory, FP_USS, 20);

	assert_int_equal(parse(smaps_2_6_32, &memory), 0);
	assert_int_equal(memory.has, BIT(FP_RSS) | BIT(FP_USS) | BIT(FP_PSS) | BIT(FP_SWAP));
	check(&memory, FP_RSS, 1952);
	check(&memory, FP_USS, 1240);
	check(&memory, FP_PSS, 1477);
	check(&memory, FP_SWAP, 64);
}

static void test_paths_cannot_pose_as_lines(void **state)
{
	struct fp_memory memory;

	(void)state;
	assert_int_equal(parse("00400000-00401000 r-xp 00000000 08:01 12   /srv/Rss:  9 kB\n"
			       "Rss:                   4 kB\n"
			       "00402000-00403000 r-xp 00000000 08:01 13   /srv/a\\012Rss:  9 kB\n"
			       "Rss:                   8 kB\n"
			       "00404000-00405000 r-xp 00000000 08:01 14   Rss:\n"
			       "a0000000-b0000000 r-xp 00000000 08:01 14   Pss:      7 kB\n"
			       "Rss:                  16 kB\n",
				 &memory),
		0);
	assert_int_equal(memory.has, BIT(FP_RSS));
	check(&memory, FP_RSS, 28);
}

static void test_keys_match_whole_and_at_the_start(void **state)
{
	struct fp_memory memory;

	(void)state;
	assert_int_equal(parse("Rss: 4 kB\n"
			       "Pss_Anon: 8 kB\n"
			       "Pss_Any: 16 kB\n"
			       "Pss_: 16 kB\n"
			       "Rsss: 16 kB\n"
			       "RSS: 16 kB\n"
			       "Ps: 16 kB\n"
			       " Pss: 16 kB\n"
			       "\tSwap: 16 kB\n"
			       "Private_Hugetlbs: 16 kB\n"
			       "Private_Dirtx: 16 kB\n"
			       ": 16 kB\n"
			       "\n"
			       "Swap 16 kB\n"
			       "THPeligible:    x\n"
			       "Size: none\n",
				 &memory),
		0);
	assert_int_equal(memory.has, BIT(FP_RSS) | BIT(FP_PSS_ANON));
	check(&memory, FP_RSS, 4);
	check(&memory, FP_PSS_ANON, 8);
}

static void test_uss_needs_both_private_lines(void **state)
{
	struct fp_memory memory;

	(void)state;
	assert_int_equal(parse("Rss: 4 kB\nPrivate_Clean: 4 kB\n", &memory), 0);
	assert_int_equal(memory.has, BIT(FP_RSS));
	assert_int_equal(parse("Rss: 4 kB\nPrivate_Dirty: 4 kB\n", &memory), 0);
	assert_int_equal(memory.has, BIT(FP_RSS));
	assert_int_equal(
		parse("Rss: 4 kB\nPrivate_Dirty: 1 kB\nPrivate_Clean: 2 kB\n", &memory), 0);
	assert_int_equal(memory.has, BIT(FP_RSS) | BIT(FP_USS));
	check(&memory, FP_USS, 3);
}

static void test_hugetlb_needs_either_line(void **state)
{
	struct fp_memory memory;

	(void)state;
	assert_int_equal(parse("Rss: 4 kB\nShared_Hugetlb: 2048 kB\n", &memory), 0);
	assert_int_equal(memory.has, BIT(FP_RSS) | BIT(FP_HUGETLB));
	check(&memory, FP_HUGETLB, 2048);
	assert_int_equal(parse("Rss: 4 kB\nPrivate_Hugetlb: 4096 kB\n", &memory), 0);
	assert_int_equal(memory.has, BIT(FP_RSS) | BIT(FP_HUGETLB));
	check(&memory, FP_HUGETLB, 4096);
}

static void test_what_no_kernel_writes_is_refused(void **state)
{
	static const char *const bad[] = {
		"\n",
		"Pss: 4 kB\n",
		"00400000-00401000 r-xp 00000000 08:01 12   /bin/Rss: 4 kB\n",
		"Rss: 4\n",
		"Rss: 4 KB\n",
		"Rss: 4 k\n",
		"Rss: 4 kBs\n",
		"Rss: 4kB\n",
		"Rss: 4 kB 4\n",
		"Rss: -4 kB\n",
		"Rss: +4 kB\n",
		"Rss: 0x4 kB\n",
		"Rss: 4.0 kB\n",
		"Rss: kB\n",
		"Rss:\n",
		"Rss: 18446744073709551616 kB\n",
		"Rss: 4 kB\nPss_Anon: x kB\n",
		"Rss: 4 kB\nPrivate_Dirty: 4\n",
		"Rss: 4 kB\nShared_Hugetlb: 4 MB\n",
		"Rss: 4 kB\nLocked: 4 kB",
		"Rss: 4 kB\nVmFlags: rd",
		"Rss: 4 kB\n0040",
	};
	struct fp_memory memory;

	(void)state;
	assert_int_equal(parse("", &memory), -ENODATA);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i], &memory) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
}

static void test_every_cut_inside_a_line_is_noticed(void **state)
{
	struct fp_memory memory;

	(void)state;
	for (size_t len = 1; len < sizeof(rollup_6) - 1; len++) {
		/* an exact copy, so that a sanitizer sees a byte read too many */
		char *copy = malloc(len);
		assert_non_null(copy);
		memcpy(copy, rollup_6, len);
		int status = fp_smaps_parse(copy, len, &memory);
		bool whole_lines = copy[len - 1] == '\n' && len > strcspn(rollup_6, "\n") + 1;
		free(copy);
		assert_int_equal(status, whole_lines ? 0 : -EBADMSG);
	}
}

static void test_sums_do_not_run_over(void **state)
{
	struct fp_memory memory;

	(void)state;
	assert_int_equal(parse("Rss: 18014398509481983 kB\n", &memory), 0);
	assert_int_equal(memory.bytes[FP_RSS], UINT64_MAX - 1023);
	assert_int_equal(parse("Rss: 18014398509481984 kB\n", &memory), -EBADMSG);
	assert_int_equal(parse("Rss: 18014398509481982 kB\nRss: 1 kB\n", &memory), 0);
	assert_int_equal(memory.bytes[FP_RSS], UINT64_MAX - 1023);
	assert_int_equal(parse("Rss: 18014398509481983 kB\nRss: 1 kB\n", &memory), -EBADMSG);
	assert_int_equal(parse("Rss: 0 kB\nPrivate_Clean: 18014398509481983 kB\n"
			       "Private_Dirty: 1 kB\n",
				 &memory),
		-EBADMSG);
	assert_int_equal(parse("Rss: 0 kB\nPrivate_Clean: 1 kB\nPrivate_Dirty: 0 kB\n"
			       "Private_Hugetlb: 18014398509481983 kB\n",
				 &memory),
		-EBADMSG);
	assert_int_equal(parse("Rss: 0 kB\nPrivate_Hugetlb: 18014398509481983 kB\n"
			       "Shared_Hugetlb: 1 kB\n",
				 &memory),
		-EBADMSG);
}

static void test_a_hundred_thousand_mappings(void **state)
{
	enum { MAPPINGS = 100000, LINE_ROOM = 400 };
	struct fp_memory memory;
	char *text = malloc((size_t)MAPPINGS * LINE_ROOM);
	size_t len = 0;

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i < MAPPINGS; i++)
		len += (size_t)snprintf(text + len, LINE_ROOM,
			"%08x000-%08x000 rw-p 00000000 00:00 0 \n"
			"Size:                  4 kB\n"
			"Rss:            %8u kB\n"
			"Pss:            %8u kB\n"
			"Shared_Clean:          0 kB\n"
			"Private_Clean:         1 kB\n"
			"Private_Dirty:         2 kB\n"
			"Swap:                  3 kB\n"
			"VmFlags: rd wr mr mw me ac \n",
			i, i + 1, i, i / 2);
	assert_int_equal(fp_smaps_parse(text, len, &memory), 0);
	free(text);
	check(&memory, FP_RSS, UINT64_C(4999950000));
	check(&memory, FP_PSS, UINT64_C(2499950000));
	check(&memory, FP_USS, 300000);
	check(&memory, FP_SWAP, 300000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rollup_gives_every_metric),
		cmocka_unit_test(test_early_rollup_lacks_the_split_of_pss),
		cmocka_unit_test(test_mappings_add_up),
		cmocka_unit_test(test_old_kernels_leave_metrics_unknown),
		cmocka_unit_test(test_paths_cannot_pose_as_lines),
		cmocka_unit_test(test_keys_match_whole_and_at_the_start),
		cmocka_unit_test(test_uss_needs_both_private_lines),
		cmocka_unit_test(test_hugetlb_needs_either_line),
		cmocka_unit_test(test_what_no_kernel_writes_is_refused),
		cmocka_unit_test(test_every_cut_inside_a_line_is_noticed),
		cmocka_unit_test(test_sums_do_not_run_over),
		cmocka_unit_test(test_a_hundred_thousand_mappings),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

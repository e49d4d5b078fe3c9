#include "compute/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PAGE = 4096, KIB = 1024 };

#define EXCLUSIVE (FP_PAGE_PRESENT | FP_PAGE_EXCLUSIVE)
#define SHARED    FP_PAGE_PRESENT
#define OF_FILE   FP_PAGE_FILE

static const struct fp_page_knowledge all = {.counts = true, .kinds = true};

static struct fp_memory tell(const struct fp_page_sums *sums, struct fp_page_knowledge knowledge)
{
	struct fp_memory memory = {0};

	fp_page_sums_tell(sums, knowledge, PAGE, &memory);
	return memory;
}

static void add(struct fp_page_sums *sums, uint64_t entry, enum fp_page_kind kind,
	uint64_t mapcount, int times)
{
	for (int i = 0; i < times; i++)
		fp_page_add(sums, entry, kind, mapcount, PAGE);
}

static void check_kib(const struct fp_memory *memory, enum fp_metric metric, uint64_t kib)
{
	assert_true(fp_memory_has(memory, metric));
	if (memory->bytes[metric] != kib * KIB)
		fail_msg("metric %d: %llu bytes, not %llu KiB", (int)metric,
			(unsigned long long)memory->bytes[metric], (unsigned long long)kib);
}

static void test_each_kind_by_itself(void **state)
{
	struct fp_page_sums sums = {0};

	(void)state;
	add(&sums, EXCLUSIVE, FP_PAGE_OF_FILE, 0, 3);
	add(&sums, EXCLUSIVE | OF_FILE, FP_PAGE_OF_FILE, 0, 5);
	add(&sums, EXCLUSIVE | OF_FILE, FP_PAGE_OF_SHMEM, 0, 7);
	add(&sums, SHARED | OF_FILE, FP_PAGE_OF_SHMEM, 2, 2);
	struct fp_memory memory = tell(&sums, all);
	check_kib(&memory, FP_RSS, 17 * 4);
	check_kib(&memory, FP_USS, 15 * 4);
	check_kib(&memory, FP_PSS, 16 * 4);
	check_kib(&memory, FP_PSS_ANON, 3 * 4);
	check_kib(&memory, FP_PSS_FILE, 5 * 4);
	check_kib(&memory, FP_PSS_SHMEM, 8 * 4);
	assert_int_equal(fp_page_sums_file(&sums), 14);
	assert_false(fp_memory_has(&memory, FP_SWAP));
}

/* The kernel divides each page by itself and cuts the sum to KiB: 3 x 4096/3 is not 4096. */
static void test_shares_are_cut_as_the_kernel_cuts_them(void **state)
{
	struct fp_page_sums sums = {0};

	(void)state;
	add(&sums, SHARED, FP_PAGE_OF_FILE, 3, 3);
	assert_true(sums.shared_pss[FP_PAGE_OF_ANON] == 3 * (((uint64_t)PAGE << 12) / 3));
	struct fp_memory memory = tell(&sums, all);
	check_kib(&memory, FP_PSS, 3);
	check_kib(&memory, FP_USS, 0);
	/* parts are cut one by one, so that they need not add up */
	add(&sums, SHARED | OF_FILE, FP_PAGE_OF_FILE, 3, 3);
	memory = tell(&sums, all);
	check_kib(&memory, FP_PSS, 7);
	check_kib(&memory, FP_PSS_ANON, 3);
	check_kib(&memory, FP_PSS_FILE, 3);
}

static void test_nobodys_page_is_not_counted(void **state)
{
	struct fp_page_sums sums = {0};

	(void)state;
	add(&sums, SHARED, FP_PAGE_OF_FILE, 0, 10);
	add(&sums, SHARED | OF_FILE, FP_PAGE_OF_FILE, 0, 512);
	add(&sums, 0, FP_PAGE_OF_FILE, 0, 10);
	struct fp_memory memory = tell(&sums, all);
	check_kib(&memory, FP_RSS, 0);
	check_kib(&memory, FP_PSS, 0);
	assert_int_equal(fp_page_sums_file(&sums), 0);
}

/* A kernel that counts folios alone may say 1 of a page that is not exclusive. */
static void test_not_exclusive_is_not_unique(void **state)
{
	struct fp_page_sums sums = {0};

	(void)state;
	add(&sums, SHARED, FP_PAGE_OF_FILE, 1, 4);
	struct fp_memory memory = tell(&sums, all);
	check_kib(&memory, FP_RSS, 16);
	check_kib(&memory, FP_PSS, 16);
	check_kib(&memory, FP_USS, 0);
}

static uint64_t swap_entry(uint64_t type, uint64_t offset)
{
	return FP_PAGE_SWAPPED | offset << 5 | type;
}

static void test_what_is_not_there(void **state)
{
	struct fp_page_sums sums = {0};

	(void)state;
	add(&sums, swap_entry(0, 12345), FP_PAGE_OF_FILE, 0, 3);
	add(&sums, swap_entry(22, 0), FP_PAGE_OF_FILE, 0, 1);
	add(&sums, 0, FP_PAGE_OF_FILE, 0, 9);
	assert_int_equal(sums.swapped, 4);
	/* guard pages and the like */
	add(&sums, swap_entry(31, 4), FP_PAGE_OF_FILE, 0, 5);
	add(&sums, swap_entry(27, 0), FP_PAGE_OF_FILE, 0, 5);
	assert_int_equal(sums.swapped, 4);
	struct fp_memory memory = tell(&sums, all);
	check_kib(&memory, FP_RSS, 0);
	/* on its way from frame to frame: there, and shared with who knows whom */
	add(&sums, swap_entry(30, 99999), FP_PAGE_OF_FILE, 0, 2);
	add(&sums, swap_entry(30, 99999) | OF_FILE, FP_PAGE_OF_SHMEM, 0, 1);
	assert_int_equal(sums.swapped, 4);
	memory = tell(&sums, all);
	check_kib(&memory, FP_RSS, 12);
	check_kib(&memory, FP_PSS, 12);
	check_kib(&memory, FP_PSS_ANON, 8);
	check_kib(&memory, FP_PSS_SHMEM, 4);
	check_kib(&memory, FP_USS, 0);
}

static void test_own_pages_unseen(void **state)
{
	struct fp_page_sums sums = {0};

	(void)state;
	/* 64 TiB, whose fixed point is still within 64 bits */
	fp_page_add_own(&sums, UINT64_C(1) << 34);
	struct fp_memory memory = tell(&sums, all);
	check_kib(&memory, FP_USS, UINT64_C(1) << 36);
	check_kib(&memory, FP_PSS_ANON, UINT64_C(1) << 36);
	check_kib(&memory, FP_RSS, UINT64_C(1) << 36);
}

static void test_what_is_not_known_is_not_told(void **state)
{
	struct fp_page_sums sums = {0};

	(void)state;
	fp_page_add_own(&sums, 1);
	struct fp_memory memory = tell(&sums, (struct fp_page_knowledge){.counts = true});
	assert_int_equal(
		memory.has, 1u << FP_RSS | 1u << FP_USS | 1u << FP_PSS | 1u << FP_PSS_ANON);
	memory = tell(&sums, (struct fp_page_knowledge){.kinds = true});
	assert_int_equal(memory.has, 1u << FP_USS);
}

static void test_who_wants_a_count(void **state)
{
	(void)state;
	assert_true(fp_page_wants_count(SHARED));
	assert_true(fp_page_wants_count(SHARED | OF_FILE | 77));
	assert_false(fp_page_wants_count(EXCLUSIVE));
	assert_false(fp_page_wants_count(0));
	assert_false(fp_page_wants_count(FP_PAGE_SWAPPED));
	assert_true(fp_page_is_present(EXCLUSIVE));
	assert_false(fp_page_is_present(FP_PAGE_SWAPPED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind_by_itself),
		cmocka_unit_test(test_shares_are_cut_as_the_kernel_cuts_them),
		cmocka_unit_test(test_nobodys_page_is_not_counted),
		cmocka_unit_test(test_not_exclusive_is_not_unique),
		cmocka_unit_test(test_what_is_not_there),
		cmocka_unit_test(test_own_pages_unseen),
		cmocka_unit_test(test_what_is_not_known_is_not_told),
		cmocka_unit_test(test_who_wants_a_count),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

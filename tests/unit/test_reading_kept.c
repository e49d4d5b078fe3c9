/* What only a walk tells, kept beside what other readers tell, and both compared. */
#include "../lib/fakepages.h"

#define ALL    "<Group \"all\">\nComm \"a\"\n</Group>\n"
#define DETAIL "<Group \"all\">\nComm \"a\"\nDetail true\n</Group>\n"

/* Pages of one whose walk holds it for less than 8 ms, for more, and for more than 50. */
enum { MEDIUM = 100000, LARGE = 300000, HUGE = 2000000 };

static struct fake_process *start(int32_t pid, uint64_t resident)
{
	struct fake_process *process = fake_start(pid, 1, "a", "");

	process->file = 0;
	process->resident = resident;
	process->dirty_kib = 7;
	return process;
}

static void follow(const char *text)
{
	fake_tell_events(0);
	fake_follow(text);
	fake->lines = 0;
	fake->said[0] = '\0';
}

static void move(int32_t pid)
{
	fake_find(pid)->resident++;
	fake_find(pid)->grown_kib++;
	fake_round();
}

static uint64_t kib_of(enum fp_metric metric)
{
	uint64_t bytes;

	if (!fp_account_sum(&fake_result("all")->account, metric, false, &bytes))
		return UINT64_MAX;
	return bytes / 1024;
}

static void test_detail_of_medium_ones_is_walked(void **state)
{
	(void)state;
	start(10, MEDIUM);
	follow(DETAIL);
	fake_round();
	fake_check_readers(0, 0, 1);
	assert_int_equal(kib_of(FP_PSS_DIRTY), 7);
}

/* Nobody told it, and the process is not held up for it. */
static void test_detail_of_large_ones_lacks(void **state)
{
	(void)state;
	start(10, LARGE);
	follow(DETAIL);
	fake_rounds(2);
	fake_check_readers(1, 0, 0);
	assert_int_equal(kib_of(FP_PSS_DIRTY), UINT64_MAX);
	assert_int_not_equal(fake_uss_kib("all"), 0);
}

static void test_detail_is_kept_for_a_time(void **state)
{
	(void)state;
	struct fake_process *process = start(10, MEDIUM);
	follow("MaxAge 40\n" DETAIL);
	fake_round();
	fake_check_readers(0, 0, 1);
	process->resident = LARGE;
	process->dirty_kib = 9;
	/* up to half more than MaxAge after the walk */
	for (unsigned round = 1; round <= 6; round++) {
		move(10);
		fake_check_readers(1, 0, 0);
		assert_int_equal(kib_of(FP_PSS_DIRTY), 7);
		assert_int_equal(fake_uss_kib("all"), process->space + round);
		/* as old as the oldest thing that is told */
		assert_int_equal(fake_age_s("all"), round * 10);
	}
	move(10);
	fake_check_readers(1, 0, 0);
	assert_int_equal(kib_of(FP_PSS_DIRTY), UINT64_MAX);
	assert_int_equal(fake_age_s("all"), 0);
	/* nothing of another image */
	process->resident = MEDIUM;
	move(10);
	assert_int_equal(kib_of(FP_PSS_DIRTY), 9);
	fake_exec(process, "a", NULL);
	process->resident = LARGE;
	fake_round();
	assert_int_equal(kib_of(FP_PSS_DIRTY), UINT64_MAX);
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
}

/* A group that does not ask for it is told none, and is not older for it. */
static void test_nothing_is_kept_unasked(void **state)
{
	(void)state;
	struct fake_process *process = start(10, 1000);
	follow(ALL);
	fake_round();
	fake_check_readers(0, 0, 1);
	process->resident = MEDIUM;
	move(10);
	fake_check_readers(1, 0, 0);
	assert_int_equal(kib_of(FP_PSS_DIRTY), UINT64_MAX);
	assert_int_equal(fake_age_s("all"), 0);
}

/* Where frames have no names PSS is that of a walk, which is done once in MaxAge. */
static void test_shares_without_names_of_frames(void **state)
{
	(void)state;
	fake_pages.can.has_pfns = false;
	struct fake_process *process = start(10, MEDIUM);
	follow("MaxAge 40\n" ALL);
	fake_round();
	fake_check_readers(0, 0, 1);
	for (unsigned round = 1; round < 10; round++) {
		move(10);
		bool walks = round % 4 == 0;
		fake_check_readers(!walks, 0, walks);
		assert_int_equal(kib_of(FP_PSS), process->space + round / 4 * 4);
		assert_int_equal(fake_uss_kib("all"), process->space + round);
		assert_int_equal(fake_age_s("all"), round % 4 * 10);
	}
}

static void test_shares_of_huge_ones_lack(void **state)
{
	(void)state;
	fake_pages.can.has_pfns = false;
	start(10, HUGE);
	follow(ALL);
	fake_round();
	fake_check_readers(1, 0, 0);
	assert_int_equal(kib_of(FP_PSS), UINT64_MAX);
}

/* Of a thread that lives nobody knows whether it is alone. */
static void test_dead_leaders(void **state)
{
	(void)state;
	struct fake_process *process = start(10, MEDIUM);
	follow(ALL);
	fake_round();
	fake_check_readers(1, 0, 0);
	process->dead_leader = true;
	process->threads_status = -EACCES;
	fake_event(FP_OS_EVENT_EXIT, 10, 0);
	fake_round();
	fake_check("all", "10");
	fake_check_readers(0, 0, 0);
	assert_int_equal(kib_of(FP_USS), UINT64_MAX);
	process->threads_status = 0;
	fake_round();
	assert_int_equal(fake_uss_kib("all"), process->space);
}

static void check_difference(bool is_said, uint64_t uss_bytes, uint64_t pss_bytes)
{
	fake_round();
	assert_true(fake->snapshot->self.has_verify);
	assert_int_equal(fake->snapshot->self.verify_uss_bytes, uss_bytes);
	assert_int_equal(fake->snapshot->self.verify_pss_bytes, pss_bytes);
	assert_int_equal(fake->lines, is_said);
	fake->lines = 0;
}

static void test_both_are_compared(void **state)
{
	(void)state;
	start(10, MEDIUM);
	start(11, 1000);
	start(12, MEDIUM);
	follow("Verify true\n" ALL);
	for (int round = 0; round < 4; round++)
		check_difference(false, 0, 0);
	assert_int_equal(fake->snapshot->self.rollups, 5);
	/* in turn, and only those that are read fast */
	assert_in_range(fake_reads(fake_find(10), FP_OS_SMAPS_ROLLUP), 2, 2);
	assert_in_range(fake_reads(fake_find(11), FP_OS_SMAPS_ROLLUP), 1, 1);
	assert_in_range(fake_reads(fake_find(12), FP_OS_SMAPS_ROLLUP), 2, 2);
	fake_pages.wrong_kib = 4;
	check_difference(true, 4096, 4096);
	fake_pages.wrong_kib = 0;
	/* the kernel rounds the shares of each mapping down */
	fake_pages.wrong_pss_bytes = 4096;
	check_difference(false, 0, 4096);
	fake_pages.wrong_pss_bytes = 4097;
	check_difference(true, 0, 4097);
	fake_pages.wrong_pss_bytes = 0;
	check_difference(false, 0, 0);
}

static void grow_in_walk(struct fake_process *process, unsigned file)
{
	if (file == FP_OS_SMAPS_ROLLUP) {
		process->resident++;
		process->grown_kib += 4;
	}
}

/* What moves in between, or may not be read that way now, proves nothing. */
static void test_what_cannot_be_compared(void **state)
{
	(void)state;
	start(10, MEDIUM);
	fake_start(11, 1, "b", "")->file = 0;
	follow("Verify true\n" ALL);
	check_difference(false, 0, 0);
	fake->before_read = grow_in_walk;
	fake_round();
	assert_false(fake->snapshot->self.has_verify);
	fake->before_read = NULL;
	fake_check_readers(3, 0, 2);
	fake_rounds(2);
	assert_true(fake->snapshot->self.has_verify);
	fake_check_readers(3, 0, 2);
	fake_find(11)->dying = true;
	fake_event(FP_OS_EVENT_EXIT, 11, 0);
	fake_round();
	assert_false(fake->snapshot->self.has_verify);
	assert_int_equal(fake_pages.fasts, 0);
	assert_int_equal(fake->lines, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_HOST_WITH_PAGES(test_detail_of_medium_ones_is_walked),
		ON_A_HOST_WITH_PAGES(test_detail_of_large_ones_lacks),
		ON_A_HOST_WITH_PAGES(test_detail_is_kept_for_a_time),
		ON_A_HOST_WITH_PAGES(test_nothing_is_kept_unasked),
		ON_A_HOST_WITH_PAGES(test_shares_without_names_of_frames),
		ON_A_HOST_WITH_PAGES(test_shares_of_huge_ones_lack),
		ON_A_HOST_WITH_PAGES(test_dead_leaders),
		ON_A_HOST_WITH_PAGES(test_both_are_compared),
		ON_A_HOST_WITH_PAGES(test_what_cannot_be_compared),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* By which reader members are read, and which takes over where one refuses. */
#include "../lib/fakepages.h"

#include <string.h>

#define ALL "<Group \"all\">\nComm \"a\"\n</Group>\n"

/* Pages of one that is not small. */
enum { LARGE = 100000 };

static struct fake_process *start(int32_t pid)
{
	struct fake_process *process = fake_start(pid, 1, "a", "");

	process->file = 0;
	process->resident = LARGE;
	return process;
}

static void follow(const char *text)
{
	fake_tell_events(0);
	fake_follow(text);
}

/* A round in which the member moved. */
static void move(int32_t pid)
{
	fake_find(pid)->resident++;
	fake_find(pid)->grown_kib++;
	fake_round();
}

static uint64_t sum_of(enum fp_metric metric)
{
	uint64_t bytes;

	if (!fp_account_sum(&fake_result("all")->account, metric, false, &bytes))
		return UINT64_MAX;
	return bytes;
}

static void test_one_alone_is_read_fast(void **state)
{
	(void)state;
	const struct fake_process *process = start(10);
	follow(ALL);
	fake_round();
	fake_check_readers(1, 0, 0);
	move(10);
	fake_check_readers(1, 0, 0);
	assert_int_equal(fake_uss_kib("all"), process->space + 1);
	assert_int_equal(sum_of(FP_RSS), (LARGE + 1) * 4096);
	assert_int_equal(sum_of(FP_SWAP), 0);
	assert_int_equal(sum_of(FP_SWAP_PSS), 0);
	assert_int_equal(sum_of(FP_HUGETLB), 0);
	assert_int_equal(sum_of(FP_KSM), 0);
	assert_int_equal(fake->snapshot->self.fasts, 2);
	assert_int_equal(fake->snapshot->self.walks, 0);
	assert_int_equal(fake->snapshot->self.rollups, 0);
	fake_rounds(3);
	fake_check_readers(0, 0, 0);
	assert_int_equal(fake_pages.rounds, 5);
}

/* No glance at who was read in that round: the next one is held against the sample. */
static void test_one_that_moves_after_its_first_reading(void **state)
{
	(void)state;
	struct fake_process *process = start(10);
	process->resident = 1000;
	follow(ALL);
	fake_round();
	fake_check_readers(0, 0, 1);
	assert_int_equal(process->glances, 0);
	move(10);
	fake_check_readers(0, 0, 1);
	assert_int_equal(process->glances, 1);
	assert_int_equal(fake_uss_kib("all"), process->space + 1);
	fake_rounds(2);
	fake_check_readers(0, 0, 0);
	assert_int_equal(process->glances, 3);
}

/* What keeps that reader from a host, or gives it back. */
static void check_host(bool fast)
{
	move(10);
	fake_check_readers(fast, !fast, 0);
	assert_int_equal(fake_uss_kib("all"), fake_find(10)->space + fake_find(10)->grown_kib);
}

static void test_ksm(void **state)
{
	(void)state;
	start(10);
	follow(ALL);
	fake->ksm_shared = 1;
	check_host(false);
	fake->ksm_shared = 0;
	check_host(true);
}

/* One of whom nobody knows the image may be anybody's relative. */
static void test_unknown_images(void **state)
{
	(void)state;
	start(10);
	follow(ALL);
	check_host(true);
	struct fake_process *unknown = fake_start(11, 1, "b", "");
	unknown->startcode = 1;
	unknown->startstack = 0;
	check_host(false);
	check_host(false);
	fake_exit(unknown);
	fake_round();
	check_host(true);
}

static void end_leader(struct fake_process *process)
{
	process->dead_leader = true;
}

/* While it is read: what was opened of the first thread tells nothing any more, and the others go on. */
static void test_a_first_thread_that_ends_in_the_reading(void **state)
{
	(void)state;
	struct fake_process *process = start(10);
	follow(ALL);
	fake_round();
	uint64_t before = fake_uss_kib("all");
	process->resident++;
	process->grown_kib += 4;
	fake_pages.in_reading = end_leader;
	fake_pages.fast_status = -ESRCH;
	fake_round();
	assert_int_equal(fake->snapshot->matched, 1);
	assert_int_equal(fake_result("all")->account.deferred, 1);
	assert_int_equal(fake_uss_kib("all"), before);
	/* by one that goes on */
	fake_pages.in_reading = NULL;
	fake_pages.fast_status = 0;
	fake_round();
	assert_int_equal(fake->snapshot->matched, 1);
	assert_int_equal(fake_result("all")->account.deferred, 0);
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
}

/* Its memory is there for some time yet, and it is nobody's relative any more. */
static void test_one_that_is_dying(void **state)
{
	(void)state;
	start(10);
	fake_start(11, 1, "b", "");
	fake_start(12, 1, "c", "")->file = 0;
	follow(ALL "<Group \"c\">\nComm \"c\"\n</Group>\n");
	fake_round();
	fake_check_readers(1, 0, 1);
	fake_find(11)->dying = true;
	fake_event(FP_OS_EVENT_EXIT, 11, 0);
	check_host(false);
	fake_exit(fake_find(11));
	check_host(true);
	/* a member, which only the glance shows */
	fake_find(12)->dying = true;
	move(10);
	fake_check_readers(0, 1, 0);
	fake_exit(fake_find(12));
	check_host(true);
}

static void test_swap(void **state)
{
	(void)state;
	start(10);
	follow(ALL);
	fake->swap_bytes = 4096;
	/* where status does not tell, the other reader takes over, for good */
	move(10);
	fake_check_readers(1, 1, 0);
	check_host(false);
	fake_exec(fake_find(10), "a", NULL);
	fake_find(10)->swap_kib = 8;
	check_host(true);
	assert_int_equal(sum_of(FP_SWAP), 8192);
	assert_int_equal(sum_of(FP_SWAP_PSS), 8192);
	/* of shared memory some may be swapped out that status leaves out */
	fake_pages.has_shmem = true;
	move(10);
	fake_check_readers(1, 1, 0);
	check_host(false);
	/* until it gives that up, or there is no swap */
	fake_pages.has_shmem = false;
	check_host(false);
	check_host(true);
	fake_pages.has_shmem = true;
	move(10);
	fake_check_readers(1, 1, 0);
	fake->swap_bytes = 0;
	check_host(true);
	assert_int_equal(sum_of(FP_SWAP), 0);
	/* its file tells how much that is, which counts as swap and is nobody's part */
	fake->swap_bytes = 4096;
	fake_pages.knows_shared_swap = true;
	fake_pages.shared_swapped_bytes = 12288;
	check_host(true);
	assert_int_equal(sum_of(FP_SWAP), 8192 + 12288);
	assert_int_equal(sum_of(FP_SWAP_PSS), 8192);
}

static void check_without(void)
{
	start(10);
	follow(ALL);
	fake_rounds(2);
	fake_check_readers(0, 1, 0);
}

static void test_without_exact_sizes(void **state)
{
	(void)state;
	fake_pages.can.exact_statm = false;
	check_without();
}

static void test_with_processes_out_of_sight(void **state)
{
	(void)state;
	fake->abilities.sees_all = false;
	check_without();
}

static void test_without_the_right_to_see_images(void **state)
{
	(void)state;
	fake->abilities.can_ptrace = false;
	check_without();
}

static void test_without_pages(void **state)
{
	(void)state;
	fake_pages.can.has_pagemap = false;
	start(10);
	follow(ALL);
	fake_rounds(2);
	fake_check_readers(0, 0, 1);
}

static void test_relatives_are_read_in_slices(void **state)
{
	(void)state;
	struct fake_process *parent = start(10);
	follow(ALL);
	check_host(true);
	struct fake_process *child = fake_fork(parent, 11);
	fake_round();
	fake_check_readers(0, 2, 0);
	assert_int_equal(fake->snapshot->self.walks, 2);
	fake_exec(child, "b", NULL);
	fake_round();
	fake_check_readers(1, 0, 0);
	/* small ones are walked */
	fake_fork(parent, 12);
	fake_find(12)->resident = parent->resident = 2048;
	fake_round();
	fake_check_readers(0, 0, 2);
}

static void test_refusals_are_remembered(void **state)
{
	static const int refusals[] = {-EUCLEAN, -E2BIG, -ENOTSUP};

	(void)state;
	start(10);
	follow(ALL);
	for (size_t i = 0; i < 3; i++) {
		fake_exec(fake_find(10), "a", NULL);
		fake_pages.fast_status = refusals[i];
		move(10);
		fake_check_readers(1, 1, 0);
		move(10);
		fake_check_readers(0, 1, 0);
		fake_pages.slices_status = refusals[i];
		move(10);
		fake_check_readers(0, 1, 1);
		move(10);
		fake_check_readers(0, 0, 1);
		assert_int_equal(
			fake_uss_kib("all"), fake_find(10)->space + fake_find(10)->grown_kib);
		/* until it has relatives, or not any more */
		fake_pages.fast_status = fake_pages.slices_status = 0;
		fake_exit(fake_fork(fake_find(10), 20 + (int32_t)i));
		strcpy(fake_fork(fake_find(10), 30 + (int32_t)i)->comm, "b");
		fake_round();
		fake_check_readers(0, 1, 0);
		fake_exit(fake_find(30 + (int32_t)i));
		fake_round();
		fake_check_readers(1, 0, 0);
	}
}

/* What refuses may not do so for ever. */
static void test_refusals_are_forgotten(void **state)
{
	(void)state;
	start(10);
	follow("MaxAge 100\n" ALL);
	fake_pages.fast_status = fake_pages.slices_status = -E2BIG;
	for (int turn = 0; turn < 2; turn++) {
		move(10);
		fake_check_readers(1, 1, 1);
		for (int i = 1; i < 10; i++) {
			move(10);
			fake_check_readers(0, 0, 1);
		}
	}
	fake_pages.fast_status = 0;
	move(10);
	fake_check_readers(1, 0, 0);
}

/* Bad luck of the reader in its place does not put it off. */
static void test_refusals_are_forgotten_in_bad_luck(void **state)
{
	(void)state;
	start(10);
	follow("MaxAge 100\n" ALL);
	fake_pages.fast_status = -E2BIG;
	move(10);
	fake_check_readers(1, 1, 0);
	fake_pages.slices_status = -EAGAIN;
	for (int i = 1; i < 10; i++) {
		move(10);
		fake_check_readers(0, 1, 1);
	}
	fake_pages.fast_status = 0;
	move(10);
	fake_check_readers(1, 0, 0);
}

static void test_bad_luck_is_forgotten(void **state)
{
	(void)state;
	start(10);
	follow(ALL);
	fake_pages.fast_status = fake_pages.slices_status = -EAGAIN;
	for (int round = 0; round < 2; round++) {
		move(10);
		fake_check_readers(1, 1, 1);
	}
	assert_int_equal(fake_uss_kib("all"), fake_find(10)->space + 2);
	fake_pages.fast_status = 0;
	check_host(true);
}

/* Nobody knows then what it had. */
static void end_in_reading(struct fake_process *of)
{
	fake_pages.in_reading = NULL;
	fake_exit(of);
}

static void test_errors_of_the_process(void **state)
{
	(void)state;
	start(10);
	follow(ALL);
	fake_pages.fast_status = -EACCES;
	move(10);
	fake_check_readers(1, 0, 0);
	assert_int_equal(fake_result("all")->account.denied, 1);
	assert_int_equal(sum_of(FP_USS), UINT64_MAX);
	fake_pages.fast_status = -ESRCH;
	fake_pages.in_reading = end_in_reading;
	fake_rounds(3);
	fake_check("all", "");
	assert_int_equal(fake->snapshot->processes, 0);
}

static void fork_in_reading(struct fake_process *of)
{
	fake_pages.in_reading = NULL;
	strcpy(fake_fork(of, 20)->comm, "b");
}

static void start_in_reading(struct fake_process *of)
{
	(void)of;
	fake_pages.in_reading = NULL;
	fake_start(20, 1, "b", "");
}

/* Then it was not alone all the time. */
static void test_a_fork_in_the_middle(void **state)
{
	(void)state;
	start(10);
	follow(ALL);
	fake_pages.in_reading = fork_in_reading;
	move(10);
	fake_check_readers(1, 1, 0);
	fake_round();
	fake_check_readers(0, 1, 0);
	/* others are not its matter */
	fake_exit(fake_find(20));
	fake_round();
	fake_check_readers(1, 0, 0);
	fake_pages.in_reading = start_in_reading;
	check_host(true);
}

/* Where no events tell, whoever came may be its child. */
static void test_somebody_comes_in_the_middle(void **state)
{
	(void)state;
	start(10);
	fake_tell_last_pid();
	fake_follow(ALL);
	check_host(true);
	fake_pages.in_reading = start_in_reading;
	move(10);
	fake_check_readers(1, 1, 0);
	check_host(true);
}

static void exec_before_reading(struct fake_process *process, unsigned file)
{
	if (process->pid != 10 || file != FP_OS_STAT)
		return;
	fake->before_read = NULL;
	fake_exec(process, "a", NULL);
}

/* It is not what the table knows, and of what it is now relatives may not be known yet. */
static void test_another_image_than_the_known(void **state)
{
	(void)state;
	start(10);
	follow(ALL);
	check_host(true);
	fake->before_read = exec_before_reading;
	move(10);
	assert_null(fake->before_read);
	fake_check_readers(0, 1, 0);
	fake_round();
	fake_check_readers(1, 0, 0);
}

/* Some hosts hide their first process from everybody; that is no reason not to read others fast. */
static void test_a_first_process_that_hides(void **state)
{
	(void)state;
	struct fake_process *init = start(1);
	init->startcode = 1;
	init->startstack = 0;
	start(10);
	follow(ALL);
	fake_round();
	fake_check_readers(1, 1, 0);
}

static void test_no_last_pid(void **state)
{
	(void)state;
	start(10);
	fake_follow(ALL);
	check_host(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_HOST_WITH_PAGES(test_one_alone_is_read_fast),
		ON_A_HOST_WITH_PAGES(test_one_that_moves_after_its_first_reading),
		ON_A_HOST_WITH_PAGES(test_ksm),
		ON_A_HOST_WITH_PAGES(test_unknown_images),
		ON_A_HOST_WITH_PAGES(test_a_first_thread_that_ends_in_the_reading),
		ON_A_HOST_WITH_PAGES(test_one_that_is_dying),
		ON_A_HOST_WITH_PAGES(test_swap),
		ON_A_HOST_WITH_PAGES(test_without_exact_sizes),
		ON_A_HOST_WITH_PAGES(test_with_processes_out_of_sight),
		ON_A_HOST_WITH_PAGES(test_without_the_right_to_see_images),
		ON_A_HOST_WITH_PAGES(test_without_pages),
		ON_A_HOST_WITH_PAGES(test_relatives_are_read_in_slices),
		ON_A_HOST_WITH_PAGES(test_refusals_are_remembered),
		ON_A_HOST_WITH_PAGES(test_refusals_are_forgotten),
		ON_A_HOST_WITH_PAGES(test_refusals_are_forgotten_in_bad_luck),
		ON_A_HOST_WITH_PAGES(test_bad_luck_is_forgotten),
		ON_A_HOST_WITH_PAGES(test_errors_of_the_process),
		ON_A_HOST_WITH_PAGES(test_a_fork_in_the_middle),
		ON_A_HOST_WITH_PAGES(test_somebody_comes_in_the_middle),
		ON_A_HOST_WITH_PAGES(test_another_image_than_the_known),
		ON_A_HOST_WITH_PAGES(test_a_first_process_that_hides),
		ON_A_HOST_WITH_PAGES(test_no_last_pid),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

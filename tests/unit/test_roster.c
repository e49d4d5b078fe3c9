/* Which members are read again, and which keep their sample. */
#include "../lib/fakehost.h"

#include <string.h>

#define SHOP "<Group \"shop\">\nEnv \"APP\" \"shop\"\n</Group>\n"

static struct fake_process *start(int32_t pid, const char *environ_text)
{
	struct fake_process *process = fake_start(pid, 1, "a", environ_text);

	process->file = 0;
	return process;
}

/* Some rounds in which all are read for the first time and settle. */
static void follow(const char *text)
{
	fake_go_live();
	fake_tell_events(0);
	fake_follow(text);
	fake_rounds(3);
	fake_check_read(NULL);
}

static void test_who_does_not_move_keeps_its_sample(void **state)
{
	(void)state;
	struct fake_process *process = start(10, "APP=shop");
	follow("MaxAge 60\n" SHOP);
	/* as it would show if it were read */
	process->grown_kib = 5;
	for (unsigned round = 3; round < 6; round++) {
		fake_round();
		fake_check_read("");
		assert_int_equal(fake_age_s("shop"), round * 10);
		assert_int_equal(fake_uss_kib("shop"), process->space);
	}
	fake_round();
	fake_check_read("10");
	assert_int_equal(fake_age_s("shop"), 0);
	assert_int_equal(fake_uss_kib("shop"), process->space + 5);
	fake_rounds(5);
	fake_check_read("");
	assert_int_equal(fake_age_s("shop"), 50);
}

static void test_who_moves_is_read(void **state)
{
	(void)state;
	struct fake_process *process = start(10, "APP=shop");
	start(11, "APP=shop");
	start(12, "");
	follow(SHOP);
	process->resident++;
	fake_find(12)->resident++;
	fake_round();
	fake_check_read("10");
	/* a look alone is no reason */
	fake_event(FP_OS_EVENT_UID, 11, 0);
	fake_round();
	fake_check_read("");
	process->file++;
	fake_round();
	fake_check_read("10");
	process->resident -= 3;
	fake_round();
	fake_check_read("10");
	process->file--;
	fake_round();
	fake_check_read("10");
	fake_rounds(3);
	fake_check_read("");
}

/* Who was read as soon as it was seen is glanced at in that round, for want of exact sizes. */
static void test_who_moves_after_its_first_reading(void **state)
{
	(void)state;
	struct fake_process *process = start(10, "APP=shop");
	fake_go_live();
	fake_tell_events(0);
	fake_follow(SHOP);
	fake_round();
	fake_check_read("10");
	process->resident++;
	process->grown_kib = 5;
	fake_round();
	fake_check_read("10");
	assert_int_equal(fake_uss_kib("shop"), process->space + 5);
	fake_round();
	fake_check_read("");
}

static void grow_in_reading(struct fake_process *process, unsigned file)
{
	if (file != FP_OS_SMAPS_ROLLUP || process->pid != 10)
		return;
	fake->before_read = NULL;
	process->resident++;
}

/* Between the glance and the reading, or in the middle of that: nobody knows which. */
static void test_who_moves_when_it_is_read(void **state)
{
	(void)state;
	struct fake_process *process = start(10, "APP=shop");
	follow(SHOP);
	process->resident++;
	fake->before_read = grow_in_reading;
	fake_round();
	fake_check_read("10");
	fake_round();
	fake_check_read("10");
	fake_round();
	fake_check_read("");
}

/* Who maps a file shares it with others, so that their coming, going and mapping is its matter. */
static void test_what_others_do_to_files(void **state)
{
	(void)state;
	start(10, "APP=shop")->file = 50;
	start(11, "APP=shop");
	start(12, "APP=shop")->file = 50;
	follow(SHOP);
	start(20, "");
	fake_round();
	fake_check_read("10 12");
	fake_exec(fake_find(20), "b", NULL);
	fake_round();
	fake_check_read("10 12");
	fake_exit(fake_find(20));
	fake_round();
	fake_check_read("10 12");
	fake_find(12)->file += 2;
	fake_round();
	fake_check_read("10 12");
	/* its own memory is nobody else's */
	fake_find(12)->resident += 2;
	fake_round();
	fake_check_read("12");
	fake_rounds(3);
	fake_check_read("");
}

/* The pages that KSM merges need not be of files. */
static void test_what_ksm_does(void **state)
{
	(void)state;
	start(10, "APP=shop")->file = 50;
	start(11, "APP=shop");
	follow(SHOP);
	fake->ksm_shared = 1;
	fake_round();
	fake_check_read("10 11");
	fake->ksm_sharing = 2;
	fake_round();
	fake_check_read("10 11");
	fake_rounds(3);
	fake_check_read("");
	fake->ksm_shared = fake->ksm_sharing = 0;
	fake_round();
	fake_check_read("10 11");
	fake_rounds(3);
	fake_check_read("");
}

static void test_what_relatives_do(void **state)
{
	(void)state;
	struct fake_process *parent = start(10, "APP=shop");
	start(30, "APP=shop");
	struct fake_process *child = fake_fork(parent, 11);
	strcpy(child->comm, "child");
	struct fake_process *brother = fake_fork(parent, 12);
	/* only the parent is a member */
	follow("<Group \"shop\">\nComm \"a\"\n</Group>\n");
	fake_check("shop", "10 12 30");
	/* a copy on write: the sizes of all stay */
	child->minflt++;
	fake_round();
	fake_check_read("10 12");
	child->resident++;
	fake_round();
	fake_check_read("10 12");
	/* another reader may keep its memory a little longer */
	fake_exit(child);
	fake_round();
	fake_check_read("10 12");
	fake_round();
	fake_check_read("10 12");
	fake_rounds(3);
	fake_check_read("");
	fake_exec(brother, "b", NULL);
	fake_round();
	fake_check_read("10");
	fake_round();
	fake_check_read("10");
	fake_rounds(3);
	fake_check_read("");
	/* alone, whatever it faults in by itself is seen by its size */
	parent->minflt++;
	fake_rounds(3);
	fake_check_read("");
	fake_fork(parent, 40);
	fake_round();
	fake_check_read("10 40");
}

/* Of more than 512 relatives nobody finds out in time whether one of them moved. */
static void test_a_very_large_family(void **state)
{
	(void)state;
	struct fake_process *parent = start(10, "APP=shop");
	for (int32_t pid = 100; pid < 612; pid++)
		strcpy(fake_fork(parent, pid)->comm, "child");
	follow("<Group \"shop\">\nComm \"a\"\n</Group>\n");
	fake_check("shop", "10");
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < fake->count; i++)
			fake->processes[i].opens = 0;
		fake_round();
		fake_check_read("10");
		/* who is read each time stays open */
		fake_check_opened("");
	}
	fake_exit(fake_find(100));
	fake_rounds(3);
	fake_check_read(NULL);
	fake_rounds(3);
	fake_check_read("");
	assert_int_not_equal(fake_find(200)->opens, 0);
}

/* Whoever leaves, the others stay members. */
static void test_members_leave(void **state)
{
	(void)state;
	for (int32_t pid = 10; pid < 16; pid++)
		start(pid, "APP=shop");
	follow(SHOP);
	fake_exit(fake_find(10));
	fake_round();
	fake_exit(fake_find(15));
	fake_round();
	fake_check("shop", "11 12 13 14");
	fake_exit(fake_find(12));
	fake_exit(fake_find(14));
	fake_exit(fake_find(13));
	fake_find(11)->resident++;
	fake_check_read("");
	fake_round();
	fake_check("shop", "11");
	fake_check_read("11");
}

static void test_an_image_is_read_anew(void **state)
{
	(void)state;
	struct fake_process *process = start(10, "APP=shop");
	follow(SHOP);
	fake_exec(process, "a", "APP=shop");
	fake_round();
	fake_check_read("10");
	assert_int_equal(fake_uss_kib("shop"), process->space);
	fake_exec(process, "a", "APP=blog");
	fake_round();
	fake_check_read("");
	fake_check("shop", "");
	fake_exec(process, "a", "APP=shop");
	fake_round();
	fake_check_read("10");
	fake_check("shop", "10");
}

/* Nothing of a captured tree tells whether it has changed since. */
static void test_a_tree_that_is_not_live(void **state)
{
	(void)state;
	struct fake_process *process = start(10, "APP=shop");
	fake_follow(SHOP);
	for (unsigned round = 0; round < 5; round++) {
		fake_round();
		fake_check_read("10");
		assert_int_equal(fake_uss_kib("shop"), process->space);
		assert_int_equal(process->glances, 0);
	}
}

static void test_who_may_not_be_read_is_asked_seldom(void **state)
{
	uint64_t sum;

	(void)state;
	struct fake_process *process = start(10, "APP=shop");
	start(11, "APP=shop");
	process->denied = 1u << FP_OS_SMAPS_ROLLUP | 1u << FP_OS_SMAPS;
	follow(SHOP);
	for (int i = 0; i < 10; i++) {
		process->resident++;
		fake_round();
		assert_int_equal(fake_result("shop")->account.denied, 1);
		assert_false(fp_account_sum(&fake_result("shop")->account, FP_USS, false, &sum));
	}
	assert_in_range(fake_reads(process, FP_OS_SMAPS_ROLLUP), 3, 4);
	process->denied = 0;
	fake_rounds(3);
	fake_check_read("10");
	assert_int_equal(fake_result("shop")->account.denied, 0);
	assert_int_equal(fake_uss_kib("shop"), process->space + fake_find(11)->space);
}

/* It tells nothing by a glance, and has to be read by another thread, each time. */
static void test_a_dead_leader(void **state)
{
	(void)state;
	struct fake_process *process = start(10, "APP=shop");
	follow(SHOP);
	process->dead_leader = true;
	fake_event(FP_OS_EVENT_EXIT, 10, 0);
	for (int round = 0; round < 3; round++) {
		process->grown_kib++;
		process->resident++;
		fake_round();
		fake_check_read("10");
		assert_int_equal(fake_uss_kib("shop"), process->space + process->grown_kib);
	}
	fake_rounds(3);
	fake_check_read("");
	process->lives = false;
	fake_round();
	fake_check("shop", "");
}

static void test_kernel_threads(void **state)
{
	uint64_t sum = 1;

	(void)state;
	struct fake_process *thread = start(10, "");
	thread->kernel = true;
	thread->space = 0;
	follow("MaxAge 60\n<Group \"k\">\nComm \"a\"\n</Group>\n");
	fake_check_opened("10");
	memset(thread->reads, 0, sizeof(thread->reads));
	fake_rounds(50);
	fake_check_opened("");
	for (unsigned file = 0; file <= FAKE_EXE; file++)
		assert_int_equal(fake_reads(thread, file), 0);
	assert_int_equal(thread->glances, 0);
	fake_check("k", "10");
	for (unsigned metric = 0; metric < FP_METRICS; metric++) {
		assert_true(fp_account_sum(
			&fake_result("k")->account, (enum fp_metric)metric, false, &sum));
		assert_int_equal(sum, 0);
	}
	assert_int_equal(fake_age_s("k"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_who_does_not_move_keeps_its_sample),
		ON_A_FAKE_HOST(test_who_moves_is_read),
		ON_A_FAKE_HOST(test_who_moves_after_its_first_reading),
		ON_A_FAKE_HOST(test_who_moves_when_it_is_read),
		ON_A_FAKE_HOST(test_what_others_do_to_files),
		ON_A_FAKE_HOST(test_what_ksm_does),
		ON_A_FAKE_HOST(test_what_relatives_do),
		ON_A_FAKE_HOST(test_a_very_large_family),
		ON_A_FAKE_HOST(test_members_leave),
		ON_A_FAKE_HOST(test_an_image_is_read_anew),
		ON_A_FAKE_HOST(test_a_tree_that_is_not_live),
		ON_A_FAKE_HOST(test_who_may_not_be_read_is_asked_seldom),
		ON_A_FAKE_HOST(test_a_dead_leader),
		ON_A_FAKE_HOST(test_kernel_threads),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

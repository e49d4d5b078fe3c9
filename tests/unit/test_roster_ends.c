/* Relatives that end, and what was shared with them: when it is known to be another's alone. */
#include "../lib/fakepages.h"

#include <string.h>

#define ALL "<Group \"all\">\nComm \"a\"\n</Group>\n"

enum { OWN_KIB = 100, SHARED_KIB = 60, FORK = 11 };

/* Until nobody is read any more. */
static void settle(void)
{
	fake_tell_events(0);
	fake_follow(ALL);
	fake_rounds(4);
	fake_check_read(NULL);
	fake_rounds(2);
	fake_check_read("");
}

/* A parent and a fork that share some of their memory, which is walked; they stand still. */
static struct fake_process *follow(void)
{
	struct fake_process *parent = fake_start(10, 1, "a", "");

	parent->file = 0;
	fake_fork(parent, FORK)->grown_kib = OWN_KIB - SHARED_KIB;
	parent->grown_kib = OWN_KIB - SHARED_KIB;
	settle();
	return parent;
}

/* The fork's memory is the parent's alone, and the fork is gone for good. */
static void give_up(struct fake_process *parent)
{
	parent->grown_kib = OWN_KIB;
	if (fake_find(FORK))
		fake_exit(fake_find(FORK));
}

static void check_own(const struct fake_process *parent)
{
	fake_rounds(3);
	fake_check_read(NULL);
	assert_int_equal(fake_uss_kib("all"), parent->space + parent->grown_kib);
	fake_rounds(10);
	fake_check_read("");
}

static void end_first_thread(void)
{
	fake_find(FORK)->dead_leader = true;
	fake_event(FP_OS_EVENT_EXIT, FORK, 0);
}

/* It is told to have ended when its first thread has, while another gives up their memory. */
static void test_threads_that_end(void **state)
{
	(void)state;
	struct fake_process *parent = follow();
	fake_find(FORK)->dying = true;
	end_first_thread();
	fake_rounds(3);
	give_up(parent);
	check_own(parent);
}

/* The first thread ends when it is known already that all do. */
static void test_a_first_thread_that_ends_later(void **state)
{
	(void)state;
	struct fake_process *parent = follow();
	fake_find(FORK)->dying = true;
	fake_round();
	end_first_thread();
	fake_rounds(3);
	give_up(parent);
	check_own(parent);
}

static struct fake_process *held;

static void let_go(struct fake_process *process, unsigned file)
{
	if (process == held && file == FP_OS_SMAPS_ROLLUP) {
		fake->before_read = NULL;
		held->grown_kib = OWN_KIB - SHARED_KIB;
	}
}

/* Who reads a file of it in that moment has its memory for some time longer. */
static void test_memory_that_a_reader_keeps(void **state)
{
	(void)state;
	struct fake_process *parent = held = follow();
	fake_exit(fake_find(FORK));
	fake->before_read = let_go;
	fake_round();
	fake_check_read("10");
	assert_null(fake->before_read);
	give_up(parent);
	check_own(parent);
}

/* The same of one that seemed to be at its end for some rounds. */
static void test_memory_of_one_that_ended_slowly(void **state)
{
	(void)state;
	struct fake_process *parent = held = follow();
	fake_find(FORK)->dying = true;
	fake_rounds(3);
	fake_exit(fake_find(FORK));
	fake->before_read = let_go;
	fake_round();
	assert_null(fake->before_read);
	give_up(parent);
	check_own(parent);
}

/* After its parent was read, which has just come, and before it is known who its relatives are. */
static void write_in_look(struct fake_process *process, unsigned file)
{
	if (process->pid != FORK || file != FP_OS_STAT)
		return;
	fake->before_read = NULL;
	process->minflt += 10;
	process->grown_kib += OWN_KIB;
	fake_find(10)->grown_kib += OWN_KIB;
}

static void test_a_fork_that_writes_meanwhile(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	parent->file = 0;
	struct fake_process *fork = fake_fork(parent, FORK);
	fork->file = 0;
	fake_tell_events(0);
	fake_follow(ALL);
	fake->before_read = write_in_look;
	fake_rounds(3);
	assert_null(fake->before_read);
	assert_int_equal(fake_uss_kib("all"), parent->space + fork->space + 2 * OWN_KIB);
}

/* The thread of which page tables are asked has just ended, and its process lives. */
static void end_thread(struct fake_process *process, unsigned file)
{
	(void)process;
	if (file != FP_OS_STATUS)
		return;
	fake->before_read = NULL;
	fake->call_status = -ESRCH;
	fake->calls_left = 0;
}

static void test_a_thread_that_ends_at_last(void **state)
{
	(void)state;
	struct fake_process *parent = follow();
	end_first_thread();
	fake_rounds(2);
	fake_find(FORK)->resident++;
	fake->before_read = end_thread;
	fake_round();
	assert_null(fake->before_read);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(fake_result("all")->account.processes, 2);
		assert_int_equal(fake_uss_kib("all"), parent->space + parent->grown_kib +
							      fake_find(FORK)->space +
							      fake_find(FORK)->grown_kib);
		fake_round();
	}
}

static void check_that_both_move(struct fake_process *parent)
{
	parent->grown_kib = OWN_KIB;
	fake_rounds(2);
	assert_int_equal(fake_uss_kib("all"), parent->space + parent->grown_kib +
						      fake_find(FORK)->space +
						      fake_find(FORK)->grown_kib);
}

/* What it shared is the other's alone, once one gives it up. */
static void test_pages_given_up_without_a_first_thread(void **state)
{
	(void)state;
	struct fake_process *parent = follow();
	strcpy(fake_find(FORK)->comm, "b");
	fake_event(FP_OS_EVENT_COMM, FORK, 0);
	end_first_thread();
	fake_rounds(3);
	assert_int_equal(fake_result("all")->account.processes, 1);
	fake_find(FORK)->resident--;
	parent->grown_kib = OWN_KIB;
	fake_rounds(2);
	assert_int_equal(fake_uss_kib("all"), parent->space + OWN_KIB);
}

/* The size of neither tells, nor what is swapped out on the host, since one still has it. */
static void test_swap_that_one_gives_up(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	struct fake_process *fork = fake_fork(parent, FORK);
	parent->swap_kib = fork->swap_kib = SHARED_KIB;
	fake->swap_bytes = SHARED_KIB * 1024;
	settle();
	fork->swap_kib = 8;
	check_that_both_move(parent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_HOST_WITH_PAGES(test_threads_that_end),
		ON_A_HOST_WITH_PAGES(test_a_first_thread_that_ends_later),
		ON_A_HOST_WITH_PAGES(test_memory_that_a_reader_keeps),
		ON_A_HOST_WITH_PAGES(test_memory_of_one_that_ended_slowly),
		ON_A_HOST_WITH_PAGES(test_a_fork_that_writes_meanwhile),
		ON_A_HOST_WITH_PAGES(test_a_thread_that_ends_at_last),
		ON_A_HOST_WITH_PAGES(test_pages_given_up_without_a_first_thread),
		ON_A_HOST_WITH_PAGES(test_swap_that_one_gives_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

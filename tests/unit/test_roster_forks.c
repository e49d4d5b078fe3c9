/* Forks that are gone before anybody knew of them: what was read meanwhile was shared with them. */
#include "../lib/fakepages.h"

#define ALL "<Group \"all\">\nComm \"a\"\n</Group>\n"

enum { OWN_KIB = 100, SHARED_KIB = 60, FORK = 77 };

static struct fake_process *forker;

/* It has an own kin, since it forked before; and is small, so that it is walked. */
static struct fake_process *follow(void)
{
	struct fake_process *process = fake_start(10, 1, "a", "");

	process->file = 0;
	process->grown_kib = OWN_KIB;
	fake_tell_events(0);
	fake_follow(ALL);
	fake_round();
	fake_exit(fake_fork(process, FORK));
	fake_rounds(3);
	fake_check_read(NULL);
	forker = process;
	return process;
}

/* While its memory is read, it has one more fork, of which no event was taken in yet. */
static void fork_in_reading(struct fake_process *process, unsigned file)
{
	if (file != FP_OS_SMAPS_ROLLUP || process != forker)
		return;
	fake_fork(process, FORK);
	process->grown_kib = OWN_KIB - SHARED_KIB;
}

static void end_fork(struct fake_process *process)
{
	fake_exit(fake_find(FORK));
	process->grown_kib = OWN_KIB;
}

/* It moves, and is read with a fork that is gone before the next round. */
static void read_with_fork(struct fake_process *process)
{
	process->resident++;
	fake->before_read = fork_in_reading;
	fake_round();
	fake->before_read = NULL;
	fake_check_read("10");
	end_fork(process);
}

static void check_told(const struct fake_process *process)
{
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
}

static void check_still(void)
{
	fake_rounds(3);
	fake_check_read("");
}

static void test_it_is_read_again(void **state)
{
	(void)state;
	struct fake_process *process = follow();
	read_with_fork(process);
	fake_round();
	fake_check_read("10");
	check_told(process);
	check_still();
}

/* The fork of a fork shares it as well. */
static void test_a_fork_of_a_fork(void **state)
{
	(void)state;
	struct fake_process *process = follow();
	struct fake_process *child = fake_fork(process, 20);
	fake_rounds(4);
	fake_check_read(NULL);
	process->resident++;
	fake_round();
	struct fake_process *fork = fake_fork(child, FORK);
	fake_exit(fork);
	fake_check_read(NULL);
	fake_round();
	fake_check_read("10 20");
	check_still();
}

/* Of who was not read meanwhile, what is told is of before. */
static void test_who_was_not_read(void **state)
{
	(void)state;
	struct fake_process *process = follow();
	check_still();
	for (int i = 0; i < 3; i++) {
		fake_exit(fake_fork(process, FORK));
		fake_round();
		fake_check_read("");
	}
}

/* There may be one at each reading, but not everybody can be read all the time. */
static void test_forks_all_the_time(void **state)
{
	(void)state;
	struct fake_process *process = follow();
	process->resident++;
	for (unsigned i = 0; i < 20; i++) {
		fake_exit(fake_fork(process, FORK));
		fake_round();
		/* its move, once more at once, and then in its turn */
		fake_check_read(i < 2 || i == 9 || i == 17 ? "10" : "");
	}
	/* when they are over it is read without any */
	fake_round();
	fake_check_read("10");
	check_told(process);
	check_still();
}

/* There was another when it was read again. */
static void test_two_forks(void **state)
{
	(void)state;
	struct fake_process *process = follow();
	read_with_fork(process);
	fake->before_read = fork_in_reading;
	fake_round();
	fake->before_read = NULL;
	fake_check_read("10");
	end_fork(process);
	fake_round();
	fake_check_read("");
	fake_round();
	fake_check_read("10");
	check_told(process);
	check_still();
}

/* Nobody tells of it. */
static void test_events_that_are_lost(void **state)
{
	(void)state;
	struct fake_process *process = follow();
	fake_lose(2);
	read_with_fork(process);
	fake_round();
	fake_check_read("10");
	check_told(process);
	check_still();
}

/* Who is read as one that is alone was so at the end of the reading. */
static void test_one_that_was_alone(void **state)
{
	(void)state;
	struct fake_process *process = follow();
	process->resident = 100000;
	fake_rounds(3);
	fake_pages.owns = 0;
	fake_check_readers(1, 0, 0);
	process->resident++;
	fake_exit(fake_fork(process, FORK));
	fake_round();
	fake_check_readers(1, 0, 0);
	fake_exit(fake_fork(process, FORK));
	fake_round();
	fake_check_readers(0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_HOST_WITH_PAGES(test_it_is_read_again),
		ON_A_HOST_WITH_PAGES(test_a_fork_of_a_fork),
		ON_A_HOST_WITH_PAGES(test_who_was_not_read),
		ON_A_HOST_WITH_PAGES(test_forks_all_the_time),
		ON_A_HOST_WITH_PAGES(test_two_forks),
		ON_A_HOST_WITH_PAGES(test_events_that_are_lost),
		ON_A_HOST_WITH_PAGES(test_one_that_was_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

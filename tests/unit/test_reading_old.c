/* Values that would stay old: what changes without a sign at the process that it is a value of. */
#include "../lib/fakepages.h"

#define FAMILY "<Group \"a\">\nComm \"a\"\n</Group>\n<Group \"b\">\nComm \"b\"\n</Group>\n"

static struct fake_process *start(int32_t pid, const char *comm, uint64_t file)
{
	struct fake_process *process = fake_start(pid, 1, comm, "");

	process->file = file;
	process->resident = 100000;
	return process;
}

/* Nothing is read any more. */
static void settle(void)
{
	fake_rounds(3);
	fake_check_readers(0, 0, 0);
}

static void follow(const char *text)
{
	fake_tell_events(0);
	fake_follow(text);
	fake_rounds(2);
	fake_pages.fasts = fake_pages.slices = 0;
	for (size_t i = 0; i < fake->count; i++)
		fake_reads(&fake->processes[i], FP_OS_SMAPS_ROLLUP);
	settle();
}

/* A member and its fork, settled; the fork has given up its memory, which a glance finds. */
static struct fake_process *start_with_dying_fork(struct fake_process **child)
{
	struct fake_process *parent = start(10, "a", 0);

	*child = fake_fork(parent, 11);
	(*child)->resident = parent->resident;
	follow(FAMILY);
	(*child)->dying = true;
	fake_round();
	fake_check_readers(0, 1, 0);
	return parent;
}

/* What a relative still maps while it ends is shared, as far as a reading sees, and then it is not. */
static void test_a_relative_that_ends_slowly(void **state)
{
	(void)state;
	struct fake_process *child;
	start_with_dying_fork(&child);
	/* long before its end is told */
	fake_round();
	fake_check_readers(0, 1, 0);
	fake_exit(child);
	fake_event(FP_OS_EVENT_EXIT, 11, 0);
	fake_round();
	fake_check_readers(1, 0, 0);
	settle();
}

/* It is past giving up memory, and waits for something else, it may be for ever. */
static void test_a_relative_that_does_not_end(void **state)
{
	(void)state;
	struct fake_process *child, *parent = start_with_dying_fork(&child);
	child->rests = true;
	fake_round();
	fake_check_readers(1, 0, 0);
	settle();
	/* also when all are listed again */
	fake->now_s += 240;
	parent->resident++;
	fake_round();
	fake_check_readers(1, 0, 0);
}

/* It waited with its memory, for I/O that it had begun, and did no work that would show it. */
static void test_a_relative_that_waits_to_end(void **state)
{
	(void)state;
	struct fake_process *child;
	start_with_dying_fork(&child);
	child->rests = true;
	fake_round();
	fake_check_readers(1, 0, 0);
	settle();
	fake_exit(child);
	fake_event(FP_OS_EVENT_EXIT, 11, 0);
	fake_round();
	fake_check_readers(1, 0, 0);
	settle();
}

/* Its pid is given again at once, to another's fork that ends as well. */
static void test_two_that_end_under_one_pid(void **state)
{
	(void)state;
	struct fake_process *child;
	start(20, "b", 0);
	start_with_dying_fork(&child);
	fake_exit(child);
	child = fake_fork(fake_find(20), 11);
	child->dying = true;
	fake_round();
	/* both are due by now, for who ended and for who came */
	fake_check_readers(0, 2, 0);
	fake_exit(child);
	fake_event(FP_OS_EVENT_EXIT, 11, 0);
	fake_round();
	fake_check_readers(2, 0, 0);
	settle();
}

/* Files that somebody lets it close slowly keep it at work, and not the others from their reader. */
static void test_a_relative_that_ends_for_ever(void **state)
{
	(void)state;
	struct fake_process *child;
	start_with_dying_fork(&child);
	fake->now_s += 100;
	fake_round();
	fake_check_readers(0, 1, 0);
	fake->now_s += 20;
	fake_round();
	fake_check_readers(1, 0, 0);
	settle();
}

/* Others had pages of files together with it. */
static void test_a_stranger_that_ends_slowly(void **state)
{
	(void)state;
	start(10, "a", 50);
	struct fake_process *stranger = start(11, "b", 50);
	follow(FAMILY);
	stranger->dying = true;
	fake_round();
	fake_check_readers(0, 1, 0);
	fake_exit(stranger);
	fake_event(FP_OS_EVENT_EXIT, 11, 0);
	fake_round();
	fake_check_readers(1, 0, 0);
	settle();
}

/* Also if its first thread has ended. */
static void test_files_given_up_without_a_first_thread(void **state)
{
	(void)state;
	start(10, "a", 50);
	struct fake_process *other = start(11, "b", 50);
	follow(FAMILY);
	other->dead_leader = true;
	fake_event(FP_OS_EVENT_EXIT, 11, 0);
	fake_rounds(3);
	fake_pages.fasts = fake_pages.slices = 0;
	settle();
	other->file -= 20;
	fake_round();
	fake_check_readers(2, 0, 0);
	settle();
}

/* It is read when it is looked at, and maps something until just after. */
static void test_files_of_one_that_has_just_come(void **state)
{
	(void)state;
	start(10, "a", 50);
	follow(FAMILY);
	struct fake_process *late = start(11, "b", 50);
	late->resident = 100;
	fake_round();
	fake_pages.fasts = 0;
	for (size_t i = 0; i < fake->count; i++)
		fake_reads(&fake->processes[i], FP_OS_SMAPS_ROLLUP);
	late->file -= 20;
	fake_round();
	fake_check_readers(1, 0, 1);
	settle();
}

/* Of shared memory that it maps it may have no page: what of that is swapped out counts all the same. */
static void test_swap_that_others_give_up(void **state)
{
	(void)state;
	start(10, "a", 5)->resident = 100;
	fake->swap_bytes = 8192;
	follow("<Group \"a\">\nComm \"a\"\n</Group>\n");
	fake->swap_bytes = 4096;
	fake_round();
	fake_check_readers(0, 0, 1);
	settle();
}

/* Also of one whose mappings were known, before it became another. */
static void test_swap_that_others_give_up_after_an_exec(void **state)
{
	(void)state;
	struct fake_process *process = start(10, "a", 5);
	fake_pages.has_shmem = false;
	fake->swap_bytes = 8192;
	process->swap_kib = 8;
	follow("<Group \"a\">\nComm \"a\"\n</Group>\n");
	process->resident++;
	fake_round();
	fake_check_readers(1, 0, 0);
	fake_exec(process, "a", NULL);
	process->resident = 100;
	process->swap_kib = 0;
	fake_round();
	fake_check_readers(0, 0, 1);
	settle();
	fake->swap_bytes = 4096;
	fake_round();
	fake_check_readers(0, 0, 1);
	settle();
}

/* What is swapped out can be given up, and only the host's sum shows it. */
static void test_swap_that_is_given_up(void **state)
{
	(void)state;
	struct fake_process *out = start(10, "a", 0);
	start(11, "b", 0)->swap_kib = 0;
	out->swap_kib = 8;
	fake->swap_bytes = 8192;
	fake_pages.has_shmem = false;
	follow("<Group \"a\">\nComm \"a\"\n</Group>\n");
	out->swap_kib = 4;
	fake->swap_bytes = 4096;
	fake_round();
	fake_check_readers(1, 0, 0);
	uint64_t bytes;
	assert_true(fp_account_sum(&fake_result("a")->account, FP_SWAP, false, &bytes));
	assert_int_equal(bytes, 4096);
	settle();
}

/* Nobody was asked for swap while there was none. */
static void test_the_first_that_is_swapped_out(void **state)
{
	(void)state;
	start(10, "a", 50)->swap_kib = 4;
	follow(FAMILY);
	fake->swap_bytes = 4096;
	fake_round();
	fake_check_readers(1, 0, 0);
	settle();
}

/* A page of a private mapping of a file becomes anonymous, and the size stays. */
static void test_a_write_before_the_first_glance(void **state)
{
	(void)state;
	struct fake_process *process = start(10, "a", 500);
	process->resident = 1000;
	process->anonymous_kib = (1000 - 500) * 4;
	fake_tell_events(0);
	fake_follow(FAMILY);
	fake_round();
	fake_check_readers(0, 0, 1);
	process->file = 400;
	process->anonymous_kib = (1000 - 400) * 4;
	fake_round();
	fake_check_readers(0, 0, 1);
	settle();
}

/* Pages of hugetlb are in no size that statm has. */
static void test_huge_pages_that_are_taken(void **state)
{
	(void)state;
	start(10, "a", 50);
	fake->huge_pages = fake->unused_huge_pages = 16;
	follow(FAMILY);
	fake->unused_huge_pages = 8;
	fake_round();
	fake_check_readers(1, 0, 0);
	settle();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_HOST_WITH_PAGES(test_a_relative_that_ends_slowly),
		ON_A_HOST_WITH_PAGES(test_a_relative_that_does_not_end),
		ON_A_HOST_WITH_PAGES(test_a_relative_that_waits_to_end),
		ON_A_HOST_WITH_PAGES(test_two_that_end_under_one_pid),
		ON_A_HOST_WITH_PAGES(test_a_relative_that_ends_for_ever),
		ON_A_HOST_WITH_PAGES(test_a_stranger_that_ends_slowly),
		ON_A_HOST_WITH_PAGES(test_files_given_up_without_a_first_thread),
		ON_A_HOST_WITH_PAGES(test_files_of_one_that_has_just_come),
		ON_A_HOST_WITH_PAGES(test_swap_that_others_give_up),
		ON_A_HOST_WITH_PAGES(test_swap_that_others_give_up_after_an_exec),
		ON_A_HOST_WITH_PAGES(test_swap_that_is_given_up),
		ON_A_HOST_WITH_PAGES(test_the_first_that_is_swapped_out),
		ON_A_HOST_WITH_PAGES(test_a_write_before_the_first_glance),
		ON_A_HOST_WITH_PAGES(test_huge_pages_that_are_taken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

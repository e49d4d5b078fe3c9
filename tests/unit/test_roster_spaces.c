/* Members that share their memory: it is read once, and counted once. */
#include "../lib/fakehost.h"

#define ALL "<Group \"all\">\nComm \"a\"\n</Group>\n"

static void start_members(int32_t first, int count)
{
	for (int i = 0; i < count; i++)
		fake_start(first + i, 1, "a", "")->file = 0;
}

static void follow(const char *text)
{
	fake_go_live();
	fake_tell_events(0);
	fake_follow(text);
}

static struct fake_process *share(const struct fake_process *with, int32_t pid)
{
	struct fake_process *process = fake_fork(with, pid);

	process->space = with->space;
	return process;
}

static void test_a_shared_space_counts_once(void **state)
{
	(void)state;
	start_members(5, 1);
	start_members(10, 1);
	struct fake_process *first = fake_find(10);
	share(first, 12);
	share(first, 13);
	follow(ALL "<Group \"too\">\nComm \"/a/\"\n</Group>\n");
	for (int round = 0; round < 3; round++) {
		fake_round();
		fake_check("all", "5 10 12 13");
		fake_check("too", "5 10 12 13");
		assert_int_equal(fake_uss_kib("all"), first->space + fake_find(5)->space);
		assert_int_equal(fake_result("all")->account.threads, 4);
		unsigned reads = 0;
		for (int32_t pid = 10; pid < 14; pid += pid == 10 ? 2 : 1)
			reads += fake_reads(fake_find(pid), FP_OS_SMAPS_ROLLUP);
		/* at first before all were known, and once more when they were */
		assert_int_equal(reads, round < 2);
	}
	/* whose sample it is does not change with the order of members */
	fake_check_read(NULL);
	fake_exit(fake_find(5));
	fake_round();
	fake_check_read("");
	start_members(5, 1);
	/* one gets memory of its own */
	fake_exec(fake_find(12), "a", NULL);
	fake_round();
	assert_int_equal(
		fake_uss_kib("all"), first->space + fake_find(5)->space + fake_find(12)->space);
	fake_exit(first);
	fake_round();
	fake_check("all", "5 12 13");
	/* it is known by who is left of those that share it */
	share(fake_find(13), 14);
	fake_round();
	fake_check("all", "5 12 13 14");
}

static void end_first_thread(int32_t pid)
{
	fake_find(pid)->dead_leader = true;
	fake_event(FP_OS_EVENT_EXIT, pid, 0);
}

/* Fails unless the members have these pids, and memory of their own but for who shares another's. */
static void check_spaces(const char *pids, uint64_t uss_kib)
{
	for (int round = 0; round < 3; round++) {
		fake_round();
		fake_check("all", pids);
		assert_int_equal(fake_uss_kib("all"), uss_kib);
	}
}

/* Of those the kernel would say that they share what they have: nothing. */
static void test_relatives_without_first_threads(void **state)
{
	(void)state;
	start_members(10, 1);
	unsigned own = fake_find(10)->space;
	own += fake_fork(fake_find(10), 11)->space;
	own += fake_fork(fake_find(10), 12)->space;
	end_first_thread(11);
	end_first_thread(12);
	follow(ALL);
	check_spaces("10 11 12", own);
	/* who shares a memory does so without its first thread, too */
	share(fake_find(12), 13);
	share(fake_find(12), 14);
	check_spaces("10 11 12 13 14", own);
	end_first_thread(13);
	end_first_thread(10);
	check_spaces("10 11 12 13 14", own);
	own -= fake_find(11)->space;
	fake_exit(fake_find(11));
	fake_exit(fake_find(12));
	check_spaces("10 13 14", own);
	share(fake_find(14), 15);
	check_spaces("10 13 14 15", own);
}

/* Whoever is read does not answer. */
static void answer_nothing(struct fake_process *process, unsigned file)
{
	if (file == FP_OS_SMAPS_ROLLUP) {
		fake->call_status = -EBUSY;
		fake->calls_left = 0;
		process->resident++;
	}
}

static void check_both(uint64_t stuck, uint64_t age_s)
{
	fake_round();
	for (const char *const *name = (const char *const[]){"all", "b", NULL}; *name; name++) {
		assert_int_equal(fake_result(*name)->account.stuck, stuck);
		assert_int_equal(fake_age_s(*name), age_s);
		assert_int_equal(fake_uss_kib(*name), fake_find(10)->space);
	}
	assert_int_equal(fake->snapshot->self.stuck, 2 * stuck);
}

/* Whose memory is read of another does not answer, either, when that does not. */
static void test_a_shared_space_that_is_stuck(void **state)
{
	(void)state;
	start_members(10, 1);
	share(fake_find(10), 11)->comm[0] = 'b';
	follow(ALL "<Group \"b\">\nComm \"b\"\n</Group>\n");
	fake_rounds(2);
	check_both(0, 10);
	fake_find(10)->resident++;
	fake_find(11)->resident++;
	fake->before_read = answer_nothing;
	check_both(1, 20);
	check_both(1, 30);
	fake->before_read = NULL;
	check_both(0, 0);
}

static int32_t ended;

/* Whose sample is to be everybody's ends when it is read. */
static void end_leader(struct fake_process *process, unsigned file)
{
	if (file != FP_OS_SMAPS_ROLLUP || ended)
		return;
	ended = process->pid;
	fake_exit(process);
}

static void test_the_leader_of_a_space_ends(void **state)
{
	(void)state;
	start_members(10, 1);
	unsigned space = fake_find(10)->space;
	share(fake_find(10), 11);
	share(fake_find(10), 12);
	follow(ALL);
	fake_rounds(2);
	ended = 0;
	for (int32_t pid = 10; pid < 13; pid++)
		fake_find(pid)->resident++;
	fake->before_read = end_leader;
	fake_round();
	assert_in_range(ended, 10, 12);
	assert_int_equal(fake->snapshot->processes, 2);
	/* its last sample is of the memory that the others still have */
	assert_int_equal(fake_result("all")->account.processes, 2);
	assert_int_equal(fake_uss_kib("all"), space);
	fake_round();
	assert_int_equal(fake_result("all")->account.processes, 2);
	assert_int_equal(fake_uss_kib("all"), space);
	assert_int_equal(fake_age_s("all"), 0);
}

enum { FIRST = 10, KIN = 5, MANY = 200, LATE = 20 };

/* Relatives, each with a memory of its own, whose order is that of their ids. What they have in all. */
static unsigned follow_kin(void)
{
	unsigned kib = 0;

	start_members(FIRST, 1);
	for (int32_t pid = FIRST + 1; pid < FIRST + KIN; pid++)
		fake_fork(fake_find(FIRST), pid)->file = 0;
	for (int32_t pid = FIRST; pid < FIRST + KIN; pid++)
		kib += fake_find(pid)->space;
	follow(ALL);
	fake_rounds(12);
	assert_int_equal(fake_uss_kib("all"), kib);
	return kib;
}

static int32_t misleading;

static int (*compare_all)(struct fp_os *os, int32_t pid_a, int32_t pid_b, int *order);

/* One of them does not answer, or has just ended. */
static int compare_others(struct fp_os *os, int32_t pid_a, int32_t pid_b, int *order)
{
	return pid_b == misleading ? -EBUSY : compare_all(os, pid_a, pid_b, order);
}

/* Whichever of them it is, and whosever memory another shares, that is found. */
static void test_compared_with_one_that_does_not_answer(void **state)
{
	(void)state;
	for (int32_t with = FIRST; with < FIRST + KIN; with++) {
		for (misleading = FIRST; misleading < FIRST + KIN; misleading++) {
			if (with == misleading)
				continue;
			uint64_t kib = follow_kin();
			compare_all = fake->backend.compare_memory;
			fake->backend.compare_memory = compare_others;
			share(fake_find(with), LATE);
			fake_round();
			assert_int_equal(fake_uss_kib("all"), kib);
			/* and one that has a memory of its own */
			kib += fake_fork(fake_find(with), LATE + 1)->space;
			fake_rounds(2);
			assert_int_equal(fake_uss_kib("all"), kib);
			fake_end(state);
			fake_begin(state);
		}
	}
}

static unsigned searches;

static int count_searches(struct fp_os *os, int32_t pid_a, int32_t pid_b, int *order)
{
	searches++;
	return compare_all(os, pid_a, pid_b, order);
}

/* Where somebody comes and ends in each round, neighbours are compared; nobody is, where nobody does. */
static void test_how_many_are_compared(void **state)
{
	(void)state;
	start_members(FIRST, 1);
	for (int32_t pid = FIRST + 1; pid < FIRST + MANY; pid++)
		fake_fork(fake_find(FIRST), pid);
	follow(ALL);
	compare_all = fake->backend.compare_memory;
	fake->backend.compare_memory = count_searches;
	fake_round();
	assert_in_range(searches, MANY, MANY * 9);
	for (int32_t pid = 1000; pid < 1010; pid++) {
		fake_fork(fake_find(FIRST), pid);
		searches = 0;
		fake_round();
		assert_in_range(searches, 1, MANY + 9);
		fake_exit(fake_find(pid));
	}
	fake_round();
	searches = 0;
	fake_rounds(3);
	assert_int_equal(searches, 0);
}

static int refuse_to_compare(struct fp_os *os, int32_t pid_a, int32_t pid_b, int *order)
{
	(void)os, (void)pid_a, (void)pid_b, (void)order;
	searches++;
	return -EPERM;
}

/* Nobody is asked about whoever cannot be compared. */
static void test_where_nobody_can_be_compared(void **state)
{
	(void)state;
	start_members(FIRST, 1);
	for (int32_t pid = FIRST + 1; pid < FIRST + MANY; pid++)
		fake_fork(fake_find(FIRST), pid);
	follow(ALL);
	fake->backend.compare_memory = refuse_to_compare;
	searches = 0;
	fake_round();
	assert_int_equal(searches, MANY);
	fake_exit(fake_find(FIRST + 1));
	fake_round();
	assert_in_range(searches, MANY + 1, 2 * MANY);
}

/* Where nobody tells of an exec, and the addresses stay, nothing else shows it. */
static void test_an_exec_in_place_that_nobody_tells(void **state)
{
	(void)state;
	start_members(FIRST, 1);
	struct fake_process *first = fake_find(FIRST);
	unsigned space = first->space;
	share(first, LATE);
	fake_go_live();
	fake_follow(ALL);
	fake_rounds(3);
	assert_int_equal(fake_uss_kib("all"), space);
	uint64_t startcode = first->startcode, startstack = first->startstack;
	fake_exec(first, "a", NULL);
	first->startcode = startcode;
	first->startstack = startstack;
	first->resident++;
	fake_rounds(2);
	assert_int_equal(fake_uss_kib("all"), space + first->space);
}

/* When the one that came last is looked at, whoever it will be compared with first execs. */
static void exec_another(struct fake_process *process, unsigned file)
{
	if (process->pid != LATE || file != FP_OS_STAT || misleading == 0)
		return;
	fake_exec(fake_find(misleading), "a", NULL);
	misleading = 0;
}

/* Nobody knows of the exec before the next round, in which it is found. */
static void test_compared_with_one_of_another_memory(void **state)
{
	(void)state;
	for (int32_t with = FIRST; with < FIRST + KIN; with++) {
		for (int32_t other = FIRST; other < FIRST + KIN; other++) {
			if (with == other)
				continue;
			uint64_t kib = follow_kin() - fake_find(other)->space;
			share(fake_find(with), LATE);
			misleading = other;
			fake->before_read = exec_another;
			fake_round();
			assert_int_equal(misleading, 0);
			fake_round();
			assert_int_equal(fake_uss_kib("all"), kib + fake_find(other)->space);
			/* what it shares is known for good */
			fake_rounds(12);
			fake_check_read(NULL);
			fake_rounds(3);
			assert_int_equal(fake_uss_kib("all"), kib + fake_find(other)->space);
			fake_check_read("");
			fake_end(state);
			fake_begin(state);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_a_shared_space_counts_once),
		ON_A_FAKE_HOST(test_relatives_without_first_threads),
		ON_A_FAKE_HOST(test_a_shared_space_that_is_stuck),
		ON_A_FAKE_HOST(test_the_leader_of_a_space_ends),
		ON_A_FAKE_HOST(test_compared_with_one_that_does_not_answer),
		ON_A_FAKE_HOST(test_an_exec_in_place_that_nobody_tells),
		ON_A_FAKE_HOST(test_how_many_are_compared),
		ON_A_FAKE_HOST(test_where_nobody_can_be_compared),
		ON_A_FAKE_HOST(test_compared_with_one_of_another_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Whom a round looks at where the kernel does not tell of processes. */
#include "../lib/fakehost.h"

#include <string.h>

#define SHOP "<Group \"shop\">\nEnv \"APP\" \"shop\"\n</Group>\n"

enum { LOOKS = 500, MANY = 600 };

static struct fake_process *start(int32_t pid, const char *environ_text)
{
	struct fake_process *process = fake_start(pid, 1, "a", environ_text);

	process->file = 0;
	return process;
}

/* How many were opened since the last call, and how often all together. */
static unsigned count_opened(unsigned *opens)
{
	unsigned count = 0;

	*opens = 0;
	for (size_t i = 0; i < fake->count; i++) {
		count += fake->processes[i].opens != 0;
		*opens += fake->processes[i].opens;
		fake->processes[i].opens = 0;
	}
	return count;
}

/* Nobody is a member, so that every look is the watch's. */
static void start_many(bool tells_last_pid)
{
	unsigned opens;

	for (int32_t pid = 1000; pid < 1000 + MANY; pid++)
		start(pid, "");
	fake_go_live();
	if (tells_last_pid)
		fake_tell_last_pid();
	fake_follow(SHOP);
	fake_check_said(1, "500 are looked at in a round");
	fake_round();
	assert_int_equal(count_opened(&opens), fake->count);
	/* a member's page tables are looked up later */
	assert_in_range(opens, fake->count, fake->count + 1);
}

static void test_only_some_are_looked_at_in_turn(void **state)
{
	unsigned opens, all = 0;

	(void)state;
	start_many(true);
	for (int round = 0; round < 20; round++) {
		fake_round();
		assert_in_range(count_opened(&opens), 400, LOOKS);
		assert_in_range(opens, 400, LOOKS);
		all += opens;
	}
	/* as often each */
	assert_in_range(all, 20 * 450, 20 * LOOKS);
	for (size_t i = 0; i < fake->count; i++)
		assert_in_range(fake_reads(&fake->processes[i], FP_OS_STAT), 15, 18);
}

static void test_the_list_is_read_when_an_id_was_given(void **state)
{
	(void)state;
	start_many(true);
	unsigned lists = fake->lists;
	fake_rounds(20);
	assert_int_equal(fake->lists, lists);
	start(5000, "APP=shop");
	fake_round();
	assert_int_equal(fake->lists, lists + 1);
	fake_check("shop", "5000");
	/* who is not in it has ended; also of one that is gone by now */
	fake_exit(fake_find(1300));
	fake_exit(start(5001, ""));
	fake_round();
	assert_int_equal(fake->lists, lists + 2);
	assert_int_equal(fake->snapshot->processes, MANY);
	fake_round();
	assert_int_equal(fake->lists, lists + 2);
	/* an id is given twice within a round, or the last one is unknown for another reason */
	fake_rounds(24);
	assert_in_range(fake->lists, lists + 3, lists + 4);
}

static void test_where_the_last_id_is_not_told(void **state)
{
	(void)state;
	start_many(false);
	unsigned lists = fake->lists;
	fake_rounds(5);
	assert_int_equal(fake->lists, lists + 5);
	start(5000, "APP=shop");
	fake_round();
	fake_check("shop", "5000");
}

/* A tree that does not move tells a last id that does not move either. */
static void test_a_tree_that_is_not_live(void **state)
{
	(void)state;
	fake_tell_last_pid();
	fake_follow(SHOP);
	fake_round();
	int32_t last_pid = fake->last_pid;
	start(5000, "APP=shop");
	fake->last_pid = last_pid;
	fake_round();
	fake_check("shop", "5000");
}

static void test_an_exec_and_an_end_are_seen_in_turn(void **state)
{
	(void)state;
	start_many(true);
	fake_exec(fake_find(1100), "b", "APP=shop");
	fake_exec(fake_find(1550), "b", "APP=shop");
	fake_rounds(2);
	fake_check("shop", "1100 1550");
	assert_int_equal(fake->snapshot->processes, MANY);
	fake_exit(fake_find(1200));
	fake_rounds(2);
	assert_int_equal(fake->snapshot->processes, MANY - 1);
	/* a member's at once, by the glance */
	fake_exit(fake_find(1100));
	fake_round();
	fake_check("shop", "1550");
}

/* An id that was given again after a wrap, while the last one is by chance the same. */
static void test_a_member_whose_id_was_given_again(void **state)
{
	(void)state;
	struct fake_process *member = start(10, "APP=shop");
	fake->descriptor_limit = 0;
	start_many(true);
	int32_t last_pid = fake->last_pid;
	fake_check("shop", "10");
	fake_exit(member);
	start(10, "APP=blog")->resident = 7;
	fake->last_pid = last_pid;
	fake_rounds(2);
	fake_check("shop", "");
	assert_int_equal(fake->snapshot->processes, MANY + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_only_some_are_looked_at_in_turn),
		ON_A_FAKE_HOST(test_the_list_is_read_when_an_id_was_given),
		ON_A_FAKE_HOST(test_where_the_last_id_is_not_told),
		ON_A_FAKE_HOST(test_a_tree_that_is_not_live),
		ON_A_FAKE_HOST(test_an_exec_and_an_end_are_seen_in_turn),
		ON_A_FAKE_HOST(test_a_member_whose_id_was_given_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

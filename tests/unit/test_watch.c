/* Whom a round looks at where the kernel tells of processes. */
#include "../lib/fakelooks.h"

#include <string.h>

#define SHOP "<Group \"shop\">\nEnv \"APP\" \"shop\"\n</Group>\n"
#define APPS "<Group \"app-%{env:APP}\">\nEnv \"APP\"\nMaxGroups 1\nExpire 30\n</Group>\n"

/* Members of a group, which map no file, so that only what is their own moves them. */
static struct fake_process *start(int32_t pid, const char *comm, const char *environ_text)
{
	struct fake_process *process = fake_start(pid, 1, comm, environ_text);

	process->file = 0;
	return process;
}

static void begin(const char *text)
{
	fake_go_live();
	fake_tell_events(0);
	fake_follow(text);
	fake_check_said(1, "the kernel tells of processes as they come");
	fake_rounds(2);
	fake_check_opened("10 11 12 13");
	fake_rounds(10);
	fake_check_opened("");
}

static void start_four(void)
{
	start(10, "a", "APP=shop");
	start(11, "b", "APP=blog");
	start(12, "c", "");
	start(13, "d", "APP=shop");
}

static void test_nobody_is_opened_without_a_reason(void **state)
{
	(void)state;
	start_four();
	begin(SHOP);
	struct fake_process *member = fake_find(10);
	unsigned lists = fake->lists, glances = member->glances;
	memset(member->reads, 0, sizeof(member->reads));
	fake_rounds(15);
	fake_check_opened("");
	fake_check("shop", "10 13");
	for (unsigned file = 0; file <= FAKE_EXE; file++)
		assert_int_equal(fake_reads(member, file), 0);
	assert_int_equal(member->glances, glances + 15);
	assert_int_equal(fake_find(11)->glances, 0);
	/* what the kernel told is held against the list, seldom */
	assert_in_range(fake->lists - lists, 0, 1);
	fake_rounds(12);
	assert_in_range(fake->lists - lists, 1, 2);
}

static void test_each_event_is_a_reason_for_one(void **state)
{
	(void)state;
	start_four();
	begin(SHOP "<Group \"x\">\nComm \"x\"\n</Group>");
	start(20, "n", "");
	fake_round();
	fake_check_opened("20");
	fake_exec(fake_find(11), "b", "APP=shop");
	fake_round();
	fake_check_opened("11");
	fake_check("shop", "10 11 13");
	strcpy(fake_find(12)->comm, "x");
	fake_round();
	fake_check("x", "");
	fake_event(FP_OS_EVENT_COMM, 12, 0);
	fake_round();
	fake_check_opened("12");
	fake_check("x", "12");
	strcpy(fake_find(12)->comm, "c");
	fake_event(FP_OS_EVENT_COMM, 12, 0);
	fake_round();
	fake_check("x", "");
	fake_check_opened("12");
	uint64_t processes = fake->snapshot->processes;
	fake_exit(fake_find(13));
	fake_round();
	fake_check_opened("");
	assert_int_equal(fake->misses, 1);
	fake_check("shop", "10 11");
	assert_int_equal(fake->snapshot->processes, processes - 1);
	fake_rounds(3);
	fake_check_opened("");
}

static void test_another_user(void **state)
{
	(void)state;
	start_four();
	begin("<Group \"u-%{user}\">\nEnv \"APP\"\n</Group>");
	fake_check("u-user1000", "10 11 13");
	fake_find(11)->uid = 7;
	fake_rounds(3);
	fake_check_opened("");
	fake_event(FP_OS_EVENT_UID, 11, 0);
	fake_round();
	fake_check_opened("11");
	fake_check("u-user1000", "10 13");
	fake_check("u-user7", "11");
	/* its image is the same */
	assert_int_equal(fake_reads(fake_find(11), FP_OS_ENVIRON), 1);
}

static void test_a_group_by_user(void **state)
{
	(void)state;
	start_four();
	begin("<Group \"u\">\nUser \"7\"\n</Group>");
	fake_find(12)->uid = 7;
	fake_event(FP_OS_EVENT_UID, 12, 0);
	fake_round();
	fake_check("u", "12");
	fake_check_opened("12");
}

/* Of its end no event tells: that of its first thread was before. */
static void test_a_dead_leader_that_ends(void **state)
{
	(void)state;
	start_four();
	begin(SHOP);
	fake_find(12)->dead_leader = true;
	fake_event(FP_OS_EVENT_EXIT, 12, 0);
	fake_rounds(3);
	assert_int_equal(fake->snapshot->processes, 4);
	fake_find(12)->lives = false;
	fake_round();
	assert_int_equal(fake->snapshot->processes, 3);
}

/* Between two rounds, and also while nobody drains. */
static void come_and_go(void)
{
	start_four();
	begin(SHOP);
	fake->clocks = 0;
	for (int32_t pid = 100; pid < 150; pid++) {
		struct fake_process *child = fake_fork(fake_find(10), pid);
		fake_exec(child, "true", NULL);
		fake_exit(child);
		if (pid % 10 == 0)
			fp_sampler_tick(fake->sampler);
	}
	fake_round();
	for (size_t i = 0; i < fake->count; i++)
		if (fake->processes[i].pid >= 100)
			assert_int_equal(fake->processes[i].opens, 0);
	fake_check("shop", "10 13");
	assert_int_equal(fake->snapshot->processes, 4);
}

/* But asked for once each, to see that it was not only its first thread that ended. */
static void test_who_came_and_went_is_not_looked_at(void **state)
{
	(void)state;
	come_and_go();
	/* and some to see whether who is looked at had an exec */
	assert_in_range(fake->clocks, 50, 52);
	assert_int_equal(fake->misses, 0);
}

static void test_who_came_and_went_without_clocks(void **state)
{
	(void)state;
	fake->lacks_clocks = true;
	come_and_go();
	assert_int_equal(fake->misses, 50);
}

/* The kernel tells the end of a first thread that another one's exec replaces, and then the exec. */
static void test_an_exec_out_of_another_thread(void **state)
{
	(void)state;
	start_four();
	begin(SHOP);
	struct fake_process *child = fake_fork(fake_find(10), 20);
	fake_event(FP_OS_EVENT_EXIT, 20, 0);
	fake_exec(child, "true", "APP=shop");
	fake_round();
	fake_check("shop", "10 13 20");
	/* its first thread has ended for good, and others go on */
	struct fake_process *other = fake_fork(fake_find(10), 21);
	other->dead_leader = true;
	fake_event(FP_OS_EVENT_EXIT, 21, 0);
	fake_round();
	fake_check("shop", "10 13 20 21");
	/* of whom nobody saw the fork */
	fake_start(22, 1, "late", "APP=shop");
	fake_round();
	fake_check("shop", "10 13 20 21 22");
}

static void check_rescan(void)
{
	fake_round();
	fake_check_opened("10 11 12 13 20");
	fake_check("shop", "10 11 13 20");
	fake_rounds(3);
	fake_check_opened("");
}

static void test_lost_events_are_made_good(void **state)
{
	(void)state;
	start_four();
	begin(SHOP);
	fake_lose(3);
	start(20, "n", "APP=shop");
	fake_exec(fake_find(11), "b", "APP=shop");
	check_rescan();
	assert_int_equal(fake->snapshot->self.lost_events, 3);
	fake_lose(1);
	fp_sampler_tick(fake->sampler);
	fake_exec(fake_find(11), "b", "APP=blog");
	fp_sampler_tick(fake->sampler);
	fake_round();
	fake_check("shop", "10 13 20");
	assert_int_equal(fake->snapshot->self.lost_events, 4);
	fake_lose(1);
	fake_exit(fake_find(12));
	fake_round();
	assert_int_equal(fake->snapshot->processes, 4);
	/* of a fork that nobody looked at */
	struct fake_process *child = fake_fork(fake_find(10), 30);
	fp_sampler_tick(fake->sampler);
	fake_lose(1);
	fake_exit(child);
	fake_round();
	unsigned misses = fake->misses;
	fake_rounds(3);
	assert_int_equal(fake->misses, misses);
}

static void test_events_that_cannot_be_had(void **state)
{
	(void)state;
	start_four();
	begin(SHOP);
	fake->drain_status = -EIO;
	fp_sampler_tick(fake->sampler);
	fake->drain_status = 0;
	fake_lose(3);
	start(20, "n", "APP=shop");
	fake_exec(fake_find(11), "b", "APP=shop");
	fake->lost = 0;
	check_rescan();
	assert_int_equal(fake->snapshot->self.lost_events, 0);
}

/* A pid that was given again is another process's, whether its end was told or not. */
static void test_a_pid_is_given_again(void **state)
{
	(void)state;
	start_four();
	begin(SHOP);
	fake_exit(fake_find(13));
	struct fake_process *next = start(13, "d", "APP=blog");
	fake_round();
	fake_check("shop", "10");
	assert_int_equal(fake_reads(next, FP_OS_ENVIRON), 1);
	assert_int_equal(fake->snapshot->processes, 4);
	fake_exit(fake_find(11));
	start(11, "b", "APP=shop");
	fake_round();
	fake_check("shop", "10 11");
	assert_int_equal(fake->snapshot->processes, 4);
}

/* Where there is room again, those in the rest are placed anew though nothing of them moved. */
static void test_the_rest_moves_where_there_is_room(void **state)
{
	(void)state;
	start_four();
	begin(APPS);
	fake_check("app-shop", "10 13");
	fake_check("app-other", "11");
	fake_exit(fake_find(10));
	fake_exit(fake_find(13));
	/* it expires at the end of the last of these */
	fake_rounds(4);
	fake_check("app-other", "11");
	fake_round();
	fake_check("app-shop", NULL);
	fake_check("app-blog", "11");
	assert_int_equal(fake_reads(fake_find(11), FP_OS_ENVIRON), 1);
}

/* After everybody was looked at, and before the members are glanced at. */
static void end_first_thread(struct fake_process *process, unsigned file)
{
	if (process->pid != 20 || file != FP_OS_STAT)
		return;
	strcpy(fake_find(10)->comm, "z");
	fake_find(10)->dead_leader = true;
}

/* Its descendants leave with it, also when it is only the glance that shows that something is amiss. */
static void test_descendants_of_one_that_moved_late(void **state)
{
	(void)state;
	start_four();
	struct fake_process *child = fake_fork(fake_find(10), 14);
	strcpy(child->comm, "child");
	fake_go_live();
	fake_tell_events(0);
	fake_follow("<Group \"d\">\nComm \"a\"\nDescendants true\n</Group>");
	fake_rounds(10);
	fake_check("d", "10 14");
	fake->before_read = end_first_thread;
	start(20, "n", "");
	fake_round();
	fake->before_read = NULL;
	assert_string_equal(fake_find(10)->comm, "z");
	fake_round();
	fake_check("d", "");
}

/* What changes without an event is asked again in rotation, each in four minutes. */
static void test_the_rotation(void **state)
{
	(void)state;
	start_four();
	fake_go_live();
	fake_tell_events(0);
	fake_follow("<Group \"c\">\nCmdline \"/c/\"\n</Group>");
	fake_rounds(10);
	for (size_t i = 0; i < fake->count; i++)
		fake_reads(&fake->processes[i], FP_OS_CMDLINE);
	fake_rounds(24);
	for (size_t i = 0; i < fake->count; i++)
		assert_in_range(fake_reads(&fake->processes[i], FP_OS_CMDLINE), 1, 2);
	strcpy(fake_find(11)->cmdline, "c");
	fake_rounds(24);
	fake_check("c", "11 12");
}

static void collect_after(uint64_t seconds)
{
	fake->now_s += seconds;
	assert_int_equal(fp_watch_collect(&looks.watch, fake->now_s * UINT64_C(1000000000), false,
				 &looks.pids),
		0);
}

/* With nothing to ask them, the list of the young is not even gone through, but kept short. */
static void test_the_young_grow_up(void **state)
{
	(void)state;
	const struct fp_pids *young = &looks.table->young;
	start_four();
	look_around();
	assert_false(looks.watch.volatile_facts);
	size_t all = young->len;
	assert_in_range(all, 4, fake->count);
	collect_after(50);
	assert_int_equal(young->len, all);
	collect_after(20);
	assert_int_equal(young->len, 0);
}

/* One at the front that becomes young again and again, and many that came and went. */
static void test_the_list_of_the_young_stays_short(void **state)
{
	(void)state;
	struct fp_pids *young = &looks.table->young;
	start_four();
	look_around();
	find_entry(young->at[0])->young_until_s += 100000;
	for (int32_t pid = 5000; pid < 5500; pid++)
		assert_int_equal(fp_pids_add(young, pid), 0);
	collect_after(1);
	assert_in_range(young->len, 1, fake->count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_nobody_is_opened_without_a_reason),
		ON_A_FAKE_HOST(test_each_event_is_a_reason_for_one),
		ON_A_FAKE_HOST(test_another_user),
		ON_A_FAKE_HOST(test_a_group_by_user),
		ON_A_FAKE_HOST(test_a_dead_leader_that_ends),
		ON_A_FAKE_HOST(test_who_came_and_went_is_not_looked_at),
		ON_A_FAKE_HOST(test_who_came_and_went_without_clocks),
		ON_A_FAKE_HOST(test_an_exec_out_of_another_thread),
		ON_A_FAKE_HOST(test_lost_events_are_made_good),
		ON_A_FAKE_HOST(test_events_that_cannot_be_had),
		ON_A_FAKE_HOST(test_a_pid_is_given_again),
		ON_A_FAKE_HOST(test_the_rest_moves_where_there_is_room),
		ON_A_FAKE_HOST(test_descendants_of_one_that_moved_late),
		ON_A_FAKE_HOST(test_the_rotation),
		WITH_EVENTS(test_the_young_grow_up),
		WITH_EVENTS(test_the_list_of_the_young_stays_short),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

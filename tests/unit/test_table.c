/* What is asked of a process again, and what is not. */
#include "../lib/fakehost.h"

#include <stdlib.h>
#include <string.h>

#define SHOP       "<Group \"shop\">\nEnv \"APP\" \"shop\"\n</Group>\n"
#define APPS       "<Group \"app-%{env:APP}\">\nEnv \"APP\"\n</Group>\n"
#define BY_CMDLINE "<Group \"a\">\nCmdline \"/a/\"\n</Group>\n"

static void rounds(int count)
{
	while (count--)
		fake_round();
}

/* Rounds until the process has settled, after which nothing of it was counted. */
static void settle(struct fake_process *process)
{
	rounds(8);
	memset(process->reads, 0, sizeof(process->reads));
}

static void test_an_image_is_asked_once(void **state)
{
	(void)state;
	struct fake_process *shop = fake_start(10, 1, "a", "X=1|APP=shop");
	struct fake_process *other = fake_start(11, 1, "b", "APP=blog");
	fake_configure(SHOP APPS "<Group \"exe\">\nExe \"/bin/a\"\n</Group>");
	rounds(50);
	fake_check("shop", "10");
	fake_check("app-shop", "10");
	fake_check("app-blog", "11");
	fake_check("exe", "10");
	assert_int_equal(fake_reads(shop, FP_OS_ENVIRON), 1);
	assert_int_equal(fake_reads(other, FP_OS_ENVIRON), 1);
	assert_int_equal(fake_reads(shop, FAKE_EXE), 1);
	assert_int_equal(fake_reads(other, FAKE_EXE), 1);
}

static void test_exec_is_noticed_in_the_next_round(void **state)
{
	(void)state;
	struct fake_process *process = fake_start(10, 1, "a", "APP=shop");
	fake_configure(SHOP APPS "<Group \"exe\">\nExe \"/bin/a\"\n</Group>");
	settle(process);
	fake_check("shop", "10");
	fake_exec(process, "a", "APP=blog");
	fake_round();
	fake_check("shop", "");
	fake_check("app-shop", "");
	fake_check("app-blog", "10");
	fake_check("exe", "10");
	assert_int_equal(fake_reads(process, FP_OS_ENVIRON), 1);
	assert_int_equal(fake_reads(process, FAKE_EXE), 1);
	fake_exec(process, "b", NULL);
	fake_round();
	fake_check("exe", "");
	fake_check("app-blog", "10");
	/* one of both keys is enough, as between programs at fixed places */
	process->startstack += 16;
	strcpy(process->environ, "APP=shop");
	fake_round();
	fake_check("shop", "10");
	process->startcode += 4096;
	strcpy(process->environ, "APP=blog");
	fake_round();
	fake_check("shop", "");
}

/* setproctitle() writes over the arguments and the environment behind them. */
static void test_a_fork_has_its_parents_environment(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "APP=shop");
	fake_configure(SHOP APPS);
	settle(parent);
	struct fake_process *child = fake_fork(parent, 11);
	strcpy(child->environ, "title of a worker");
	strcpy(child->cmdline, "a: worker");
	fake_round();
	fake_check("shop", "10 11");
	fake_check("app-shop", "10 11");
	/* a child of the child, both first seen in one round, and after both parents ended */
	struct fake_process *grandchild = fake_fork(child, 12);
	struct fake_process *last = fake_fork(grandchild, 13);
	fake_round();
	fake_check("app-shop", "10 11 12 13");
	fake_exit(parent);
	fake_exit(grandchild);
	rounds(60);
	fake_check("shop", "11 13");
	fake_check("app-shop", "11 13");
	assert_int_equal(fake_reads(parent, FP_OS_ENVIRON), 0);
	assert_int_equal(fake_reads(child, FP_OS_ENVIRON), 0);
	assert_int_equal(fake_reads(last, FP_OS_ENVIRON), 0);
	/* what it does itself counts again after exec */
	fake_exec(child, "a", "APP=blog");
	fake_round();
	fake_check("app-shop", "13");
	fake_check("app-blog", "11");
}

/* Where addresses are not random; in one interval with a fork, and where a fork was known before. */
static void test_an_exec_in_place_after_a_fork(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "master", "APP=shop");
	fake_tell_events(0);
	fake_follow("<Group \"app-%{env:APP}\">\nComm \"/^[ab]$/\"\nEnv \"APP\"\n</Group>\n");
	fake_fork(parent, 11);
	rounds(10);
	uint64_t startcode = parent->startcode, startstack = parent->startstack;
	strcpy(fake_fork(parent, 12)->comm, "b");
	fake_exec(parent, "a", "APP=blog");
	parent->startcode = startcode;
	parent->startstack = startstack;
	fake_round();
	fake_check("app-shop", "12");
	fake_check("app-blog", "10");
	/* now it is asked for its environment, which is of the time of its fork */
	strcpy(fake_find(11)->comm, "b");
	fake_event(FP_OS_EVENT_COMM, 11, 0);
	strcpy(fake_fork(parent, 13)->environ, "a title");
	fake_round();
	fake_check("app-shop", "11 12");
	fake_check("app-blog", "10 13");
}

/* A cheaper line kept the parent from being asked: then it is asked for its child's sake. */
static void test_a_parent_that_nobody_asked(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "master", "APP=shop");
	fake_configure("<Group \"w\">\nComm \"worker\"\nEnv \"APP\" \"shop\"\n</Group>\n"
		       "<Group \"w-%{env:APP}\">\nCmdline \"/^worker/\"\nEnv \"APP\"\n</Group>\n"
		       "<Group \"x-%{exe}\">\nComm \"worker\"\n</Group>");
	settle(parent);
	assert_int_equal(fake_reads(parent, FP_OS_ENVIRON), 0);
	struct fake_process *middle = fake_fork(parent, 11);
	struct fake_process *child = fake_fork(middle, 12);
	strcpy(child->comm, "worker");
	strcpy(child->cmdline, "worker of db");
	strcpy(child->environ, "of db");
	strcpy(middle->environ, "of nothing");
	fake_round();
	fake_check("w", "12");
	fake_check("w-shop", "12");
	fake_check("x-master", "12");
	rounds(10);
	assert_int_equal(fake_reads(child, FP_OS_ENVIRON), 0);
	assert_int_not_equal(fake_reads(parent, FP_OS_ENVIRON), 0);
	rounds(10);
	assert_int_equal(fake_reads(parent, FP_OS_ENVIRON), 0);
	fake_check("w-shop", "12");
}

/* Whoever may not be asked for a child's sake leaves it to the child. */
static void test_a_parent_that_may_not_be_asked(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "master", "APP=shop");
	parent->denied = 1u << FP_OS_ENVIRON;
	fake_configure("<Group \"w\">\nComm \"worker\"\nEnv \"APP\" \"shop\"\n</Group>\n"
		       "<Group \"w-%{env:APP}\">\nComm \"worker\"\nEnv \"APP\"\n</Group>\n");
	struct fake_process *child = fake_fork(parent, 11);
	strcpy(child->comm, "worker");
	child->denied = 0;
	fake_round();
	fake_check("w", "11");
	fake_check("w-shop", "11");
}

static void test_a_young_process_is_asked_in_every_round(void **state)
{
	(void)state;
	struct fake_process *process = fake_start(10, 1, "b", "");
	fake_configure(BY_CMDLINE "<Group \"u\">\nUser \"/user7/\"\n</Group>\n"
				  "<Group \"c\">\nCgroup \"/x\"\n</Group>");
	for (int i = 0; i < 5; i++) {
		fake_round();
		fake_check("a", "");
		assert_int_equal(fake_reads(process, FP_OS_CMDLINE), 1);
		assert_int_equal(fake_reads(process, FP_OS_CGROUP), 1);
	}
	strcpy(process->cmdline, "now a");
	strcpy(process->cgroup, "0::/x\n");
	process->uid = 7;
	fake_round();
	fake_check("a", "10");
	fake_check("u", "10");
	fake_check("c", "10");
	/* an exec makes it young again */
	settle(process);
	fake_exec(process, "b", NULL);
	rounds(5);
	fake_check("a", "");
	assert_int_equal(fake_reads(process, FP_OS_CMDLINE), 5);
}

/* Rounds until the group is as given: how many seconds it took. */
static uint64_t wait_for(const char *group, size_t members)
{
	uint64_t start_s = fake->now_s;

	do {
		fake_round();
		assert_in_range(fake->now_s - start_s, 0, 10000);
	} while (fake_result(group)->members.len != members);
	return fake->now_s - start_s;
}

static void test_an_old_process_is_asked_in_rotation(void **state)
{
	(void)state;
	struct fake_process *process = fake_start(10, 1, "b", "");
	fake_configure(BY_CMDLINE "<Group \"c\">\nCgroup \"/x\"\n</Group>");
	settle(process);
	/* over an hour: more than once in five minutes, and far from every round */
	rounds(360);
	assert_in_range(fake_reads(process, FP_OS_CMDLINE), 12, 20);
	assert_in_range(fake_reads(process, FP_OS_CGROUP), 12, 20);
	for (int i = 0; i < 10; i++) {
		strcpy(process->cmdline, i % 2 ? "b" : "a");
		strcpy(process->cgroup, i % 2 ? "0::/\n" : "0::/x\n");
		assert_in_range(wait_for("a", i % 2 ? 0 : 1), 1, 300);
		fake_check("c", i % 2 ? "" : "10");
		rounds(i * 3);
	}
}

/* However seldom the rounds are. */
static void check_rotation(uint64_t round_s)
{
	fake->round_s = round_s;
	for (int i = 0; i < 10; i++) {
		struct fake_process *process = &fake->processes[0];
		strcpy(process->cmdline, i % 2 ? "b" : "a");
		assert_in_range(wait_for("a", i % 2 ? 0 : 1), 1, round_s > 300 ? round_s : 300);
		rounds(i);
	}
}

static void test_rotation_at_any_interval(void **state)
{
	static const uint64_t intervals_s[] = {1, 7, 10, 30, 60, 90, 120, 150, 290, 300, 3600};

	(void)state;
	fake_start(39, 1, "b", "");
	fake_configure(BY_CMDLINE);
	rounds(10);
	for (size_t i = 0; i < sizeof(intervals_s) / sizeof(intervals_s[0]); i++)
		check_rotation(intervals_s[i]);
}

static void test_rotation_is_spread(void **state)
{
	unsigned most = 0;

	(void)state;
	for (int pid = 10; pid < 60; pid++)
		fake_start(pid, 1, "b", "");
	fake_configure(BY_CMDLINE);
	rounds(10);
	for (size_t i = 0; i < fake->count; i++)
		fake_reads(&fake->processes[i], FP_OS_CMDLINE);
	for (int round = 0; round < 60; round++) {
		unsigned reads = 0;
		fake_round();
		for (size_t i = 0; i < fake->count; i++)
			reads += fake_reads(&fake->processes[i], FP_OS_CMDLINE);
		most = reads > most ? reads : most;
	}
	assert_in_range(most, 1, 20);
}

static void test_a_new_name_is_a_reason_to_ask(void **state)
{
	(void)state;
	struct fake_process *process = fake_start(10, 1, "b", "APP=shop");
	fake_configure(BY_CMDLINE SHOP "<Group \"n-%{comm}\">\nEnv \"APP\"\n</Group>");
	settle(process);
	strcpy(process->cmdline, "now a");
	fake_round();
	fake_check("a", "");
	strcpy(process->comm, "c");
	fake_round();
	fake_check("a", "10");
	fake_check("n-b", "");
	fake_check("n-c", "10");
	/* its image is the same */
	assert_int_equal(fake_reads(process, FP_OS_ENVIRON), 0);
	/* a name that another begins with is another */
	strcpy(process->comm, "cc");
	strcpy(process->cmdline, "none");
	fake_round();
	fake_check("a", "");
	strcpy(process->comm, "c");
	strcpy(process->cmdline, "a");
	fake_round();
	fake_check("a", "10");
}

static void test_what_may_not_be_read_is_asked_again(void **state)
{
	(void)state;
	struct fake_process *process = fake_start(10, 1, "a", "APP=shop");
	process->denied = 1u << FP_OS_ENVIRON;
	fake_configure(SHOP);
	settle(process);
	fake_check("shop", "");
	assert_int_equal(fake_result("shop")->account.undecided, 1);
	/* in rotation, since of thousands nobody may ask in every round */
	rounds(30);
	assert_in_range(fake_reads(process, FP_OS_ENVIRON), 1, 3);
	process->denied = 0;
	assert_in_range(wait_for("shop", 1), 1, 300);
	fake_check("shop", "10");
	assert_int_equal(fake_result("shop")->account.undecided, 0);
	/* what is known stays */
	process->denied = 1u << FP_OS_ENVIRON;
	rounds(60);
	fake_check("shop", "10");
}

/* One value is never in the rest and in a group of its own at once. */
static void test_the_rest_moves_where_there_is_room(void **state)
{
	(void)state;
	struct fake_process *first = fake_start(10, 1, "a", "APP=shop");
	struct fake_process *second = fake_start(11, 1, "b", "APP=blog");
	fake_start(12, 1, "c", "");
	fake_configure("<Group \"app-%{env:APP}\">\nEnv \"APP\"\nMaxGroups 1\nExpire 30\n"
		       "</Group>\n<Group \"cmd-%{comm}\">\nComm \"c\"\n</Group>");
	settle(second);
	fake_check("app-shop", "10");
	fake_check("app-other", "11");
	fake_exit(first);
	/* it expires at the end of the last of these */
	rounds(4);
	fake_check("app-other", "11");
	fake_start(13, 1, "d", "APP=blog");
	fake_round();
	fake_check("app-shop", NULL);
	fake_check("app-blog", "11 13");
	fake_check("app-other", "");
	fake_check("cmd-c", "12");
	assert_int_equal(fake_reads(second, FP_OS_ENVIRON), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_an_image_is_asked_once),
		ON_A_FAKE_HOST(test_exec_is_noticed_in_the_next_round),
		ON_A_FAKE_HOST(test_a_fork_has_its_parents_environment),
		ON_A_FAKE_HOST(test_an_exec_in_place_after_a_fork),
		ON_A_FAKE_HOST(test_a_parent_that_nobody_asked),
		ON_A_FAKE_HOST(test_a_parent_that_may_not_be_asked),
		ON_A_FAKE_HOST(test_a_young_process_is_asked_in_every_round),
		ON_A_FAKE_HOST(test_an_old_process_is_asked_in_rotation),
		ON_A_FAKE_HOST(test_rotation_at_any_interval),
		ON_A_FAKE_HOST(test_rotation_is_spread),
		ON_A_FAKE_HOST(test_a_new_name_is_a_reason_to_ask),
		ON_A_FAKE_HOST(test_what_may_not_be_read_is_asked_again),
		ON_A_FAKE_HOST(test_the_rest_moves_where_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

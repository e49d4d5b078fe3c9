/* Which groups a process belongs to: descendants, names with %{}, and who cannot be placed. */
#include "../lib/fakehost.h"

#include <stdio.h>
#include <string.h>

static void rounds(int count)
{
	while (count--)
		fake_round();
}

#define FAMILY "<Group \"f\">\nComm \"a\"\nDescendants true\n</Group>\n"

static void test_descendants(void **state)
{
	(void)state;
	struct fake_process *root = fake_start(10, 1, "a", "");
	fake_start(11, 10, "b", "");
	struct fake_process *middle = fake_start(12, 11, "c", "");
	fake_start(13, 1, "b", "");
	fake_configure(FAMILY "<Group \"alone\">\nComm \"a\"\n</Group>");
	fake_round();
	fake_check("f", "10 11 12");
	fake_check("alone", "10");
	/* who ends leaves its descendants where they are, and they go on to have more */
	fake_exit(root);
	fake_round();
	fake_check("f", "11 12");
	fake_start(20, 12, "d", "");
	fake_round();
	fake_check("f", "11 12 20");
	fake_exit(middle);
	struct fake_process *late = fake_start(21, 20, "e", "");
	rounds(40);
	fake_check("f", "11 20 21");
	/* what it becomes changes nothing of where it comes from */
	fake_exec(late, "x", "");
	rounds(2);
	fake_check("f", "11 20 21");
	/* the first process takes orphans, and is nobody's descendant */
	fake_start(22, 1, "f", "");
	fake_round();
	fake_check("f", "11 20 21");
}

/* A tree of any depth, found in one round. */
static void test_a_deep_tree(void **state)
{
	char pids[256] = "";

	(void)state;
	fake_start(10, 1, "a", "");
	for (int pid = 11; pid < 40; pid++)
		fake_start(pid, pid - 1, "b", "");
	for (int pid = 10; pid < 40; pid++)
		sprintf(pids + strlen(pids), "%s%d", pid > 10 ? " " : "", pid);
	fake_configure(FAMILY);
	fake_round();
	fake_check("f", pids);
}

/* Where pids begin anew, a child can have the lower one. */
static void test_a_child_of_a_lower_pid(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(300, 1, "a", "APP=shop");
	fake_configure(FAMILY "<Group \"app-%{env:APP}\">\nEnv \"APP\"\n</Group>");
	fake_round();
	struct fake_process *child = fake_fork(parent, 5);
	strcpy(child->comm, "b");
	strcpy(child->environ, "a title");
	fake_round();
	fake_check("f", "5 300");
	fake_check("app-shop", "5 300");
}

static void test_who_leaves_takes_its_descendants(void **state)
{
	(void)state;
	struct fake_process *root = fake_start(10, 1, "a", "");
	fake_start(11, 10, "b", "");
	fake_start(12, 11, "c", "");
	fake_configure(FAMILY);
	fake_round();
	fake_check("f", "10 11 12");
	strcpy(root->comm, "z");
	fake_round();
	fake_check("f", "");
	strcpy(root->comm, "a");
	fake_round();
	fake_check("f", "10 11 12");
}

static void test_descendants_in_groups_of_their_own(void **state)
{
	(void)state;
	fake_start(10, 1, "a", "APP=shop");
	struct fake_process *blog = fake_start(11, 1, "a", "APP=blog");
	fake_start(12, 10, "b", "");
	fake_start(13, 11, "b", "");
	fake_start(14, 13, "b", "APP=shop");
	fake_configure("<Group \"app-%{env:APP}\">\nEnv \"APP\"\nDescendants true\nExpire 30\n"
		       "</Group>");
	fake_round();
	fake_check("app-shop", "10 12 14");
	fake_check("app-blog", "11 13");
	/* descendants alone keep a group */
	fake_exit(blog);
	rounds(10);
	fake_check("app-blog", "13");
	fake_exit(&fake->processes[3]);
	rounds(5);
	fake_check("app-blog", NULL);
	fake_check("app-shop", "10 12 14");
}

/* Who is told seldom is followed all the same. */
static void test_descendants_at_a_long_interval(void **state)
{
	(void)state;
	struct fake_process *root = fake_start(10, 1, "a", "");
	fake_configure("<Group \"f\">\nComm \"a\"\nDescendants true\nInterval 60\n</Group>");
	fake_round();
	fake_check("f", "10");
	fake_start(11, 10, "b", "");
	fake_round();
	fake_check("f", NULL);
	fake_exit(root);
	rounds(4);
	fake_check("f", NULL);
	fake_round();
	fake_check("f", "11");
}

/* Where its ancestors were is gone with the last of them. */
static void test_a_descendant_of_a_group_that_ended(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	struct fake_process *child = fake_start(11, 10, "b", "");
	strcpy(parent->cmdline, "x");
	strcpy(child->cmdline, "x");
	fake_configure(
		"<Group \"c-%{comm}\">\nCmdline \"x\"\nDescendants true\nExpire 1\n</Group>");
	fake_round();
	fake_check("c-a", "10");
	fake_check("c-b", "11");
	fake_exit(parent);
	rounds(2);
	fake_check("c-a", NULL);
	fake_check("c-b", "11");
	strcpy(child->cmdline, "y");
	fake_round();
	fake_check("c-a", NULL);
	fake_check("c-b", "");
}

#define APPS                                                                                       \
	"<Group \"app-%{env:APP}\">\nEnv \"APP\"\n</Group>\n<Group \"shop\">\n"                    \
	"Env \"APP\" \"shop\"\n</Group>\n<Group \"all\">\nComm \"/./\"\n</Group>"

static void check_absent(const char *group, uint64_t denied)
{
	const struct fp_group_result *result = fake_result(group);
	uint64_t sum;

	assert_non_null(result);
	assert_int_equal(result->account.denied, denied);
	assert_false(fp_account_sum(&result->account, FP_USS, false, &sum));
	assert_false(fp_account_sum(&result->account, FP_PAGE_TABLES, false, &sum));
	assert_false(fp_account_countable(&result->account, false));
}

static void check_present(const char *group)
{
	const struct fp_group_result *result = fake_result(group);
	uint64_t sum;

	assert_non_null(result);
	assert_int_equal(result->account.denied, 0);
	assert_true(fp_account_sum(&result->account, FP_USS, false, &sum));
	assert_true(fp_account_countable(&result->account, false));
}

/* It may belong to any group of its kind, those that are not there yet among them. */
static void test_who_cannot_be_placed(void **state)
{
	(void)state;
	fake_start(10, 1, "a", "APP=shop");
	fake_start(11, 1, "b", "APP=blog");
	fake_configure(APPS);
	fake_round();
	check_present("app-shop");
	check_present("app-blog");
	fake_check("app-other", NULL);
	fake_check_said(0, "");
	struct fake_process *hidden = fake_start(12, 1, "c", "APP=shop");
	hidden->denied = 1u << FP_OS_ENVIRON;
	fake_round();
	check_absent("app-shop", 1);
	check_absent("app-blog", 1);
	check_absent("app-other", 1);
	check_absent("shop", 1);
	check_present("all");
	fake_check_said(1, "<Group \"app-%{env:APP}\">: process 12 may not be read: "
			   "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are missing");
	struct fake_process *more = fake_start(13, 1, "d", "");
	more->denied = 1u << FP_OS_ENVIRON;
	fake_round();
	check_absent("app-shop", 2);
	fake_check_said(0, "");
	fake_exit(hidden);
	fake_exit(more);
	fake_round();
	check_present("app-shop");
	check_present("shop");
}

/* What its name needs may be hidden although its selectors are not. */
static void test_whose_name_cannot_be_found(void **state)
{
	(void)state;
	struct fake_process *process = fake_start(10, 1, "a", "");
	fake_start(11, 1, "b", "");
	process->denied = 1u << FAKE_EXE;
	fake_configure("<Group \"%{exe}\">\nComm \"/./\"\n</Group>");
	fake_round();
	check_absent("b", 1);
	check_absent("other", 1);
	process->denied = 0;
	fake_round();
	check_present("b");
	fake_check("a", "10");
}

static void test_a_shared_address_space_counts_once(void **state)
{
	(void)state;
	struct fake_process *first = fake_start(10, 1, "a", "APP=shop");
	struct fake_process *second = fake_fork(first, 11);
	struct fake_process *third = fake_fork(first, 12);
	second->space = first->space;
	third->space = first->space;
	fake_start(13, 1, "b", "APP=shop");
	fake_configure(APPS);
	/* the sums are checked by the address spaces of the members */
	fake_round();
	fake_check("app-shop", "10 11 12 13");
	fake_check("shop", "10 11 12 13");
	fake_check("all", "10 11 12 13");
	assert_int_equal(fake_reads(first, FP_OS_SMAPS_ROLLUP), 1);
	assert_int_equal(fake_reads(second, FP_OS_SMAPS_ROLLUP), 0);
	/* between vfork and exec a child shares, and then has memory and groups of its own */
	fake_exec(second, "x", "APP=blog");
	fake_round();
	fake_check("app-shop", "10 12 13");
	fake_check("app-blog", "11");
}

static void test_names_of_all_kinds(void **state)
{
	(void)state;
	struct fake_process *process = fake_start(10, 1, "php-fpm", "APP=shop");
	strcpy(process->cmdline, "php-fpm: pool www 7");
	strcpy(process->exe, "/usr/sbin/php-fpm8.2 (deleted)");
	strcpy(process->cgroup, "0::/system.slice/php8.2-fpm.service\n");
	fake_configure("<Group \"a.%{comm}.%{user}.%{exe}\">\nComm \"/./\"\n</Group>\n"
		       "<Group \"b.%{unit}\">\nComm \"/./\"\n</Group>\n"
		       "<Group \"c.%{cmdline:2}.%{cmdline:1}\">\n"
		       "Not Cmdline \"/(p)(x)/\"\nCmdline \"php-fpm: pool www 7\"\n"
		       "Cmdline \"/pool ([a-z]+) ([0-9])/\"\nCmdline \"/(php)(.)/\"\n</Group>\n"
		       "<Group \"d.%{cgroup:1}\">\nCgroup \"/([^/]+)$/\"\n</Group>\n"
		       "<Group \"e.%{container}\">\nComm \"/./\"\n</Group>\n"
		       "<Group \"f.%{cmdline:1}\">\nCmdline \"/php(-cgi)?/\"\n</Group>");
	fake_round();
	fake_check("a.php-fpm.user1000.php-fpm8.2", "10");
	fake_check("b.php8.2-fpm.service", "10");
	fake_check("c.7.www", "10");
	fake_check("d.php8.2-fpm.service", "10");
	fake_check("e._empty", "10");
	fake_check("f._empty", "10");
	strcpy(process->cgroup,
		"0::/docker/"
		"3f2b8c0de1a94756b7d0c3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f302\n");
	fake_round();
	fake_check("b._empty", "10");
	fake_check("e.3f2b8c0de1a9", "10");
}

/* The captures are of the block that it matched. */
static void test_captures_of_alternatives(void **state)
{
	(void)state;
	fake_start(10, 1, "one", "");
	fake_start(11, 1, "two", "");
	fake_start(12, 1, "onetwo", "");
	fake_configure("<Group \"%{cmdline:1}\">\nCmdline \"/(o.)e/\"\n</Group>\n"
		       "<Group \"%{cmdline:1}\">\nCmdline \"/(.)wo/\"\n</Group>");
	fake_round();
	fake_check("on", "10 12");
	fake_check("t", "11");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_descendants),
		ON_A_FAKE_HOST(test_a_deep_tree),
		ON_A_FAKE_HOST(test_a_child_of_a_lower_pid),
		ON_A_FAKE_HOST(test_who_leaves_takes_its_descendants),
		ON_A_FAKE_HOST(test_descendants_in_groups_of_their_own),
		ON_A_FAKE_HOST(test_descendants_at_a_long_interval),
		ON_A_FAKE_HOST(test_a_descendant_of_a_group_that_ended),
		ON_A_FAKE_HOST(test_who_cannot_be_placed),
		ON_A_FAKE_HOST(test_whose_name_cannot_be_found),
		ON_A_FAKE_HOST(test_a_shared_address_space_counts_once),
		ON_A_FAKE_HOST(test_names_of_all_kinds),
		ON_A_FAKE_HOST(test_captures_of_alternatives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

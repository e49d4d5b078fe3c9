/* Groups of a name with %{}: how many, how long, and under which names. */
#include "../lib/fakehost.h"
#include "sample/instances.h"

#include <stdio.h>
#include <string.h>

#define APPS(lines) "<Group \"app-%{env:APP}\">\nEnv \"APP\"\n" lines "</Group>\n"
#define SECOND      UINT64_C(1000000000)

static struct fp_instances *instances;

static void configure(const char *text)
{
	readtext_good(text, &fake->settings);
	assert_int_equal(fp_instances_new(&fake->host, fake->settings.settings, &instances), 0);
}

/* The instance's name that a name leads to, once made at so many seconds. */
static const char *find(size_t group, const char *name, uint64_t hash)
{
	struct fp_instance *found = NULL;

	assert_int_equal(
		fp_instances_find(instances, group, name, hash, fake->now_s * SECOND, &found), 0);
	assert_non_null(found);
	assert_int_equal(found->group, group);
	return found->name;
}

static void end(void)
{
	fp_instances_free(instances);
	instances = NULL;
}

static void test_static_groups_are_there(void **state)
{
	(void)state;
	configure("<Group \"a\">\nComm \"a\"\n</Group>\n" APPS("") "<Group \"b\">\nComm \"b\"\n"
								   "</Group>");
	assert_int_equal(fp_instances_count(instances), 3);
	assert_string_equal(fp_instances_base(instances, 0)->name, "a");
	assert_string_equal(fp_instances_base(instances, 1)->name, "app-other");
	assert_string_equal(fp_instances_base(instances, 2)->name, "b");
	for (size_t i = 0; i < 3; i++)
		assert_true(fp_instances_at(instances, i)->base);
	end();
}

static void test_as_many_as_there_may_be(void **state)
{
	(void)state;
	configure(APPS("MaxGroups 2\n") "<Group \"u-%{user}\">\nComm \"/./\"\nMaxGroups 1\n"
					"</Group>");
	assert_string_equal(find(0, "app-a", 1), "app-a");
	assert_string_equal(find(0, "app-b", 2), "app-b");
	fake_check_said(0, "");
	assert_string_equal(find(0, "app-c", 3), "app-other");
	fake_check_said(1, "<Group \"app-%{env:APP}\">: there are more than MaxGroups 2 values; "
			   "the rest are summed in \"app-other\"; this is said once\n");
	assert_string_equal(find(0, "app-c", 3), "app-other");
	assert_string_equal(find(0, "app-d", 4), "app-other");
	/* who is there stays */
	assert_string_equal(find(0, "app-a", 1), "app-a");
	fake_check_said(0, "");
	/* each group has a number of its own, and says so itself */
	assert_string_equal(find(1, "u-a", 1), "u-a");
	assert_string_equal(find(1, "u-b", 2), "u-other");
	fake_check_said(1, "<Group \"u-%{user}\">: there are more than MaxGroups 1 values");
	assert_int_equal(fp_instances_count(instances), 5);
	end();
}

static void test_a_value_that_is_called_other(void **state)
{
	(void)state;
	configure(APPS("MaxGroups 1\n"));
	assert_string_equal(find(0, "app-other", 1), "app-other");
	assert_string_equal(find(0, "app-other", 2), "app-other");
	assert_int_equal(fp_instances_count(instances), 1);
	/* it takes nobody's place, and is no reason to say anything */
	assert_string_equal(find(0, "app-a", 3), "app-a");
	fake_check_said(0, "");
	end();
}

static void test_a_name_that_another_group_has(void **state)
{
	(void)state;
	configure("<Group \"app-shop\">\nComm \"shop\"\n</Group>\n" APPS(
		"") "<Group \"%{user}\">\nComm \"/./\"\n</Group>\n"
		    "<Group \"app-blog\">\nComm \"blog\"\n</Group>");
	assert_string_equal(find(1, "app-shop", 1), "app-other");
	fake_check_said(1, "<Group \"app-%{env:APP}\">: the name \"app-shop\" is another group's, "
			   "so what belongs there is summed in \"app-other\"; this is said once\n");
	assert_string_equal(find(1, "app-shop", 1), "app-other");
	assert_string_equal(find(1, "app-blog", 2), "app-other");
	fake_check_said(0, "");
	assert_string_equal(find(1, "app-cms", 3), "app-cms");
	/* nor does the one group with %{} take the other's, or the other's rest */
	assert_string_equal(find(2, "app-cms", 4), "other");
	fake_check_said(1, "<Group \"%{user}\">: the name \"app-cms\" is another group's, so what "
			   "belongs there is summed in \"other\"");
	assert_string_equal(find(2, "app-other", 5), "other");
	assert_string_equal(find(2, "root", 6), "root");
	fake_check_said(0, "");
	end();
}

static void test_different_values_of_one_name(void **state)
{
	(void)state;
	configure(APPS(""));
	assert_string_equal(find(0, "app-a_b", 1), "app-a_b");
	assert_string_equal(find(0, "app-a_b", 1), "app-a_b");
	fake_check_said(0, "");
	assert_string_equal(find(0, "app-a_b", 2), "app-a_b");
	fake_check_said(1, "<Group \"app-%{env:APP}\">: different values become the name "
			   "\"app-a_b\" and share that group, since a name is cut to 63 bytes of "
			   "A-Z a-z 0-9 _ . -\n");
	assert_string_equal(find(0, "app-a_b", 3), "app-a_b");
	assert_string_equal(find(0, "app-a_b", 1), "app-a_b");
	fake_check_said(0, "");
	assert_string_equal(find(0, "app-c_d", 4), "app-c_d");
	assert_string_equal(find(0, "app-c_d", 5), "app-c_d");
	fake_check_said(1, "\"app-c_d\"");
	end();
}

/* Takes what has expired at so many seconds: "name name", in the order of the alphabet. */
static void check_expired(uint64_t now_s, const bool *due, const char *expected)
{
	struct fp_instance *expired;
	char found[256] = "";

	while ((expired = fp_instances_take_expired(instances, due, now_s * SECOND))) {
		size_t len = strlen(expired->name) + 1;
		memmove(found + len, found, sizeof(found) - len);
		memcpy(found, expired->name, len - 1);
		found[len - 1] = ' ';
		fp_instance_free(expired);
	}
	assert_string_equal(found, expected);
}

static void test_expiry(void **state)
{
	static const bool both[] = {true, true}, first[] = {true, false}, second[] = {false, true};

	(void)state;
	configure(APPS("Expire 20\nMaxGroups 2\n") "<Group \"u-%{user}\">\nComm \"/./\"\n"
						   "</Group>");
	fake->now_s = 1000;
	find(0, "app-a", 1);
	find(1, "u-a", 1);
	fake->now_s = 1010;
	find(0, "app-b", 2);
	assert_string_equal(find(0, "app-c", 3), "app-other");
	fake_check_said(1, "MaxGroups 2");
	check_expired(1020, both, "");
	check_expired(1021, second, "");
	check_expired(1021, first, "app-a ");
	check_expired(1021, first, "");
	/* there is room again, for as many as there may be */
	assert_string_equal(find(0, "app-c", 3), "app-c");
	assert_string_equal(find(0, "app-d", 4), "app-other");
	fake_check_said(0, "");
	check_expired(1300, second, "");
	check_expired(1301, both, "u-a app-c app-b ");
	check_expired(100000, both, "");
	assert_int_equal(fp_instances_count(instances), 2);
	assert_string_equal(fp_instances_base(instances, 0)->name, "app-other");
	assert_string_equal(fp_instances_base(instances, 1)->name, "u-other");
	end();
}

static void test_accounts_begin_anew(void **state)
{
	const struct fp_memory memory = {.has = 1 << FP_USS, .bytes = {[FP_USS] = 4096}};
	struct fp_member member = {.pid = 5};
	struct fp_instance *found;

	(void)state;
	configure(APPS(""));
	assert_int_equal(fp_instances_find(instances, 0, "app-a", 1, SECOND, &found), 0);
	fp_account_member(&found->account, 1, &memory, 1, false);
	member.cmdline = strdup("a");
	assert_int_equal(fp_members_add(&found->members, member), 0);
	fp_instances_begin(instances);
	assert_int_equal(found->account.processes, 0);
	assert_int_equal(found->members.len, 0);
	/* what has members when all ends is freed with them */
	member.cmdline = strdup("b");
	assert_int_equal(fp_members_add(&found->members, member), 0);
	end();
}

/* ---- The same, seen from a sampler ---- */

static void rounds(int count)
{
	while (count--)
		fake_round();
}

static void test_the_rest_is_summed(void **state)
{
	struct fake_process *processes[5];
	char app[16];

	(void)state;
	for (int i = 0; i < 5; i++) {
		snprintf(app, sizeof(app), "APP=%c", 'a' + i);
		processes[i] = fake_start(10 + i, 1, "x", app);
	}
	fake_configure(APPS("MaxGroups 3\nExpire 20\n"));
	rounds(10);
	fake_check("app-a", "10");
	fake_check("app-c", "12");
	fake_check("app-d", NULL);
	fake_check("app-other", "13 14");
	fake_check_said(1, "MaxGroups 3");
	/* whose group ends leaves its place to one of the rest, when that is looked at again */
	fake_exit(processes[1]);
	rounds(1);
	fake_check("app-b", "");
	rounds(3);
	fake_check("app-b", NULL);
	rounds(32);
	fake_check("app-a", "10");
	fake_check("app-c", "12");
	assert_true((fake_result("app-d") != NULL) != (fake_result("app-e") != NULL));
	fake_check("app-other", fake_result("app-d") ? "14" : "13");
	fake_check_said(0, "");
}

static void test_a_group_ends_and_comes_again(void **state)
{
	(void)state;
	struct fake_process *process = fake_start(10, 1, "x", "APP=a");
	fake_configure(APPS("Expire 20\n"));
	rounds(20);
	fake_check("app-a", "10");
	fake_exit(process);
	rounds(1);
	fake_check("app-a", "");
	rounds(2);
	/* told for the last time in the round in which it ends */
	fake_check("app-a", "");
	rounds(1);
	fake_check("app-a", NULL);
	fake_check("app-other", NULL);
	fake_start(11, 1, "x", "APP=a");
	rounds(1);
	fake_check("app-a", "11");
	fake_check_said(0, "");
}

/* Its members are looked at only when it is due, so nothing ends in between. */
static void test_a_group_told_seldom_does_not_end(void **state)
{
	(void)state;
	struct fake_process *process = fake_start(10, 1, "x", "APP=a");
	fake_configure(APPS("Expire 20\nInterval 60\n"));
	fake_round();
	fake_check("app-a", "10");
	for (int i = 0; i < 5; i++) {
		rounds(5);
		fake_check("app-a", NULL);
		fake_round();
		fake_check("app-a", "10");
	}
	fake_exit(process);
	rounds(6);
	fake_check("app-a", "");
	rounds(6);
	fake_check("app-a", NULL);
}

/* A process that is in many groups is forgotten of none that ends. */
static void test_ended_groups_are_forgotten(void **state)
{
	(void)state;
	struct fake_process *process = fake_start(10, 1, "a", "APP=a");
	fake_configure("<Group \"c-%{comm}\">\nComm \"/./\"\nExpire 1\nDescendants true\n</Group>\n"
		       "<Group \"l-%{cmdline:1}\">\nCmdline \"/^(.)/\"\nExpire 1\n</Group>");
	fake_start(11, 10, "z", "");
	for (int i = 0; i < 40; i++) {
		char group[] = "c-?";
		process->comm[0] = process->cmdline[0] = (char)('a' + i % 7);
		group[2] = process->comm[0];
		fake_round();
		fake_check(group, "10");
		group[0] = 'l';
		fake_check(group, "10");
		fake_check("c-z", "11");
	}
}

static int list_fails(struct fp_os *os, struct fp_pids *pids)
{
	(void)os;
	(void)pids;
	return -EMFILE;
}

/* An Interval goes by the clock, not by readings, and a reading that failed told nobody. */
static void test_when_a_group_is_due(void **state)
{
	struct fp_snapshot *snapshot = NULL;

	(void)state;
	fake_start(10, 1, "a", "");
	fake_configure("<Group \"f\">\nComm \"a\"\nInterval 60\n</Group>");
	int (*list)(struct fp_os *, struct fp_pids *) = fake->backend.list;
	fake_round();
	fake_check("f", "10");
	for (int i = 0; i < 5; i++) {
		fake_round();
		fake_check("f", NULL);
	}
	fake->now_s += fake->round_s;
	fake->backend.list = list_fails;
	assert_int_equal(fp_sampler_take(fake->sampler, &snapshot), -EMFILE);
	assert_null(snapshot);
	fake->backend.list = list;
	fake_round();
	fake_check("f", "10");
	/* readings that come late are fewer, and each is told */
	fake->round_s = 70;
	fake_round();
	fake_check("f", "10");
	fake_round();
	fake_check("f", "10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_static_groups_are_there),
		ON_A_FAKE_HOST(test_as_many_as_there_may_be),
		ON_A_FAKE_HOST(test_a_value_that_is_called_other),
		ON_A_FAKE_HOST(test_a_name_that_another_group_has),
		ON_A_FAKE_HOST(test_different_values_of_one_name),
		ON_A_FAKE_HOST(test_expiry),
		ON_A_FAKE_HOST(test_accounts_begin_anew),
		ON_A_FAKE_HOST(test_the_rest_is_summed),
		ON_A_FAKE_HOST(test_a_group_ends_and_comes_again),
		ON_A_FAKE_HOST(test_a_group_told_seldom_does_not_end),
		ON_A_FAKE_HOST(test_ended_groups_are_forgotten),
		ON_A_FAKE_HOST(test_when_a_group_is_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Descriptors, page tables and glances of members, and rounds that fail. */
#include "../lib/fakehost.h"

#include <stdio.h>
#include <string.h>

#define ALL "<Group \"all\">\nComm \"a\"\n</Group>\n"

static const uint64_t ms = 1000000;

static void start_members(int32_t first, int count, uint64_t walk_ns)
{
	for (int i = 0; i < count; i++) {
		struct fake_process *process = fake_start(first + i, 1, "a", "");
		process->file = 0;
		process->walk_ns = walk_ns;
	}
}

static void follow(const char *text)
{
	fake_go_live();
	fake_tell_events(0);
	fake_follow(text);
}

/* ---- Descriptors ---- */

/* The members of which so many descriptors may be kept. */
static void check_kept(uint64_t limit, int members, int kept)
{
	fake->descriptor_limit = limit;
	start_members(1000, members, 0);
	follow(ALL);
	fake_rounds(3);
	assert_int_equal(fake->kept, kept);
	assert_int_equal(fake->kept_most, kept);
	assert_int_equal(fake->snapshot->self.kept_files, kept);
	/* whose end frees them for others */
	for (int i = 0; i < members / 2; i++)
		fake_exit(fake_find(1000 + i));
	start_members(5000, members / 2, 0);
	fake_rounds(3);
	assert_int_equal(fake->kept, kept);
	assert_int_equal(fake->kept_most, kept);
}

static void test_a_quarter_of_the_descriptors(void **state)
{
	(void)state;
	check_kept(1024, 200, 256);
}

static void test_at_most_512_descriptors(void **state)
{
	(void)state;
	check_kept(1048576, 300, 512);
}

static void test_hardly_any_descriptors(void **state)
{
	(void)state;
	check_kept(27, 10, 6);
}

static void test_descriptors_of_each_member(void **state)
{
	(void)state;
	check_kept(1024, 20, 40);
	/* who is no member any more keeps none */
	for (size_t i = 0; i < fake->count; i++)
		if (fake->processes[i].lives)
			fake_exec(&fake->processes[i], "other", NULL);
	fake_round();
	assert_int_equal(fake->kept, 0);
	fake_check("all", "");
}

/* ---- Page tables ---- */

static bool has_tables(uint64_t members)
{
	uint64_t bytes;

	if (!fp_account_sum(&fake_result("all")->account, FP_PAGE_TABLES, false, &bytes))
		return false;
	assert_int_equal(bytes, members * 4096);
	return true;
}

static void spend_on_tables(struct fake_process *process, unsigned file)
{
	(void)process;
	if (file == FP_OS_STATUS)
		fake->cpu_ns += ms;
}

/* Of how many members status was read. */
static unsigned count_tables(void)
{
	unsigned count = 0;

	for (size_t i = 0; i < fake->count; i++) {
		unsigned reads = fake_reads(&fake->processes[i], FP_OS_STATUS);
		assert_in_range(reads, 0, 1);
		count += reads;
	}
	return count;
}

static void follow_tables(uint64_t walk_ns)
{
	start_members(1000, 20, walk_ns);
	follow(ALL);
	fake->before_read = spend_on_tables;
}

/* At 100 ms a round: after four shares of first readings they have a tenth of one. */
static void test_page_tables_follow(void **state)
{
	(void)state;
	follow_tables(20 * ms);
	fake_round();
	fake_uss_kib("all");
	assert_false(has_tables(20));
	assert_int_equal(count_tables(), 10);
	fake_round();
	assert_true(has_tables(20));
	assert_int_equal(count_tables(), 10);
	/* with each reading, and then the sum stays */
	fake_find(1003)->resident++;
	fake_round();
	assert_true(has_tables(20));
	assert_int_equal(fake_reads(fake_find(1003), FP_OS_STATUS), 1);
	assert_int_equal(count_tables(), 0);
}

/* After less than a share, all that is left of it as well. */
static void test_page_tables_of_a_small_host(void **state)
{
	(void)state;
	follow_tables(4 * ms);
	fake_round();
	assert_true(has_tables(20));
	assert_int_equal(count_tables(), 20);
}

/* A family that is too large for Budget does not keep those of others away for good. */
static void test_page_tables_beside_dear_ones(void **state)
{
	(void)state;
	start_members(1000, 3, 700 * ms);
	start_members(5000, 20, ms / 10);
	follow(ALL);
	for (int round = 0; round < 12; round++) {
		for (int32_t pid = 1000; pid < 1003; pid++)
			fake_find(pid)->resident++;
		fake_round();
	}
	assert_in_range(fake_result("all")->account.deferred, 1, 3);
	assert_true(has_tables(23));
}

/* ---- Threads ---- */

static uint64_t threads(void)
{
	return fake_result("all")->account.threads;
}

static void test_threads_of_one_that_grows(void **state)
{
	(void)state;
	start_members(10, 1, 0);
	follow(ALL);
	fake_rounds(3);
	for (unsigned more = 1; more <= 8; more++) {
		fake_find(10)->resident++;
		fake_find(10)->more_threads = more;
		fake_round();
		assert_int_equal(threads(), 1 + more);
	}
}

/* Counting costs as much as a glance, so it is done in turn, of which each round has its part. */
static void test_threads_of_some_that_stay_as_they_are(void **state)
{
	(void)state;
	start_members(10, 16, 0);
	follow(ALL);
	fake_rounds(3);
	for (int32_t pid = 10; pid < 26; pid++)
		fake_find(pid)->more_threads = 1;
	for (unsigned round = 1; round <= 8; round++) {
		fake_round();
		assert_int_equal(threads(), 16 + 2 * round);
	}
	for (int32_t pid = 10; pid < 26; pid++)
		assert_in_range(fake_find(pid)->glances, 10, 12);
}

/* A group that is due in each second round only has its turns in those. */
static void test_threads_of_a_group_with_an_interval(void **state)
{
	(void)state;
	start_members(10, 16, 0);
	follow("<Group \"all\">\nComm \"a\"\nInterval 20\n</Group>\n");
	fake_rounds(6);
	for (int32_t pid = 10; pid < 26; pid++)
		fake_find(pid)->more_threads = 1;
	unsigned told = 0;
	for (unsigned round = 0; round < 16; round++) {
		fake_round();
		if (fake->snapshot->group_count == 0)
			continue;
		told++;
		assert_int_equal(threads(), 16 + 2 * told);
	}
	assert_int_equal(told, 8);
}

/* ---- Clocks ---- */

enum { MANY = 160, FEW = 120 };

static void start_resting(int count)
{
	start_members(100, count, 0);
	for (int32_t pid = 100; pid < 100 + count; pid++)
		fake_find(pid)->rests = true;
	follow(ALL);
	fake_rounds(4);
	fake->clocks = 0;
}

static unsigned count_glances(void)
{
	unsigned glances = 0;

	for (size_t i = 0; i < fake->count; i++) {
		glances += fake->processes[i].glances;
		fake->processes[i].glances = 0;
	}
	return glances;
}

static void check_glances_of_a_round(unsigned least, unsigned most)
{
	count_glances();
	fake_round();
	assert_in_range(count_glances(), least, most);
}

static void test_who_does_not_run_is_not_glanced_at(void **state)
{
	(void)state;
	start_resting(MANY);
	for (int round = 0; round < 8; round++)
		check_glances_of_a_round(MANY / 8, MANY / 8);
	assert_int_equal(fake->clocks, 8 * MANY);
	/* one that runs is, with its threads */
	fake_find(117)->clock_ns++;
	fake_find(117)->resident++;
	fake_find(117)->grown_kib += 4;
	fake_find(117)->more_threads = 2;
	uint64_t before_kib = fake_uss_kib("all");
	check_glances_of_a_round(MANY / 8, MANY / 8 + 1);
	assert_int_equal(fake_uss_kib("all"), before_kib + 4);
	assert_int_equal(threads(), MANY + 2);
}

/* Who is young is looked at in each round, by a file with a rougher number. */
static void test_who_does_not_run_and_is_asked_again(void **state)
{
	(void)state;
	start_members(100, MANY, 0);
	for (int32_t pid = 100; pid < 100 + MANY; pid++) {
		fake_find(pid)->rests = true;
		fake_find(pid)->unsettled = 1;
	}
	follow("<Group \"all\">\nCmdline \"a\"\n</Group>\n");
	fake_rounds(2);
	fake_check_read(NULL);
	for (size_t i = 0; i < fake->count; i++)
		fake->processes[i].opens = 0;
	fake_rounds(3);
	fake_check_read("");
	for (size_t i = 0; i < fake->count; i++)
		assert_int_equal(fake->processes[i].opens, 3 * (fake->processes[i].pid >= 100));
}

/* Others may change its memory, which nobody tells. */
static void test_who_does_not_run_has_a_turn(void **state)
{
	(void)state;
	start_resting(MANY);
	uint64_t before_kib = fake_uss_kib("all");
	for (int32_t pid = 100; pid < 100 + MANY; pid++) {
		fake_find(pid)->resident--;
		fake_find(pid)->grown_kib++;
	}
	for (unsigned round = 1; round <= 8; round++) {
		fake_round();
		assert_int_equal(fake_uss_kib("all"), before_kib + round * MANY / 8);
	}
}

static void test_when_the_kernel_takes_memory_back(void **state)
{
	(void)state;
	start_resting(MANY);
	for (int round = 0; round < 3; round++) {
		fake->meddled++;
		check_glances_of_a_round(MANY, MANY);
	}
	check_glances_of_a_round(MANY / 8, MANY / 8);
	/* where nobody tells, everybody is */
	fake->hides_meddling = true;
	for (int round = 0; round < 3; round++)
		check_glances_of_a_round(MANY, MANY);
}

static void test_who_is_glanced_at_in_any_case(void **state)
{
	(void)state;
	start_resting(FEW);
	check_glances_of_a_round(FEW, FEW);
	assert_int_equal(fake->clocks, 0);
	/* whose clock is the sum of many */
	start_members(300, MANY, 0);
	fake_rounds(4);
	for (int32_t pid = 100; pid < 100 + FEW; pid++) {
		fake_find(pid)->more_threads = 64;
		fake_find(pid)->resident++;
		fake_find(pid)->clock_ns++;
	}
	fake_round();
	check_glances_of_a_round(FEW + MANY, FEW + MANY);
	for (int32_t pid = 300; pid < 300 + MANY; pid++)
		fake_find(pid)->rests = true;
	fake_round();
	check_glances_of_a_round(FEW + MANY / 8, FEW + MANY / 8 + 1);
}

static void test_ids_of_another_namespace_have_no_clocks(void **state)
{
	(void)state;
	start_members(100, MANY, 0);
	fake_go_live();
	fake->abilities.is_own = false;
	fake_tell_events(0);
	fake_follow(ALL);
	fake_rounds(4);
	check_glances_of_a_round(MANY, MANY);
}

/* ---- Relatives that stand still ---- */

/* One of them rests, and the other runs in its memory; for itself and for its relative each is seen. */
static void test_a_shared_space_has_no_clock(void **state)
{
	(void)state;
	start_members(100, MANY, 0);
	struct fake_process *sharer = fake_fork(fake_find(100), 300);
	sharer->space = fake_find(100)->space;
	sharer->rests = true;
	for (int32_t pid = 100; pid < 100 + MANY; pid++)
		fake_find(pid)->rests = true;
	follow(ALL);
	fake_rounds(4);
	for (int round = 0; round < 8; round++) {
		count_glances();
		fake_round();
		assert_in_range(fake_find(100)->glances, 2, 4);
		assert_in_range(fake_find(300)->glances, 2, 4);
		assert_in_range(count_glances(), 4, 4 + MANY / 8);
	}
}

enum { FAMILY = 40 };

/* Of relatives that stand still not one is opened. */
static void test_a_family_that_stands_still(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(100, 1, "a", "");
	parent->rests = true;
	for (int32_t pid = 101; pid < 100 + FAMILY; pid++)
		fake_fork(parent, pid)->rests = true;
	follow(ALL);
	fake_rounds(10);
	fake_check_read(NULL);
	for (size_t i = 0; i < fake->count; i++)
		fake->processes[i].opens = 0;
	count_glances();
	for (int round = 0; round < 8; round++)
		fake_round();
	/* each in its turn, for itself and for the others */
	assert_int_equal(count_glances(), 2 * FAMILY);
	for (size_t i = 0; i < fake->count; i++)
		if (fake->processes[i].pid >= 100)
			assert_int_equal(fake->processes[i].opens, 1);
	assert_int_equal(fake_result("all")->account.deferred, 0);
	fake_check_read("");
	/* one that copies a page makes the others due */
	fake_find(105)->clock_ns++;
	fake_find(105)->minflt++;
	fake_round();
	unsigned read = 0;
	for (size_t i = 0; i < fake->count; i++)
		read += fake_reads(&fake->processes[i], FP_OS_SMAPS_ROLLUP) != 0;
	assert_int_equal(read, FAMILY);
}

/* ---- Rounds that fail ---- */

/* What happens before each: everything that a round could lose. */
static void change(int32_t pid)
{
	struct fake_process *process = fake_start(pid, 1, "a", "");

	fake_fork(process, pid + 1);
	fake_exec(fake_fork(process, pid + 2), "a", NULL);
	fake_find(100)->resident++;
	fake_exec(fake_find(101), "a", NULL);
	for (int32_t last = pid - 10; last < pid - 7 && pid > 1000; last++)
		fake_exit(fake_find(last));
}

static void check_complete(void)
{
	char pids[1024] = "";
	size_t len = 0;

	fake_round();
	for (size_t i = 0; i < fake->count; i++)
		if (fake->processes[i].lives)
			len += (size_t)snprintf(pids + len, sizeof(pids) - len, "%s%d",
				len ? " " : "", fake->processes[i].pid);
	fake_check("all", pids);
	fake_uss_kib("all");
	assert_int_equal(fake_result("all")->account.deferred, 0);
}

/* At each call in turn, until one round does not come so far. */
static void check_failures(int status)
{
	struct fp_snapshot *none;
	int failed = -1;
	unsigned calls = 0;

	start_members(100, 5, 0);
	follow(ALL);
	for (int32_t pid = 1000; failed < 0; pid += 10) {
		change(pid);
		fake->now_s += 10;
		fake->call_status = status;
		fake->calls_left = calls++;
		failed = fp_sampler_take(fake->sampler, &none);
		fake->call_status = 0;
		if (failed < 0) {
			assert_int_equal(failed, status);
			assert_int_equal(fake->opened, 0);
		} else {
			fp_snapshot_free(none);
		}
		check_complete();
	}
	assert_in_range(calls, 20, 200);
}

static void test_rounds_without_descriptors(void **state)
{
	(void)state;
	check_failures(-EMFILE);
}

static void test_rounds_without_memory(void **state)
{
	(void)state;
	check_failures(-ENOMEM);
}

static void lock_child(struct fake_process *process, unsigned file)
{
	if (process->pid != 10 || file != FP_OS_ENVIRON)
		return;
	fake_find(11)->dead_leader = true;
	fake_find(11)->threads_status = -ELOOP;
}

/* One that cannot be opened again, after its parent was asked for it, is nobody else's error. */
static void test_one_that_cannot_be_opened_again(void **state)
{
	(void)state;
	strcpy(fake_fork(fake_start(10, 1, "master", "APP=shop"), 11)->comm, "worker");
	fake_start(12, 1, "worker", "APP=shop");
	fake->before_read = lock_child;
	follow("<Group \"all\">\nComm \"worker\"\nEnv \"APP\"\n</Group>\n");
	fake_round();
	assert_true(fake_find(11)->dead_leader);
	fake_check("all", "12");
	fake->before_read = NULL;
	fake_find(11)->dead_leader = false;
	/* until the list of all is read again */
	fake_rounds(25);
	fake_check("all", "11 12");
	fake_uss_kib("all");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_a_quarter_of_the_descriptors),
		ON_A_FAKE_HOST(test_at_most_512_descriptors),
		ON_A_FAKE_HOST(test_hardly_any_descriptors),
		ON_A_FAKE_HOST(test_descriptors_of_each_member),
		ON_A_FAKE_HOST(test_page_tables_follow),
		ON_A_FAKE_HOST(test_page_tables_of_a_small_host),
		ON_A_FAKE_HOST(test_page_tables_beside_dear_ones),
		ON_A_FAKE_HOST(test_threads_of_one_that_grows),
		ON_A_FAKE_HOST(test_threads_of_some_that_stay_as_they_are),
		ON_A_FAKE_HOST(test_threads_of_a_group_with_an_interval),
		ON_A_FAKE_HOST(test_who_does_not_run_is_not_glanced_at),
		ON_A_FAKE_HOST(test_who_does_not_run_and_is_asked_again),
		ON_A_FAKE_HOST(test_who_does_not_run_has_a_turn),
		ON_A_FAKE_HOST(test_when_the_kernel_takes_memory_back),
		ON_A_FAKE_HOST(test_who_is_glanced_at_in_any_case),
		ON_A_FAKE_HOST(test_ids_of_another_namespace_have_no_clocks),
		ON_A_FAKE_HOST(test_a_shared_space_has_no_clock),
		ON_A_FAKE_HOST(test_a_family_that_stands_still),
		ON_A_FAKE_HOST(test_one_that_cannot_be_opened_again),
		ON_A_FAKE_HOST(test_rounds_without_descriptors),
		ON_A_FAKE_HOST(test_rounds_without_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

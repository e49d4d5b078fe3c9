/* What of the readings that are due is done within Budget, and what is told of the rest. */
#include "../lib/fakehost.h"

#include <string.h>

#define ALL "<Group \"all\">\nComm \"a\"\n</Group>\n"

static const uint64_t ms = 1000000;

/* A round of 10 s may take 100 ms at 1 %. */
enum { SHARE_MS = 100, FIRST_MS = 10 * SHARE_MS, MEMBERS = 100 };

/* Members that each take so long to read. */
static void start_more(int first, int count, uint64_t walk_ns)
{
	for (int i = 0; i < count; i++) {
		struct fake_process *process = fake_start(first + i, 1, "a", "");
		process->file = 0;
		process->walk_ns = walk_ns;
	}
}

static void start_members(int count, uint64_t walk_ns)
{
	start_more(1000, count, walk_ns);
}

static void follow(const char *text)
{
	fake_go_live();
	fake_tell_events(0);
	fake_follow(text);
	fake->lines = 0;
	fake->said[0] = '\0';
}

static const struct fp_account *account(void)
{
	return &fake_result("all")->account;
}

/* A round, in which every member moved: how much was read. */
static uint64_t move_all(void)
{
	uint64_t before_ns = fake->cpu_ns;

	for (size_t i = 0; i < fake->count; i++)
		fake->processes[i].resident++;
	fake_round();
	return fake->cpu_ns - before_ns;
}

/* 5 s of readings: ten times the share in each round, and nothing is a debt. */
static void test_the_first_reading(void **state)
{
	uint64_t sum, deferred = MEMBERS, rounds = 0;

	(void)state;
	start_members(MEMBERS, 50 * ms);
	follow(ALL);
	do {
		uint64_t before_ns = fake->cpu_ns;
		fake_round();
		rounds++;
		assert_int_equal(fake->cpu_ns - before_ns, FIRST_MS * ms);
		assert_int_equal(account()->processes, MEMBERS);
		assert_true(account()->deferred < deferred);
		deferred = account()->deferred;
		assert_int_equal(fake->snapshot->self.deferred, deferred);
		assert_int_equal(fp_account_sum(account(), FP_USS, false, &sum), deferred == 0);
		if (rounds == 1)
			fake_check_said(1, "first reading of all members takes about");
	} while (deferred);
	assert_int_equal(rounds, MEMBERS * 50 / FIRST_MS);
	/* nobody twice, and page tables are not read before there is time for them */
	for (size_t i = 0; i < fake->count; i++)
		assert_int_equal(fake_reads(&fake->processes[i], FP_OS_SMAPS_ROLLUP), 1);
	assert_int_equal(fake->lines, 0);
	/* from now on the plain share: one dear one is read in spite of it, and is paid for */
	uint64_t spent_ns = 0;
	for (int round = 0; round < 100; round++) {
		uint64_t round_ns = move_all();
		assert_in_range(round_ns, 0, (SHARE_MS + 50) * ms);
		spent_ns += round_ns;
	}
	assert_in_range(spent_ns, 95 * SHARE_MS * ms, 101 * SHARE_MS * ms);
}

static void test_the_estimate_is_said_once(void **state)
{
	(void)state;
	/* of 1 GiB each: the plan takes their walks for 8 ms, and so about 0.1 s in all */
	start_members(20, 400 * ms);
	for (size_t i = 0; i < 20; i++)
		fake->processes[i].resident = 262144;
	follow(ALL);
	fake_round();
	assert_in_range(account()->deferred, 15, 19);
	fake_check_said(1, "s of processor time more, at ten times Budget 1 in the next 1 or so "
			   "intervals; until then");
	fake_rounds(2);
	assert_int_equal(fake->lines, 0);
}

/* Nothing is said of what takes no time. */
static void test_a_small_host(void **state)
{
	(void)state;
	start_members(20, ms);
	follow(ALL);
	fake_rounds(3);
	assert_int_equal(fake->lines, 0);
	assert_int_equal(account()->deferred, 0);
}

/* 20 members of 25 ms each, all moving, at 100 ms a round: each is read in its turn. */
static void test_the_rotation_is_fair(void **state)
{
	unsigned least = UINT32_MAX, most = 0;

	(void)state;
	start_members(20, 25 * ms);
	follow(ALL);
	fake_rounds(4);
	fake_check_read(NULL);
	for (int round = 0; round < 100; round++) {
		move_all();
		assert_in_range(account()->deferred, 14, 19);
		/* the oldest first: after five or six rounds everybody has had its turn */
		assert_in_range(fake_age_s("all"), round < 10 ? 0 : 40, 70);
	}
	for (size_t i = 0; i < fake->count; i++) {
		unsigned reads = fake_reads(&fake->processes[i], FP_OS_SMAPS_ROLLUP);
		least = reads < least ? reads : least;
		most = reads > most ? reads : most;
	}
	assert_in_range(least, 18, 20);
	assert_in_range(most, least, least + 1);
}

/* Of a member that is put off the last sample counts. */
static void test_sums_stay(void **state)
{
	uint64_t expected = 0, behind = 0;

	(void)state;
	start_members(20, 25 * ms);
	follow(ALL);
	fake_rounds(4);
	for (size_t i = 0; i < fake->count; i++) {
		expected += fake->processes[i].space;
		fake->processes[i].grown_kib = 1000;
	}
	assert_int_equal(fake_uss_kib("all"), expected);
	for (int round = 1; round <= 4; round++) {
		move_all();
		uint64_t kib = fake_uss_kib("all");
		assert_in_range(kib - expected, 1000, 20000);
		assert_int_equal((kib - expected) % 1000, 0);
		assert_true(kib > expected + behind);
		behind = kib - expected;
		assert_int_equal(
			behind / 1000, round == 1 ? 20 - account()->deferred : behind / 1000);
	}
	fake_rounds(8);
	assert_int_equal(fake_uss_kib("all"), expected + 20000);
	assert_int_equal(account()->deferred, 0);
}

/* Who has no sample at all, before those who have an old one. */
static void test_who_is_new_comes_first(void **state)
{
	(void)state;
	start_members(20, 25 * ms);
	follow(ALL);
	fake_rounds(4);
	for (int round = 0; round < 3; round++)
		move_all();
	fake_check_read(NULL);
	struct fake_process *fresh = fake_start(50, 1, "a", "");
	fresh->walk_ns = 25 * ms;
	fresh->resident = 5000;
	move_all();
	assert_int_equal(fake_reads(fresh, FP_OS_SMAPS_ROLLUP), 1);
	assert_int_equal(fake_uss_kib("all"), fresh->space + 210);
}

/* What that takes, the others have less, but not twice. */
static void test_who_is_new_is_paid_for_once(void **state)
{
	(void)state;
	start_members(MEMBERS, ms);
	follow(ALL);
	fake_rounds(3);
	assert_int_equal(move_all(), MEMBERS * ms);
	fake_start(50, 1, "a", "")->walk_ns = 40 * ms;
	assert_int_equal(move_all(), SHARE_MS * ms);
	assert_int_equal(account()->deferred, 40);
}

/* Neither a few dear readings starve many cheap ones, nor the other way round. */
static void check_both_kinds(int dear, int cheap)
{
	unsigned dear_reads = 0, cheap_reads = 0;

	start_members(dear, 300 * ms);
	start_more(5000, cheap, ms / 2);
	follow(ALL);
	do
		fake_round();
	while (account()->deferred);
	fake_check_read(NULL);
	for (int round = 0; round < 120; round++)
		move_all();
	for (size_t i = 0; i < fake->count; i++) {
		unsigned reads = fake_reads(&fake->processes[i], FP_OS_SMAPS_ROLLUP);
		*(i < (size_t)dear ? &dear_reads : &cheap_reads) += reads;
	}
	/* 50 ms a round for each kind */
	assert_in_range(dear_reads, 19, 22);
	assert_in_range(cheap_reads, 11000, 13000);
}

static void test_a_few_dear_ones_and_many_cheap_ones(void **state)
{
	(void)state;
	check_both_kinds(2, 400);
}

static void test_many_dear_ones_and_cheap_ones(void **state)
{
	(void)state;
	check_both_kinds(30, 150);
}

static void test_max_age_is_said_once(void **state)
{
	uint64_t sum;

	(void)state;
	start_members(MEMBERS, 50 * ms);
	follow("MaxAge 10\n" ALL);
	/* nothing moves, and yet all of them are due; who has no sample comes first */
	do
		fake_round();
	while (!fp_account_sum(account(), FP_USS, false, &sum));
	assert_in_range(account()->deferred, 50, MEMBERS);
	fake_check_said(2, "Budget 1 cannot keep samples younger than MaxAge 10: reading all "
			   "members once takes 5.0 s");
	/* that was all that the factor is for */
	for (int round = 0; round < 50; round++)
		assert_in_range(move_all(), 0, (SHARE_MS + 50) * ms);
	assert_int_equal(fake->lines, 0);
	/* the oldest of 100 when two are read in a round */
	assert_in_range(fake_age_s("all"), 450, 560);
}

static void test_max_age_that_is_not_kept_for_long(void **state)
{
	(void)state;
	start_members(20, 25 * ms);
	follow("MaxAge 40\n" ALL);
	fake_round();
	/* each is read once in 50 s: late, and not by half */
	for (int round = 0; round < 20; round++)
		move_all();
	assert_string_equal(fake->said, "");
}

/* The first reading of a member has that time, however late it comes. */
static void test_members_that_come_late(void **state)
{
	(void)state;
	follow(ALL);
	fake_rounds(5);
	start_members(MEMBERS, 50 * ms);
	for (uint64_t left = MEMBERS; left > 0; left -= FIRST_MS / 50) {
		uint64_t before_ns = fake->cpu_ns;
		fake_round();
		assert_int_equal(fake->cpu_ns - before_ns, FIRST_MS * ms);
		assert_int_equal(account()->deferred, left - FIRST_MS / 50);
	}
}

/* As well that of an image: the roster does not grow then. */
static void test_members_with_another_image(void **state)
{
	(void)state;
	start_members(MEMBERS, 50 * ms);
	follow(ALL);
	fake_rounds(6);
	for (size_t i = 0; i < fake->count; i++)
		fake_exec(&fake->processes[i], "a", NULL);
	uint64_t before_ns = fake->cpu_ns;
	fake_round();
	assert_int_equal(fake->cpu_ns - before_ns, FIRST_MS * ms);
	assert_int_equal(account()->deferred, MEMBERS - FIRST_MS / 50);
}

/* Who asks but once does not wait. */
static void test_a_single_look_has_no_bounds(void **state)
{
	(void)state;
	start_members(MEMBERS, 50 * ms);
	fake_go_live();
	fake_configure(ALL);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(move_all(), MEMBERS * 50 * ms);
		assert_int_equal(account()->deferred, 0);
	}
	assert_int_equal(fake->lines, 0);
}

static uint64_t look_ns;

static void spend(struct fake_process *process, unsigned file)
{
	if (file == FP_OS_STAT && process->pid < 1000)
		fake->cpu_ns += look_ns;
}

/* A round with a look that takes so long, which leaves so much of the share. */
static void look(int32_t pid, uint64_t cost_ms, uint64_t left_ms)
{
	fake_start(pid, 1, "other", "");
	look_ns = cost_ms * ms;
	assert_int_equal(move_all(), (cost_ms + left_ms) * ms);
	assert_int_equal(account()->deferred, MEMBERS - left_ms * 2);
}

/* Looking counts, too, but leaves a quarter of the share and no debt. */
static void test_looks_are_paid_for(void **state)
{
	(void)state;
	start_members(MEMBERS, ms / 2);
	follow(ALL);
	fake_rounds(3);
	fake->before_read = spend;
	for (int32_t pid = 100; pid < 110; pid += 2) {
		look(pid, 60, 40);
		look(pid + 1, 900, 25);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_the_first_reading),
		ON_A_FAKE_HOST(test_the_estimate_is_said_once),
		ON_A_FAKE_HOST(test_a_small_host),
		ON_A_FAKE_HOST(test_the_rotation_is_fair),
		ON_A_FAKE_HOST(test_sums_stay),
		ON_A_FAKE_HOST(test_who_is_new_comes_first),
		ON_A_FAKE_HOST(test_who_is_new_is_paid_for_once),
		ON_A_FAKE_HOST(test_a_few_dear_ones_and_many_cheap_ones),
		ON_A_FAKE_HOST(test_many_dear_ones_and_cheap_ones),
		ON_A_FAKE_HOST(test_max_age_is_said_once),
		ON_A_FAKE_HOST(test_max_age_that_is_not_kept_for_long),
		ON_A_FAKE_HOST(test_members_that_come_late),
		ON_A_FAKE_HOST(test_members_with_another_image),
		ON_A_FAKE_HOST(test_a_single_look_has_no_bounds),
		ON_A_FAKE_HOST(test_looks_are_paid_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

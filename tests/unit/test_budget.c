#include "compute/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint64_t ms = 1000000, interval_ns = UINT64_C(10000000000);

/* At 1 % a round of 10 s may take 100 ms. */
static struct fp_budget budget;
static uint64_t now_ns;

static int begin_test(void **state)
{
	(void)state;
	budget = (struct fp_budget){.percent = 1};
	now_ns = 5000 * interval_ns;
	return 0;
}

static void begin(void)
{
	now_ns += interval_ns;
	fp_budget_begin(&budget, now_ns, interval_ns);
}

/* A round with so much charged, up to the readings. */
static void begin_readings(uint64_t charged_ns)
{
	begin();
	fp_budget_charge(&budget, charged_ns);
	fp_budget_share(&budget);
}

/* Readings of a kind as long as they may be done, at most so many: how many were. */
static unsigned read_lane(enum fp_lane lane, uint64_t cost_ns, unsigned most)
{
	unsigned count = 0;

	while (count < most && fp_budget_may(&budget, lane, cost_ns)) {
		fp_budget_spend(&budget, lane, cost_ns);
		count++;
	}
	return count;
}

/* And with what the other left. */
static unsigned read_rest(enum fp_lane lane, uint64_t cost_ns, unsigned most)
{
	unsigned count = 0;

	while (count < most && fp_budget_has(&budget, cost_ns)) {
		fp_budget_spend(&budget, lane, cost_ns);
		count++;
	}
	return count;
}

static unsigned read_all(enum fp_lane lane, uint64_t cost_ns, unsigned most)
{
	unsigned count = read_lane(lane, cost_ns, most);

	return count + read_rest(lane, cost_ns, most - count);
}

static void test_a_share_is_of_the_time(void **state)
{
	(void)state;
	begin();
	assert_true(fp_budget_has(&budget, 100 * ms));
	assert_false(fp_budget_has(&budget, 100 * ms + 1));
	/* of half an interval: as of one; of one and a half; of ten: as of two */
	fp_budget_begin(&budget, now_ns += interval_ns / 2, interval_ns);
	assert_true(fp_budget_has(&budget, 100 * ms));
	assert_false(fp_budget_has(&budget, 100 * ms + 1));
	fp_budget_begin(&budget, now_ns += interval_ns * 3 / 2, interval_ns);
	assert_true(fp_budget_has(&budget, 150 * ms));
	assert_false(fp_budget_has(&budget, 150 * ms + 1));
	fp_budget_begin(&budget, now_ns += interval_ns * 10, interval_ns);
	assert_true(fp_budget_has(&budget, 200 * ms));
	assert_false(fp_budget_has(&budget, 200 * ms + 1));
	/* what is not used is not saved up, and the percentage stays */
	begin();
	assert_true(fp_budget_has(&budget, 100 * ms));
	assert_false(fp_budget_has(&budget, 100 * ms + 1));
	budget.percent = 25;
	begin();
	assert_true(fp_budget_has(&budget, 2500 * ms));
	assert_false(fp_budget_has(&budget, 2500 * ms + 1));
}

static void test_what_had_to_be_done_is_paid(void **state)
{
	(void)state;
	begin_readings(60 * ms);
	assert_true(fp_budget_has(&budget, 40 * ms));
	assert_false(fp_budget_has(&budget, 40 * ms + 1));
	assert_int_equal(read_all(FP_LANE_CHEAP, ms, 1000), 40);
	/* however much that is, a quarter is left, and nothing of it is a debt */
	begin_readings(1800 * ms);
	assert_int_equal(read_all(FP_LANE_CHEAP, ms, 1000), 25);
	begin_readings(0);
	assert_int_equal(read_all(FP_LANE_CHEAP, ms, 1000), 100);
	/* in steps, too */
	begin();
	for (int i = 0; i < 10; i++)
		fp_budget_charge(&budget, 20 * ms);
	fp_budget_share(&budget);
	assert_int_equal(read_all(FP_LANE_DEAR, ms, 1000), 25);
}

static void test_one_kind_alone_has_all(void **state)
{
	(void)state;
	begin_readings(0);
	assert_int_equal(read_all(FP_LANE_CHEAP, ms, 1000), 100);
	begin_readings(0);
	assert_int_equal(read_all(FP_LANE_DEAR, 2 * ms, 1000), 50);
	begin_readings(0);
	assert_int_equal(read_all(FP_LANE_CHEAP, ms, 10), 10);
	assert_int_equal(read_all(FP_LANE_DEAR, 2 * ms, 1000), 45);
}

static void test_each_of_two_has_half(void **state)
{
	(void)state;
	for (int dear_first = 0; dear_first < 2; dear_first++) {
		begin_readings(20 * ms);
		unsigned dear = dear_first ? read_lane(FP_LANE_DEAR, 4 * ms, 1000) : 0;
		assert_int_equal(read_lane(FP_LANE_CHEAP, ms, 1000), 40);
		if (!dear_first)
			dear = read_lane(FP_LANE_DEAR, 4 * ms, 1000);
		assert_int_equal(dear, 10);
	}
}

static void test_the_first_of_a_kind_may_exceed(void **state)
{
	(void)state;
	begin_readings(0);
	assert_true(fp_budget_may(&budget, FP_LANE_DEAR, 900 * ms));
	assert_int_equal(read_lane(FP_LANE_CHEAP, 30 * ms, 1000), 1);
	assert_false(fp_budget_may(&budget, FP_LANE_CHEAP, 30 * ms));
	assert_true(fp_budget_may(&budget, FP_LANE_CHEAP, 20 * ms));
	/* a cheap one before it does not change that */
	assert_int_equal(read_lane(FP_LANE_DEAR, 900 * ms, 1000), 1);
	assert_false(fp_budget_may(&budget, FP_LANE_DEAR, 1));
	assert_false(fp_budget_has(&budget, 1));
	/* its own kind pays, and the other goes on */
	for (int round = 0; round < 16; round++) {
		begin_readings(0);
		assert_false(fp_budget_may(&budget, FP_LANE_DEAR, 1));
		assert_int_equal(read_all(FP_LANE_CHEAP, ms, 1000), 50);
	}
	begin_readings(0);
	assert_true(fp_budget_may(&budget, FP_LANE_DEAR, 900 * ms));
}

static void test_what_is_not_needed_pays_debts(void **state)
{
	(void)state;
	begin_readings(0);
	assert_int_equal(read_lane(FP_LANE_DEAR, 490 * ms, 1000), 1);
	/* less its half of each round and what the other did not take of its own */
	for (int round = 0; round < 5; round++) {
		assert_false(fp_budget_may(&budget, FP_LANE_DEAR, 1));
		assert_int_equal(read_lane(FP_LANE_CHEAP, 10 * ms, 1), 1);
		begin_readings(0);
	}
	assert_true(fp_budget_may(&budget, FP_LANE_DEAR, 1));
}

/* Over many rounds: what was spent is the share, and each kind had half, whoever comes first. */
static void check_average(uint64_t dear_ns, bool dear_first)
{
	uint64_t spent_ns[FP_LANES] = {0}, charged_ns = 10 * ms;
	const unsigned rounds = 2000;

	for (unsigned round = 0; round < rounds; round++) {
		begin_readings(charged_ns);
		for (int turn = 0; turn < 2; turn++)
			if (dear_first == (turn == 0))
				spent_ns[FP_LANE_DEAR] +=
					dear_ns * read_lane(FP_LANE_DEAR, dear_ns, 100);
			else
				spent_ns[FP_LANE_CHEAP] +=
					ms / 10 * read_lane(FP_LANE_CHEAP, ms / 10, 5000);
		spent_ns[FP_LANE_CHEAP] += ms / 10 * read_rest(FP_LANE_CHEAP, ms / 10, 5000);
	}
	uint64_t half_ns = rounds * 45 * ms;
	assert_in_range(spent_ns[FP_LANE_CHEAP] + spent_ns[FP_LANE_DEAR], half_ns * 2 * 98 / 100,
		half_ns * 2 + dear_ns);
	assert_in_range(spent_ns[FP_LANE_CHEAP], half_ns * 95 / 100, half_ns * 105 / 100);
	assert_in_range(spent_ns[FP_LANE_DEAR], half_ns * 95 / 100, half_ns * 105 / 100 + dear_ns);
}

static void test_neither_kind_starves_the_other(void **state)
{
	(void)state;
	for (int dear_first = 0; dear_first < 2; dear_first++) {
		check_average(3 * ms, dear_first);
		begin_test(state);
		check_average(100 * ms, dear_first);
		begin_test(state);
		check_average(3200 * ms, dear_first);
		begin_test(state);
	}
}

static void test_a_debt_has_an_end(void **state)
{
	unsigned rounds = 0;

	(void)state;
	begin_readings(0);
	fp_budget_spend(&budget, FP_LANE_DEAR, 86400 * UINT64_C(1000000000));
	do {
		begin_readings(0);
		rounds++;
		assert_in_range(rounds, 1, 3001);
	} while (!fp_budget_may(&budget, FP_LANE_DEAR, 1));
	assert_in_range(rounds, 2900, 3001);
}

/* So many first readings of a cost as may be done. */
static unsigned read_first(uint64_t cost_ns, unsigned most)
{
	unsigned count = 0;

	while (count < most && fp_budget_may_first(&budget, cost_ns)) {
		fp_budget_spend_first(&budget, cost_ns);
		count++;
	}
	return count;
}

static void test_first_readings_have_ten_shares(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		begin();
		assert_int_equal(read_first(ms, 5000), 1000);
		/* others have a quarter of theirs, in this round and no less in the next */
		fp_budget_share(&budget);
		assert_int_equal(read_all(FP_LANE_CHEAP, ms, 1000), 25);
	}
	begin_readings(0);
	assert_int_equal(read_all(FP_LANE_CHEAP, ms, 1000), 100);
	/* one may cost whatever it does */
	begin();
	assert_int_equal(read_first(5000 * ms, 10), 1);
}

static unsigned read_aside(uint64_t cost_ns)
{
	unsigned count = 0;

	while (count < 5000 && fp_budget_may_aside(&budget, cost_ns)) {
		fp_budget_spend_aside(&budget, cost_ns);
		count++;
	}
	return count;
}

static void test_what_goes_with_readings(void **state)
{
	(void)state;
	begin_readings(0);
	/* a tenth of its own, and what is left */
	assert_int_equal(read_aside(ms), 110);
	begin();
	assert_int_equal(read_first(ms, 20), 20);
	fp_budget_share(&budget);
	assert_int_equal(read_aside(ms), 90);
	/* after many first readings it waits */
	begin();
	assert_int_equal(read_first(ms, 101), 101);
	fp_budget_share(&budget);
	assert_int_equal(read_aside(ms), 10);
	/* while a dear reading is paid for it goes on */
	begin_readings(0);
	assert_int_equal(read_lane(FP_LANE_DEAR, 900 * ms, 1), 1);
	assert_int_equal(read_aside(ms), 10);
	begin_readings(0);
	assert_int_equal(read_aside(ms), 10);
}

static void test_without_bounds(void **state)
{
	(void)state;
	budget.percent = 0;
	for (int round = 0; round < 3; round++) {
		begin_readings(500 * ms);
		for (int i = 0; i < 3; i++) {
			assert_true(fp_budget_may(&budget, FP_LANE_CHEAP, UINT32_MAX));
			assert_true(fp_budget_may(&budget, FP_LANE_DEAR, UINT32_MAX));
			assert_true(fp_budget_has(&budget, UINT32_MAX));
			assert_true(fp_budget_may_first(&budget, UINT32_MAX));
			assert_true(fp_budget_may_aside(&budget, UINT32_MAX));
			fp_budget_spend_first(&budget, 5000 * ms);
			fp_budget_spend_aside(&budget, 5000 * ms);
			fp_budget_spend(&budget, FP_LANE_DEAR, 5000 * ms);
			fp_budget_spend(&budget, FP_LANE_CHEAP, 5000 * ms);
		}
	}
}

#define WITH_A_BUDGET(test) cmocka_unit_test_setup(test, begin_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_A_BUDGET(test_a_share_is_of_the_time),
		WITH_A_BUDGET(test_what_had_to_be_done_is_paid),
		WITH_A_BUDGET(test_one_kind_alone_has_all),
		WITH_A_BUDGET(test_each_of_two_has_half),
		WITH_A_BUDGET(test_the_first_of_a_kind_may_exceed),
		WITH_A_BUDGET(test_what_is_not_needed_pays_debts),
		WITH_A_BUDGET(test_neither_kind_starves_the_other),
		WITH_A_BUDGET(test_a_debt_has_an_end),
		WITH_A_BUDGET(test_first_readings_have_ten_shares),
		WITH_A_BUDGET(test_what_goes_with_readings),
		WITH_A_BUDGET(test_without_bounds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

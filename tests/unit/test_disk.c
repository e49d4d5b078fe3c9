#include "compute/disk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BIT(rate) (UINT32_C(1) << (rate))
#define ALL       (BIT(FP_DISK_RATES) - 1)
#define SECOND    UINT64_C(1000000000)

/* Numbers whose quotients are exact, so that rates can be compared for equality. */
static const struct fp_disk_counters before = {
	.has = (UINT32_C(1) << FP_DISK_FIELDS) - 1,
	.value = {1000, 50, 80000, 3000, 2000, 60, 90000, 7000, 3, 40000, 900000, 10, 1, 2048, 77,
		500, 1500},
};

/* 64 reads more: 8,192 sectors, 96 ms; 32 writes more: 1,024 sectors, 400 ms; and so on. */
static const struct fp_disk_counters now = {
	.has = (UINT32_C(1) << FP_DISK_FIELDS) - 1,
	.value = {1064, 55, 88192, 3096, 2032, 66, 91024, 7400, 5, 40500, 903000, 14, 1, 6144, 79,
		516, 1540},
};

/* On a kernel of 64 bits. */
static void rates_of(const struct fp_disk_counters *from, const struct fp_disk_counters *to,
	uint64_t elapsed_ns, struct fp_disk_rates *rates)
{
	struct fp_disk_delta delta;

	memset(&delta, 0xff, sizeof(delta));
	fp_disk_delta(from, to, elapsed_ns, false, &delta);
	fp_disk_rates(&delta, elapsed_ns, rates);
}

static void check(const struct fp_disk_rates *rates, enum fp_disk_rate rate, double value)
{
	assert_true((rates->has >> rate) & 1);
	if (rates->value[rate] != value)
		fail_msg("rate %d is %.17g, not %.17g", (int)rate, rates->value[rate], value);
}

static void test_rates_of_two_seconds(void **state)
{
	struct fp_disk_rates rates;

	(void)state;
	memset(&rates, 0xff, sizeof(rates));
	rates_of(&before, &now, 2 * SECOND, &rates);
	assert_int_equal(rates.has, ALL);
	check(&rates, FP_DISK_UTIL_PERCENT, 25);
	check(&rates, FP_DISK_READ_AWAIT_MS, 1.5);
	check(&rates, FP_DISK_WRITE_AWAIT_MS, 12.5);
	check(&rates, FP_DISK_DISCARD_AWAIT_MS, 0.5);
	check(&rates, FP_DISK_FLUSH_AWAIT_MS, 2.5);
	check(&rates, FP_DISK_QUEUE_LENGTH, 1.5);
	check(&rates, FP_DISK_READ_REQUEST_BYTES, 65536);
	check(&rates, FP_DISK_WRITE_REQUEST_BYTES, 16384);
	check(&rates, FP_DISK_DISCARD_REQUEST_BYTES, 524288);
}

static void test_the_true_time_counts(void **state)
{
	struct fp_disk_rates rates;

	(void)state;
	rates_of(&before, &now, 4 * SECOND, &rates);
	check(&rates, FP_DISK_UTIL_PERCENT, 12.5);
	check(&rates, FP_DISK_QUEUE_LENGTH, 0.75);
	check(&rates, FP_DISK_READ_AWAIT_MS, 1.5);
	rates_of(&before, &now, SECOND / 2, &rates);
	check(&rates, FP_DISK_UTIL_PERCENT, 100);
	check(&rates, FP_DISK_QUEUE_LENGTH, 6);
	/* 500 ms busy of 499 */
	rates_of(&before, &now, 499 * (SECOND / 1000), &rates);
	check(&rates, FP_DISK_UTIL_PERCENT, 100);
	memset(&rates, 0xff, sizeof(rates));
	rates_of(&before, &now, 0, &rates);
	assert_int_equal(rates.has, 0);
}

static void test_an_idle_interval(void **state)
{
	struct fp_disk_rates rates;

	(void)state;
	rates_of(&now, &now, SECOND, &rates);
	assert_int_equal(rates.has, BIT(FP_DISK_UTIL_PERCENT) | BIT(FP_DISK_QUEUE_LENGTH));
	check(&rates, FP_DISK_UTIL_PERCENT, 0);
	check(&rates, FP_DISK_QUEUE_LENGTH, 0);
}

static void test_a_single_io_has_a_mean(void **state)
{
	struct fp_disk_counters single = before;
	struct fp_disk_rates rates;

	(void)state;
	single.value[FP_DISK_READS] += 1;
	single.value[FP_DISK_READ_SECTORS] += 8;
	single.value[FP_DISK_READ_MS] += 3;
	single.value[FP_DISK_IO_MS] += 199;
	rates_of(&before, &single, SECOND / 5, &rates);
	check(&rates, FP_DISK_READ_AWAIT_MS, 3);
	check(&rates, FP_DISK_READ_REQUEST_BYTES, 4096);
	check(&rates, FP_DISK_UTIL_PERCENT, 99.5);
}

/* The rates that need a field; what is in flight or merged is needed by none. */
static const uint32_t needed_by[FP_DISK_FIELDS] = {
	[FP_DISK_READS] = BIT(FP_DISK_READ_AWAIT_MS) | BIT(FP_DISK_READ_REQUEST_BYTES),
	[FP_DISK_READ_SECTORS] = BIT(FP_DISK_READ_REQUEST_BYTES),
	[FP_DISK_READ_MS] = BIT(FP_DISK_READ_AWAIT_MS),
	[FP_DISK_WRITES] = BIT(FP_DISK_WRITE_AWAIT_MS) | BIT(FP_DISK_WRITE_REQUEST_BYTES),
	[FP_DISK_WRITE_SECTORS] = BIT(FP_DISK_WRITE_REQUEST_BYTES),
	[FP_DISK_WRITE_MS] = BIT(FP_DISK_WRITE_AWAIT_MS),
	[FP_DISK_IO_MS] = BIT(FP_DISK_UTIL_PERCENT),
	[FP_DISK_WEIGHTED_MS] = BIT(FP_DISK_QUEUE_LENGTH),
	[FP_DISK_DISCARDS] = BIT(FP_DISK_DISCARD_AWAIT_MS) | BIT(FP_DISK_DISCARD_REQUEST_BYTES),
	[FP_DISK_DISCARD_SECTORS] = BIT(FP_DISK_DISCARD_REQUEST_BYTES),
	[FP_DISK_DISCARD_MS] = BIT(FP_DISK_DISCARD_AWAIT_MS),
	[FP_DISK_FLUSHES] = BIT(FP_DISK_FLUSH_AWAIT_MS),
	[FP_DISK_FLUSH_MS] = BIT(FP_DISK_FLUSH_AWAIT_MS),
};

static void test_what_is_unknown_takes_its_rates_along(void **state)
{
	struct fp_disk_counters lacking;
	struct fp_disk_rates rates;

	(void)state;
	for (unsigned field = 0; field < FP_DISK_FIELDS; field++) {
		lacking = before;
		lacking.has &= ~BIT(field);
		rates_of(&lacking, &now, SECOND, &rates);
		assert_int_equal(rates.has, ALL & ~needed_by[field]);
		lacking = now;
		lacking.has &= ~BIT(field);
		rates_of(&before, &lacking, SECOND, &rates);
		assert_int_equal(rates.has, ALL & ~needed_by[field]);
	}
}

/* A count or sectors that go back are a device that began anew; a time takes only its own along. */
static void test_what_went_back(void **state)
{
	static const uint32_t times = BIT(FP_DISK_READ_MS) | BIT(FP_DISK_WRITE_MS) |
				      BIT(FP_DISK_IO_MS) | BIT(FP_DISK_WEIGHTED_MS) |
				      BIT(FP_DISK_DISCARD_MS) | BIT(FP_DISK_FLUSH_MS);
	struct fp_disk_counters back;
	struct fp_disk_rates rates;

	(void)state;
	for (unsigned field = 0; field < FP_DISK_FIELDS; field++) {
		bool alone = field == FP_DISK_IN_FLIGHT || (times & BIT(field));
		back = now;
		back.value[field] = before.value[field] - 1;
		rates_of(&before, &back, SECOND, &rates);
		assert_int_equal(rates.has, alone ? ALL & ~needed_by[field] : 0);
	}
}

static void test_no_io_of_a_kind_gives_no_mean(void **state)
{
	static const enum fp_disk_field counts[] = {
		FP_DISK_READS, FP_DISK_WRITES, FP_DISK_DISCARDS, FP_DISK_FLUSHES};
	struct fp_disk_rates rates;

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct fp_disk_counters quiet = now;
		quiet.value[counts[i]] = before.value[counts[i]];
		rates_of(&before, &quiet, SECOND, &rates);
		assert_int_equal(rates.has, ALL & ~needed_by[counts[i]]);
	}
}

static struct fp_disk_counters sample(uint64_t in_flight, uint64_t reads)
{
	struct fp_disk_counters counters = before;

	counters.value[FP_DISK_IN_FLIGHT] = in_flight;
	counters.value[FP_DISK_READS] = reads;
	return counters;
}

static void test_stuck_after_a_while_without_an_end(void **state)
{
	struct fp_disk_progress progress = {0};
	struct fp_disk_counters idle = sample(0, 10), busy = sample(2, 10), more = sample(3, 10);

	(void)state;
	assert_false(fp_disk_stuck(&progress, NULL, &idle, 100 * SECOND, 30 * SECOND));
	assert_false(progress.waiting);
	/* nobody knows when in the interval it began, so it counts from here */
	assert_false(fp_disk_stuck(&progress, &idle, &busy, 110 * SECOND, 30 * SECOND));
	assert_true(progress.waiting);
	assert_int_equal(progress.since_ns, 110 * SECOND);
	assert_false(fp_disk_stuck(&progress, &busy, &busy, 120 * SECOND, 30 * SECOND));
	/* what only began since ends nothing */
	assert_false(fp_disk_stuck(&progress, &busy, &more, 140 * SECOND - 1, 30 * SECOND));
	assert_int_equal(progress.since_ns, 110 * SECOND);
	assert_true(fp_disk_stuck(&progress, &more, &busy, 140 * SECOND, 30 * SECOND));
	assert_true(fp_disk_stuck(&progress, &busy, &busy, 150 * SECOND, 30 * SECOND));
	assert_false(fp_disk_stuck(&progress, &busy, &idle, 160 * SECOND, 30 * SECOND));
	assert_false(progress.waiting);
	assert_false(fp_disk_stuck(&progress, &idle, &busy, 170 * SECOND, 30 * SECOND));
	assert_int_equal(progress.since_ns, 170 * SECOND);
}

static void test_stuck_from_the_first_sample(void **state)
{
	struct fp_disk_progress progress = {0};
	struct fp_disk_counters busy = sample(1, 10);

	(void)state;
	assert_false(fp_disk_stuck(&progress, NULL, &busy, 5 * SECOND, 30 * SECOND));
	assert_false(fp_disk_stuck(&progress, &busy, &busy, 34 * SECOND, 30 * SECOND));
	assert_true(fp_disk_stuck(&progress, &busy, &busy, 35 * SECOND, 30 * SECOND));
	/* a device that came anew */
	assert_false(fp_disk_stuck(&progress, NULL, &busy, 36 * SECOND, 30 * SECOND));
	assert_int_equal(progress.since_ns, 36 * SECOND);
}

static void test_an_end_of_any_kind_is_progress(void **state)
{
	static const struct {
		enum fp_disk_field field;
		bool ends;
	} cases[] = {
		{FP_DISK_READS, true},
		{FP_DISK_WRITES, true},
		{FP_DISK_DISCARDS, true},
		{FP_DISK_FLUSHES, true},
		{FP_DISK_READS_MERGED, false},
		{FP_DISK_WRITES_MERGED, false},
		{FP_DISK_IO_MS, false},
		{FP_DISK_WEIGHTED_MS, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fp_disk_counters then = before, later = before;
		struct fp_disk_progress progress = {.waiting = true, .since_ns = SECOND};
		later.value[cases[i].field]++;
		assert_int_equal(fp_disk_stuck(&progress, &then, &later, 9 * SECOND, 8 * SECOND),
			!cases[i].ends);
		assert_true(progress.waiting);
		assert_int_equal(progress.since_ns, cases[i].ends ? 9 * SECOND : SECOND);

		/* going back is a device that began anew */
		progress.since_ns = SECOND;
		assert_int_equal(fp_disk_stuck(&progress, &later, &then, 9 * SECOND, 8 * SECOND),
			!cases[i].ends);

		/* unknown on either side is no progress */
		progress.since_ns = SECOND;
		then.has &= ~BIT(cases[i].field);
		assert_true(fp_disk_stuck(&progress, &then, &later, 9 * SECOND, 8 * SECOND));
		assert_true(fp_disk_stuck(&progress, &later, &then, 9 * SECOND, 8 * SECOND));
	}
}

static void test_unknown_in_flight_makes_none_stuck(void **state)
{
	struct fp_disk_progress progress = {.waiting = true, .since_ns = SECOND};
	struct fp_disk_counters unknown = before;

	(void)state;
	unknown.has &= ~BIT(FP_DISK_IN_FLIGHT);
	assert_false(fp_disk_stuck(&progress, &before, &unknown, 900 * SECOND, 30 * SECOND));
	progress = (struct fp_disk_progress){0};
	assert_false(fp_disk_stuck(&progress, NULL, &unknown, SECOND, 30 * SECOND));
	assert_false(fp_disk_stuck(&progress, &unknown, &unknown, 900 * SECOND, 30 * SECOND));
	assert_false(progress.waiting);
}

/* Nor does it make one that is stuck go on, or begin the time again. */
static void test_unknown_in_flight_leaves_what_was(void **state)
{
	struct fp_disk_progress progress = {0};
	struct fp_disk_counters busy = sample(2, 10), unknown = busy, more = sample(0, 11);

	(void)state;
	unknown.has &= ~BIT(FP_DISK_IN_FLIGHT);
	more.has = unknown.has;
	assert_false(fp_disk_stuck(&progress, NULL, &busy, 100 * SECOND, 30 * SECOND));
	assert_false(fp_disk_stuck(&progress, &busy, &unknown, 110 * SECOND, 30 * SECOND));
	assert_false(fp_disk_stuck(&progress, &unknown, &busy, 120 * SECOND, 30 * SECOND));
	assert_true(fp_disk_stuck(&progress, &busy, &busy, 130 * SECOND, 30 * SECOND));
	assert_true(fp_disk_stuck(&progress, &busy, &unknown, 140 * SECOND, 30 * SECOND));
	assert_true(fp_disk_stuck(&progress, &unknown, &busy, 150 * SECOND, 30 * SECOND));
	assert_int_equal(progress.since_ns, 100 * SECOND);
	/* what ends is told all the same */
	assert_false(fp_disk_stuck(&progress, &busy, &more, 160 * SECOND, 30 * SECOND));
	assert_false(progress.waiting);
	assert_false(fp_disk_stuck(&progress, &more, &unknown, 170 * SECOND, 30 * SECOND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates_of_two_seconds),
		cmocka_unit_test(test_the_true_time_counts),
		cmocka_unit_test(test_an_idle_interval),
		cmocka_unit_test(test_a_single_io_has_a_mean),
		cmocka_unit_test(test_what_is_unknown_takes_its_rates_along),
		cmocka_unit_test(test_what_went_back),
		cmocka_unit_test(test_no_io_of_a_kind_gives_no_mean),
		cmocka_unit_test(test_stuck_after_a_while_without_an_end),
		cmocka_unit_test(test_stuck_from_the_first_sample),
		cmocka_unit_test(test_an_end_of_any_kind_is_progress),
		cmocka_unit_test(test_unknown_in_flight_makes_none_stuck),
		cmocka_unit_test(test_unknown_in_flight_leaves_what_was),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

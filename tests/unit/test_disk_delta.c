#include "compute/disk.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BIT(field) (UINT32_C(1) << (field))
#define KNOWN      (BIT(FP_DISK_FIELDS) - 1)
#define COUNTED    (KNOWN & ~BIT(FP_DISK_IN_FLIGHT))
#define TURN       (UINT64_C(1) << 32)
#define SECOND     UINT64_C(1000000000)

enum { ROUNDS = 200000, QUEUE_MAX = 4096 };

static const enum fp_disk_field times[] = {FP_DISK_READ_MS, FP_DISK_WRITE_MS, FP_DISK_IO_MS,
	FP_DISK_WEIGHTED_MS, FP_DISK_DISCARD_MS, FP_DISK_FLUSH_MS};

/* The I/O that a time is of, and itself where there is none. */
static const enum fp_disk_field count_of[] = {FP_DISK_READS, FP_DISK_WRITES, FP_DISK_IO_MS,
	FP_DISK_WEIGHTED_MS, FP_DISK_DISCARDS, FP_DISK_FLUSHES};

enum { TIMES = sizeof(times) / sizeof(times[0]) };

static uint64_t seed = 88172645463325252u;

static uint64_t random_below(uint64_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % limit;
}

static bool is_time(unsigned field)
{
	for (size_t i = 0; i < TIMES; i++)
		if (times[i] == field)
			return true;
	return false;
}

/* Large counters, none near 2^32. */
static struct fp_disk_counters old_device(void)
{
	struct fp_disk_counters counters = {.has = KNOWN};

	for (unsigned field = 0; field < FP_DISK_FIELDS; field++)
		counters.value[field] = 1000000000 + field;
	return counters;
}

static struct fp_disk_delta delta_of(const struct fp_disk_counters *from,
	const struct fp_disk_counters *to, uint64_t elapsed_ns, bool narrow)
{
	struct fp_disk_delta delta;

	memset(&delta, 0xff, sizeof(delta));
	fp_disk_delta(from, to, elapsed_ns, narrow, &delta);
	return delta;
}

static void test_a_time_passes_2_32(void **state)
{
	(void)state;
	for (size_t i = 0; i < TIMES; i++) {
		struct fp_disk_counters from = old_device(), to = from;
		from.value[times[i]] = TURN - 100;
		to.value[times[i]] = 150;
		if (count_of[i] != times[i])
			to.value[count_of[i]] += 3;
		struct fp_disk_delta delta = delta_of(&from, &to, SECOND, false);
		assert_false(delta.anew);
		assert_int_equal(delta.has, COUNTED);
		assert_int_equal(delta.wrapped, BIT(times[i]));
		assert_int_equal(delta.came[times[i]], 250);
	}
}

static void test_no_time_passes_without_its_io(void **state)
{
	(void)state;
	for (size_t i = 0; i < TIMES; i++) {
		if (count_of[i] == times[i])
			continue;
		struct fp_disk_counters from = old_device(), to = from;
		from.value[times[i]] = TURN - 100;
		to.value[times[i]] = 150;
		struct fp_disk_delta delta = delta_of(&from, &to, SECOND, false);
		assert_int_equal(delta.has, COUNTED & ~BIT(times[i]));
		assert_int_equal(delta.wrapped, 0);
		to.value[count_of[i]]++;
		to.has &= ~BIT(count_of[i]);
		delta = delta_of(&from, &to, SECOND, false);
		assert_int_equal(delta.has, COUNTED & ~BIT(times[i]) & ~BIT(count_of[i]));
	}
}

/* Busy for as long as the interval, and a second for what a busy host does to samples; no longer. */
static void test_the_bounds_of_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < TIMES; i++) {
		uint64_t most = times[i] == FP_DISK_IO_MS ? 11000 : UINT64_C(11000) * QUEUE_MAX;
		for (uint64_t came = most; came <= most + 1; came++) {
			struct fp_disk_counters from = old_device(), to = from;
			from.value[times[i]] = TURN - 1;
			to.value[times[i]] = came - 1;
			to.value[count_of[i]] += count_of[i] != times[i];
			struct fp_disk_delta delta = delta_of(&from, &to, 10 * SECOND, false);
			bool known = (delta.has >> times[i]) & 1;
			assert_int_equal(known, came == most);
			assert_int_equal(delta.wrapped, known ? BIT(times[i]) : 0);
		}
		/* half of the way round is as far forward as back, however long it took */
		struct fp_disk_counters from = old_device(), to = from;
		from.value[times[i]] = TURN / 2 + 10;
		to.value[times[i]] = 11;
		to.value[count_of[i]] += count_of[i] != times[i];
		struct fp_disk_delta delta = delta_of(&from, &to, 1000000 * SECOND * 100, false);
		assert_false((delta.has >> times[i]) & 1);
		to.value[times[i]] = 10;
		delta = delta_of(&from, &to, 1000000 * SECOND * 100, false);
		assert_int_equal(delta.came[times[i]], TURN / 2);
	}
}

static void test_counts_pass_2_32_on_narrow_kernels_only(void **state)
{
	(void)state;
	for (unsigned field = 0; field < FP_DISK_FIELDS; field++) {
		struct fp_disk_counters from = old_device(), to = from;
		if (field == FP_DISK_IN_FLIGHT || is_time(field))
			continue;
		from.value[field] = TURN - 5;
		to.value[field] = 3;
		struct fp_disk_delta delta = delta_of(&from, &to, SECOND, true);
		assert_false(delta.anew);
		assert_int_equal(delta.has, COUNTED);
		assert_int_equal(delta.wrapped, BIT(field));
		assert_int_equal(delta.came[field], 8);
		delta = delta_of(&from, &to, SECOND, false);
		assert_true(delta.anew);
		assert_int_equal(delta.has, 0);
		assert_int_equal(delta.wrapped, 0);
		/* 64 bits were in use */
		from.value[field] = TURN + 5;
		delta = delta_of(&from, &to, SECOND, true);
		assert_true(delta.anew);
	}
}

/* Whatever stood in the counters: a device that comes anew begins with less, and tells no interval. */
static void test_a_device_that_began_anew(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct fp_disk_counters from = {.has = KNOWN}, to = {.has = KNOWN};
		for (unsigned field = 0; field < FP_DISK_FIELDS; field++) {
			from.value[field] = random_below(TURN);
			to.value[field] = random_below(1000);
		}
		/* some of its counters may have overtaken, and those near 2^32 may look as if passed */
		from.value[FP_DISK_READS] = 1000 + random_below(TURN - 200000000);
		bool narrow = random_below(2);
		struct fp_disk_delta delta = delta_of(&from, &to, SECOND, narrow);
		assert_true(delta.anew);
		assert_int_equal(delta.has, 0);
	}
}

/* What a device could do in the interval, as a kernel would count it. */
static void work(uint64_t true_value[FP_DISK_FIELDS], uint64_t elapsed_ms)
{
	for (unsigned field = 0; field < FP_DISK_FIELDS; field++)
		if (!is_time(field))
			true_value[field] += random_below(elapsed_ms * 100 + 1);
	for (size_t i = 0; i < TIMES; i++)
		true_value[times[i]] += random_below(elapsed_ms + 1) *
					(times[i] == FP_DISK_IO_MS ? 1 : 1 + random_below(256));
	true_value[FP_DISK_IN_FLIGHT] = random_below(256);
}

static struct fp_disk_counters seen(const uint64_t true_value[FP_DISK_FIELDS], bool narrow)
{
	struct fp_disk_counters counters = {.has = KNOWN};

	for (unsigned field = 0; field < FP_DISK_FIELDS; field++)
		counters.value[field] =
			is_time(field) || narrow ? true_value[field] % TURN : true_value[field];
	return counters;
}

/* Every rate is one that the interval allows. */
static void check_rates(const struct fp_disk_delta *delta, uint64_t elapsed_ns)
{
	struct fp_disk_rates rates;
	double most_ms = QUEUE_MAX * ((double)elapsed_ns / 1e6 + 1000);

	fp_disk_rates(delta, elapsed_ns, &rates);
	for (unsigned rate = 0; rate < FP_DISK_RATES; rate++) {
		double value = rates.value[rate];
		if (!((rates.has >> rate) & 1))
			continue;
		assert_true(isfinite(value) && value >= 0);
		if (rate == FP_DISK_UTIL_PERCENT)
			assert_true(value <= 100);
		else if (rate == FP_DISK_QUEUE_LENGTH)
			assert_true(value <= most_ms / ((double)elapsed_ns / 1e6));
		else if (rate <= FP_DISK_FLUSH_AWAIT_MS)
			assert_true(value <= most_ms);
	}
}

/* All that a device really did is found again, over any number of turns, and after each new start. */
static void run_device(bool narrow)
{
	uint64_t true_value[FP_DISK_FIELDS];
	unsigned wraps = 0, starts = 0;

	for (unsigned field = 0; field < FP_DISK_FIELDS; field++)
		true_value[field] = TURN - random_below(100000000);
	struct fp_disk_counters from = seen(true_value, narrow);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t elapsed_ms = 1 + random_below(60000), old[FP_DISK_FIELDS];
		memcpy(old, true_value, sizeof(old));
		bool restart = random_below(5000) == 0;
		if (restart)
			memset(true_value, 0, sizeof(true_value));
		work(true_value, restart ? 1 + random_below(10) : elapsed_ms);
		struct fp_disk_counters to = seen(true_value, narrow);
		struct fp_disk_delta delta = delta_of(&from, &to, elapsed_ms * 1000000, narrow);
		from = to;
		check_rates(&delta, elapsed_ms * 1000000);
		if (restart) {
			starts += delta.anew;
			continue;
		}
		assert_false(delta.anew);
		for (unsigned field = 0; field < FP_DISK_FIELDS; field++)
			if ((delta.has >> field) & 1)
				assert_int_equal(delta.came[field], true_value[field] - old[field]);
		for (unsigned field = 0; field < FP_DISK_FIELDS; field++)
			wraps += (delta.wrapped >> field) & 1;
		/* nothing is left out but times without I/O, of which this device may have had some */
		for (size_t i = 0; i < TIMES; i++)
			if (count_of[i] == times[i] || delta.came[count_of[i]] > 0)
				assert_true((delta.has >> times[i]) & 1);
	}
	assert_true(wraps > 100);
	assert_true(starts > ROUNDS / 10000);
}

static void test_random_devices(void **state)
{
	(void)state;
	run_device(false);
	run_device(true);
}

/* Counters that no kernel tells: still no rate that is negative, or a spike. */
static void test_random_numbers(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct fp_disk_counters from = {.has = (uint32_t)random_below(KNOWN + 1)};
		struct fp_disk_counters to = {.has = KNOWN};
		uint64_t elapsed_ns = 1 + random_below(100 * SECOND);
		for (unsigned field = 0; field < FP_DISK_FIELDS; field++) {
			from.value[field] = random_below(TURN * 2);
			to.value[field] = from.value[field] - random_below(from.value[field] + 1);
		}
		struct fp_disk_delta delta = delta_of(&from, &to, elapsed_ns, random_below(2) == 1);
		check_rates(&delta, elapsed_ns);
		assert_int_equal(delta.has & ~(from.has & COUNTED), 0);
		for (unsigned field = 0; field < FP_DISK_FIELDS; field++)
			if ((delta.has >> field) & 1)
				assert_true(delta.came[field] <= TURN / 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_time_passes_2_32),
		cmocka_unit_test(test_no_time_passes_without_its_io),
		cmocka_unit_test(test_the_bounds_of_times),
		cmocka_unit_test(test_counts_pass_2_32_on_narrow_kernels_only),
		cmocka_unit_test(test_a_device_that_began_anew),
		cmocka_unit_test(test_random_devices),
		cmocka_unit_test(test_random_numbers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "compute/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* So many pages a walk takes a millisecond, 8 and 50 of them: of one alone, and of one that shares. */
enum {
	SMALL = 2258, /* without pages of files */
	HOLD = 32258,
	HOLD_DETAIL = 258064,
	HOLD_AGED = 1612903,
	SHARED_HOLD = 16393,
	SHARED_DETAIL = 131147,
	SHARED_AGED = 819672
};

static const struct fp_plan_host full = {.has_fast = true, .has_slices = true, .has_pfns = true};

static struct fp_plan_host host_without(bool fast, bool slices, bool pfns)
{
	struct fp_plan_host host = full;

	host.has_fast = !fast;
	host.has_slices = !slices;
	host.has_pfns = !pfns;
	return host;
}

static void check(const struct fp_plan_host *host, struct fp_plan_member member,
	uint64_t resident_pages, enum fp_reader_kind expected)
{
	member.resident_pages = resident_pages;
	enum fp_reader_kind reader = fp_plan_reader(host, &member);
	if (reader != expected)
		fail_msg("%llu pages: %d, not %d", (unsigned long long)resident_pages, reader,
			expected);
}

/* Up to so many pages a walk, and from the next on the other. */
static void check_limit(const struct fp_plan_host *host, struct fp_plan_member member,
	uint64_t walked_pages, enum fp_reader_kind above)
{
	check(host, member, 0, FP_READ_WALK);
	check(host, member, SMALL, FP_READ_WALK);
	check(host, member, walked_pages, FP_READ_WALK);
	check(host, member, walked_pages + 1, above);
	check(host, member, 1u << 30, above);
}

static void test_who_is_alone(void **state)
{
	struct fp_plan_member alone = {.alone = true};

	(void)state;
	check_limit(&full, alone, SMALL, FP_READ_FAST);
	alone.has_dark_swap = true;
	check_limit(&full, alone, SMALL, FP_READ_FAST);
	struct fp_plan_host swapping = full;
	swapping.swap_in_use = true;
	check_limit(&swapping, alone, HOLD, FP_READ_SLICES);
	alone.has_dark_swap = false;
	check_limit(&swapping, alone, SMALL, FP_READ_FAST);
	alone.fast_refused = true;
	check_limit(&full, alone, HOLD, FP_READ_SLICES);
	alone.slices_refused = true;
	check_limit(&full, alone, HOLD, FP_READ_WALK);
	alone.fast_refused = false;
	check_limit(&full, alone, SMALL, FP_READ_FAST);
}

/* Which have to be looked up one by one: a walk that holds up nobody is cheaper then. */
static void test_pages_of_files(void **state)
{
	struct fp_plan_member alone = {.alone = true, .file_pages = 1000};

	(void)state;
	/* 100 us and 400 us, against 30 us and 31 ns a page */
	check_limit(&full, alone, 15161, FP_READ_FAST);
	alone.file_pages = 100000;
	check_limit(&full, alone, HOLD, FP_READ_FAST);
}

static void test_who_shares(void **state)
{
	struct fp_plan_member member = {0};

	(void)state;
	check_limit(&full, member, SHARED_HOLD, FP_READ_SLICES);
	member.slices_refused = true;
	check_limit(&full, member, SHARED_HOLD, FP_READ_WALK);
}

static void test_what_the_host_lacks(void **state)
{
	const struct fp_plan_member alone = {.alone = true}, member = {0};
	struct fp_plan_host host = host_without(true, false, false);

	(void)state;
	check_limit(&host, alone, HOLD, FP_READ_SLICES);
	host = host_without(true, true, false);
	check_limit(&host, alone, HOLD, FP_READ_WALK);
	check_limit(&host, member, SHARED_HOLD, FP_READ_WALK);
	host = host_without(false, true, false);
	check_limit(&host, alone, SMALL, FP_READ_FAST);
	check_limit(&host, member, SHARED_HOLD, FP_READ_WALK);
}

static void test_what_only_a_walk_tells(void **state)
{
	struct fp_plan_member alone = {.alone = true, .wants_detail = true};
	struct fp_plan_member member = {.wants_detail = true};
	const struct fp_plan_host unnamed = host_without(false, false, true);

	(void)state;
	check_limit(&full, alone, HOLD_DETAIL, FP_READ_FAST);
	check_limit(&full, member, SHARED_DETAIL, FP_READ_SLICES);
	alone.wants_detail = member.wants_detail = false;
	/* PSS, where frames have no names, once in MaxAge */
	check_limit(&unnamed, alone, SMALL, FP_READ_FAST);
	check_limit(&unnamed, member, SHARED_HOLD, FP_READ_SLICES);
	alone.lacks_walked = member.lacks_walked = true;
	check_limit(&unnamed, alone, HOLD_AGED, FP_READ_FAST);
	check_limit(&unnamed, member, SHARED_AGED, FP_READ_SLICES);
	check_limit(&full, alone, SMALL, FP_READ_FAST);
	check_limit(&full, member, SHARED_HOLD, FP_READ_SLICES);
	alone.wants_detail = true;
	check_limit(&unnamed, alone, HOLD_AGED, FP_READ_FAST);
}

/* What it has of files is not looked up again then. */
static void test_where_the_rest_stands(void **state)
{
	struct fp_plan_member alone = {.alone = true, .rest_stands = true};

	(void)state;
	check_limit(&full, alone, SMALL, FP_READ_OWN);
	alone.fast_refused = true;
	check_limit(&full, alone, HOLD, FP_READ_SLICES);
	alone.fast_refused = alone.alone = false;
	check_limit(&full, alone, SHARED_HOLD, FP_READ_SLICES);
	alone.alone = alone.wants_detail = true;
	check_limit(&full, alone, HOLD_DETAIL, FP_READ_OWN);
	const struct fp_plan_host slow = host_without(true, false, false);
	alone.wants_detail = false;
	check_limit(&slow, alone, HOLD, FP_READ_SLICES);
	alone.file_pages = 100000;
	assert_true(fp_plan_estimate_ns(&alone, FP_READ_OWN) <
		    fp_plan_estimate_ns(&alone, FP_READ_FAST));
}

static void test_estimates(void **state)
{
	struct fp_plan_member member = {.resident_pages = 1000000, .file_pages = 2000};

	(void)state;
	/* 4 GiB: measured 32.9 ms alone, and 200 forks of 1 GiB 3.2 s */
	assert_int_equal(fp_plan_estimate_ns(&member, FP_READ_WALK), 61030000);
	assert_int_equal(fp_plan_estimate_ns(&member, FP_READ_SLICES), 100150000);
	member.alone = true;
	assert_int_equal(fp_plan_estimate_ns(&member, FP_READ_WALK), 31030000);
	assert_int_equal(fp_plan_estimate_ns(&member, FP_READ_SLICES), 100150000);
	assert_int_equal(fp_plan_estimate_ns(&member, FP_READ_FAST), 900000);
	/* a small one is cheap, and any walk that holds a lock for longer is not */
	member.resident_pages = SMALL;
	assert_true(fp_plan_estimate_ns(&member, FP_READ_WALK) <= fp_plan_cheap_ns);
	member.resident_pages = HOLD;
	assert_true(fp_plan_estimate_ns(&member, FP_READ_WALK) > fp_plan_cheap_ns);
}

static void test_who_is_due(void **state)
{
	struct fp_due_facts facts = {.max_age_ns = 300};

	(void)state;
	assert_int_equal(fp_plan_due(&facts), FP_DUE_FIRST);
	facts.own_moved = facts.kin_moved = facts.outside_moved = true;
	assert_int_equal(fp_plan_due(&facts), FP_DUE_FIRST);
	facts = (struct fp_due_facts){.has_sample = true, .age_ns = 299, .max_age_ns = 300};
	assert_int_equal(fp_plan_due(&facts), FP_DUE_NOT);
	facts.outside_moved = true;
	assert_int_equal(fp_plan_due(&facts), FP_DUE_OUTSIDE);
	facts.own_moved = true;
	assert_int_equal(fp_plan_due(&facts), FP_DUE_MOVED);
	facts.own_moved = false;
	facts.kin_moved = true;
	assert_int_equal(fp_plan_due(&facts), FP_DUE_MOVED);
	facts.kin_moved = facts.outside_moved = false;
	facts.age_ns = 300;
	assert_int_equal(fp_plan_due(&facts), FP_DUE_MOVED);
}

static void test_the_order(void **state)
{
	struct fp_due_reading readings[] = {
		{FP_DUE_OUTSIDE, 1, 1, "8"},
		{FP_DUE_MOVED, 5, 1, "6"},
		{FP_DUE_FIRST, 0, 30, "2"},
		{FP_DUE_MOVED, 3, 2, "4"},
		{FP_DUE_OUTSIDE, 2, 1, "9"},
		{FP_DUE_MOVED, 2, 900, "3"},
		{FP_DUE_FIRST, 0, 20, "1"},
		{FP_DUE_MOVED, 3, 3, "5"},
		{FP_DUE_MOVED, 5, 2, "7"},
	};
	const size_t count = sizeof(readings) / sizeof(readings[0]);

	(void)state;
	fp_plan_order(readings, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(*(const char *)readings[i].member, '1' + (int)i);
	fp_plan_order(readings, 1);
	assert_string_equal(readings[0].member, "1");
	fp_plan_order(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_alone),
		cmocka_unit_test(test_pages_of_files),
		cmocka_unit_test(test_who_shares),
		cmocka_unit_test(test_what_the_host_lacks),
		cmocka_unit_test(test_what_only_a_walk_tells),
		cmocka_unit_test(test_where_the_rest_stands),
		cmocka_unit_test(test_estimates),
		cmocka_unit_test(test_who_is_due),
		cmocka_unit_test(test_the_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

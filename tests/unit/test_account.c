#include "compute/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Every metric known: base, base + 1 and so on. */
static struct fp_memory full(uint64_t base)
{
	struct fp_memory memory = {0};

	for (unsigned metric = 0; metric < FP_METRICS; metric++)
		fp_memory_set(&memory, (enum fp_metric)metric, base + metric);
	return memory;
}

/* All but one metric. */
static struct fp_memory without(uint64_t base, enum fp_metric metric)
{
	struct fp_memory memory = full(base);

	memory.has &= ~(UINT32_C(1) << metric);
	return memory;
}

static void check(
	const struct fp_account *account, enum fp_metric metric, bool partial, uint64_t expected)
{
	uint64_t bytes = ~expected;

	assert_true(fp_account_sum(account, metric, partial, &bytes));
	assert_int_equal(bytes, expected);
}

static void check_absent(const struct fp_account *account, enum fp_metric metric, bool partial)
{
	uint64_t bytes = 4711;

	assert_false(fp_account_sum(account, metric, partial, &bytes));
	assert_int_equal(bytes, 4711);
}

static void test_nobody(void **state)
{
	struct fp_account account;

	(void)state;
	memset(&account, 0xff, sizeof(account));
	fp_account_init(&account);
	for (unsigned metric = 0; metric < FP_METRICS; metric++) {
		check(&account, (enum fp_metric)metric, false, 0);
		check(&account, (enum fp_metric)metric, true, 0);
	}
	assert_int_equal(account.processes, 0);
	assert_int_equal(account.threads, 0);
	assert_int_equal(account.denied, 0);
	assert_int_equal(account.undecided, 0);
	assert_int_equal(account.oldest_ns, 0);
	assert_int_equal(account.uss_max_bytes, 0);
	assert_true(fp_account_countable(&account, false));
	assert_true(fp_account_countable(&account, true));
}

static void test_members_add_up(void **state)
{
	struct fp_account account;
	struct fp_memory first = full(1000), second = full(70000), third = full(0);

	(void)state;
	fp_account_init(&account);
	fp_account_member(&account, 3, &first, 500, false);
	assert_int_equal(account.oldest_ns, 500);
	fp_account_member(&account, 17, &second, 400, false);
	fp_account_member(&account, 1, &third, 450, false);
	for (unsigned metric = 0; metric < FP_METRICS; metric++) {
		check(&account, (enum fp_metric)metric, false, 71000 + 3 * metric);
		check(&account, (enum fp_metric)metric, true, 71000 + 3 * metric);
	}
	assert_int_equal(account.processes, 3);
	assert_int_equal(account.threads, 21);
	assert_int_equal(account.denied, 0);
	assert_int_equal(account.missing, 0);
	assert_int_equal(account.oldest_ns, 400);
	assert_int_equal(account.uss_max_bytes, 70000 + FP_USS);
}

/* A process in another's address space: a process, but no memory. */
static void test_a_sharer(void **state)
{
	struct fp_account account;
	struct fp_memory memory = full(1000);

	(void)state;
	fp_account_init(&account);
	fp_account_member(&account, 3, &memory, 500, false);
	fp_account_sharer(&account, 2);
	assert_int_equal(account.processes, 2);
	assert_int_equal(account.threads, 5);
	assert_int_equal(account.denied, 0);
	assert_int_equal(account.oldest_ns, 500);
	for (unsigned metric = 0; metric < FP_METRICS; metric++)
		check(&account, (enum fp_metric)metric, false, 1000 + metric);
}

static void test_a_metric_that_one_member_lacks(void **state)
{
	struct fp_account account;
	struct fp_memory first = full(1000), second = without(2000, FP_PSS), third = full(4000);

	(void)state;
	fp_account_init(&account);
	fp_account_member(&account, 1, &first, 1, false);
	fp_account_member(&account, 1, &second, 1, false);
	fp_account_member(&account, 1, &third, 1, false);
	check_absent(&account, FP_PSS, false);
	check(&account, FP_PSS, true, 5000 + 2 * FP_PSS);
	check(&account, FP_RSS, false, 7000 + 3 * FP_RSS);
	check(&account, FP_DATA, false, 7000 + 3 * FP_DATA);
	assert_int_equal(account.missing, UINT32_C(1) << FP_PSS);
	assert_int_equal(account.denied, 0);
	assert_true(fp_account_countable(&account, false));
}

static void test_a_metric_that_nobody_has(void **state)
{
	struct fp_account account;
	struct fp_memory first = without(1000, FP_KSM), second = without(2000, FP_KSM);

	(void)state;
	fp_account_init(&account);
	fp_account_member(&account, 1, &first, 1, false);
	fp_account_member(&account, 1, &second, 1, false);
	check_absent(&account, FP_KSM, false);
	check_absent(&account, FP_KSM, true);
}

static void test_a_denied_member(void **state)
{
	struct fp_account account;
	struct fp_memory first = full(1000), nothing = {0}, part = {0};

	(void)state;
	fp_account_init(&account);
	fp_memory_set(&part, FP_VMS, 5);
	fp_account_member(&account, 2, &first, 900, false);
	fp_account_member(&account, 3, &nothing, 800, true);
	assert_int_equal(account.oldest_ns, 900); /* nothing of it is in the sums */
	fp_account_member(&account, 4, &part, 700, true);
	assert_int_equal(account.oldest_ns, 700);
	assert_int_equal(account.processes, 3);
	assert_int_equal(account.threads, 9);
	assert_int_equal(account.denied, 2);
	assert_int_equal(account.undecided, 0);
	assert_int_equal(account.uss_max_bytes, 1000 + FP_USS);
	check_absent(&account, FP_RSS, false);
	check(&account, FP_RSS, true, 1000 + FP_RSS);
	check_absent(&account, FP_VMS, false);
	check(&account, FP_VMS, true, 1005 + FP_VMS);
	assert_true(fp_account_countable(&account, false));
}

static void test_only_denied_members(void **state)
{
	struct fp_account account;
	struct fp_memory nothing = {0};

	(void)state;
	fp_account_init(&account);
	fp_account_member(&account, 1, &nothing, 800, true);
	check_absent(&account, FP_USS, false);
	check_absent(&account, FP_USS, true);
	assert_int_equal(account.oldest_ns, 0);
	assert_int_equal(account.denied, 1);
}

static void test_an_undecided_process(void **state)
{
	struct fp_account account;
	struct fp_memory first = full(1000);

	(void)state;
	fp_account_init(&account);
	fp_account_undecided(&account, 1);
	assert_int_equal(account.processes, 0);
	check_absent(&account, FP_RSS, false);
	check_absent(&account, FP_RSS, true);
	assert_false(fp_account_countable(&account, false));
	assert_true(fp_account_countable(&account, true));

	fp_account_member(&account, 2, &first, 10, false);
	fp_account_undecided(&account, 1);
	check_absent(&account, FP_RSS, false);
	check(&account, FP_RSS, true, 1000 + FP_RSS);
	assert_int_equal(account.denied, 2);
	assert_int_equal(account.undecided, 2);
	assert_int_equal(account.processes, 1);
	assert_int_equal(account.threads, 2);
	assert_false(fp_account_countable(&account, false));
}

static void test_who_does_not_answer(void **state)
{
	struct fp_account account;
	struct fp_memory first = full(1000), lacking = without(0, FP_USS);

	(void)state;
	fp_account_init(&account);
	fp_account_member(&account, 2, &first, 10, false);
	fp_account_member(&account, 1, &lacking, 10, false);
	fp_account_stuck(&account);
	assert_int_equal(account.stuck, 1);
	assert_int_equal(account.denied, 0);
	check_absent(&account, FP_USS, false);
	check(&account, FP_RSS, false, 1000 + 2 * FP_RSS);
	assert_true(fp_account_countable(&account, false));

	fp_account_stuck_undecided(&account, 2);
	assert_int_equal(account.stuck, 3);
	assert_int_equal(account.stuck_undecided, 2);
	assert_int_equal(account.denied, 0);
	assert_int_equal(account.undecided, 0);
	check_absent(&account, FP_RSS, false);
	check(&account, FP_RSS, true, 1000 + 2 * FP_RSS);
	assert_false(fp_account_countable(&account, false));
	assert_true(fp_account_countable(&account, true));
}

static void test_a_sum_that_runs_over_stays_absent(void **state)
{
	struct fp_account account;
	struct fp_memory huge = full(0), one = full(0);

	(void)state;
	huge.bytes[FP_RSS] = UINT64_MAX - 1;
	huge.bytes[FP_USS] = UINT64_MAX;
	one.bytes[FP_RSS] = 1;
	one.bytes[FP_USS] = 1;
	fp_account_init(&account);
	fp_account_member(&account, 1, &huge, 1, false);
	fp_account_member(&account, 1, &one, 1, false);
	check(&account, FP_RSS, false, UINT64_MAX);
	check_absent(&account, FP_USS, false);
	check_absent(&account, FP_USS, true);
	for (int i = 0; i < 2; i++) {
		fp_account_member(&account, 1, &one, 1, false);
		check_absent(&account, FP_RSS, false);
		check_absent(&account, FP_RSS, true);
		check_absent(&account, FP_USS, true);
	}
	one.bytes[FP_USS] = 0;
	fp_account_member(&account, 1, &one, 1, false);
	check_absent(&account, FP_USS, true);
	check(&account, FP_PSS, false, 5 * FP_PSS);
	assert_int_equal(account.uss_max_bytes, UINT64_MAX);
}

/* A member that was counted without a reading, such as a kernel thread, makes nothing older. */
static void test_a_time_that_is_none(void **state)
{
	struct fp_account account;
	struct fp_memory memory = full(0);

	(void)state;
	fp_account_init(&account);
	fp_account_member(&account, 1, &memory, 0, false);
	assert_int_equal(account.oldest_ns, 0);
	fp_account_member(&account, 1, &memory, 77, false);
	fp_account_member(&account, 1, &memory, 0, false);
	assert_int_equal(account.oldest_ns, 77);
}

/* The kernel's threads have nothing, which is no sum of those beside them who could not be read. */
static void test_threads_of_the_kernel(void **state)
{
	struct fp_account account;
	struct fp_memory nothing = {0}, part = without(1000, FP_VMS);

	(void)state;
	fp_account_init(&account);
	fp_account_kernel(&account, 1, 30);
	fp_account_kernel(&account, 2, 20);
	assert_int_equal(account.processes, 2);
	assert_int_equal(account.threads, 3);
	assert_int_equal(account.oldest_ns, 20);
	check(&account, FP_USS, false, 0);
	fp_account_member(&account, 1, &nothing, 30, true);
	check_absent(&account, FP_USS, false);
	check_absent(&account, FP_USS, true);
	fp_account_member(&account, 1, &part, 30, false);
	check(&account, FP_USS, true, 1000 + FP_USS);
	check_absent(&account, FP_VMS, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_members_add_up),
		cmocka_unit_test(test_a_sharer),
		cmocka_unit_test(test_a_metric_that_one_member_lacks),
		cmocka_unit_test(test_a_metric_that_nobody_has),
		cmocka_unit_test(test_a_denied_member),
		cmocka_unit_test(test_only_denied_members),
		cmocka_unit_test(test_an_undecided_process),
		cmocka_unit_test(test_who_does_not_answer),
		cmocka_unit_test(test_a_sum_that_runs_over_stays_absent),
		cmocka_unit_test(test_a_time_that_is_none),
		cmocka_unit_test(test_threads_of_the_kernel),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "cli/growth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct fp_member member(int32_t pid, uint64_t starttime, uint64_t uss)
{
	struct fp_member out = {.pid = pid, .starttime_ticks = starttime};

	if (uss)
		fp_memory_set(&out.memory, FP_USS, uss);
	return out;
}

/* USS now and before of each row, in the order of pids. */
static void assert_rows(
	struct fp_growth *growth, struct fp_member *members, size_t count, const char *wanted)
{
	struct fp_group_result result = {.members = {.at = members, .len = count, .cap = count}};
	const struct fp_process_row *rows;
	char found[128] = "";
	size_t rows_len;

	assert_int_equal(fp_growth_processes(growth, &result, &rows, &rows_len), 0);
	for (size_t i = 0; i < rows_len; i++)
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%d:%d-%d ",
			(int)rows[i].member->pid, (int)rows[i].before->bytes[FP_USS],
			(int)rows[i].member->memory.bytes[FP_USS]);
	assert_string_equal(found, wanted);
}

static void test_processes(void **unused)
{
	struct fp_member first[] = {member(9, 1, 90), member(3, 1, 30), member(5, 1, 0)};
	struct fp_member second[] = {
		member(3, 1, 35), member(5, 1, 50), member(9, 2, 91), member(4, 1, 40)};
	struct fp_member third[] = {member(5, 1, 55), member(3, 1, 20), member(4, 1, 44)};
	struct fp_growth *growth;

	(void)unused;
	assert_int_equal(fp_growth_new(&growth), 0);
	assert_rows(growth, first, 3, "3:30-30 5:0-0 9:90-90 ");
	/* 5 could not be read at first; 9 is another process by now */
	assert_rows(growth, second, 4, "3:30-35 4:40-40 5:50-50 9:91-91 ");
	assert_rows(growth, third, 3, "3:30-20 4:40-44 5:50-55 ");
	fp_growth_forget(growth);
	assert_rows(growth, third, 3, "3:20-20 4:44-44 5:55-55 ");
	assert_rows(growth, third, 0, "");
	fp_growth_free(growth);
}

static struct fp_tally tally(const char *name, uint64_t pss)
{
	struct fp_tally out = {0};

	snprintf(out.name, sizeof(out.name), "%s", name);
	fp_memory_set(&out.sum, FP_PSS, pss);
	return out;
}

static void test_groups(void **unused)
{
	struct fp_tally first[] = {tally("a", 10), tally("b", 20)};
	struct fp_tally second[] = {tally("b", 25), tally("c", 30), tally("a", 5)};
	const struct fp_group_row *rows;
	struct fp_growth *growth;
	size_t count;

	(void)unused;
	assert_int_equal(fp_growth_new(&growth), 0);
	assert_int_equal(fp_growth_groups(growth, first, 2, &rows, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(rows[1].before->sum.bytes[FP_PSS], 20);
	assert_int_equal(fp_growth_groups(growth, second, 3, &rows, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(rows[0].before->sum.bytes[FP_PSS], 20);
	assert_int_equal(rows[1].before->sum.bytes[FP_PSS], 30);
	assert_int_equal(rows[2].before->sum.bytes[FP_PSS], 10);
	assert_ptr_equal(rows[2].tally, &second[2]);
	fp_growth_free(growth);
}

/* Sizes that everybody may read are known before those that only some may. */
static void test_what_is_known_later(void **unused)
{
	struct fp_member denied = member(5, 1, 0), read = member(5, 1, 50);
	struct fp_tally none = {.name = "g"}, some = tally("g", 10), more = tally("g", 17);
	const struct fp_group_row *rows;
	struct fp_growth *growth;
	size_t count;

	(void)unused;
	fp_memory_set(&denied.memory, FP_VMS, 1000);
	fp_memory_set(&read.memory, FP_VMS, 1500);
	fp_memory_set(&none.sum, FP_VMS, 1000);
	assert_int_equal(fp_growth_new(&growth), 0);
	assert_rows(growth, &denied, 1, "5:0-0 ");
	assert_rows(growth, &read, 1, "5:50-50 ");
	read.memory.bytes[FP_USS] = 58;
	assert_rows(growth, &read, 1, "5:50-58 ");
	assert_int_equal(fp_growth_groups(growth, &none, 1, &rows, &count), 0);
	assert_int_equal(fp_growth_groups(growth, &some, 1, &rows, &count), 0);
	assert_int_equal(fp_growth_groups(growth, &more, 1, &rows, &count), 0);
	assert_true(fp_memory_has(&rows[0].before->sum, FP_PSS));
	assert_int_equal(rows[0].before->sum.bytes[FP_PSS], 10);
	assert_int_equal(rows[0].before->sum.bytes[FP_VMS], 1000);
	fp_growth_total(growth, &none);
	fp_growth_total(growth, &some);
	assert_true(fp_memory_has(&fp_growth_total(growth, &more)->sum, FP_PSS));
	assert_int_equal(fp_growth_total(growth, &more)->sum.bytes[FP_PSS], 10);
	fp_growth_free(growth);
}

static void test_total(void **unused)
{
	struct fp_tally first = tally("total", 10), second = tally("total", 20);
	struct fp_growth *growth;

	(void)unused;
	assert_int_equal(fp_growth_new(&growth), 0);
	assert_int_equal(fp_growth_total(growth, &first)->sum.bytes[FP_PSS], 10);
	assert_int_equal(fp_growth_total(growth, &second)->sum.bytes[FP_PSS], 10);
	fp_growth_forget(growth);
	assert_int_equal(fp_growth_total(growth, &second)->sum.bytes[FP_PSS], 20);
	fp_growth_free(growth);
}

/* Of groups that have nobody in common. */
static void test_total_of_groups(void **unused)
{
	struct fp_group_result groups[3] = {{.name = "a"}, {.name = "b"}, {.name = "other"}};
	struct fp_snapshot snapshot = {.taken_ns = 3000000000, .groups = groups, .group_count = 3};
	struct fp_memory five = {0}, six = {0}, nothing = {0};
	struct fp_tally total;

	(void)unused;
	fp_memory_set(&five, FP_PSS, 10);
	fp_memory_set(&five, FP_USS, 5);
	fp_memory_set(&six, FP_PSS, 20);
	fp_memory_set(&six, FP_USS, 6);
	fp_account_member(&groups[0].account, 1, &five, 1000000000, false);
	fp_account_member(&groups[1].account, 1, &six, 2000000000, false);
	fp_account_member(&groups[1].account, 1, &six, 2000000000, false);
	fp_tally_total(&snapshot, &total);
	assert_string_equal(total.name, "total");
	assert_int_equal(fp_tally_count(&total, FP_COUNT_PROCESSES), 3);
	assert_int_equal(fp_tally_count(&total, FP_COUNT_THREADS), 3);
	assert_int_equal(total.sum.has, UINT32_C(1) << FP_PSS | UINT32_C(1) << FP_USS);
	assert_int_equal(total.sum.bytes[FP_PSS], 50);
	assert_true(total.has_age && total.age_s == 2);
	assert_true(total.has_uss_max && total.uss_max_bytes == 6);
	/* what the kernel does not tell of everybody has no total */
	five.has = UINT32_C(1) << FP_PSS;
	fp_account_member(&groups[0].account, 1, &five, 2000000000, false);
	fp_tally_total(&snapshot, &total);
	assert_int_equal(total.sum.has, UINT32_C(1) << FP_PSS);
	assert_false(total.has_uss_max);
	/* one that may not be read in a, two in other, and the same two that nobody can place */
	fp_account_member(&groups[0].account, 1, &nothing, 0, true);
	fp_account_member(&groups[2].account, 1, &nothing, 0, true);
	fp_account_member(&groups[2].account, 1, &nothing, 0, true);
	for (int i = 0; i < 3; i++)
		fp_account_undecided(&groups[i].account, 2);
	fp_tally_total(&snapshot, &total);
	assert_int_equal(fp_tally_count(&total, FP_COUNT_DENIED), 5);
	assert_int_equal(fp_tally_count(&total, FP_COUNT_UNDECIDED), 2);
	assert_int_equal(total.sum.bytes[FP_PSS], 60);
	snapshot.group_count = 0;
	fp_tally_total(&snapshot, &total);
	assert_int_equal(total.sum.has, FP_METRICS_ALL);
}

/* A sum that is too large is none, and so is one with it. */
static void test_total_that_runs_over(void **unused)
{
	struct fp_group_result groups[2] = {{.name = "a"}, {.name = "b"}};
	struct fp_snapshot snapshot = {.groups = groups, .group_count = 2};
	struct fp_memory most = {0}, one = {0};
	struct fp_tally total;

	(void)unused;
	fp_memory_set(&most, FP_PSS, UINT64_MAX);
	fp_memory_set(&one, FP_PSS, 1);
	fp_account_member(&groups[0].account, 1, &most, 1, false);
	fp_account_member(&groups[0].account, 1, &one, 1, false);
	fp_account_member(&groups[1].account, 1, &one, 1, false);
	fp_tally_total(&snapshot, &total);
	assert_int_equal(total.sum.has, 0);
}

/* What an account tells, and what it does not. */
static void test_account(void **unused)
{
	struct fp_group_result result = {.name = "g"};
	struct fp_memory memory = {0};
	struct fp_tally tally;

	(void)unused;
	fp_memory_set(&memory, FP_USS, 100);
	fp_account_member(&result.account, 2, &memory, 1000000000, false);
	fp_tally_make(&result, 3000000000, &tally);
	assert_string_equal(tally.name, "g");
	assert_int_equal(fp_tally_count(&tally, FP_COUNT_PROCESSES), 1);
	assert_int_equal(fp_tally_count(&tally, FP_COUNT_THREADS), 2);
	assert_true(tally.has_age && tally.age_s == 2);
	assert_true(tally.has_uss_max && tally.uss_max_bytes == 100);
	assert_int_equal(tally.sum.has, UINT32_C(1) << FP_USS);
	/* one that may not be read: the sum is of the others, and it is said how many lack */
	fp_account_member(&result.account, 1, &(struct fp_memory){0}, 0, true);
	fp_tally_make(&result, 3000000000, &tally);
	assert_int_equal(fp_tally_count(&tally, FP_COUNT_DENIED), 1);
	assert_int_equal(tally.sum.bytes[FP_USS], 100);
	/* one that the kernel does not tell of: there is no sum */
	result.account = (struct fp_account){0};
	fp_account_member(&result.account, 2, &memory, 1, false);
	fp_account_member(&result.account, 1, &(struct fp_memory){0}, 0, false);
	fp_tally_make(&result, 1, &tally);
	assert_int_equal(tally.sum.has, 0);
	assert_false(tally.has_uss_max);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_what_is_known_later),
		cmocka_unit_test(test_total),
		cmocka_unit_test(test_total_of_groups),
		cmocka_unit_test(test_total_that_runs_over),
		cmocka_unit_test(test_account),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

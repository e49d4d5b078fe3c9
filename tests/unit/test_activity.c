#include "compute/activity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BIT(activity) (UINT32_C(1) << (activity))
#define OF_PROCESS    (FP_ACTIVITIES_ALL & ~FP_ACTIVITIES_OF_THREADS)

/* What a thread did: bytes written and voluntary switches stand for all of its kind. */
struct thread {
	int32_t tid;
	uint64_t starttime, written, switches;
};

static void set_io(struct fp_activity_counters *counters, uint64_t amount)
{
	fp_activity_set(counters, FP_IO_READ_BYTES, amount);
	fp_activity_set(counters, FP_IO_WRITE_BYTES, amount);
	fp_activity_set(counters, FP_IO_READ_OPS, amount);
	fp_activity_set(counters, FP_IO_WRITE_OPS, amount);
}

static struct fp_activity_reading reading(uint64_t cpu)
{
	struct fp_activity_reading made = {.startcode = 5, .startstack = 6, .has_threads = true};

	fp_activity_set(&made.whole, FP_CPU_USER_US, cpu);
	fp_activity_set(&made.whole, FP_CPU_SYSTEM_US, cpu / 2);
	fp_activity_set(&made.whole, FP_FAULTS_MINOR, cpu + 1);
	fp_activity_set(&made.whole, FP_FAULTS_MAJOR, 3);
	made.whole.has_handles = true;
	made.whole.handles = 7;
	return made;
}

static void add_thread(struct fp_activity_reading *made, struct thread thread)
{
	struct fp_activity_thread added = {.tid = thread.tid, .starttime_ticks = thread.starttime};

	set_io(&added.own, thread.written);
	fp_activity_set(&added.own, FP_SWITCHES_VOLUNTARY, thread.switches);
	fp_activity_set(&added.own, FP_SWITCHES_INVOLUNTARY, 1);
	assert_int_equal(fp_activity_threads_add(&made->threads, added), 0);
}

/* Advances, and throws the reading away. */
static struct fp_activity_counters advance(
	struct fp_activity_reading *base, struct fp_activity_reading now)
{
	struct fp_activity_counters delta;

	memset(&delta, 0xff, sizeof(delta));
	assert_int_equal(fp_activity_advance(base, &now, &delta), 0);
	fp_activity_reading_fini(&now);
	return delta;
}

/* A reading of one thread that did as much as the process. */
static struct fp_activity_reading single(uint64_t amount)
{
	struct fp_activity_reading made = reading(amount);

	add_thread(&made, (struct thread){10, 100, amount, amount});
	return made;
}

static void check(
	const struct fp_activity_counters *delta, uint64_t cpu, uint64_t written, uint64_t switches)
{
	assert_int_equal(delta->value[FP_CPU_USER_US], cpu);
	assert_int_equal(delta->value[FP_IO_WRITE_BYTES], written);
	assert_int_equal(delta->value[FP_IO_READ_OPS], written);
	assert_int_equal(delta->value[FP_SWITCHES_VOLUNTARY], switches);
}

static void test_an_old_process_does_not_jump(void **state)
{
	struct fp_activity_reading base = {0};

	(void)state;
	struct fp_activity_counters delta = advance(&base, single(1000));
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL);
	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		assert_int_equal(delta.value[i], 0);
	assert_true(delta.has_handles);
	assert_int_equal(delta.handles, 7);

	delta = advance(&base, single(1010));
	check(&delta, 10, 10, 10);
	assert_int_equal(delta.value[FP_CPU_SYSTEM_US], 5);
	assert_int_equal(delta.value[FP_FAULTS_MINOR], 10);
	assert_int_equal(delta.value[FP_FAULTS_MAJOR], 0);
	assert_int_equal(delta.value[FP_SWITCHES_INVOLUNTARY], 0);
	delta = advance(&base, single(1010));
	check(&delta, 0, 0, 0);
	fp_activity_reading_fini(&base);
}

static void test_a_new_process_counts_from_its_birth(void **state)
{
	struct fp_activity_reading base;

	(void)state;
	fp_activity_birth(&base);
	struct fp_activity_counters delta = advance(&base, single(1000));
	check(&delta, 1000, 1000, 1000);
	assert_int_equal(delta.value[FP_FAULTS_MAJOR], 3);
	assert_int_equal(delta.value[FP_SWITCHES_INVOLUNTARY], 1);
	delta = advance(&base, single(1001));
	check(&delta, 1, 1, 1);
	fp_activity_reading_fini(&base);
}

static void test_a_counter_that_went_back_is_not_counted_twice(void **state)
{
	struct fp_activity_reading base = {0};

	(void)state;
	advance(&base, single(1000));
	struct fp_activity_counters delta = advance(&base, single(900));
	check(&delta, 0, 0, 0);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL);
	delta = advance(&base, single(990));
	check(&delta, 0, 0, 0);
	delta = advance(&base, single(1003));
	check(&delta, 3, 3, 3);
	fp_activity_reading_fini(&base);
}

static void test_the_largest_counters(void **state)
{
	struct fp_activity_reading base, now = reading(UINT64_MAX);

	(void)state;
	fp_activity_birth(&base);
	add_thread(&now, (struct thread){10, 1, UINT64_MAX, UINT64_MAX});
	add_thread(&now, (struct thread){11, 1, UINT64_MAX, 1});
	struct fp_activity_counters delta = advance(&base, now);
	assert_true(delta.value[FP_CPU_USER_US] == UINT64_MAX);
	assert_true(delta.value[FP_IO_WRITE_BYTES] == UINT64_MAX);
	assert_true(delta.value[FP_SWITCHES_VOLUNTARY] == UINT64_MAX);
	fp_activity_reading_fini(&base);
}

static void test_threads_come_and_go(void **state)
{
	struct fp_activity_reading base = {0}, now = reading(0);

	(void)state;
	add_thread(&now, (struct thread){10, 100, 50, 50});
	add_thread(&now, (struct thread){11, 101, 500, 500});
	advance(&base, now);

	/* 11 ended, 12 began: the sum of the threads went back, the process did not */
	now = reading(0);
	add_thread(&now, (struct thread){10, 100, 51, 52});
	add_thread(&now, (struct thread){12, 102, 3, 4});
	struct fp_activity_counters delta = advance(&base, now);
	check(&delta, 0, 1 + 3, 2 + 4);

	/* only the first is left */
	now = reading(0);
	add_thread(&now, (struct thread){10, 100, 51, 53});
	delta = advance(&base, now);
	check(&delta, 0, 0, 1);
	fp_activity_reading_fini(&base);
}

static void test_a_tid_is_given_to_another_thread(void **state)
{
	struct fp_activity_reading base = {0}, now = reading(0);

	(void)state;
	add_thread(&now, (struct thread){10, 100, 0, 0});
	add_thread(&now, (struct thread){11, 101, 500, 500});
	advance(&base, now);
	for (uint64_t start = 200; start < 203; start++) {
		now = reading(0);
		add_thread(&now, (struct thread){10, 100, 0, 0});
		add_thread(&now, (struct thread){11, start, 600, 7});
		struct fp_activity_counters delta = advance(&base, now);
		check(&delta, 0, 600, 7);
	}
	assert_int_equal(base.threads.len, 2);
	fp_activity_reading_fini(&base);
}

/* The kernel's list of threads may leave out one that lives. */
static void test_a_thread_that_was_not_listed(void **state)
{
	struct fp_activity_reading base = {0}, now = reading(0);

	(void)state;
	add_thread(&now, (struct thread){10, 100, 0, 0});
	add_thread(&now, (struct thread){11, 101, 500, 500});
	advance(&base, now);
	for (int i = 0; i < 3; i++) {
		now = reading(0);
		add_thread(&now, (struct thread){10, 100, 0, 0});
		struct fp_activity_counters delta = advance(&base, now);
		check(&delta, 0, 0, 0);
	}
	now = reading(0);
	add_thread(&now, (struct thread){10, 100, 0, 0});
	add_thread(&now, (struct thread){11, 101, 501, 502});
	struct fp_activity_counters delta = advance(&base, now);
	check(&delta, 0, 1, 2);

	/* it is not remembered for ever */
	for (int i = 0; i < 4; i++) {
		now = reading(0);
		add_thread(&now, (struct thread){10, 100, 0, 0});
		advance(&base, now);
	}
	assert_int_equal(base.threads.len, 1);
	fp_activity_reading_fini(&base);
}

static struct fp_activity_reading with_whole_io(
	uint64_t io, uint64_t reaped, uint64_t first, uint64_t second)
{
	struct fp_activity_reading made = reading(0);

	set_io(&made.whole, io);
	made.reaped = reaped;
	add_thread(&made, (struct thread){10, 100, first, 0});
	if (second)
		add_thread(&made, (struct thread){11, 101, second, 0});
	return made;
}

static void test_io_of_ended_threads_counts(void **state)
{
	struct fp_activity_reading base = {0};

	(void)state;
	advance(&base, with_whole_io(1000, 5, 10, 20));
	/* 11 did 30 more and ended, and others came and went */
	struct fp_activity_counters delta = advance(&base, with_whole_io(1090, 5, 11, 0));
	check(&delta, 0, 90, 0);
	delta = advance(&base, with_whole_io(1091, 5, 12, 0));
	check(&delta, 0, 1, 0);
	fp_activity_reading_fini(&base);
}

static void test_io_of_children_does_not(void **state)
{
	struct fp_activity_reading base = {0};

	(void)state;
	advance(&base, with_whole_io(1000, 5, 10, 20));
	struct fp_activity_counters delta = advance(&base, with_whole_io(5000, 6, 11, 22));
	check(&delta, 0, 3, 0);
	/* and from there on the whole is good again */
	delta = advance(&base, with_whole_io(5010, 6, 12, 22));
	check(&delta, 0, 10, 0);
	/* nor does that of a new process */
	fp_activity_reading_fini(&base);
	fp_activity_birth(&base);
	delta = advance(&base, with_whole_io(5000, 6, 11, 22));
	check(&delta, 0, 33, 0);
	fp_activity_reading_fini(&base);
	fp_activity_birth(&base);
	delta = advance(&base, with_whole_io(5000, 0, 11, 22));
	check(&delta, 0, 5000, 0);
	fp_activity_reading_fini(&base);
}

/* The whole is read only of a process with several threads. */
static void test_io_of_the_whole_comes_and_goes(void **state)
{
	struct fp_activity_reading base = {0}, now;

	(void)state;
	advance(&base, with_whole_io(1000, 5, 10, 20));
	now = reading(0);
	now.reaped = 5;
	add_thread(&now, (struct thread){10, 100, 17, 0});
	struct fp_activity_counters delta = advance(&base, now);
	check(&delta, 0, 7, 0);
	/* 7 of these are counted already */
	delta = advance(&base, with_whole_io(1012, 5, 20, 0));
	check(&delta, 0, 3, 0);
	delta = advance(&base, with_whole_io(1014, 5, 20, 0));
	check(&delta, 0, 2, 0);
	fp_activity_reading_fini(&base);
}

static void forbid_io(struct fp_activity_reading *made)
{
	made->whole.has &= ~FP_ACTIVITIES_OF_IO;
	made->whole.has_handles = false;
	for (size_t i = 0; i < made->threads.len; i++)
		made->threads.at[i].own.has &= ~FP_ACTIVITIES_OF_IO;
}

static void test_denied_for_a_while(void **state)
{
	struct fp_activity_reading base = {0}, now;

	(void)state;
	for (int whole = 0; whole < 2; whole++) {
		base = (struct fp_activity_reading){0};
		advance(&base, whole ? with_whole_io(100, 5, 60, 40) : single(100));
		for (int i = 0; i < 2; i++) {
			now = whole ? with_whole_io(150, 5, 90, 60) : single(150);
			forbid_io(&now);
			struct fp_activity_counters delta = advance(&base, now);
			assert_int_equal(delta.has, FP_ACTIVITIES_ALL & ~FP_ACTIVITIES_OF_IO);
			assert_false(delta.has_handles);
			assert_int_equal(delta.value[FP_IO_WRITE_BYTES], 0);
		}
		struct fp_activity_counters delta =
			advance(&base, whole ? with_whole_io(170, 5, 100, 70) : single(170));
		assert_int_equal(delta.has, FP_ACTIVITIES_ALL);
		assert_int_equal(delta.value[FP_IO_WRITE_BYTES], 70);
		delta = advance(&base, whole ? with_whole_io(171, 5, 100, 70) : single(171));
		assert_int_equal(delta.value[FP_IO_WRITE_BYTES], 1);
		fp_activity_reading_fini(&base);
	}
}

/* A child was waited for meanwhile, so that the threads' own counters have to serve. */
static void test_denied_while_children_end(void **state)
{
	struct fp_activity_reading base = {0}, now = with_whole_io(900, 6, 70, 50);

	(void)state;
	advance(&base, with_whole_io(100, 5, 60, 40));
	forbid_io(&now);
	advance(&base, now);
	struct fp_activity_counters delta = advance(&base, with_whole_io(902, 6, 71, 51));
	check(&delta, 0, 22, 0);
	fp_activity_reading_fini(&base);
}

/* What a child wrote stays out of a counter that was not known when the child was waited for. */
static void test_denied_in_part_while_children_end(void **state)
{
	struct fp_activity_reading base = {0}, now = with_whole_io(900, 6, 70, 50);

	(void)state;
	advance(&base, with_whole_io(100, 5, 60, 40));
	for (size_t i = 0; i < now.threads.len; i++)
		now.threads.at[i].own.has &= ~BIT(FP_IO_WRITE_BYTES);
	struct fp_activity_counters delta = advance(&base, now);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL & ~BIT(FP_IO_WRITE_BYTES));
	assert_int_equal(delta.value[FP_IO_READ_OPS], 20);
	delta = advance(&base, with_whole_io(902, 6, 71, 51));
	assert_int_equal(delta.value[FP_IO_WRITE_BYTES], 22);
	assert_int_equal(delta.value[FP_IO_READ_OPS], 2);
	fp_activity_reading_fini(&base);
}

static void test_denied_at_first(void **state)
{
	struct fp_activity_reading base = {0}, now = single(100);

	(void)state;
	forbid_io(&now);
	advance(&base, now);
	/* an old process: what it did before is nobody's business */
	struct fp_activity_counters delta = advance(&base, single(150));
	check(&delta, 50, 0, 50);
	fp_activity_reading_fini(&base);
	/* a new one: that is known to have begun with 0 */
	fp_activity_birth(&base);
	now = single(100);
	forbid_io(&now);
	delta = advance(&base, now);
	check(&delta, 100, 0, 100);
	delta = advance(&base, single(150));
	check(&delta, 50, 150, 50);
	fp_activity_reading_fini(&base);
}

static void test_one_thread_denied(void **state)
{
	struct fp_activity_reading base = {0}, now;

	(void)state;
	advance(&base, with_whole_io(30, 5, 10, 20));
	now = with_whole_io(40, 5, 15, 25);
	now.threads.at[1].own.has &= ~FP_ACTIVITIES_OF_IO;
	struct fp_activity_counters delta = advance(&base, now);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL & ~FP_ACTIVITIES_OF_IO);
	assert_int_equal(delta.value[FP_IO_WRITE_BYTES], 0);
	delta = advance(&base, with_whole_io(42, 6, 16, 26));
	check(&delta, 0, 12, 0);
	fp_activity_reading_fini(&base);
}

static void test_threads_cannot_be_listed(void **state)
{
	struct fp_activity_reading base = {0};

	(void)state;
	advance(&base, single(10));
	struct fp_activity_counters delta = advance(&base, (struct fp_activity_reading){0});
	assert_int_equal(delta.has, 0);
	delta = advance(&base, single(20));
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL);
	check(&delta, 10, 10, 10);
	/* nobody in the list is no thread that did nothing */
	delta = advance(&base, reading(20));
	assert_int_equal(delta.has, OF_PROCESS);
	fp_activity_reading_fini(&base);

	base = (struct fp_activity_reading){0};
	advance(&base, single(10));
	struct fp_activity_reading now = reading(20);
	now.has_threads = false;
	delta = advance(&base, now);
	assert_int_equal(delta.has, OF_PROCESS);
	check(&delta, 10, 0, 0);
	delta = advance(&base, single(30));
	check(&delta, 10, 20, 20);
	fp_activity_reading_fini(&base);
}

/* Exec ends all threads but one, which takes the place of the first with the counters it had. */
static void test_exec_with_several_threads(void **state)
{
	struct fp_activity_reading base = {0}, now = reading(5);

	(void)state;
	add_thread(&now, (struct thread){10, 100, 1, 1});
	add_thread(&now, (struct thread){11, 101, 1000, 1000});
	advance(&base, now);
	now = reading(6);
	now.startstack = 66;
	add_thread(&now, (struct thread){10, 100, 1001, 1001});
	struct fp_activity_counters delta = advance(&base, now);
	check(&delta, 1, 0, 0);
	now = reading(6);
	now.startstack = 66;
	add_thread(&now, (struct thread){10, 100, 1003, 1004});
	delta = advance(&base, now);
	check(&delta, 0, 2, 3);
	/* of one thread, exec changes nothing */
	now = reading(6);
	now.startstack = 67;
	add_thread(&now, (struct thread){10, 100, 1004, 1006});
	delta = advance(&base, now);
	check(&delta, 0, 1, 2);
	fp_activity_reading_fini(&base);
}

static struct fp_activity_counters did(uint64_t amount, uint32_t has)
{
	struct fp_activity_counters delta = {.has = has, .has_handles = true, .handles = amount};

	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		if ((has >> i) & 1)
			delta.value[i] = amount + i;
	return delta;
}

static void test_a_group_keeps_what_its_members_did(void **state)
{
	struct fp_activity_sum sum = {0};
	struct fp_activity_counters told, first = did(100, FP_ACTIVITIES_ALL);
	struct fp_activity_counters second = did(1000, FP_ACTIVITIES_ALL);

	(void)state;
	fp_activity_begin(&sum);
	fp_activity_tell(&sum, false, &told);
	assert_int_equal(told.has, FP_ACTIVITIES_ALL);
	assert_int_equal(told.value[FP_CPU_USER_US], 0);
	assert_true(told.has_handles);
	assert_int_equal(told.handles, 0);

	fp_activity_begin(&sum);
	fp_activity_add(&sum, &first);
	fp_activity_add(&sum, &second);
	fp_activity_tell(&sum, false, &told);
	assert_int_equal(told.has, FP_ACTIVITIES_ALL);
	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		assert_int_equal(told.value[i], 1100 + 2 * i);
	assert_int_equal(told.handles, 1100);

	/* the second has ended */
	fp_activity_begin(&sum);
	fp_activity_add(&sum, &first);
	fp_activity_tell(&sum, false, &told);
	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		assert_int_equal(told.value[i], 1200 + 3 * i);
	assert_int_equal(told.handles, 100);

	/* nobody is left */
	fp_activity_begin(&sum);
	fp_activity_tell(&sum, false, &told);
	assert_int_equal(told.has, FP_ACTIVITIES_ALL);
	assert_int_equal(told.value[FP_CPU_SYSTEM_US], 1203);
	assert_true(told.has_handles);
	assert_int_equal(told.handles, 0);
}

static void test_a_group_is_complete_or_absent(void **state)
{
	const uint32_t cpu = BIT(FP_CPU_USER_US);
	struct fp_activity_sum sum = {0};
	struct fp_activity_counters told, all = did(5, FP_ACTIVITIES_ALL), some = did(7, cpu);

	(void)state;
	some.has_handles = false;
	fp_activity_begin(&sum);
	fp_activity_add(&sum, &all);
	fp_activity_add(&sum, &some);
	fp_activity_tell(&sum, false, &told);
	assert_int_equal(told.has, cpu);
	assert_int_equal(told.value[FP_CPU_USER_US], 12);
	assert_int_equal(told.value[FP_FAULTS_MINOR], 0);
	assert_false(told.has_handles);
	fp_activity_tell(&sum, true, &told);
	assert_int_equal(told.has, FP_ACTIVITIES_ALL);
	assert_int_equal(told.value[FP_FAULTS_MINOR], 5 + FP_FAULTS_MINOR);
	assert_true(told.has_handles);
	assert_int_equal(told.handles, 5);

	/* partial is not nothing */
	fp_activity_begin(&sum);
	fp_activity_add(&sum, &some);
	fp_activity_tell(&sum, true, &told);
	assert_int_equal(told.has, cpu);
	assert_int_equal(told.value[FP_CPU_USER_US], 19);
	assert_false(told.has_handles);

	/* and later it goes on from where it was */
	fp_activity_begin(&sum);
	fp_activity_add(&sum, &all);
	fp_activity_tell(&sum, false, &told);
	assert_int_equal(told.has, FP_ACTIVITIES_ALL);
	assert_int_equal(told.value[FP_CPU_USER_US], 24);
	assert_int_equal(told.value[FP_FAULTS_MINOR], 2 * (5 + FP_FAULTS_MINOR));

	fp_activity_begin(&sum);
	fp_activity_undecided(&sum);
	fp_activity_tell(&sum, false, &told);
	assert_int_equal(told.has, 0);
	assert_false(told.has_handles);
	fp_activity_add(&sum, &all);
	fp_activity_tell(&sum, false, &told);
	assert_int_equal(told.has, 0);
	fp_activity_tell(&sum, true, &told);
	assert_int_equal(told.has, FP_ACTIVITIES_ALL);
}

static void test_a_group_never_goes_back(void **state)
{
	struct fp_activity_sum sum = {0};
	struct fp_activity_counters told, most = did(0, FP_ACTIVITIES_ALL);

	(void)state;
	most.value[FP_CPU_USER_US] = most.handles = UINT64_MAX - 1;
	fp_activity_begin(&sum);
	for (int i = 0; i < 3; i++)
		fp_activity_add(&sum, &most);
	fp_activity_tell(&sum, false, &told);
	assert_true(told.value[FP_CPU_USER_US] == UINT64_MAX);
	assert_true(told.handles == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_old_process_does_not_jump),
		cmocka_unit_test(test_a_new_process_counts_from_its_birth),
		cmocka_unit_test(test_a_counter_that_went_back_is_not_counted_twice),
		cmocka_unit_test(test_the_largest_counters),
		cmocka_unit_test(test_threads_come_and_go),
		cmocka_unit_test(test_a_tid_is_given_to_another_thread),
		cmocka_unit_test(test_a_thread_that_was_not_listed),
		cmocka_unit_test(test_io_of_ended_threads_counts),
		cmocka_unit_test(test_io_of_children_does_not),
		cmocka_unit_test(test_io_of_the_whole_comes_and_goes),
		cmocka_unit_test(test_denied_for_a_while),
		cmocka_unit_test(test_denied_while_children_end),
		cmocka_unit_test(test_denied_in_part_while_children_end),
		cmocka_unit_test(test_denied_at_first),
		cmocka_unit_test(test_one_thread_denied),
		cmocka_unit_test(test_threads_cannot_be_listed),
		cmocka_unit_test(test_exec_with_several_threads),
		cmocka_unit_test(test_a_group_keeps_what_its_members_did),
		cmocka_unit_test(test_a_group_is_complete_or_absent),
		cmocka_unit_test(test_a_group_never_goes_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

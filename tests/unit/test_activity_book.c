/* Readings of a process that a made kernel tells of, and that kernel is not always kind. */
#include "sample/activity.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BIT(activity) (UINT32_C(1) << (activity))
#define SWITCHES      (BIT(FP_SWITCHES_VOLUNTARY) | BIT(FP_SWITCHES_INVOLUNTARY))

enum { PID = 50, THREADS = 4, HZ = 100 };

struct made_thread {
	int32_t tid;
	bool ended; /* between being listed and being opened */
	int stat_status;
	uint64_t starttime, written, switches;
};

/* What the kernel says of the only process that there is. */
static struct {
	bool ended, no_task;
	uint64_t starttime, ticks, written, reaped, handles, startstack;
	size_t count;
	struct made_thread threads[THREADS];
	int stat_status, io_status, status_status, files_status, list_status, open_status;
	uint64_t hz;
	unsigned thread_stats; /* how often a thread's stat was read */
	bool reap_before_io, reap_after_io, exec_in_between; /* while the process is read */
} kernel;

static struct fp_host host;
static struct fp_process process;
static struct fp_activity_book book;

/* Descriptors: 1 is the process, 100 and up its threads. */
static int made_process_open(struct fp_os *os, int32_t pid, struct fp_os_process *out)
{
	(void)os;
	assert_int_equal(pid, PID);
	out->fd = 1;
	return kernel.ended ? -ESRCH : 0;
}

static int made_thread_open(
	const struct fp_os_process *self, int32_t tid, struct fp_os_process *out)
{
	assert_int_equal(self->fd, 1);
	if (kernel.open_status < 0)
		return kernel.open_status;
	for (size_t i = 0; i < kernel.count && !kernel.no_task; i++) {
		if (kernel.threads[i].tid != tid || kernel.threads[i].ended)
			continue;
		out->fd = 100 + (int)i;
		return 0;
	}
	return -ESRCH;
}

static void made_process_close(struct fp_os_process *closed)
{
	assert_true(closed->fd >= 1);
	closed->fd = -1;
}

static int made_threads(const struct fp_os_process *self, struct fp_pids *tids)
{
	assert_int_equal(self->fd, 1);
	tids->len = 0;
	if (kernel.no_task)
		return -ENOENT;
	for (size_t i = kernel.count; i > 0; i--)
		assert_int_equal(fp_pids_add(tids, kernel.threads[i - 1].tid), 0);
	/* a list may name one twice */
	assert_int_equal(fp_pids_add(tids, kernel.threads[0].tid), 0);
	return kernel.list_status;
}

static int say_stat(uint64_t starttime, char *text, size_t size)
{
	snprintf(text, size,
		"%d (made) S 1 1 1 0 -1 0 %" PRIu64 " %" PRIu64 " 2 0 %" PRIu64 " %" PRIu64
		" 0 0 20 0 %zu 0 %" PRIu64 " 4096 1 1 1000 1 %" PRIu64 "\n",
		PID, kernel.ticks * 3, kernel.reaped, kernel.ticks, kernel.ticks * 2, kernel.count,
		starttime, kernel.startstack);
	return 0;
}

static int say_io(uint64_t written, char *text, size_t size)
{
	snprintf(text, size,
		"rchar: 1\nwchar: 1\nsyscr: 0\nsyscw: %" PRIu64
		"\nread_bytes: 0\nwrite_bytes: %" PRIu64 "\n",
		written / 10, written);
	return kernel.io_status;
}

static int say_status(uint64_t switches, char *text, size_t size)
{
	snprintf(text, size,
		"Name:\tmade\nvoluntary_ctxt_switches:\t%" PRIu64
		"\nnonvoluntary_ctxt_switches:\t%" PRIu64 "\n",
		switches, switches / 2);
	return kernel.status_status;
}

static int say_of_thread(struct made_thread *thread, enum fp_os_file file, char *text, size_t size)
{
	if (file == FP_OS_IO)
		return say_io(thread->written, text, size);
	if (file == FP_OS_STATUS)
		return say_status(thread->switches, text, size);
	assert_int_equal(file, FP_OS_STAT);
	kernel.thread_stats++;
	say_stat(thread->starttime, text, size);
	return thread->stat_status;
}

/* A child that wrote has ended. */
static void reap(void)
{
	kernel.reaped += 40;
	kernel.written += 1000000;
}

static int say_of_process(enum fp_os_file file, char *text, size_t size)
{
	if (kernel.ended)
		return -ESRCH;
	if (file == FP_OS_STATUS)
		return say_status(kernel.threads[0].switches, text, size);
	if (file == FP_OS_STAT) {
		say_stat(kernel.starttime, text, size);
		return kernel.stat_status;
	}
	assert_int_equal(file, FP_OS_IO);
	if (kernel.reap_before_io)
		reap();
	int status = say_io(kernel.written, text, size);
	if (kernel.reap_after_io)
		reap();
	if (kernel.exec_in_between)
		kernel.startstack++;
	return status;
}

static int made_read(
	const struct fp_os_process *place, enum fp_os_file file, size_t limit, struct fp_buf *out)
{
	char text[512] = "";

	assert_true(limit >= sizeof(text));
	int status = place->fd == 1 ? say_of_process(file, text, sizeof(text))
				    : say_of_thread(&kernel.threads[place->fd - 100], file, text,
					      sizeof(text));
	out->len = 0;
	return status < 0 ? status : fp_buf_append(out, text, strlen(text));
}

static int made_count_files(const struct fp_os_process *place, uint64_t *count)
{
	assert_int_equal(place->fd, 1);
	*count = kernel.handles;
	return kernel.files_status;
}

static uint64_t made_ticks_per_second(struct fp_os *os)
{
	(void)os;
	return kernel.hz;
}

static struct fp_os_backend made;

static int set_up(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	kernel.starttime = 500;
	kernel.startstack = 9000;
	kernel.hz = HZ;
	kernel.handles = 3;
	kernel.count = 1;
	for (int i = 0; i < THREADS; i++)
		kernel.threads[i] =
			(struct made_thread){.tid = PID + i, .starttime = 500 + (uint64_t)i};
	made = fp_os_null;
	made.process_open = made_process_open;
	made.thread_open = made_thread_open;
	made.process_close = made_process_close;
	made.threads = made_threads;
	made.read = made_read;
	made.count_files = made_count_files;
	made.ticks_per_second = made_ticks_per_second;
	host.backend = &made;
	process = (struct fp_process){0};
	fp_process_init(&process, &host, NULL, NULL, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fp_activity_book_fini(&book);
	fp_process_fini(&process);
	return 0;
}

static int read_once(bool is_new, struct fp_activity_counters *delta)
{
	memset(delta, 0xff, sizeof(*delta));
	int status = fp_process_open(&process, PID);
	if (status < 0)
		return status;
	status = fp_activity_book_read(&book, &process, is_new, delta);
	fp_process_close(&process);
	return status;
}

/* A round in which the process is a member. */
static struct fp_activity_counters take(bool is_new)
{
	struct fp_activity_counters delta;

	fp_activity_book_begin(&book);
	assert_int_equal(read_once(is_new, &delta), 0);
	fp_activity_book_end(&book);
	return delta;
}

/* A round in which nobody is. */
static void pass(void)
{
	fp_activity_book_begin(&book);
	fp_activity_book_end(&book);
}

/* The first thread does things, and so the process does. */
static void work(uint64_t amount)
{
	kernel.ticks += amount;
	kernel.written += 10 * amount;
	kernel.threads[0].written += 10 * amount;
	kernel.threads[0].switches += 2 * amount;
}

static void check(const struct fp_activity_counters *delta, uint64_t amount)
{
	assert_int_equal(delta->has, FP_ACTIVITIES_ALL);
	assert_int_equal(delta->value[FP_CPU_USER_US], amount * 10000);
	assert_int_equal(delta->value[FP_CPU_SYSTEM_US], amount * 20000);
	assert_int_equal(delta->value[FP_FAULTS_MINOR], amount * 3);
	assert_int_equal(delta->value[FP_IO_WRITE_BYTES], amount * 10);
	assert_int_equal(delta->value[FP_IO_WRITE_OPS], amount);
	assert_int_equal(delta->value[FP_SWITCHES_VOLUNTARY], amount * 2);
	assert_int_equal(delta->value[FP_SWITCHES_INVOLUNTARY], amount);
}

static void test_old_and_new(void **state)
{
	struct fp_activity_counters delta;

	(void)state;
	work(70);
	delta = take(false);
	check(&delta, 0);
	assert_true(delta.has_handles);
	assert_int_equal(delta.handles, 3);
	work(4);
	delta = take(false);
	check(&delta, 4);
	/* it is in the book, whatever else is said */
	work(4);
	delta = take(true);
	check(&delta, 4);
	pass();
	work(4);
	delta = take(true);
	check(&delta, 82);
}

/* Who is no member for a round is forgotten, and begins anew as an old process does. */
static void test_leaving_and_joining(void **state)
{
	struct fp_activity_counters delta;

	(void)state;
	take(false);
	work(5);
	pass();
	assert_int_equal(book.entries.len, 0);
	work(5);
	delta = take(false);
	check(&delta, 0);
	work(1);
	delta = take(false);
	check(&delta, 1);
}

static void test_a_round_that_is_given_up(void **state)
{
	struct fp_activity_counters delta;

	(void)state;
	take(false);
	work(5);
	fp_activity_book_begin(&book);
	work(5);
	delta = take(false);
	check(&delta, 10);
}

static void test_a_pid_is_used_again(void **state)
{
	struct fp_activity_counters delta;

	(void)state;
	work(70);
	take(false);
	kernel.starttime = kernel.threads[0].starttime = 900;
	work(1);
	/* in one round or in two, the first is not mistaken for the second */
	delta = take(true);
	check(&delta, 71);
	assert_int_equal(book.entries.len, 1);
	kernel.starttime = kernel.threads[0].starttime = 300;
	delta = take(false);
	check(&delta, 0);
	assert_int_equal(book.entries.len, 1);
}

static void test_many_are_kept_apart(void **state)
{
	struct fp_activity_counters delta;

	(void)state;
	fp_activity_book_begin(&book);
	for (uint64_t i = 0; i < 50; i++) {
		kernel.starttime = 1000 + i * 37 % 50;
		assert_int_equal(read_once(false, &delta), 0);
	}
	fp_activity_book_end(&book);
	assert_int_equal(book.entries.len, 50);
	fp_activity_book_begin(&book);
	for (uint64_t i = 0; i < 50; i += 2) {
		kernel.starttime = 1000 + i;
		kernel.ticks = i;
		assert_int_equal(read_once(true, &delta), 0);
		assert_int_equal(delta.value[FP_CPU_USER_US], i * 10000);
	}
	fp_activity_book_end(&book);
	assert_int_equal(book.entries.len, 25);
}

static void test_what_may_not_be_read_is_unknown(void **state)
{
	struct fp_activity_counters delta;

	(void)state;
	for (kernel.count = 1; kernel.count <= 2; kernel.count++) {
		take(false);
		kernel.io_status = kernel.files_status = -EACCES;
		for (int i = 0; i < 2; i++) {
			work(3);
			delta = take(false);
			assert_int_equal(delta.has, FP_ACTIVITIES_ALL & ~FP_ACTIVITIES_OF_IO);
			assert_false(delta.has_handles);
			assert_int_equal(delta.value[FP_IO_WRITE_BYTES], 0);
			assert_int_equal(delta.value[FP_CPU_USER_US], 30000);
		}
		kernel.io_status = kernel.files_status = 0;
		delta = take(false);
		assert_int_equal(delta.has, FP_ACTIVITIES_ALL);
		assert_int_equal(delta.value[FP_IO_WRITE_BYTES], 60);
		assert_int_equal(delta.value[FP_CPU_USER_US], 0);
		pass();
	}
	kernel.status_status = -ENOENT;
	delta = take(false);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL & ~SWITCHES);
	kernel.hz = 0;
	delta = take(false);
	assert_int_equal(delta.has,
		FP_ACTIVITIES_ALL & ~SWITCHES & ~BIT(FP_CPU_USER_US) & ~BIT(FP_CPU_SYSTEM_US));
}

/* Of a process whose stat is denied nobody knows who it is. */
static void test_nothing_may_be_read(void **state)
{
	struct fp_activity_counters delta;

	(void)state;
	kernel.stat_status = -EACCES;
	delta = take(true);
	assert_int_equal(delta.has, 0);
	assert_false(delta.has_handles);
	assert_int_equal(book.entries.len, 0);
}

static void test_what_ends_the_reading(void **state)
{
	static const int fatal[] = {-EMFILE, -ENFILE, -ENOMEM, -ESRCH};
	struct fp_activity_counters delta;

	(void)state;
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
		kernel.files_status = fatal[i];
		assert_int_equal(read_once(false, &delta), fatal[i]);
		kernel.files_status = 0;
		kernel.io_status = fatal[i];
		assert_int_equal(read_once(false, &delta), fatal[i]);
		kernel.io_status = 0;
		kernel.count = 2;
		kernel.list_status = fatal[i];
		assert_int_equal(read_once(false, &delta), fatal[i]);
		kernel.list_status = 0;
		kernel.count = 1;
	}
	kernel.open_status = -EMFILE;
	assert_int_equal(read_once(false, &delta), -EMFILE);
	kernel.count = 2;
	assert_int_equal(read_once(false, &delta), -EMFILE);
}

static void test_threads_are_added_up(void **state)
{
	struct fp_activity_counters delta;

	(void)state;
	kernel.count = 3;
	kernel.written = 5000;
	kernel.threads[1].written = kernel.threads[1].switches = 100;
	delta = take(false);
	check(&delta, 0);
	work(2);
	kernel.threads[1].switches += 7;
	kernel.threads[2].switches += 1;
	delta = take(false);
	assert_int_equal(delta.value[FP_SWITCHES_VOLUNTARY], 4 + 7 + 1);
	assert_int_equal(delta.value[FP_IO_WRITE_BYTES], 20);
	/* 1 ends while it is listed; what it wrote is in the process's own account */
	kernel.threads[1].ended = true;
	kernel.threads[2].switches += 1;
	kernel.written += 8;
	delta = take(false);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL);
	assert_int_equal(delta.value[FP_SWITCHES_VOLUNTARY], 1);
	assert_int_equal(delta.value[FP_IO_WRITE_BYTES], 8);
	/* the last one but the first ends, and one begins that gets its id */
	kernel.threads[2].starttime = 990;
	kernel.threads[2].switches = 6;
	delta = take(false);
	assert_int_equal(delta.value[FP_SWITCHES_VOLUNTARY], 6);
	/* one thread is left: its own counters go on */
	kernel.count = 1;
	work(1);
	delta = take(false);
	check(&delta, 1);
}

static void work_and_check(uint64_t amount)
{
	work(amount);
	struct fp_activity_counters delta = take(false);
	check(&delta, amount);
}

static void test_a_child_is_waited_for(void **state)
{
	(void)state;
	for (kernel.count = 1; kernel.count <= 2; kernel.count++) {
		take(false);
		reap();
		work_and_check(1);
		work_and_check(2);
		kernel.reap_before_io = true;
		work_and_check(3);
		kernel.reap_before_io = false;
		work_and_check(4);
		kernel.reap_after_io = true;
		work_and_check(5);
		kernel.reap_after_io = false;
		work_and_check(6);
		work_and_check(7);
		pass();
	}
}

static void test_idle_threads_are_not_told_apart(void **state)
{
	struct fp_activity_counters delta;

	(void)state;
	kernel.count = 4;
	take(false);
	assert_int_equal(kernel.thread_stats, 4);
	kernel.threads[2].switches++;
	take(false);
	assert_int_equal(kernel.thread_stats, 5);
	/* another thread under the id of an idle one is found out once it does something */
	kernel.threads[3].starttime = 999;
	delta = take(false);
	assert_int_equal(delta.value[FP_SWITCHES_VOLUNTARY], 0);
	kernel.threads[3].switches = 5;
	delta = take(false);
	assert_int_equal(delta.value[FP_SWITCHES_VOLUNTARY], 5);
	assert_int_equal(kernel.thread_stats, 6);
}

static void test_a_thread_that_cannot_be_told(void **state)
{
	struct fp_activity_counters delta;

	(void)state;
	kernel.count = 2;
	kernel.threads[1].switches = 1000;
	take(false);
	kernel.threads[1].switches++;
	kernel.threads[1].stat_status = -EACCES;
	delta = take(false);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL & ~FP_ACTIVITIES_OF_THREADS);
	kernel.threads[1].stat_status = 0;
	kernel.threads[1].switches++;
	delta = take(false);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL);
	assert_int_equal(delta.value[FP_SWITCHES_VOLUNTARY], 2);

	kernel.list_status = -EACCES;
	delta = take(false);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL & ~FP_ACTIVITIES_OF_THREADS);
}

/* Exec while the threads are read shows in the second look at stat at the latest. */
static void test_exec_by_a_thread(void **state)
{
	struct fp_activity_counters delta;

	(void)state;
	kernel.count = 2;
	kernel.threads[1].switches = 1000;
	take(false);
	kernel.count = 1;
	kernel.startstack++;
	kernel.threads[0].switches = 1001;
	delta = take(false);
	assert_int_equal(delta.value[FP_SWITCHES_VOLUNTARY], 0);
	kernel.threads[0].switches = 1003;
	delta = take(false);
	assert_int_equal(delta.value[FP_SWITCHES_VOLUNTARY], 2);

	kernel.count = 2;
	take(false);
	kernel.exec_in_between = true;
	kernel.threads[0].switches = 2000;
	delta = take(false);
	assert_int_equal(delta.value[FP_SWITCHES_VOLUNTARY], 0);
}

static void test_a_captured_tree_without_threads(void **state)
{
	struct fp_activity_counters delta;

	(void)state;
	kernel.no_task = true;
	work(5);
	take(false);
	work(1);
	delta = take(false);
	check(&delta, 1);
	/* that of children is in it, nobody knows how much */
	kernel.reaped = 1;
	delta = take(false);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL & ~FP_ACTIVITIES_OF_IO);
	kernel.count = 2;
	delta = take(false);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL & ~FP_ACTIVITIES_OF_THREADS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_old_and_new),
		TEST(test_leaving_and_joining),
		TEST(test_a_round_that_is_given_up),
		TEST(test_a_pid_is_used_again),
		TEST(test_many_are_kept_apart),
		TEST(test_what_may_not_be_read_is_unknown),
		TEST(test_nothing_may_be_read),
		TEST(test_what_ends_the_reading),
		TEST(test_threads_are_added_up),
		TEST(test_a_child_is_waited_for),
		TEST(test_idle_threads_are_not_told_apart),
		TEST(test_a_thread_that_cannot_be_told),
		TEST(test_exec_by_a_thread),
		TEST(test_a_captured_tree_without_threads),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

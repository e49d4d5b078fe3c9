/* Children of the test do a known amount of each thing; the kernel's accounts must tell it. */
#include "os/procfs.h"
#include "sample/activity.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { BLOCK = 65536, BLOCKS = 64, PAGES = 3000, FILES = 10, PAUSES = 20 };

static struct fp_host host;
static struct fp_process process;
static struct fp_activity_book book;

/* A child that does one thing for each byte that it gets, and says when it is done. */
struct child {
	pid_t pid;
	int ask, answer;
};

static int set_up(void **state)
{
	(void)state;
	host.backend = fp_os_default();
	if (host.backend->open("/proc", "/sys", &host.os) < 0)
		return -1;
	fp_process_init(&process, &host, NULL, NULL, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fp_process_fini(&process);
	host.backend->close(host.os);
	return 0;
}

static void forget_all(void)
{
	fp_activity_book_fini(&book);
}

static int read_child(const struct child *child, bool is_new, struct fp_activity_counters *delta)
{
	memset(delta, 0xff, sizeof(*delta));
	int status = fp_process_open(&process, (int32_t)child->pid);
	if (status < 0)
		return status;
	status = fp_activity_book_read(&book, &process, is_new, delta);
	fp_process_close(&process);
	return status;
}

static void take(const struct child *child, bool is_new, struct fp_activity_counters *delta)
{
	fp_activity_book_begin(&book);
	assert_int_equal(read_child(child, is_new, delta), 0);
	fp_activity_book_end(&book);
}

static void answer_to(int ask, int answer, void (*act)(char what, int answer))
{
	char what;

	while (read(ask, &what, 1) == 1) {
		act(what, answer);
		if (write(answer, &what, 1) != 1)
			_exit(2);
	}
	_exit(0);
}

static void start(struct child *child, void (*act)(char what, int answer))
{
	int ask[2], answer[2];

	assert_int_equal(pipe2(ask, O_CLOEXEC), 0);
	assert_int_equal(pipe2(answer, O_CLOEXEC), 0);
	child->pid = fork();
	assert_true(child->pid >= 0);
	if (child->pid == 0) {
		close(ask[1]);
		close(answer[0]);
		answer_to(ask[0], answer[1], act);
	}
	close(ask[0]);
	close(answer[1]);
	child->ask = ask[1];
	child->answer = answer[0];
}

/* Has the child do a thing; result, if wanted, is what it wrote before it said that it is done. */
static void ask(const struct child *child, char what, void *result, size_t size)
{
	char done = 0;

	assert_int_equal(write(child->ask, &what, 1), 1);
	if (size)
		assert_int_equal(read(child->answer, result, size), (ssize_t)size);
	assert_int_equal(read(child->answer, &done, 1), 1);
	assert_int_equal(done, what);
}

static void end(struct child *child)
{
	int status;

	close(child->ask);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(child->answer);
}

static void burn(void)
{
	struct timespec now;

	do {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	} while (now.tv_sec == 0 && now.tv_nsec < 300000000);
}

/* Each block by a call of its own, and all of it to the disk. */
static void write_blocks(void)
{
	static char block[BLOCK];
	char path[] = "footprint-test-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0)
		_exit(3);
	unlink(path);
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < BLOCKS; i++)
		if (write(fd, block, sizeof(block)) != BLOCK)
			_exit(4);
	if (fsync(fd) < 0)
		_exit(5);
	close(fd);
}

static void fault_pages(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = PAGES * page;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED || madvise(memory, size, MADV_NOHUGEPAGE) < 0)
		_exit(6);
	for (size_t i = 0; i < PAGES; i++)
		memory[i * page] = 1;
}

static void pause_often(void)
{
	struct timespec pause = {.tv_nsec = 1000000};

	for (int i = 0; i < PAUSES; i++)
		nanosleep(&pause, NULL);
}

static void open_files(void)
{
	for (int i = 0; i < FILES; i++)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			_exit(7);
}

static void tell_usage(int answer)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	if (write(answer, &usage, sizeof(usage)) != sizeof(usage))
		_exit(8);
}

static void act_alone(char what, int answer)
{
	switch (what) {
	case 'c':
		burn();
		break;
	case 'w':
		write_blocks();
		break;
	case 'p':
		fault_pages();
		break;
	case 's':
		pause_often();
		break;
	case 'o':
		open_files();
		break;
	case 'u':
		tell_usage(answer);
		break;
	default:
		break;
	}
}

static uint64_t us(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

static void check_near(uint64_t value, uint64_t wanted, uint64_t slack)
{
	if (value + slack < wanted || value > wanted + slack)
		fail_msg("%llu is not within %llu of %llu", (unsigned long long)value,
			(unsigned long long)slack, (unsigned long long)wanted);
}

/* The kernel splits user and system time by its own lights; a tick is 10 ms. */
static void check_usage(const struct fp_activity_counters *delta, const struct rusage *before,
	const struct rusage *now)
{
	const uint64_t ticks_us = 40000;

	check_near(delta->value[FP_CPU_USER_US] + delta->value[FP_CPU_SYSTEM_US],
		us(now->ru_utime) + us(now->ru_stime) - us(before->ru_utime) - us(before->ru_stime),
		ticks_us);
	check_near(delta->value[FP_CPU_USER_US], us(now->ru_utime) - us(before->ru_utime),
		2 * ticks_us);
	check_near(
		delta->value[FP_FAULTS_MINOR], (uint64_t)(now->ru_minflt - before->ru_minflt), 50);
	check_near(
		delta->value[FP_FAULTS_MAJOR], (uint64_t)(now->ru_majflt - before->ru_majflt), 5);
	check_near(delta->value[FP_SWITCHES_VOLUNTARY],
		(uint64_t)(now->ru_nvcsw - before->ru_nvcsw), 5);
	check_near(delta->value[FP_SWITCHES_INVOLUNTARY],
		(uint64_t)(now->ru_nivcsw - before->ru_nivcsw), 5);
	/* in units of 512 bytes */
	check_near(delta->value[FP_IO_WRITE_BYTES],
		512 * (uint64_t)(now->ru_oublock - before->ru_oublock), 0);
}

/* A file in memory is written to no storage. */
static void check_written(uint64_t value)
{
	struct statfs fs;

	assert_int_equal(statfs(".", &fs), 0);
	if (fs.f_type == TMPFS_MAGIC)
		assert_int_equal(value, 0);
	else
		assert_in_range(value, BLOCK * BLOCKS, BLOCK * BLOCKS * 2);
}

static void test_one_thread(void **state)
{
	static const char things[] = "cwps";
	struct fp_activity_counters first, delta;
	struct rusage before, now;
	struct child child;

	(void)state;
	start(&child, act_alone);
	ask(&child, 'u', &before, sizeof(before));
	take(&child, false, &first);
	assert_int_equal(first.has, FP_ACTIVITIES_ALL);
	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		assert_int_equal(first.value[i], 0);

	for (size_t i = 0; i < strlen(things); i++)
		ask(&child, things[i], NULL, 0);
	ask(&child, 'o', NULL, 0);
	ask(&child, 'u', &now, sizeof(now));
	take(&child, false, &delta);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL);
	check_usage(&delta, &before, &now);
	assert_in_range(
		delta.value[FP_CPU_USER_US] + delta.value[FP_CPU_SYSTEM_US], 200000, 1000000);
	assert_in_range(delta.value[FP_FAULTS_MINOR], PAGES, PAGES + 500);
	check_written(delta.value[FP_IO_WRITE_BYTES]);
	/* one for each block, and the answers: six, and two usages, the first of them too early */
	assert_in_range(delta.value[FP_IO_WRITE_OPS], BLOCKS + 7, BLOCKS + 8);
	assert_in_range(delta.value[FP_SWITCHES_VOLUNTARY], PAUSES, PAUSES + 100);
	assert_int_equal(delta.handles, first.handles + FILES);

	take(&child, false, &delta);
	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		assert_in_range(delta.value[i], 0, 20000);
	assert_int_equal(delta.value[FP_IO_WRITE_BYTES], 0);
	end(&child);
	forget_all();
}

static void test_a_new_child_counts_from_its_birth(void **state)
{
	struct fp_activity_counters delta;
	struct rusage now, none = {0};
	struct child child;

	(void)state;
	start(&child, act_alone);
	ask(&child, 'c', NULL, 0);
	ask(&child, 'w', NULL, 0);
	ask(&child, 'u', &now, sizeof(now));
	take(&child, true, &delta);
	check_usage(&delta, &none, &now);
	/* it has ended: nothing is taken, and a process that ended is no error of the round */
	end(&child);
	fp_activity_book_begin(&book);
	assert_int_equal(read_child(&child, false, &delta), -ESRCH);
	fp_activity_book_end(&book);
	assert_int_equal(book.entries.len, 0);
	forget_all();
}

static void *work(void *unused)
{
	write_blocks();
	pause_often();
	return unused;
}

static void run_threads(int count)
{
	pthread_t threads[8];

	for (int i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			_exit(9);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

static void *stay(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* A child of the child writes, and is waited for. */
static void run_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		write_blocks();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		_exit(10);
}

static void act_with_threads(char what, int answer)
{
	pthread_t thread;

	switch (what) {
	case 't':
		run_threads(4);
		break;
	case 'l': /* a thread that stays */
		if (pthread_create(&thread, NULL, stay, NULL))
			_exit(11);
		break;
	case 'f':
		run_child();
		break;
	default:
		act_alone(what, answer);
	}
}

/* While no child is waited for, what threads wrote counts when they have ended. */
static void test_threads_that_ended(void **state)
{
	struct fp_activity_counters delta;
	struct rusage before, now;
	struct child child;

	(void)state;
	start(&child, act_with_threads);
	ask(&child, 'l', NULL, 0);
	take(&child, false, &delta);
	ask(&child, 'u', &before, sizeof(before));
	ask(&child, 't', NULL, 0);
	ask(&child, 'u', &now, sizeof(now));
	take(&child, false, &delta);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL);
	assert_int_equal(delta.value[FP_IO_WRITE_BYTES],
		512 * (uint64_t)(now.ru_oublock - before.ru_oublock));
	assert_in_range(delta.value[FP_IO_WRITE_OPS], 4 * BLOCKS, 4 * BLOCKS + 10);
	/* their switches went with them */
	assert_in_range(delta.value[FP_SWITCHES_VOLUNTARY], 1, 4 * PAUSES - 1);
	end(&child);
	forget_all();
}

/* What a child wrote is the child's, whether its parent has one thread or several. */
static void test_a_child_that_was_waited_for(void **state)
{
	struct fp_activity_counters delta;
	struct child child;

	(void)state;
	for (int threads = 1; threads <= 2; threads++) {
		start(&child, act_with_threads);
		ask(&child, '-', NULL, 0);
		if (threads == 2)
			ask(&child, 'l', NULL, 0);
		take(&child, false, &delta);
		ask(&child, 'f', NULL, 0);
		take(&child, false, &delta);
		assert_int_equal(delta.has, FP_ACTIVITIES_ALL);
		assert_int_equal(delta.value[FP_IO_WRITE_BYTES], 0);
		assert_in_range(delta.value[FP_IO_WRITE_OPS], 0, 5);
		ask(&child, 'w', NULL, 0);
		take(&child, false, &delta);
		check_written(delta.value[FP_IO_WRITE_BYTES]);
		assert_in_range(delta.value[FP_IO_WRITE_OPS], BLOCKS, BLOCKS + 5);
		end(&child);
	}
	forget_all();
}

static int leader_ask, leader_answer;

static void *go_on(void *unused)
{
	answer_to(leader_ask, leader_answer, act_alone);
	return unused;
}

/* Its first thread ends, another goes on answering. */
static void start_headless(struct child *child)
{
	int ask_pipe[2], answer[2];
	pthread_t thread;

	assert_int_equal(pipe2(ask_pipe, O_CLOEXEC), 0);
	assert_int_equal(pipe2(answer, O_CLOEXEC), 0);
	child->pid = fork();
	assert_true(child->pid >= 0);
	if (child->pid == 0) {
		close(ask_pipe[1]);
		close(answer[0]);
		leader_ask = ask_pipe[0];
		leader_answer = answer[1];
		if (pthread_create(&thread, NULL, go_on, NULL))
			_exit(12);
		pthread_exit(NULL);
	}
	close(ask_pipe[0]);
	close(answer[1]);
	child->ask = ask_pipe[1];
	child->answer = answer[0];
}

static void await_dead_leader(const struct child *child)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	bool dead = false;

	for (int i = 0; i < 5000 && !dead; i++) {
		nanosleep(&pause, NULL);
		assert_int_equal(fp_process_open(&process, (int32_t)child->pid), 0);
		dead = process.kind == FP_KIND_DEAD_LEADER;
		fp_process_close(&process);
	}
	assert_true(dead);
}

static void test_a_dead_leader(void **state)
{
	struct fp_activity_counters first, delta;
	struct rusage before, now;
	struct child child;

	(void)state;
	start_headless(&child);
	await_dead_leader(&child);
	ask(&child, 'u', &before, sizeof(before));
	take(&child, false, &first);
	ask(&child, 'w', NULL, 0);
	ask(&child, 's', NULL, 0);
	ask(&child, 'o', NULL, 0);
	ask(&child, 'u', &now, sizeof(now));
	take(&child, false, &delta);
	assert_int_equal(delta.has, FP_ACTIVITIES_ALL);
	check_usage(&delta, &before, &now);
	assert_true(first.has_handles && delta.has_handles);
	assert_int_equal(delta.handles, first.handles + FILES);
	end(&child);
	forget_all();
}

/* The size of the directory, the number of its entries, and what a captured tree holds agree. */
static void test_open_files_are_counted(void **state)
{
	char tree[] = "footprint-test-XXXXXX";
	const struct fp_os_backend *backend = host.backend;
	struct fp_os_process place;
	uint64_t by_size, by_entries;
	struct child child;

	(void)state;
	start(&child, act_alone);
	ask(&child, '-', NULL, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(backend->process_open(host.os, (int32_t)child.pid, &place), 0);
		assert_int_equal(backend->count_files(&place, &by_size), 0);
		assert_int_equal(fp_procfs_count_files(&place, &by_entries), 0);
		assert_int_equal(by_size, by_entries);
		assert_true(by_size >= 2 + (uint64_t)i * FILES);
		ask(&child, 'o', NULL, 0);
		backend->process_close(&place);
	}
	assert_int_equal(backend->process_open(host.os, (int32_t)child.pid, &place), 0);
	end(&child);
	assert_int_equal(backend->count_files(&place, &by_size), -ESRCH);
	backend->process_close(&place);

	assert_non_null(mkdtemp(tree));
	place.fd = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(place.fd >= 0);
	assert_int_equal(backend->count_files(&place, &by_size), -ESRCH);
	assert_int_equal(mkdirat(place.fd, "io", 0700), 0);
	assert_int_equal(backend->count_files(&place, &by_size), -ENOENT);
	assert_int_equal(mkdirat(place.fd, "fd", 0700), 0);
	assert_int_equal(backend->count_files(&place, &by_size), 0);
	assert_int_equal(by_size, 0);
	assert_int_equal(symlinkat("/dev/null", place.fd, "fd/0"), 0);
	assert_int_equal(symlinkat("/dev/null", place.fd, "fd/17"), 0);
	assert_int_equal(backend->count_files(&place, &by_size), 0);
	assert_int_equal(by_size, 2);
	unlinkat(place.fd, "fd/0", 0);
	unlinkat(place.fd, "fd/17", 0);
	unlinkat(place.fd, "fd", AT_REMOVEDIR);
	unlinkat(place.fd, "io", AT_REMOVEDIR);
	backend->process_close(&place);
	assert_int_equal(rmdir(tree), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_files_are_counted),
		cmocka_unit_test(test_one_thread),
		cmocka_unit_test(test_a_new_child_counts_from_its_birth),
		cmocka_unit_test(test_threads_that_ended),
		cmocka_unit_test(test_a_child_that_was_waited_for),
		cmocka_unit_test(test_a_dead_leader),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* What the running kernel answers this very process. */
#include "os/os.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct fp_os_backend *backend;
static struct fp_os *os;

static int open_host(void **state)
{
	(void)state;
	backend = fp_os_default();
	return backend->open("/proc", "/sys", &os);
}

static int close_host(void **state)
{
	(void)state;
	backend->close(os);
	return 0;
}

static int clock_of(pid_t pid)
{
	uint64_t ns;

	return backend->cpu_clock(os, (int32_t)pid, &ns);
}

/* A thread with an id of its own, which stays until it is let go. */
struct thread {
	pthread_barrier_t begun, over;
	pid_t tid;
	int of_itself, of_process;
};

static void *run(void *context)
{
	struct thread *thread = context;

	thread->tid = (pid_t)syscall(SYS_gettid);
	thread->of_itself = clock_of(thread->tid);
	thread->of_process = clock_of(getpid());
	pthread_barrier_wait(&thread->begun);
	pthread_barrier_wait(&thread->over);
	return NULL;
}

static void test_threads_have_no_clock(void **state)
{
	struct thread thread;
	pthread_t id;

	(void)state;
	pthread_barrier_init(&thread.begun, NULL, 2);
	pthread_barrier_init(&thread.over, NULL, 2);
	assert_int_equal(pthread_create(&id, NULL, run, &thread), 0);
	pthread_barrier_wait(&thread.begun);
	int of_other = clock_of(thread.tid);
	pthread_barrier_wait(&thread.over);
	pthread_join(id, NULL);
	assert_int_equal(thread.of_itself, -ESRCH);
	assert_int_equal(of_other, -ESRCH);
	assert_int_equal(thread.of_process, 0);
	assert_int_equal(clock_of(getpid()), 0);
}

/* Until it is waited for, it is there. */
static void test_a_process_that_ends(void **state)
{
	siginfo_t info;

	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(0);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	int before = clock_of(pid);
	waitpid(pid, NULL, 0);
	assert_int_equal(before, 0);
	assert_int_equal(clock_of(pid), -ESRCH);
}

static void put_number(const char *folder, const char *name, int number)
{
	char path[128], next[128];

	snprintf(path, sizeof(path), "%s/kernel/mm/ksm/%s", folder, name);
	snprintf(next, sizeof(next), "%s/kernel/mm/ksm/next", folder);
	FILE *file = fopen(next, "w");
	assert_non_null(file);
	fprintf(file, "%d\n", number);
	fclose(file);
	assert_int_equal(rename(next, path), 0);
}

/* What lies in a captured tree may be replaced, and is read where it lies. */
static void test_ksm_of_a_captured_tree(void **state)
{
	static const char *const parts[] = {"/kernel", "/kernel/mm", "/kernel/mm/ksm",
		"/kernel/mm/ksm/pages_shared", "/kernel/mm/ksm/pages_sharing"};
	enum { FOLDERS = 3, PARTS = sizeof(parts) / sizeof(parts[0]), COUNT = 3 };
	static const int numbers[COUNT] = {0, 5, 7};
	char folder[] = "footprint-test-XXXXXX", path[128];
	struct fp_os *captured;
	uint64_t shared[COUNT], sharing;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < FOLDERS; i++) {
		snprintf(path, sizeof(path), "%s%s", folder, parts[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	put_number(folder, "pages_shared", 9);
	put_number(folder, "pages_sharing", 9);
	assert_int_equal(backend->open("/proc", folder, &captured), 0);
	for (size_t i = 0; i < COUNT; i++) {
		put_number(folder, "pages_shared", numbers[i]);
		assert_int_equal(backend->ksm_pages(captured, &shared[i], &sharing), 0);
	}
	backend->close(captured);
	for (size_t i = PARTS; i-- > 0;) {
		snprintf(path, sizeof(path), "%s%s", folder, parts[i]);
		remove(path);
	}
	remove(folder);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(shared[i], numbers[i]);
}

static unsigned long long read_number(FILE *file)
{
	unsigned long long number = 0;

	rewind(file);
	assert_int_equal(fscanf(file, "%llu", &number), 1);
	return number;
}

/* What was kept open tells of the moment, each time anew; a busy kernel may be at work between the two. */
static void test_ksm_of_the_kernel(void **state)
{
	enum { TRIES = 1000 };
	FILE *file = fopen("/sys/kernel/mm/ksm/pages_shared", "r");
	uint64_t shared = 9, sharing = 9;
	int same = 0;

	(void)state;
	for (int i = 0; i < TRIES && same < 2; i++) {
		assert_int_equal(backend->ksm_pages(os, &shared, &sharing), 0);
		same += shared == (file ? read_number(file) : 0);
	}
	if (file)
		fclose(file);
	assert_int_equal(same, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_threads_have_no_clock, open_host, close_host),
		cmocka_unit_test_setup_teardown(test_a_process_that_ends, open_host, close_host),
		cmocka_unit_test_setup_teardown(test_ksm_of_a_captured_tree, open_host, close_host),
		cmocka_unit_test_setup_teardown(test_ksm_of_the_kernel, open_host, close_host),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the running kernel answers this very process. */
#include "os/os.h"
#include "parse/stat.h"
#include "parse/status.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
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

/* ---- What is kept open of a process ---- */

static uint64_t count_own_files(void)
{
	struct fp_os_process self;
	uint64_t count = 0;

	assert_int_equal(backend->self_open(os, &self), 0);
	assert_int_equal(backend->count_files(&self, &count), 0);
	backend->process_close(&self);
	return count;
}

/* Its state, as one of two files tells it; or -errno. */
static int state_by(const struct fp_os_process *process, enum fp_os_file file)
{
	struct fp_buf text = {0};
	struct fp_status told;
	struct fp_stat stat;
	int status = backend->read(process, file, 4096, &text);

	if (status == 0 && file == FP_OS_STAT)
		status = fp_stat_parse(text.data, text.len, &stat) < 0 ? -EBADMSG : stat.state;
	else if (status == 0)
		status = fp_status_parse(text.data, text.len, &told) < 0 ? -EBADMSG : told.state;
	fp_buf_fini(&text);
	return status;
}

static void check_states(const struct fp_os_process *process, int state)
{
	assert_int_equal(state_by(process, FP_OS_STAT), state);
	assert_int_equal(state_by(process, FP_OS_STATUS), state);
	/* and again, from the beginning */
	assert_int_equal(state_by(process, FP_OS_STAT), state);
	assert_int_equal(state_by(process, FP_OS_STATUS), state);
}

static void wait_until_asleep(const struct fp_os_process *process)
{
	for (int i = 0; i < 5000 && state_by(process, FP_OS_STAT) != 'S'; i++)
		usleep(1000);
	assert_int_equal(state_by(process, FP_OS_STAT), 'S');
}

/* Stops until it is told to go on, and ends when its parent does. */
static pid_t start_stopped(void (*then)(void))
{
	siginfo_t info;
	pid_t parent = getpid(), pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(1);
		raise(SIGSTOP);
		then();
		_exit(1);
	}
	waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void stay(void)
{
	pause();
}

/* What stays open tells of the moment, and never of another. */
static void test_a_process_that_is_kept(void **state)
{
	uint64_t before = count_own_files();
	pid_t pid = start_stopped(stay);
	struct fp_os_process process;

	(void)state;
	assert_int_equal(backend->process_open(os, pid, &process), 0);
	assert_int_equal(count_own_files(), before + 1);
	check_states(&process, 'T');
	assert_int_equal(backend->process_keep(&process), 0);
	assert_int_equal(count_own_files(), before + 3);
	check_states(&process, 'T');
	kill(pid, SIGCONT);
	wait_until_asleep(&process);
	check_states(&process, 'S');
	end(pid);
	check_states(&process, -ESRCH);
	backend->process_close(&process);
	assert_int_equal(count_own_files(), before);
}

static void become_another(void)
{
	execl("/bin/sleep", "sleep", "1000", (char *)NULL);
}

/* After an exec, page entries that stayed open are of nobody, as the reader of own pages relies on. */
static void test_page_entries_before_an_exec(void **state)
{
	static char page[4096];
	pid_t pid = start_stopped(become_another);
	struct fp_os_process process;
	struct fp_os_pages pages;
	uint64_t entry = 0, number = (uint64_t)(uintptr_t)page / backend->page_bytes(os);
	size_t got = 0;

	(void)state;
	page[0] = 1;
	assert_int_equal(backend->process_open(os, pid, &process), 0);
	assert_int_equal(backend->pages_open(&process, 0, &pages), 0);
	assert_int_equal(backend->page_entries(&pages, number, &entry, 1, &got), 0);
	assert_int_equal(got, 1);
	kill(pid, SIGCONT);
	for (int i = 0; i < 5000 && got; i++) {
		usleep(1000);
		assert_int_equal(backend->page_entries(&pages, number, &entry, 1, &got), 0);
	}
	assert_int_equal(got, 0);
	wait_until_asleep(&process);
	backend->pages_close(&pages);
	backend->process_close(&process);
	end(pid);
}

/* What lies there may be replaced. */
static void test_nothing_of_a_captured_tree_is_kept(void **state)
{
	char folder[] = "footprint-test-XXXXXX", path[64];
	struct fp_os *captured;
	struct fp_os_process process;
	uint64_t before = count_own_files();

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/7", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(backend->open(folder, "/sys", &captured), 0);
	assert_int_equal(backend->process_open(captured, 7, &process), 0);
	int status = backend->process_keep(&process);
	bool keeps = process.keeps;
	backend->process_close(&process);
	backend->close(captured);
	rmdir(path);
	rmdir(folder);
	assert_int_equal(status, -ENOTSUP);
	assert_false(keeps);
	assert_int_equal(count_own_files(), before);
}

/* ---- KSM ---- */

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
		cmocka_unit_test_setup_teardown(test_a_process_that_is_kept, open_host, close_host),
		cmocka_unit_test_setup_teardown(
			test_page_entries_before_an_exec, open_host, close_host),
		cmocka_unit_test_setup_teardown(
			test_nothing_of_a_captured_tree_is_kept, open_host, close_host),
		cmocka_unit_test_setup_teardown(test_ksm_of_the_kernel, open_host, close_host),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

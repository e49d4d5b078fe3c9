/* Where this kernel tells no process events, or not those of the tree that is read: said, not silent. */
#include "initial.h"
#include "os/os.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { NOBODY = 65534, BOUND_MS = 1000 };

/* What a process elsewhere found out, in memory that this one shares with it. */
struct answer {
	bool is_given;
	int status;
	char reason[128];
	uint64_t ms;
	int loadavg_status;
	bool saw_fork;
};

static struct answer *answer;

static int setup(void **state)
{
	(void)state;
	answer = mmap(
		NULL, sizeof(*answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return answer == MAP_FAILED ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	return munmap(answer, sizeof(*answer));
}

/* Is a fork of this process told? */
static bool sees_fork(const struct fp_os_backend *backend, struct fp_os_stream *stream)
{
	struct fp_os_events events = {0};
	uint64_t lost = 0;
	bool seen = false;

	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	if (backend->events_drain(stream, &events, &lost) == 0)
		for (size_t i = 0; i < events.len; i++)
			seen |= events.at[i].kind == FP_OS_EVENT_FORK && events.at[i].pid == pid;
	free(events.at);
	return seen && lost == 0;
}

static void ask(const char *proc_path)
{
	const struct fp_os_backend *backend = fp_os_default();
	struct fp_os_stream *stream = NULL;
	struct fp_buf text = {0};
	const char *reason = NULL;
	struct fp_os *os;

	if (backend->open(proc_path, "/sys", &os) < 0)
		return;
	uint64_t start_ns = backend->monotonic_ns(os);
	answer->status = backend->events_open(os, &stream, &reason);
	answer->ms = (backend->monotonic_ns(os) - start_ns) / 1000000;
	snprintf(answer->reason, sizeof(answer->reason), "%s", reason ? reason : "");
	if (answer->status == 0)
		answer->saw_fork = sees_fork(backend, stream);
	answer->loadavg_status = backend->host_read(os, FP_OS_HOST_LOADAVG, &text);
	backend->events_close(stream);
	backend->close(os);
	fp_buf_fini(&text);
	answer->is_given = true;
}

/* Ends with 0 where the namespaces cannot be made. */
static void enter(int namespaces)
{
	if (unshare(namespaces) < 0)
		_exit(0);
	if (namespaces & CLONE_NEWNS)
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* Asks in new namespaces, where own_proc with a /proc of theirs. */
static void ask_in(int namespaces, bool own_proc)
{
	*answer = (struct answer){0};
	pid_t pid = fork();
	if (pid == 0) {
		enter(namespaces);
		pid_t inner = fork();
		if (inner == 0) {
			if (!own_proc || mount("proc", "/proc", "proc", 0, NULL) == 0)
				ask("/proc");
			_exit(0);
		}
		waitpid(inner, NULL, 0);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	if (!answer->is_given)
		skip();
}

static void check(int status, const char *reason, int loadavg_status)
{
	if (answer->status != status || !strstr(answer->reason, reason))
		fail_msg("%d, %s", answer->status, answer->reason);
	assert_in_range(answer->ms, 0, BOUND_MS);
	assert_int_equal(answer->loadavg_status, loadavg_status);
}

static void test_here_it_is_told(void **state)
{
	(void)state;
	*answer = (struct answer){0};
	ask("/proc");
	check(0, "", 0);
	assert_string_equal(answer->reason, "");
	assert_true(answer->saw_fork);
}

/* There the kernel takes the request and never answers. */
static void test_a_pid_namespace(void **state)
{
	(void)state;
	ask_in(CLONE_NEWPID | CLONE_NEWNS, true);
	check(-ENOTSUP, "initial pid and user namespace", 0);
}

static void test_a_user_namespace(void **state)
{
	(void)state;
	ask_in(CLONE_NEWUSER, false);
	check(-ENOTSUP, "initial pid and user namespace", 0);
}

static void test_a_network_namespace(void **state)
{
	(void)state;
	ask_in(CLONE_NEWNET, false);
	check(-ENOTSUP, "network namespace", 0);
}

/* A container that is given the host's /proc: its ids are not those that are told here. */
static void test_a_proc_of_outside(void **state)
{
	(void)state;
	ask_in(CLONE_NEWPID, false);
	check(-ENOTSUP, "ProcPath", -ENOTSUP);
}

/* In a child: a pid namespace with a /proc, until it is killed. */
static void hold_proc(int ready)
{
	enter(CLONE_NEWPID | CLONE_NEWNS);
	pid_t inner = fork();
	if (inner == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (mount("proc", "/proc", "proc", 0, NULL) < 0 || write(ready, "", 1) != 1)
			_exit(0);
		pause();
	}
	close(ready);
	waitpid(inner, NULL, 0);
	_exit(0);
}

static void test_a_proc_of_inside(void **state)
{
	char path[64], byte;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid_t pid = fork();
	if (pid == 0)
		hold_proc(pipes[1]);
	close(pipes[1]);
	bool ready = read(pipes[0], &byte, 1) == 1;
	close(pipes[0]);
	*answer = (struct answer){0};
	snprintf(path, sizeof(path), "/proc/%d/root/proc", pid);
	if (ready)
		ask(path);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (!ready)
		skip();
	assert_true(answer->is_given);
	check(-ENOTSUP, "ProcPath", -ENOTSUP);
}

static void test_a_captured_tree(void **state)
{
	char path[] = "/tmp/footprint-XXXXXX", link[64], self[16];

	(void)state;
	/* even one that names this very process */
	assert_non_null(mkdtemp(path));
	snprintf(link, sizeof(link), "%s/self", path);
	snprintf(self, sizeof(self), "%d", getpid());
	int linked = symlink(self, link);
	snprintf(link, sizeof(link), "%s/%s", path, self);
	int made = mkdir(link, 0700);
	*answer = (struct answer){0};
	ask(path);
	rmdir(link);
	snprintf(link, sizeof(link), "%s/self", path);
	unlink(link);
	rmdir(path);
	assert_int_equal(linked, 0);
	assert_int_equal(made, 0);
	assert_true(answer->is_given);
	check(-ENOTSUP, "ProcPath", -ENOTSUP);
}

/* Linux 6.6 lets everybody listen, with less of a buffer; before, nobody. */
static void test_without_capabilities(void **state)
{
	(void)state;
	*answer = (struct answer){0};
	pid_t pid = fork();
	if (pid == 0) {
		if (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
			setresuid(NOBODY, NOBODY, NOBODY) == 0)
			ask("/proc");
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	assert_true(answer->is_given);
	check(answer->saw_fork ? 0 : -EACCES, "CAP_NET_ADMIN", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_here_it_is_told),
		cmocka_unit_test(test_a_pid_namespace),
		cmocka_unit_test(test_a_user_namespace),
		cmocka_unit_test(test_a_network_namespace),
		cmocka_unit_test(test_a_proc_of_outside),
		cmocka_unit_test(test_a_proc_of_inside),
		cmocka_unit_test(test_a_captured_tree),
		cmocka_unit_test(test_without_capabilities),
	};

	const char *lacks = initial_lacks();
	if (lacks)
		return initial_skip(lacks);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}

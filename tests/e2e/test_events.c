/* Process events of this kernel: what really happens is told, in order, and nothing else. */
#include "initial.h"
#include "os/os.h"

#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

enum { PATIENCE_MS = 5000, NOBODY = 65534, EVENT_AT = NLMSG_HDRLEN + sizeof(struct cn_msg) };

static const struct fp_os_backend *backend;
static struct fp_os *os;
static struct fp_os_stream *stream;
static struct fp_os_events events; /* of the last drain */
static uint64_t lost;              /* since the stream was opened */

static int setup(void **state)
{
	const char *reason;

	(void)state;
	lost = 0;
	backend = fp_os_default();
	if (backend->open("/proc", "/sys", &os) < 0)
		return -1;
	return backend->events_open(os, &stream, &reason) < 0 || reason ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	backend->events_close(stream);
	backend->close(os);
	free(events.at);
	events = (struct fp_os_events){0};
	return 0;
}

static void pause_ms(long ms)
{
	const struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

static void drain(struct fp_os_stream *from)
{
	assert_int_equal(backend->events_drain(from, &events, &lost), 0);
}

/* Adds the events of one process to text, as letters; FORK must be told of its parent. */
static void write_down(int32_t pid, int32_t parent, char *text, size_t size)
{
	static const char letters[] = {[FP_OS_EVENT_FORK] = 'F',
		[FP_OS_EVENT_EXEC] = 'E',
		[FP_OS_EVENT_EXIT] = 'X',
		[FP_OS_EVENT_COMM] = 'C',
		[FP_OS_EVENT_UID] = 'U'};

	for (size_t i = 0; i < events.len; i++) {
		const struct fp_os_event *event = &events.at[i];
		size_t len = strlen(text);
		if (event->pid != pid || len + 1 >= size)
			continue;
		assert_int_equal(event->parent, event->kind == FP_OS_EVENT_FORK ? parent : 0);
		text[len] = letters[event->kind];
		text[len + 1] = '\0';
	}
}

/* Fails unless exactly these events of the process come, in this order. */
static void check(struct fp_os_stream *from, int32_t pid, const char *wanted)
{
	char found[64] = "";

	for (int ms = 0; ms < PATIENCE_MS && strlen(found) < strlen(wanted); ms += 5) {
		drain(from);
		write_down(pid, getpid(), found, sizeof(found));
		pause_ms(5);
	}
	assert_string_equal(found, wanted);
	assert_int_equal(lost, 0);
}

static void reap(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void run_true(void)
{
	execl("/bin/true", "true", (char *)NULL);
	_exit(127);
}

static pid_t start_true(void)
{
	pid_t pid = fork();

	if (pid == 0)
		run_true();
	return pid;
}

static void test_a_life_is_told_in_order(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "renamed");
		if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
			_exit(1);
		run_true();
	}
	reap(pid);
	check(stream, pid, "FCUEX");
	pid = start_true();
	reap(pid);
	check(stream, pid, "FEX");
}

/* The stream's socket: the one of this process that is of the connector. */
static int find_socket(void)
{
	for (int fd = 3; fd < 256; fd++) {
		int protocol = -1;
		socklen_t len = sizeof(protocol);
		if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 &&
			protocol == NETLINK_CONNECTOR)
			return fd;
	}
	fail_msg("the stream has no socket");
	return -1;
}

static void *do_nothing(void *context)
{
	return context;
}

/* How many datagrams wait, and how many of them are of this process. */
static void count_datagrams(int fd, unsigned *all, unsigned *own)
{
	char bytes[256];
	ssize_t n;

	*all = *own = 0;
	while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) >= 0) {
		struct proc_event event = {0};
		assert_in_range(n, EVENT_AT, EVENT_AT + sizeof(event));
		memcpy(&event, bytes + EVENT_AT, (size_t)n - EVENT_AT);
		++*all;
		*own += getpid() == (event.what == PROC_EVENT_FORK
						    ? event.event_data.fork.child_tgid
						    : event.event_data.exec.process_tgid);
	}
}

/* Not even queued, since there may be thousands in a second. */
static void test_threads_do_not_reach_the_socket(void **state)
{
	int fd = find_socket(), flags = fcntl(fd, F_GETFL);
	unsigned all, own;

	(void)state;
	assert_true(flags & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	for (int i = 0; i < 200; i++) {
		pthread_t thread;
		assert_int_equal(pthread_create(&thread, NULL, do_nothing, NULL), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
	}
	reap(start_true());
	pause_ms(100);
	count_datagrams(fd, &all, &own);
	assert_in_range(all, 3, UINT32_MAX);
	assert_int_equal(own, 0);
}

/* In the child of the test below: waits for a byte, then takes the process over. */
static void *exec_when_told(void *context)
{
	char byte;

	if (read(*(int *)context, &byte, 1) == 1)
		run_true();
	return NULL;
}

static void test_the_first_thread_ends_before_the_process(void **state)
{
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid_t pid = fork();
	if (pid == 0) {
		pthread_t thread;
		/* so that a test that fails leaves nobody who waits */
		close(pipes[1]);
		if (pthread_create(&thread, NULL, exec_when_told, &pipes[0]) != 0)
			_exit(1);
		syscall(SYS_exit, 0);
	}
	check(stream, pid, "FX");
	assert_int_equal(kill(pid, 0), 0);
	assert_int_equal(write(pipes[1], "", 1), 1);
	reap(pid);
	check(stream, pid, "EX");
	close(pipes[0]);
	close(pipes[1]);
}

/* Sends the stream a fork as the kernel would, from a socket that is not the kernel's. */
static void forge(int32_t pid)
{
	char bytes[EVENT_AT + sizeof(struct proc_event)] = {0};
	const struct nlmsghdr header = {.nlmsg_len = sizeof(bytes), .nlmsg_type = NLMSG_DONE};
	const struct cn_msg message = {
		.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof(struct proc_event)};
	struct proc_event event = {.what = PROC_EVENT_FORK};
	struct sockaddr_nl place = {0};
	socklen_t len = sizeof(place);
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);

	event.event_data.fork.parent_pid = event.event_data.fork.parent_tgid = 1;
	event.event_data.fork.child_pid = event.event_data.fork.child_tgid = pid;
	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + NLMSG_HDRLEN, &message, sizeof(message));
	memcpy(bytes + EVENT_AT, &event, sizeof(event));
	assert_int_equal(getsockname(find_socket(), (struct sockaddr *)&place, &len), 0);
	place.nl_groups = 0;
	assert_int_equal(
		sendto(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&place, len), sizeof(bytes));
	close(fd);
}

static void test_only_the_kernel_is_believed(void **state)
{
	const int32_t nobodys = INT32_MAX - 7; /* above every pid there can be */
	bool is_told = false;
	char found[16] = "";

	(void)state;
	forge(nobodys);
	pid_t pid = start_true();
	reap(pid);
	for (int ms = 0; ms < PATIENCE_MS && strlen(found) < 3; ms += 5) {
		drain(stream);
		write_down(pid, getpid(), found, sizeof(found));
		for (size_t i = 0; i < events.len; i++)
			is_told |= events.at[i].pid == nobodys;
		pause_ms(5);
	}
	assert_string_equal(found, "FEX");
	assert_false(is_told);
	assert_int_equal(lost, 0);
}

/* Whoever else listens sees the acknowledgement of this number. */
static bool is_acknowledged(int fd, uint32_t number)
{
	char bytes[256];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) >= (ssize_t)EVENT_AT) {
		struct cn_msg message;
		uint32_t what;
		memcpy(&message, bytes + NLMSG_HDRLEN, sizeof(message));
		memcpy(&what, bytes + EVENT_AT, sizeof(what));
		if (what == PROC_EVENT_NONE && message.ack == number + 1)
			return true;
	}
	return false;
}

static void test_listeners_do_not_disturb_each_other(void **state)
{
	const struct sockaddr_nl place = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	struct fp_os_stream *other;
	const char *reason;

	(void)state;
	assert_int_equal(backend->events_open(os, &other, &reason), 0);
	assert_null(reason);
	pid_t pid = start_true();
	reap(pid);
	check(stream, pid, "FEX");
	check(other, pid, "FEX");
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	assert_int_equal(bind(fd, (const struct sockaddr *)&place, sizeof(place)), 0);
	assert_false(is_acknowledged(fd, 0));
	backend->events_close(other);
	assert_true(is_acknowledged(fd, 0));
	close(fd);
	pid = start_true();
	reap(pid);
	check(stream, pid, "FEX");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_life_is_told_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_threads_do_not_reach_the_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_first_thread_ends_before_the_process, setup, teardown),
		cmocka_unit_test_setup_teardown(test_only_the_kernel_is_believed, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_listeners_do_not_disturb_each_other, setup, teardown),
	};

	const char *lacks = initial_lacks();
	if (lacks)
		return initial_skip(lacks);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

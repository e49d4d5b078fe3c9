/* Many process events at once: none is missed, or it is said how many; and how long they take. */
#include "initial.h"
#include "os/os.h"

#include <elf.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

enum {
	A_SECOND = 5000,
	SECONDS = 3,
	LIVES = A_SECOND * SECONDS,
	FLOOD = 200000,      /* more than the buffer holds */
	DRAIN_MOST = 150000, /* which it holds by far not */
	PIDS = 4194304 + 1
};

static const struct fp_os_backend *backend;
static struct fp_os *os;
static struct fp_os_stream *stream;
static struct fp_os_events events; /* of the last drain */
static uint64_t lost, taken, taken_ns;

static int setup(void **state)
{
	const char *reason;

	(void)state;
	lost = taken = taken_ns = 0;
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

static void drain(void)
{
	uint64_t start_ns = backend->thread_cpu_ns(os);

	assert_int_equal(backend->events_drain(stream, &events, &lost), 0);
	taken_ns += backend->thread_cpu_ns(os) - start_ns;
	taken += events.len;
}

static void say_cost(const char *what)
{
	printf("# %s: %llu events, %.3f us of CPU each\n", what, (unsigned long long)taken,
		(double)taken_ns / 1000 / (double)taken);
}

static uint64_t count(enum fp_os_event_kind kind, int32_t pid)
{
	uint64_t found = 0;

	for (size_t i = 0; i < events.len; i++)
		found += events.at[i].kind == kind && events.at[i].pid == pid;
	return found;
}

/* ---- A storm of processes ---- */

/* The shortest program there is, which does nothing but end; a processor without one takes true. */
#if defined(__x86_64__)
#define MACHINE EM_X86_64
static const uint8_t code[] = {0xb8, 0x3c, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05};
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
static const uint32_t code[] = {0xd2800ba8, 0xd2800000, 0xd4000001};
#else
#define MACHINE EM_NONE
static const uint8_t code[] = {0};
#endif

static void name_program(char *path, size_t size)
{
	const uint64_t place = 0x400000, code_at = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
	const Elf64_Ehdr header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					   ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = MACHINE,
		.e_version = EV_CURRENT,
		.e_entry = place + code_at,
		.e_phoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1};
	const Elf64_Phdr segment = {.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = place,
		.p_filesz = code_at + sizeof(code),
		.p_memsz = code_at + sizeof(code),
		.p_align = 0x1000};

	snprintf(path, size, "/bin/true");
	if (MACHINE == EM_NONE)
		return;
	int fd = memfd_create("nothing", MFD_CLOEXEC);
	assert_int_equal(write(fd, &header, sizeof(header)), sizeof(header));
	assert_int_equal(write(fd, &segment, sizeof(segment)), sizeof(segment));
	assert_int_equal(write(fd, code, sizeof(code)), sizeof(code));
	snprintf(path, size, "/proc/self/fd/%d", fd);
}

static void sleep_until(uint64_t ns)
{
	const struct timespec time = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

/* In a child: lives of which none lasts a second, so many in each. */
static void storm(const char *path, int32_t *pids)
{
	char *const arguments[] = {(char *)path, NULL};
	uint64_t start_ns = backend->monotonic_ns(os);
	int status, failures = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < LIVES; i++) {
		if (i % A_SECOND == 0)
			sleep_until(start_ns + (uint64_t)(i / A_SECOND) * 1000000000);
		pid_t pid = vfork();
		if (pid == 0) {
			execv(path, arguments);
			_exit(127);
		}
		pids[i] = pid;
		failures += waitpid(pid, &status, 0) != pid || status != 0;
	}
	_exit(failures ? 1 : 0);
}

/* How far the life of each pid was told stands in steps; none of them out of order. */
static void follow(uint8_t *steps, int32_t storm_pid)
{
	static const enum fp_os_event_kind order[] = {
		FP_OS_EVENT_FORK, FP_OS_EVENT_EXEC, FP_OS_EVENT_EXIT};

	for (size_t i = 0; i < events.len; i++) {
		const struct fp_os_event *event = &events.at[i];
		uint8_t *step = &steps[event->pid];
		bool starts = event->kind == FP_OS_EVENT_FORK && event->parent == storm_pid;
		/* before and after its life in the storm a pid is of no interest */
		if (starts || (*step > 0 && *step < 3)) {
			assert_int_equal(event->kind, order[*step]);
			++*step;
		}
	}
}

static void *share(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);
	return memory;
}

static void test_a_storm_is_told_completely(void **state)
{
	int32_t *pids = share(LIVES * sizeof(*pids));
	uint8_t *steps = calloc(PIDS, 1);
	char path[64];
	int status = -1;

	(void)state;
	assert_non_null(steps);
	name_program(path, sizeof(path));
	uint64_t start_ns = backend->monotonic_ns(os);
	pid_t pid = fork();
	if (pid == 0)
		storm(path, pids);
	for (uint64_t second = 1; waitpid(pid, &status, WNOHANG) == 0; second++) {
		sleep_until(start_ns + second * 1000000000);
		drain();
		follow(steps, pid);
	}
	double seconds = (double)(backend->monotonic_ns(os) - start_ns) / 1e9;
	assert_int_equal(status, 0);
	/* an exit may be told a moment after it was waited for */
	sleep_until(backend->monotonic_ns(os) + 100000000);
	drain();
	follow(steps, pid);
	assert_int_equal(lost, 0);
	for (int i = 0; i < LIVES; i++)
		assert_int_equal(steps[pids[i]], 3);
	printf("# %d lives, seen off in %.1f s\n", LIVES, seconds);
	say_cost("a storm");
	free(steps);
	munmap(pids, LIVES * sizeof(*pids));
}

/* ---- More than the buffer holds ---- */

static void test_what_is_lost_is_counted(void **state)
{
	uint64_t own = 0;

	(void)state;
	for (int i = 0; i < FLOOD; i++)
		prctl(PR_SET_NAME, "test_events");
	do {
		drain();
		own += count(FP_OS_EVENT_COMM, getpid());
	} while (events.len);
	say_cost("a full buffer");
	assert_in_range(own, 1000, FLOOD - 1);
	/* some of them may have been other processes' */
	assert_in_range(own + lost, FLOOD, FLOOD + FLOOD / 10);

	lost = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	drain();
	assert_int_equal(count(FP_OS_EVENT_FORK, pid), 1);
	assert_int_equal(lost, 0);
}

/* ---- What this kernel does not do by itself: the two calls go through here ---- */

static struct {
	bool lacks_meminfo;    /* as kernels before 4.12 */
	bool never_ends;       /* each call receives as much as it can */
	int error;             /* of the next call to receive */
	unsigned long batches; /* received so far */
} kernel;

int __real_recvmmsg(
	int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout);
int __wrap_recvmmsg(
	int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout);
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);

int __wrap_recvmmsg(
	int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
	kernel.batches++;
	if (kernel.error) {
		errno = kernel.error;
		kernel.error = 0;
		return -1;
	}
	if (kernel.never_ends && kernel.batches * count < FLOOD)
		return (int)count;
	return __real_recvmmsg(fd, messages, count, flags, timeout);
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (kernel.lacks_meminfo && level == SOL_SOCKET && name == SO_MEMINFO) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return __real_getsockopt(fd, level, name, value, len);
}

/* As many as the buffer holds are taken, not as many as come in the meantime. */
static void test_a_drain_ends_in_a_storm(void **state)
{
	const unsigned long batch = 128;

	(void)state;
	drain();
	kernel.batches = 0;
	kernel.never_ends = true;
	drain();
	kernel.never_ends = false;
	assert_in_range(kernel.batches * batch, 40000, DRAIN_MOST);
}

static void test_errors_are_told(void **state)
{
	(void)state;
	drain();
	kernel.error = EIO;
	assert_int_equal(backend->events_drain(stream, &events, &lost), -EIO);
	lost = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	kernel.error = ENOBUFS;
	drain();
	assert_int_equal(count(FP_OS_EVENT_FORK, pid), 1);
	/* the counter says that none was thrown away */
	assert_int_equal(lost, 0);
}

static int setup_old(void **state)
{
	kernel.lacks_meminfo = true;
	return setup(state);
}

static int teardown_old(void **state)
{
	kernel.lacks_meminfo = false;
	return teardown(state);
}

/* How many is not known there, only that some are. */
static void test_that_some_are_lost_is_told_without_a_counter(void **state)
{
	(void)state;
	for (int i = 0; i < FLOOD; i++)
		prctl(PR_SET_NAME, "test_events");
	do
		drain();
	while (events.len);
	assert_in_range(lost, 1, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_storm_is_told_completely, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_lost_is_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_drain_ends_in_a_storm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_errors_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_that_some_are_lost_is_told_without_a_counter, setup_old, teardown_old),
	};

	const char *lacks = initial_lacks();
	if (lacks)
		return initial_skip(lacks);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

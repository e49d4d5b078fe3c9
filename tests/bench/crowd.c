/*
 * Processes to be measured: started by vfork and exec, so that they share no copy-on-write memory.
 *
 *     crowd rest COUNT MARKED PROGRAM
 *         COUNT processes that run PROGRAM. MARKED of them, spread evenly, are called fp-marked and
 *         have FP_BENCH=1 in their environment. Prints "marked PID" of each of those, then "ready",
 *         and ends all at the end of its standard input, or at SIGHUP, SIGINT or SIGTERM.
 *     crowd storm RATE SECONDS PROGRAM
 *         RATE times a second, PROGRAM is started and reaped when it has ended. Prints
 *         "made=N wall_ns=N" at the end, which the same signals bring on early.
 */
#include "meter.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int number_unused)
{
	(void)number_unused;
	interrupted = 1;
}

static void catch_signals(void)
{
	static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction action = {.sa_handler = interrupt};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
}

/* -1 with errno where there cannot be one more process. */
static pid_t start(const char *program, char *name, char *parent, bool marked)
{
	char *const argv[] = {name, parent, NULL};
	char mark[] = "FP_BENCH=1", path[] = "PATH=/usr/bin:/bin";
	char *const env[] = {path, marked ? mark : NULL, NULL};
	volatile int failed = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		execve(program, argv, env);
		failed = errno;
		_exit(127);
	}
	if (pid > 0 && failed) {
		waitpid(pid, NULL, 0);
		errno = failed;
		return -1;
	}
	return pid;
}

static void end_all(const pid_t *pids, long count)
{
	for (long i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	for (long i = 0; i < count; i++)
		while (waitpid(pids[i], NULL, 0) < 0 && errno == EINTR)
			;
}

static void wait_for_end(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char byte;

	while (!interrupted)
		if (poll(&input, 1, 200) > 0 && read(STDIN_FILENO, &byte, 1) <= 0)
			return;
}

static int rest(long count, long marked, const char *program)
{
	char plain[] = "fp-rest", special[] = "fp-marked", parent[24];
	pid_t *pids = calloc((size_t)count + 1, sizeof(pids[0]));
	long made = 0;
	int error = 0;

	if (!pids)
		die("calloc");
	snprintf(parent, sizeof(parent), "%ld", (long)getpid());
	for (long i = 0; i < count && !interrupted && !error; i++) {
		/* so many of the first i + 1 that they are spread evenly */
		bool is_marked = (i + 1) * marked / count > i * marked / count;
		pid_t pid = start(program, is_marked ? special : plain, parent, is_marked);
		if (pid < 0) {
			error = errno;
			continue;
		}
		pids[made++] = pid;
		if (is_marked)
			printf("marked %ld\n", (long)pid);
	}
	if (!error && !interrupted) {
		puts("ready");
		fflush(stdout);
		wait_for_end();
	}
	end_all(pids, made);
	free(pids);
	errno = error;
	if (error)
		die(program);
	return 0;
}

/* Reaps who has ended; returns how many. */
static long reap(int flags)
{
	long reaped = 0;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, flags)) > 0 || (pid < 0 && errno == EINTR))
		reaped += pid > 0;
	return reaped;
}

static int storm(long rate, long seconds, const char *program)
{
	char name[] = "fp-gone", unused[] = "";
	uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC), passed_ns;
	long made = 0, wanted = rate * seconds;

	while (made < wanted && !interrupted) {
		passed_ns = clock_ns(CLOCK_MONOTONIC) - begin_ns;
		/* who cannot keep up makes fewer in the same time */
		if (passed_ns >= (uint64_t)seconds * 1000000000)
			break;
		if ((uint64_t)made * 1000000000 > (uint64_t)rate * passed_ns) {
			reap(WNOHANG);
			sleep_ms(1);
			continue;
		}
		if (start(program, name, unused, false) < 0)
			die(program);
		made++;
		reap(WNOHANG);
	}
	reap(0);
	passed_ns = clock_ns(CLOCK_MONOTONIC) - begin_ns;
	printf("made=%ld wall_ns=%" PRIu64 "\n", made, passed_ns);
	return 0;
}

int main(int argc, char **argv)
{
	catch_signals();
	if (argc == 5 && strcmp(argv[1], "rest") == 0)
		return rest(number(argv[2]), number(argv[3]), argv[4]);
	if (argc == 5 && strcmp(argv[1], "storm") == 0)
		return storm(number(argv[2]), number(argv[3]), argv[4]);
	fputs("usage: crowd rest COUNT MARKED PROGRAM | storm RATE SECONDS PROGRAM\n", stderr);
	return BENCH_USAGE;
}

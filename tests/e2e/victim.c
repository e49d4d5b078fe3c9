/*
 * A process of known memory, for the tests to measure.
 *
 *     victim STEP... [-- ANYTHING...]
 *
 * The steps are done in order; then it prints "ready PID" and stands still. It takes further lines
 * of steps from its standard input, each answered by another "ready PID", and ends with all its
 * children at the end of that input. What stands behind -- is only there to be seen.
 *
 * Memory, each a new mapping of SIZE bytes (K, M and G are understood):
 *     private=SIZE            anonymous, written
 *     reserve=SIZE            anonymous, not written, and never of huge pages
 *     huge=SIZE               the same, of huge pages (madvise)
 *     hugetlb=SIZE            the same, of reserved huge pages
 *     shm=SIZE                anonymous, shared with children forked later
 *     memfd=SIZE  sysv=SIZE   shared memory of those kinds
 *     held=SIZE               a memfd that is not mapped: to give it back takes its time at the end
 *     file-read=SIZE:PATH     a file mapped privately and read
 *     file-write=SIZE:PATH    a file mapped privately and written
 *     file-shared=SIZE:PATH   a file mapped shared and written
 *     exchange=PATH           in place of the last file-read, as much of this file, read
 * What to do with the last mapping, which a child inherits:
 *     touch=SIZE              write its first SIZE bytes
 *     give-up=SIZE            give their pages back
 *     mlock  pageout  lazyfree  mergeable
 *
 * Processes:
 *     fork=N STEP... end      N children that do these steps and stand; each prints "child PID"
 *     share=N                 N children in this address space; each prints "child PID"
 *     zombie=N                N children that ended and are not reaped; each prints "zombie PID"
 *     vfork=MS STEP...        a child by vfork() that execs after so long, with the steps that are
 *                             left, and prints "child PID" then
 *     threads=N               N more threads
 *     leader-exit             a new thread goes on with the steps, the first thread ends
 *     churn=N                 at most N children that fork, exec and exit, anew until the end
 *     sleep=MS  exit          what they say
 *
 * Held up by the kernel:
 *     serve=PATH              mount a file system there whose one file, of any name, never gives its
 *                             data and never answers that it was closed, until this process ends
 *     hold-memory=FILE        two threads wait for that file with the memory map locked
 *     hold-exec=FILE          exec, and stay in it, since that file is closed by it
 *
 * Identity:
 *     comm=NAME  uid=N  non-dumpable  setsid
 *     title=TEXT              written over its arguments and its environment, as by setproctitle()
 *     unset=NAME              take a variable out of the environment of the next exec
 *     set=NAME=VALUE          append a variable to the environment of the next exec
 *     env-bytes=SIZE          append variables of so many bytes
 *     arg-bytes=SIZE          append arguments of so many bytes to its command line, behind --
 *     last-arg=TEXT           append this argument behind all others
 *     exec[=PATH]             become this program, or PATH, again, with the steps that are left
 */
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Descriptors that stay the same across exec: a child watches the end of the first process and says
 * once that it stands.
 */
enum { LIFE_FD = 100, STANDING_FD = 101, LIFE_WRITE_FD = 102 };

enum { LINE_SIZE = 8192 };

static _Noreturn void stand(void);

_Noreturn void die(const char *what)
{
	dprintf(STDERR_FILENO, "victim: %s: %s\n", what, strerror(errno));
	_exit(1);
}

size_t parse_size(const char *text, char **end)
{
	size_t size = strtoul(text, end, 10);

	switch (**end) {
	case 'G':
		size *= 1024;
		/* fall through */
	case 'M':
		size *= 1024;
		/* fall through */
	case 'K':
		size *= 1024;
		++*end;
	}
	return size;
}

void sleep_ms(long ms)
{
	struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		;
}

static bool is_step(const char *word, const char *name, const char **arg)
{
	size_t len = strlen(name);

	*arg = word[len] == '=' ? word + len + 1 : NULL;
	return strncmp(word, name, len) == 0 && (!word[len] || *arg);
}

static size_t find_end(char **words, size_t count)
{
	size_t depth = 0;

	for (size_t i = 0; i < count; i++) {
		if (strncmp(words[i], "fork=", 5) == 0)
			depth++;
		else if (strcmp(words[i], "end") == 0 && depth-- == 0)
			return i;
	}
	errno = EINVAL;
	die("fork without end");
}

static _Noreturn void be_child(int standing, char **words, size_t count)
{
	if (dup2(standing, STANDING_FD) < 0)
		die("dup2");
	close(LIFE_WRITE_FD);
	run(words, count);
	stand();
}

/* Forks children and waits until each of them stands. */
static void do_fork(const char *arg, char **words, size_t count)
{
	int standing[2];
	char byte;

	if (pipe2(standing, O_CLOEXEC) < 0)
		die("pipe");
	for (int i = 0; i < atoi(arg); i++) {
		pid_t pid = fork();
		if (pid < 0)
			die("fork");
		if (pid == 0)
			be_child(standing[1], words, count);
	}
	close(standing[1]);
	for (int i = 0; i < atoi(arg); i++)
		if (read(standing[0], &byte, 1) != 1)
			die("a child has ended");
	close(standing[0]);
}

/* Runs in its parent's memory, so that it must not leave anything of its own there. */
static int stand_shared(void *unused)
{
	struct pollfd life = {.fd = LIFE_FD};

	(void)unused;
	close(LIFE_WRITE_FD);
	while (poll(&life, 1, -1) < 0)
		;
	_exit(0);
}

static void do_share(const char *arg)
{
	const size_t stack_len = 64 * 1024;

	for (int i = 0; i < atoi(arg); i++) {
		char *stack = mmap(NULL, stack_len, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (stack == MAP_FAILED)
			die("share");
		int pid = clone(stand_shared, stack + stack_len, CLONE_VM | SIGCHLD, NULL);
		if (pid < 0)
			die("share");
		dprintf(STDOUT_FILENO, "child %d\n", pid);
	}
}

struct vforked {
	long ms;
	char **words;
	size_t count;
};

/* Only the thread that called vfork() waits for the child; what the child does is done to both. */
static void *vfork_and_wait(void *arg)
{
	const struct vforked *rest = arg;
	pid_t pid = vfork();

	if (pid == 0) {
		if (write(STANDING_FD, "", 1) != 1)
			_exit(1);
		sleep_ms(rest->ms);
		close(LIFE_WRITE_FD);
		do_exec(NULL, rest->words, rest->count);
	}
	if (pid < 0)
		die("vfork");
	return NULL;
}

static void do_vfork(const char *arg, char **words, size_t count)
{
	static struct vforked rest;
	static char *kept[LINE_SIZE];
	int standing[2];
	char byte;
	pthread_t thread;

	for (size_t i = 0; i < count; i++)
		kept[i] = strdup(words[i]);
	rest = (struct vforked){atol(arg), kept, count};
	/* once when it is there, and again when it stands after its exec */
	if (pipe2(standing, O_CLOEXEC) < 0 || dup2(standing[1], STANDING_FD) < 0)
		die("standing");
	if ((errno = pthread_create(&thread, NULL, vfork_and_wait, &rest)))
		die("vfork");
	if (read(standing[0], &byte, 1) != 1)
		die("vfork");
}

struct rest {
	char **words;
	size_t count;
};

static void *go_on(void *arg)
{
	struct rest rest = *(struct rest *)arg;
	char path[64], text[512], *state;

	do {
		sleep_ms(1);
		snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)getpid());
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t len = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[len > 0 ? len : 0] = '\0';
		state = strrchr(text, ')');
	} while (!state || state[2] != 'Z');
	run(rest.words, rest.count);
	stand();
	return NULL;
}

static void leader_exit(char **words, size_t count)
{
	static struct rest rest;
	pthread_t thread;

	rest = (struct rest){words, count};
	if ((errno = pthread_create(&thread, NULL, go_on, &rest)))
		die("leader-exit");
	pthread_exit(NULL);
}

static bool run_step(const char *word, const struct step *steps)
{
	const char *arg;

	for (; steps->name; steps++) {
		if (is_step(word, steps->name, &arg)) {
			steps->run(arg);
			return true;
		}
	}
	return false;
}

void run(char **words, size_t count)
{
	const char *arg;

	for (size_t i = 0; i < count; i++) {
		char **rest = words + i + 1;
		if (is_step(words[i], "fork", &arg)) {
			size_t len = find_end(rest, count - i - 1);
			do_fork(arg, rest, len);
			i += len + 1;
		} else if (is_step(words[i], "share", &arg)) {
			do_share(arg);
		} else if (is_step(words[i], "vfork", &arg)) {
			do_vfork(arg, rest, count - i - 1);
			return;
		} else if (is_step(words[i], "exec", &arg)) {
			do_exec(arg, rest, count - i - 1);
		} else if (is_step(words[i], "leader-exit", &arg)) {
			leader_exit(rest, count - i - 1);
		} else if (!run_step(words[i], memory_steps) &&
			   !run_step(words[i], process_steps) && !run_step(words[i], stuck_steps)) {
			errno = EINVAL;
			die(words[i]);
		}
	}
}

static void end_children(void)
{
	end_churn();
	close(LIFE_WRITE_FD);
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

static _Noreturn void stand_as_child(void)
{
	struct pollfd life = {.fd = LIFE_FD};

	dprintf(STDOUT_FILENO, "child %d\n", (int)getpid());
	if (write(STANDING_FD, "", 1) != 1)
		die("standing");
	close(STANDING_FD);
	while (poll(&life, 1, -1) < 0 && errno == EINTR)
		;
	end_children();
	_exit(0);
}

static size_t split(char *line, char **words)
{
	size_t count = 0;
	char *left;

	for (char *word = strtok_r(line, " \n", &left); word; word = strtok_r(NULL, " \n", &left))
		words[count++] = word;
	return count;
}

static _Noreturn void stand(void)
{
	static char line[LINE_SIZE], *words[LINE_SIZE];
	ssize_t len;

	if (fcntl(LIFE_WRITE_FD, F_GETFD) < 0)
		stand_as_child();
	for (;;) {
		dprintf(STDOUT_FILENO, "ready %d\n", (int)getpid());
		len = read(STDIN_FILENO, line, sizeof(line) - 1);
		if (len <= 0)
			break;
		line[len] = '\0';
		run(words, split(line, words));
	}
	end_children();
	_exit(0);
}

/* A child that called exec has its descriptors already, and so has the first process. */
static void make_life(void)
{
	int life[2];

	if (fcntl(LIFE_FD, F_GETFD) >= 0)
		return;
	if (pipe(life) < 0 || dup2(life[0], LIFE_FD) < 0 || dup2(life[1], LIFE_WRITE_FD) < 0)
		die("life");
	close(life[0]);
	close(life[1]);
}

int main(int argc, char **argv)
{
	static char *words[LINE_SIZE];
	size_t count = 0;

	signal(SIGPIPE, SIG_IGN);
	make_life();
	/* copies, since a title may be written over the arguments */
	for (; count + 1 < (size_t)argc && strcmp(argv[count + 1], "--") != 0; count++)
		words[count] = strdup(argv[count + 1]);
	run(words, count);
	stand();
}

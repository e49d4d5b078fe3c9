/*
 * Processes that never rest, for a test to stop and measure.
 *
 *     restless SEED COUNT
 *
 * Starts so many members, most of them at addresses that are not random, in a process group that this
 * one leads and that ends with it. Each grows, gives up, forks, runs another program or itself, and lets
 * others run in its memory that may outlive it there. Whoever stops the group stops them all.
 */
#include <signal.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	MIB = 1 << 20,
	STACK = 16384,
	STACKS = 8,
	PAGES = 4096,
	PAGES_OF_LARGE = 24576
};

static uint64_t random_state;
static char *memory;
static size_t pages;
static char stacks[STACKS][STACK] __attribute__((aligned(16)));

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t draw(uint32_t below)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33) % below;
}

static void rest_ms(uint32_t ms)
{
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&time, NULL);
}

static void touch(size_t first, size_t count)
{
	for (size_t i = first; i < first + count && i < pages; i++)
		memory[i * PAGE]++;
}

/* Some of it, so that a fork has pages of its own as well as shared ones. */
static void grow(void)
{
	touch(draw((uint32_t)pages), draw(200));
}

static void give_up(void)
{
	size_t first = draw((uint32_t)pages), count = draw(300);

	if (count > pages - first)
		count = pages - first;
	if (count && madvise(memory + first * PAGE, count * PAGE, MADV_DONTNEED) < 0)
		die("madvise");
}

static void die_with_parent(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		die("prctl");
}

static void fork_one(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return;
	die_with_parent();
	for (uint32_t i = draw(3); i > 0; i--)
		grow();
	rest_ms(draw(100));
	_exit(0);
}

/* Another program, which begins in this memory. */
static void run_other(void)
{
	pid_t pid = vfork();

	if (pid < 0)
		die("vfork");
	if (pid > 0)
		return;
	execl("/bin/true", "true", (char *)NULL);
	_exit(1);
}

static void run_again(char **argv)
{
	execv(argv[0], argv);
	die(argv[0]);
}

static int stay(void *unused)
{
	(void)unused;
	rest_ms(100 + draw(300));
	_exit(0);
}

static void share_memory(void)
{
	if (clone(stay, stacks[draw(STACKS)] + STACK, CLONE_VM | SIGCHLD, NULL) < 0)
		die("clone");
}

static _Noreturn void move_for_ever(char **argv)
{
	for (;;) {
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
			continue;
		switch (draw(8)) {
		case 0:
			grow();
			break;
		case 1:
			give_up();
			break;
		case 2:
		case 3:
			fork_one();
			break;
		case 4:
			run_other();
			break;
		case 5:
			run_again(argv);
			break;
		default:
			share_memory();
			if (draw(4) == 0)
				run_again(argv);
		}
		rest_ms(draw(20));
	}
}

/* One of the members; its number is the second word. */
static _Noreturn void be_member(char **argv)
{
	struct timespec now;
	unsigned long number = strtoul(argv[2], NULL, 10);

	die_with_parent();
	clock_gettime(CLOCK_MONOTONIC, &now);
	random_state =
		strtoul(argv[1], NULL, 10) + (uint64_t)getpid() * 7919 + (uint64_t)now.tv_nsec;
	pages = number == 0 ? PAGES_OF_LARGE : PAGES;
	memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	/* a huge page would be one's and many's */
	if (madvise(memory, pages * PAGE, MADV_NOHUGEPAGE) < 0)
		die("madvise");
	touch(0, pages / 2 + draw((uint32_t)pages / 4));
	move_for_ever(argv);
}

static void start_member(char **argv, unsigned long number)
{
	char text[24];
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return;
	if (number % 5 != 0 && personality(ADDR_NO_RANDOMIZE) < 0)
		die("personality");
	snprintf(text, sizeof(text), "%lu", number);
	execl(argv[0], argv[0], argv[1], text, "member", (char *)NULL);
	die(argv[0]);
}

int main(int argc, char **argv)
{
	if (argc == 4)
		be_member(argv);
	if (argc != 3) {
		fputs("usage: restless SEED COUNT\n", stderr);
		return 1;
	}
	if (setpgid(0, 0) < 0)
		die("setpgid");
	die_with_parent();
	for (unsigned long i = 0; i < strtoul(argv[2], NULL, 10); i++)
		start_member(argv, i);
	for (;;)
		pause();
}

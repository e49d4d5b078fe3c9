/*
 * A large process that tells how long it was held up.
 *
 *     target BYTES FORKS CREEP_MS
 *
 * It writes BYTES of anonymous memory in pages of the smallest size and forks FORKS children, which
 * share it. The last child, or without children the process itself, is the worker. It prints
 * "process PID" of each, "ready", and waits: while CREEP_MS is not 0, the worker writes one more page
 * each CREEP_MS, so that no two readings of it are alike.
 *
 * From SIGUSR1 to SIGUSR2 the worker maps, writes and unmaps 16 pages again and again. Then it prints
 *     ops=N mean_ns=N p50_ns=N p999_ns=N max_ns=N
 * of how long each time took. SIGTERM ends all; the end of who started it, too.
 */
#include "meter.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* 16 buckets for each power of two: a quantile is at most 6 % too high. */
enum { FINE_BITS = 4, FINE = 1 << FINE_BITS, BUCKETS = 64 * FINE };

enum { OP_PAGES = 16, OPS_A_LOOK = 64, CREEP_BYTES = 64 << 20 };

struct histogram {
	uint64_t buckets[BUCKETS], ops, sum_ns, max_ns;
};

static size_t bucket_of(uint64_t ns)
{
	if (ns < FINE)
		return (size_t)ns;
	unsigned power = 63 - (unsigned)__builtin_clzll(ns);
	return (size_t)(power - FINE_BITS + 1) * FINE + ((ns >> (power - FINE_BITS)) - FINE);
}

/* The upper end of a bucket. */
static uint64_t bucket_ns(size_t bucket)
{
	if (bucket < FINE)
		return bucket;
	unsigned shift = (unsigned)(bucket / FINE) - 1;
	return ((FINE + bucket % FINE + 1) << shift) - 1;
}

static uint64_t quantile_ns(const struct histogram *histogram, uint64_t thousandths)
{
	uint64_t below = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		below += histogram->buckets[i];
		if (below * 1000 >= histogram->ops * thousandths)
			return bucket_ns(i) < histogram->max_ns ? bucket_ns(i) : histogram->max_ns;
	}
	return histogram->max_ns;
}

static char *map(size_t bytes)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static char *map_small_pages(size_t bytes)
{
	char *at = map(bytes);

	/* a kernel without huge pages knows no such advice */
	if (madvise(at, bytes, MADV_NOHUGEPAGE) < 0 && errno != EINVAL)
		die("madvise");
	return at;
}

static void write_pages(char *at, size_t bytes, size_t page)
{
	for (size_t i = 0; i < bytes; i += page)
		((volatile char *)at)[i] = 1;
}

static void work_once(struct histogram *histogram, size_t page)
{
	uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
	char *at = map(OP_PAGES * page);

	write_pages(at, OP_PAGES * page, page);
	if (munmap(at, OP_PAGES * page) < 0)
		die("munmap");
	uint64_t ns = clock_ns(CLOCK_MONOTONIC) - begin_ns;
	histogram->buckets[bucket_of(ns)]++;
	histogram->ops++;
	histogram->sum_ns += ns;
	if (ns > histogram->max_ns)
		histogram->max_ns = ns;
}

static void tell(const struct histogram *histogram)
{
	printf("ops=%" PRIu64 " mean_ns=%" PRIu64 " p50_ns=%" PRIu64 " p999_ns=%" PRIu64
	       " max_ns=%" PRIu64 "\n",
		histogram->ops, histogram->ops ? histogram->sum_ns / histogram->ops : 0,
		quantile_ns(histogram, 500), quantile_ns(histogram, 999), histogram->max_ns);
	fflush(stdout);
}

static bool is_end(int number_of_signal)
{
	return number_of_signal == SIGTERM || number_of_signal == SIGINT ||
	       number_of_signal == SIGHUP;
}

static _Noreturn void work(const sigset_t *signals, long creep_ms, size_t page)
{
	static struct histogram histogram;
	struct timespec none = {0};
	struct timespec creep = {.tv_sec = creep_ms / 1000, .tv_nsec = creep_ms % 1000 * 1000000};
	char *spare = map_small_pages(CREEP_BYTES);
	size_t crept = 0;
	bool working = false;

	/* it is to wait for locks, not for other programs to be done; not everybody may ask for that */
	if (setpriority(PRIO_PROCESS, 0, -20) < 0 && errno != EACCES)
		die("setpriority");
	for (;;) {
		int got;
		if (working || creep_ms)
			got = sigtimedwait(signals, NULL, working ? &none : &creep);
		else
			got = sigwaitinfo(signals, NULL);
		if (is_end(got))
			exit(0);
		if (got == SIGUSR1) {
			memset(&histogram, 0, sizeof(histogram));
			working = true;
		} else if (got == SIGUSR2) {
			working = false;
			tell(&histogram);
		} else if (working) {
			for (int i = 0; i < OPS_A_LOOK; i++)
				work_once(&histogram, page);
		} else if (creep_ms && crept < CREEP_BYTES) {
			write_pages(spare + crept, page, page);
			crept += page;
		}
	}
}

static _Noreturn void stand(const sigset_t *signals)
{
	while (!is_end(sigwaitinfo(signals, NULL)))
		;
	exit(0);
}

static void say_process(pid_t pid)
{
	printf("process %ld\n", (long)pid);
	fflush(stdout);
}

static pid_t fork_one(const sigset_t *signals, bool is_worker, size_t page)
{
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		exit(1);
	if (is_worker)
		work(signals, 0, page);
	stand(signals);
}

static int lead(const sigset_t *signals, long forks, size_t page)
{
	pid_t *pids = calloc((size_t)forks, sizeof(pids[0]));
	int status = 0;
	long made = 0;

	if (!pids)
		die("calloc");
	for (; made < forks; made++) {
		pids[made] = fork_one(signals, made == forks - 1, page);
		if (pids[made] < 0)
			break;
		say_process(pids[made]);
	}
	if (made == forks) {
		puts("ready");
		fflush(stdout);
		while (!is_end(sigwaitinfo(signals, NULL)))
			;
	} else {
		fprintf(stderr, "bench: fork: %s\n", strerror(errno));
		status = 1;
	}
	for (long i = 0; i < made; i++)
		kill(pids[i], SIGKILL);
	for (long i = 0; i < made; i++)
		while (waitpid(pids[i], NULL, 0) < 0 && errno == EINTR)
			;
	free(pids);
	return status;
}

int main(int argc, char **argv)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	sigset_t signals;

	if (argc != 4) {
		fputs("usage: target BYTES FORKS CREEP_MS\n", stderr);
		return BENCH_USAGE;
	}
	size_t bytes = (size_t)number(argv[1]);
	long forks = number(argv[2]), creep_ms = number(argv[3]);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		die("prctl");
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (bytes)
		write_pages(map_small_pages(bytes), bytes, page);
	say_process(getpid());
	if (forks)
		return lead(&signals, forks, page);
	puts("ready");
	fflush(stdout);
	work(&signals, creep_ms, page);
}

#include "meter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void sleep_ms(long ms)
{
	struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		;
}

struct meter meter_begin(void)
{
	return (struct meter){
		.wall_ns = clock_ns(CLOCK_MONOTONIC),
		.process_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
		.thread_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID),
	};
}

void meter_end(const struct meter *begin)
{
	uint64_t thread_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin->thread_ns;
	uint64_t process_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin->process_ns;
	uint64_t wall_ns = clock_ns(CLOCK_MONOTONIC) - begin->wall_ns;

	printf("thread_ns=%" PRIu64 " process_ns=%" PRIu64 " wall_ns=%" PRIu64, thread_ns,
		process_ns, wall_ns);
}

_Noreturn void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

long number(const char *word)
{
	char *end;

	errno = 0;
	long value = strtol(word, &end, 10);
	if (errno || end == word || *end || value < 0) {
		fprintf(stderr, "bench: %s is no number\n", word);
		exit(BENCH_USAGE);
	}
	return value;
}

/* What the programs of the benchmark share: clocks, and words on the command line. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Exit statuses; 1 is a failure that is said on standard error. */
enum { BENCH_USAGE = 2, BENCH_IMPOSSIBLE = 3 };

/* Of a round, from meter_begin() to meter_end(). */
struct meter {
	uint64_t thread_ns, process_ns, wall_ns;
};

uint64_t clock_ns(clockid_t clock);
void sleep_ms(long ms);

struct meter meter_begin(void);

/* Prints the costs since then as "thread_ns=N process_ns=N wall_ns=N", without an end of line. */
void meter_end(const struct meter *begin);

/* Prints "bench: what: strerror(errno)" and ends with status 1. */
_Noreturn void die(const char *what);

/* A whole number that the command line has in this place, or the end with BENCH_USAGE. */
long number(const char *word);

#endif

/* Waiting for a condition for so long at most, by the monotonic clock: a step of the wall clock prolongs nothing. */
#ifndef FP_UTIL_WAIT_H
#define FP_UTIL_WAIT_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* A condition whose timed waits are by that clock; freed with pthread_cond_destroy(). 0 or -errno. */
int fp_wait_init(pthread_cond_t *condition);

/* The time in so many nanoseconds, for pthread_cond_timedwait(). */
struct timespec fp_wait_after(uint64_t ns);

#endif

/*
 * The module's clocks are this program's: an executable's symbols come before the C library's. Time
 * stands still between the commands of a script, so that rates come out exact; it stands an hour in
 * the future, so that no wait for another thread ends early.
 */
#include "fake.h"

#include <dlfcn.h>
#include <sys/syscall.h>

enum { AHEAD_S = 3600, WALL_S = 1800000000 };

static int64_t start_ns, moved_ns;

static int64_t real_ns(clockid_t id)
{
	struct timespec now;

	if (syscall(SYS_clock_gettime, id, &now) != 0)
		fake_die("clock_gettime: %s", strerror(errno));
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void fake_clock_start(void)
{
	start_ns = real_ns(CLOCK_MONOTONIC) + AHEAD_S * INT64_C(1000000000);
}

void fake_clock_move(double seconds)
{
	moved_ns += (int64_t)(seconds * 1e9 + 0.5);
}

static void set(struct timespec *time, int64_t ns)
{
	time->tv_sec = (time_t)(ns / 1000000000);
	time->tv_nsec = (long)(ns % 1000000000);
}

int clock_gettime(clockid_t id, struct timespec *time)
{
	if (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE || id == CLOCK_BOOTTIME) {
		set(time, start_ns + moved_ns);
		return 0;
	}
	/* what the module costs is no matter here */
	if (id == CLOCK_THREAD_CPUTIME_ID) {
		set(time, 0);
		return 0;
	}
	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) {
		set(time, WALL_S * INT64_C(1000000000) + moved_ns);
		return 0;
	}
	return (int)syscall(SYS_clock_gettime, id, time);
}

cdtime_t cdtime(void)
{
	return TIME_T_TO_CDTIME_T(WALL_S) + NS_TO_CDTIME_T((uint64_t)moved_ns);
}

/* Fixtures were made on a machine of these sizes. */
long sysconf(int name)
{
	if (name == _SC_PAGESIZE)
		return 4096;
	if (name == _SC_CLK_TCK)
		return 100;
	long (*next)(int);
	*(void **)&next = dlsym(RTLD_NEXT, "sysconf");
	return next(name);
}

/* Calls that do not come back, threads that are left in them, and what becomes of both. */
#include "sample/guard.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { PIDS = 64, QUESTIONS = 64, EXE = FP_OS_FILES, OPEN, THREADS, THREAD, COUNT, COMPARE, CALLS };

static const uint64_t ms = 1000000;

/* ---- A host whose processes do not answer when a test says so ---- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct {
		bool shut; /* this call of the process does not come back while it is */
		uint64_t sleeps_ns, burns_ns;
		unsigned asked;
	} at[PIDS][CALLS];
	char state[PIDS]; /* of its second thread, as status has it */
	unsigned waiting;
	int opened[1024]; /* of each place: how often it is open */
	int places, lost; /* lost: that were not there any more while they were used */
	unsigned lines;
	char said[8192];
} host = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void sleep_ns(uint64_t ns)
{
	nanosleep(&(struct timespec){.tv_sec = (time_t)(ns / 1000000000),
			  .tv_nsec = (long)(ns % 1000000000)},
		NULL);
}

static void be_in(int32_t pid, int call)
{
	pthread_mutex_lock(&host.lock);
	host.at[pid][call].asked++;
	uint64_t sleeps_ns = host.at[pid][call].sleeps_ns;
	uint64_t burns_ns = host.at[pid][call].burns_ns;
	host.waiting++;
	pthread_cond_broadcast(&host.changed);
	while (host.at[pid][call].shut)
		pthread_cond_wait(&host.changed, &host.lock);
	host.waiting--;
	pthread_mutex_unlock(&host.lock);
	sleep_ns(sleeps_ns);
	uint64_t end_ns = read_clock(CLOCK_THREAD_CPUTIME_ID) + burns_ns;
	while (burns_ns && read_clock(CLOCK_THREAD_CPUTIME_ID) < end_ns)
		;
}

static void set_shut(int32_t pid, int call, bool shut)
{
	pthread_mutex_lock(&host.lock);
	host.at[pid][call].shut = shut;
	pthread_cond_broadcast(&host.changed);
	pthread_mutex_unlock(&host.lock);
}

static unsigned asked(int32_t pid, int call)
{
	pthread_mutex_lock(&host.lock);
	unsigned count = host.at[pid][call].asked;
	pthread_mutex_unlock(&host.lock);
	return count;
}

/* How many places are open; a place that is closed twice fails the test. */
static int open_places(void)
{
	int count = 0;

	pthread_mutex_lock(&host.lock);
	for (int i = 0; i < host.places; i++) {
		assert_in_range(host.opened[i], 0, 1);
		count += host.opened[i];
	}
	pthread_mutex_unlock(&host.lock);
	return count;
}

static int make_place(int32_t pid, struct fp_os_process *out)
{
	pthread_mutex_lock(&host.lock);
	out->fd = host.places++;
	host.opened[out->fd]++;
	pthread_mutex_unlock(&host.lock);
	out->pid = pid;
	return 0;
}

static int fake_open(struct fp_os *os, int32_t pid, struct fp_os_process *out)
{
	(void)os;
	be_in(pid, OPEN);
	return make_place(pid, out);
}

static int fake_thread_open(
	const struct fp_os_process *process, int32_t tid, struct fp_os_process *out)
{
	if (tid == process->pid)
		return -ESRCH;
	be_in(process->pid, THREAD);
	return make_place(process->pid, out);
}

static void fake_close(struct fp_os_process *process)
{
	pthread_mutex_lock(&host.lock);
	host.opened[process->fd]--;
	pthread_mutex_unlock(&host.lock);
}

static int fake_compare(struct fp_os *os, int32_t pid_a, int32_t pid_b, int *order)
{
	(void)os;
	be_in(pid_a, COMPARE);
	*order = pid_a - pid_b;
	return 0;
}

static int fake_threads(const struct fp_os_process *process, struct fp_pids *tids)
{
	be_in(process->pid, THREADS);
	tids->len = 0;
	if (fp_pids_add(tids, process->pid) < 0)
		return -ENOMEM;
	return fp_pids_add(tids, process->pid + PIDS);
}

/* A text long enough that every read needs memory of its own. */
static int make_text(int32_t pid, int call, struct fp_buf *out)
{
	char text[2048];
	int len = snprintf(text, sizeof(text), "%d %d %*d", pid, call, 1000 + call, 0);

	/* the second thread is told apart by its place alone, so both say the worse of the two */
	if (call == FP_OS_STATUS)
		len = snprintf(text, sizeof(text), "Name:\tx\nState:\t%c (x)\n",
			host.state[pid] ? host.state[pid] : 'S');
	out->len = 0;
	return fp_buf_append(out, text, (size_t)len);
}

static int fake_read(
	const struct fp_os_process *process, enum fp_os_file file, size_t limit, struct fp_buf *out)
{
	int fd = process->fd;

	(void)limit;
	be_in(process->pid, (int)file);
	/* it goes on with its place after it had to wait, so that this must be there still */
	pthread_mutex_lock(&host.lock);
	bool there = process->fd == fd && host.opened[fd] == 1;
	host.lost += !there;
	pthread_mutex_unlock(&host.lock);
	return there ? make_text(process->pid, (int)file, out) : -EBADF;
}

static int fake_count(const struct fp_os_process *process, uint64_t *count)
{
	be_in(process->pid, COUNT);
	*count = (uint64_t)process->pid;
	return 0;
}

static int fake_exe(const struct fp_os_process *process, struct fp_buf *out)
{
	be_in(process->pid, EXE);
	return make_text(process->pid, EXE, out);
}

static void listen(void *context, enum fp_level level, const char *line)
{
	size_t len = strlen(host.said);

	(void)context;
	(void)level;
	host.lines++;
	snprintf(host.said + len, sizeof(host.said) - len, "%s\n", line);
}

/* So many lines since the last time, and the part is in them. */
static void check_said(unsigned lines, const char *part)
{
	if (host.lines != lines || !strstr(host.said, part))
		fail_msg("%u lines, not %u with %s: %s", host.lines, lines, part, host.said);
	host.lines = 0;
	host.said[0] = '\0';
}

/* ---- A sampler that asks what a test wants to know ---- */

static struct {
	struct {
		int32_t pid;
		int call, status;
	} at[QUESTIONS];
	size_t count;
	uint64_t allow_ns; /* to the first question */
	struct fp_os_process place, thread;
	bool has_place, has_thread;
	struct fp_buf text;
	struct fp_pids ids;
	_Atomic bool done;
} sampler;

static struct fp_guard *guard;

static void ask_for(int32_t pid, int call)
{
	sampler.at[sampler.count].pid = pid;
	sampler.at[sampler.count++].call = call;
}

static void close_all(const struct fp_os_backend *backend)
{
	if (sampler.has_thread)
		backend->process_close(&sampler.thread);
	if (sampler.has_place)
		backend->process_close(&sampler.place);
	sampler.has_place = sampler.has_thread = false;
}

static int call(const struct fp_host *guarded, int32_t pid, int which)
{
	const struct fp_os_backend *backend = guarded->backend;
	uint64_t count;
	int order, status;

	switch (which) {
	case COMPARE:
		status = backend->compare_memory(guarded->os, pid, pid + 1, &order);
		return status == 0 && order != -1 ? -EBADMSG : status;
	case THREADS:
		status = backend->threads(&sampler.place, &sampler.ids);
		return status == 0 && (sampler.ids.len != 2 || sampler.ids.at[0] != pid) ? -EBADMSG
											 : status;
	case THREAD:
		status = backend->thread_open(&sampler.place, pid + PIDS, &sampler.thread);
		sampler.has_thread = status == 0;
		return status == 0 && sampler.thread.pid != pid ? -EBADMSG : status;
	case COUNT:
		status = backend->count_files(&sampler.place, &count);
		return status == 0 && count != (uint64_t)pid ? -EBADMSG : status;
	case EXE:
		status = backend->exe(&sampler.place, &sampler.text);
		break;
	default:
		status = backend->read(&sampler.place, (enum fp_os_file)which, 4096, &sampler.text);
	}
	struct fp_buf right = {0};
	if (status == 0) {
		assert_int_equal(make_text(pid, which, &right), 0);
		if (right.len != sampler.text.len ||
			memcmp(right.data, sampler.text.data, right.len) != 0)
			status = -EBADMSG;
	}
	fp_buf_fini(&right);
	return status;
}

static int answer(const struct fp_host *guarded, int32_t pid, int which, uint64_t allow_ns)
{
	const struct fp_os_backend *backend = guarded->backend;

	if (which == COMPARE)
		return call(guarded, pid, which);
	int status = backend->process_open(guarded->os, pid, &sampler.place);
	sampler.has_place = status == 0;
	if (status == 0 && sampler.place.pid != pid)
		return -EBADMSG;
	if (status == 0 && which != OPEN) {
		if (allow_ns)
			fp_guard_allow(allow_ns);
		status = call(guarded, pid, which);
	}
	close_all(backend);
	return status;
}

static void work(void *context)
{
	const struct fp_host *guarded = context;

	close_all(guarded->backend);
	for (size_t i = 0; i < sampler.count; i++)
		sampler.at[i].status = answer(guarded, sampler.at[i].pid, sampler.at[i].call,
			i == 0 ? sampler.allow_ns : 0);
	sampler.done = true;
}

static void (*script)(void *context) = work;

static void start(void)
{
	const struct fp_host *guarded = fp_guard_host(guard);

	assert_int_equal(fp_guard_start(guard, script, (void *)guarded), 0);
}

/* Attends the round for so long at most: how many threads were left behind in it. */
static unsigned attend(uint64_t most_ns)
{
	uint64_t end_ns = read_clock(CLOCK_MONOTONIC) + most_ns, again_ns;
	unsigned left = 0;

	while (!sampler.done && read_clock(CLOCK_MONOTONIC) < end_ns) {
		if (fp_guard_watch(guard, &again_ns)) {
			left++;
			start();
		}
		sleep_ns(ms);
	}
	return left;
}

/* A whole round: how many threads were left behind in it. */
static unsigned take(void)
{
	sampler.done = false;
	start();
	unsigned left = attend(20000 * ms);
	assert_true(sampler.done);
	fp_guard_join(guard);
	return left;
}

/* One question: its status. */
static int ask(int32_t pid, int which)
{
	sampler.count = 0;
	ask_for(pid, which);
	take();
	return sampler.at[0].status;
}

static void wait_until_left(unsigned left)
{
	for (int i = 0; i < 10000 && fp_guard_welcome(guard) != left; i++)
		sleep_ns(ms);
	assert_int_equal(fp_guard_welcome(guard), left);
}

/* ---- A test ---- */

static int begin_with(uint64_t timeout_ns)
{
	static struct fp_os_backend backend;
	static struct fp_host inner;

	memset(host.at, 0, sizeof(host.at));
	memset(host.state, 0, sizeof(host.state));
	memset(host.opened, 0, sizeof(host.opened));
	host.places = host.lost = 0;
	memset(&sampler, 0, sizeof(sampler));
	host.lines = 0;
	host.said[0] = '\0';
	backend = fp_os_null;
	backend.process_open = fake_open;
	backend.thread_open = fake_thread_open;
	backend.process_close = fake_close;
	backend.compare_memory = fake_compare;
	backend.threads = fake_threads;
	backend.read = fake_read;
	backend.count_files = fake_count;
	backend.exe = fake_exe;
	inner = (struct fp_host){.backend = &backend, .log = {.say = listen}};
	return fp_guard_new(&inner, timeout_ns, &guard);
}

/* Long enough for a thread that only has to be woken, on a machine with other work. */
static int begin(void **state)
{
	(void)state;
	return begin_with(100 * ms);
}

/* Whatever a test left shut is opened, so that nobody is behind it any more. */
static int end(void **state)
{
	(void)state;
	for (int32_t pid = 0; pid < PIDS; pid++)
		for (int which = 0; which < CALLS; which++)
			set_shut(pid, which, false);
	wait_until_left(0);
	assert_int_equal(open_places(), 0);
	assert_int_equal(host.lost, 0);
	fp_guard_free(guard);
	fp_buf_fini(&sampler.text);
	free(sampler.ids.at);
	return 0;
}

static void test_the_others_go_on(void **state)
{
	(void)state;
	for (int32_t pid = 1; pid <= 3; pid++)
		ask_for(pid, FP_OS_SMAPS_ROLLUP);
	assert_int_equal(take(), 0);
	set_shut(2, FP_OS_SMAPS_ROLLUP, true);
	assert_int_equal(take(), 1);
	assert_int_equal(sampler.at[0].status, 0);
	assert_int_equal(sampler.at[1].status, -EBUSY);
	assert_int_equal(sampler.at[2].status, 0);
	check_said(1, "process 2 does not answer: smaps_rollup was waited for");
	/* the place is still used, so the fresh thread did not close it */
	assert_int_equal(open_places(), 1);
	/* who is known to be stuck costs nothing any more */
	assert_int_equal(take(), 0);
	assert_int_equal(asked(2, FP_OS_SMAPS_ROLLUP), 2);
	assert_int_equal(fp_guard_welcome(guard), 1);
	/* it comes back, and has changed nothing */
	assert_memory_equal(sampler.text.data, "3 6 ", 4);
	set_shut(2, FP_OS_SMAPS_ROLLUP, false);
	wait_until_left(0);
	assert_memory_equal(sampler.text.data, "3 6 ", 4);
	assert_int_equal(open_places(), 0);
	check_said(1, "process 2 answers again");
	assert_int_equal(take(), 0);
	assert_int_equal(sampler.at[1].status, 0);
	check_said(0, "");
}

/* Which calls are refused of a process that is stuck in this one. */
static void check_refused(int shut, const char *refused)
{
	static const char *const names[CALLS] = {"stat", "status", "statm", "cmdline", "environ",
		"cgroup", "smaps_rollup", "smaps", "io", "maps", "exe", "open", "threads", "thread",
		"count", "compare"};
	char found[256] = "";

	set_shut(5, shut, true);
	assert_int_equal(ask(5, shut), -EBUSY);
	for (int which = 0; which < CALLS; which++) {
		int status = ask(5, which);
		assert_true(status == 0 || status == -EBUSY);
		if (status == -EBUSY)
			snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s ",
				names[which]);
	}
	assert_string_equal(found, refused);
	assert_int_equal(ask(6, shut), 0);
	assert_int_equal(fp_guard_welcome(guard), 1);
	set_shut(5, shut, false);
	wait_until_left(0);
	assert_int_equal(ask(5, shut), 0);
	assert_int_equal(open_places(), 0);
}

#define OF_MEMORY "cmdline environ smaps_rollup smaps maps compare "
#define OF_IMAGE  "stat cmdline environ smaps_rollup smaps io maps exe count compare "
#define OF_PLACE                                                                                   \
	"stat status statm cmdline environ cgroup smaps_rollup smaps io maps exe open threads "    \
	"thread "                                                                                  \
	"count compare "

static void test_what_is_refused(void **state)
{
	(void)state;
	check_refused(FP_OS_SMAPS_ROLLUP, OF_MEMORY);
	check_refused(FP_OS_SMAPS, OF_MEMORY);
	check_refused(FP_OS_CMDLINE, OF_MEMORY);
	check_refused(FP_OS_ENVIRON, OF_MEMORY);
	check_refused(FP_OS_STAT, OF_IMAGE);
	check_refused(FP_OS_IO, OF_IMAGE);
	check_refused(EXE, OF_IMAGE);
	check_refused(COUNT, OF_IMAGE);
	check_refused(FP_OS_STATUS, OF_PLACE);
	check_refused(FP_OS_STATM, OF_PLACE);
	check_refused(FP_OS_CGROUP, OF_PLACE);
	check_refused(OPEN, OF_PLACE);
	check_refused(THREADS, OF_PLACE);
	check_refused(THREAD, OF_PLACE);
}

static void test_a_process_that_is_stuck_twice(void **state)
{
	(void)state;
	set_shut(2, FP_OS_ENVIRON, true);
	set_shut(2, FP_OS_STAT, true);
	assert_int_equal(ask(2, FP_OS_ENVIRON), -EBUSY);
	assert_int_equal(ask(2, FP_OS_STAT), -EBUSY);
	assert_int_equal(fp_guard_welcome(guard), 2);
	check_said(1, "process 2 does not answer: environ");
	set_shut(2, FP_OS_STAT, false);
	wait_until_left(1);
	check_said(0, "");
	assert_int_equal(ask(2, FP_OS_STAT), 0);
	assert_int_equal(ask(2, FP_OS_SMAPS), -EBUSY);
	set_shut(2, FP_OS_ENVIRON, false);
	wait_until_left(0);
	check_said(1, "process 2 answers again");
}

/* One that stops and goes on all the time fills no log. */
static void test_one_that_is_stuck_all_the_time(void **state)
{
	static const int often = 32;

	(void)state;
	for (int i = 0; i < often + 2; i++) {
		set_shut(2, FP_OS_STAT, true);
		assert_int_equal(ask(2, FP_OS_STAT), -EBUSY);
		set_shut(2, FP_OS_STAT, false);
		wait_until_left(0);
		if (i < often)
			check_said(2, "process 2 answers again");
		else
			check_said(i == often, i == often ? "more processes do not answer" : "");
	}
}

/* Nobody can tell which of the two it is, so neither is blamed for more. */
static void test_two_that_cannot_be_compared(void **state)
{
	(void)state;
	set_shut(3, COMPARE, true);
	assert_int_equal(ask(3, COMPARE), -EBUSY);
	assert_int_equal(ask(2, COMPARE), -EBUSY);
	assert_int_equal(ask(4, COMPARE), -EBUSY);
	assert_int_equal(ask(5, COMPARE), 0);
	assert_int_equal(ask(3, FP_OS_SMAPS), 0);
	assert_int_equal(ask(4, FP_OS_SMAPS), 0);
	set_shut(3, COMPARE, false);
	wait_until_left(0);
	check_said(0, "");
	assert_int_equal(ask(3, COMPARE), 0);
}

static void test_a_long_work_is_no_wait(void **state)
{
	(void)state;
	fp_guard_free(guard);
	assert_int_equal(begin_with(500 * ms), 0);
	host.at[2][FP_OS_SMAPS].burns_ns = 1500 * ms;
	ask_for(2, FP_OS_SMAPS);
	assert_int_equal(take(), 0);
	assert_int_equal(sampler.at[0].status, 0);
	check_said(0, "");
}

static void test_a_call_that_may_take_longer(void **state)
{
	(void)state;
	host.at[2][FP_OS_SMAPS].sleeps_ns = host.at[3][FP_OS_SMAPS].sleeps_ns = 400 * ms;
	sampler.allow_ns = 5000 * ms;
	ask_for(2, FP_OS_SMAPS);
	ask_for(3, FP_OS_SMAPS);
	assert_int_equal(take(), 1);
	assert_int_equal(sampler.at[0].status, 0);
	/* the next call alone */
	assert_int_equal(sampler.at[1].status, -EBUSY);
	wait_until_left(0);
}

static void fill(void)
{
	for (int32_t pid = 1; pid <= FP_GUARD_LEFT_MAX; pid++) {
		set_shut(pid, FP_OS_SMAPS, true);
		ask_for(pid, FP_OS_SMAPS);
	}
	assert_int_equal(take(), FP_GUARD_LEFT_MAX);
	assert_int_equal(fp_guard_welcome(guard), FP_GUARD_LEFT_MAX);
	check_said(FP_GUARD_LEFT_MAX, "process 16 does not answer");
	sampler.count = 0;
}

/* It falls asleep while its place is kept. */
static void read_twice(void *context)
{
	const struct fp_host *guarded = context;
	struct fp_os_process place;

	sampler.at[0].status = guarded->backend->process_open(guarded->os, 50, &place);
	for (size_t i = 1; i < 3; i++) {
		sampler.at[i].status =
			guarded->backend->read(&place, FP_OS_STAT, 4096, &sampler.text);
		host.state[50] = 'D';
	}
	guarded->backend->process_close(&place);
	sampler.done = true;
}

static void test_one_that_falls_asleep(void **state)
{
	(void)state;
	fill();
	script = read_twice;
	take();
	script = work;
	assert_int_equal(sampler.at[0].status, 0);
	assert_int_equal(sampler.at[1].status, 0);
	assert_int_equal(sampler.at[2].status, -EBUSY);
}

static void test_no_more_than_so_many(void **state)
{
	(void)state;
	fill();
	/* who sleeps so that nothing wakes him is not asked what could take long */
	host.state[40] = 'D';
	assert_int_equal(ask(40, FP_OS_SMAPS), -EBUSY);
	assert_int_equal(ask(40, FP_OS_STAT), -EBUSY);
	assert_int_equal(asked(40, FP_OS_SMAPS) + asked(40, FP_OS_STAT), 0);
	assert_int_equal(ask(40, FP_OS_STATM), 0);
	assert_int_equal(ask(41, FP_OS_SMAPS), 0);
	check_said(0, "");
	/* the last thread is not left, however long it waits, until there is room */
	set_shut(42, FP_OS_SMAPS, true);
	sampler.count = 0;
	ask_for(42, FP_OS_SMAPS);
	ask_for(43, FP_OS_SMAPS);
	sampler.done = false;
	start();
	assert_int_equal(attend(500 * ms), 0);
	check_said(1, "no more may");
	assert_false(sampler.done);
	set_shut(1, FP_OS_SMAPS, false);
	assert_int_equal(attend(20000 * ms), 1);
	assert_true(sampler.done);
	fp_guard_join(guard);
	assert_int_equal(sampler.at[0].status, -EBUSY);
	assert_int_equal(sampler.at[1].status, 0);
	check_said(2, "process 42 does not answer");
}

static void test_the_last_thread_gets_free(void **state)
{
	(void)state;
	fill();
	set_shut(42, FP_OS_SMAPS, true);
	ask_for(42, FP_OS_SMAPS);
	sampler.done = false;
	start();
	assert_int_equal(attend(400 * ms), 0);
	set_shut(42, FP_OS_SMAPS, false);
	assert_int_equal(attend(20000 * ms), 0);
	fp_guard_join(guard);
	assert_int_equal(sampler.at[0].status, 0);
}

/* Two of them use the one place, which neither may close under the other. */
static void read_kept(void *context)
{
	const struct fp_host *guarded = context;

	if (!sampler.has_place)
		sampler.has_place =
			guarded->backend->process_open(guarded->os, 7, &sampler.place) == 0;
	for (size_t i = 0; i < sampler.count; i++)
		sampler.at[i].status = call(guarded, 7, sampler.at[i].call);
	sampler.done = true;
}

static void test_a_place_that_is_kept(void **state)
{
	(void)state;
	set_shut(7, FP_OS_SMAPS, true);
	set_shut(7, FP_OS_STAT, true);
	ask_for(7, FP_OS_SMAPS);
	ask_for(7, FP_OS_STAT);
	script = read_kept;
	unsigned left = take();
	script = work;
	assert_int_equal(left, 2);
	/* from a thread that is none of the guard's */
	fp_guard_host(guard)->backend->process_close(&sampler.place);
	sampler.has_place = false;
	assert_int_equal(open_places(), 1);
	set_shut(7, FP_OS_SMAPS, false);
	wait_until_left(1);
	assert_int_equal(open_places(), 1);
	set_shut(7, FP_OS_STAT, false);
	wait_until_left(0);
	assert_int_equal(open_places(), 0);
}

static void test_other_threads_are_not_watched(void **state)
{
	const struct fp_host *guarded = fp_guard_host(guard);
	struct fp_os_process process;
	struct fp_buf text = {0};

	(void)state;
	set_shut(1, FP_OS_SMAPS, true);
	assert_int_equal(ask(1, FP_OS_SMAPS), -EBUSY);
	set_shut(1, FP_OS_SMAPS, false);
	assert_int_equal(guarded->backend->process_open(guarded->os, 1, &process), 0);
	assert_int_equal(guarded->backend->read(&process, FP_OS_SMAPS, 4096, &text), 0);
	guarded->backend->process_close(&process);
	fp_buf_fini(&text);
	assert_int_equal(fp_guard_timeout(guard), 100 * ms);
}

static void test_one_at_a_time(void **state)
{
	struct fp_guard *another = NULL;

	(void)state;
	assert_int_equal(fp_guard_new(fp_guard_host(guard), ms, &another), -EBUSY);
	assert_null(another);
}

/* At the end the thread is left wherever it is, and ends when the call does. */
static void test_the_end(void **state)
{
	(void)state;
	set_shut(1, FP_OS_SMAPS, true);
	ask_for(1, FP_OS_SMAPS);
	ask_for(2, FP_OS_SMAPS);
	start();
	pthread_mutex_lock(&host.lock);
	while (!host.waiting)
		pthread_cond_wait(&host.changed, &host.lock);
	pthread_mutex_unlock(&host.lock);
	/* it is not only in the call of the made host, but in the guard's */
	fp_guard_leave(guard);
	set_shut(1, FP_OS_SMAPS, false);
	fp_guard_join(guard);
	assert_false(sampler.done);
	assert_int_equal(asked(2, FP_OS_SMAPS), 0);
	close_all(fp_guard_host(guard)->backend);
}

#define GUARDED(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUARDED(test_the_others_go_on),
		GUARDED(test_what_is_refused),
		GUARDED(test_a_process_that_is_stuck_twice),
		GUARDED(test_one_that_is_stuck_all_the_time),
		GUARDED(test_two_that_cannot_be_compared),
		GUARDED(test_a_long_work_is_no_wait),
		GUARDED(test_a_call_that_may_take_longer),
		GUARDED(test_one_that_falls_asleep),
		GUARDED(test_no_more_than_so_many),
		GUARDED(test_the_last_thread_gets_free),
		GUARDED(test_a_place_that_is_kept),
		GUARDED(test_other_threads_are_not_watched),
		GUARDED(test_one_at_a_time),
		GUARDED(test_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

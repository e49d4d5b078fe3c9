/* The thread that samples: in time, late, and left behind with a process that does not answer. */
#include "../lib/fakehost.h"
#include "sample/recall.h"
#include "sample/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const uint64_t ms = 1000000, patience = 10000 * UINT64_C(1000000);

/* A process of which this file does not answer while the gate is shut. */
static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_changed = PTHREAD_COND_INITIALIZER;
static bool shut, waiting;
static unsigned gate_file;
static int32_t gate_pid; /* one more such process; 0: none */

static void before_read(struct fake_process *process, unsigned file)
{
	if ((process->pid != 11 && process->pid != gate_pid) || file != gate_file)
		return;
	pthread_mutex_lock(&gate_lock);
	waiting = shut;
	pthread_cond_broadcast(&gate_changed);
	while (shut)
		pthread_cond_wait(&gate_changed, &gate_lock);
	waiting = false;
	pthread_mutex_unlock(&gate_lock);
}

static void set_gate(bool closed)
{
	pthread_mutex_lock(&gate_lock);
	shut = closed;
	pthread_cond_broadcast(&gate_changed);
	pthread_mutex_unlock(&gate_lock);
}

static void wait_until_blocked(void)
{
	pthread_mutex_lock(&gate_lock);
	while (!waiting)
		pthread_cond_wait(&gate_changed, &gate_lock);
	pthread_mutex_unlock(&gate_lock);
}

/* Over the processes that are there, and what the guard lets a call take. */
static struct fp_worker *start_over(const char *settings, uint64_t timeout_ns)
{
	struct fp_worker *worker;

	fake_guard(timeout_ns);
	fake_configure(settings);
	fake->before_read = before_read;
	gate_file = FP_OS_STAT;
	gate_pid = 0;
	set_gate(false);
	assert_int_equal(fp_worker_start(fake->sampler, fake->guard, &worker), 0);
	return worker;
}

static struct fp_worker *start(uint64_t timeout_ns)
{
	fake_start(10, 1, "a", "");
	fake_start(11, 1, "a", "");
	return start_over("<Group \"a\">\nComm \"a\"\n</Group>", timeout_ns);
}

/* A round came; returns when it was taken. */
static uint64_t take(struct fp_worker *worker, uint64_t timeout_ns)
{
	struct fp_snapshot *snapshot = NULL;

	assert_int_equal(fp_worker_ask(worker, timeout_ns, &snapshot), 0);
	assert_non_null(snapshot);
	assert_int_equal(snapshot->group_count, 1);
	assert_int_equal(snapshot->groups[0].account.processes, 2);
	uint64_t taken_ns = snapshot->taken_ns;
	fp_snapshot_free(snapshot);
	return taken_ns;
}

static void take_none(struct fp_worker *worker)
{
	struct fp_snapshot *snapshot = NULL;

	assert_int_equal(fp_worker_ask(worker, 20 * ms, &snapshot), -ETIMEDOUT);
	assert_null(snapshot);
}

static void test_each_question_is_a_round(void **state)
{
	struct fp_worker *worker = start(patience);

	(void)state;
	uint64_t first_ns = take(worker, patience);
	fake->now_s += 10;
	assert_int_equal(take(worker, patience), first_ns + 10000 * ms);
	assert_int_equal(fp_sampler_current(fake->sampler), 0);
	assert_int_equal(fp_worker_stop(worker, patience), 0);
}

static void test_a_round_that_does_not_come_back(void **state)
{
	struct fp_worker *worker = start(patience);

	(void)state;
	set_gate(true);
	take_none(worker);
	wait_until_blocked();
	take_none(worker);
	set_gate(false);
	take(worker, patience);
	assert_int_equal(fp_worker_stop(worker, patience), 0);
}

/* What came too late last time is told with the next: its groups may not be due again for long. */
static void test_a_late_round_is_not_lost(void **state)
{
	struct fp_worker *worker = start(patience);
	struct fp_snapshot *snapshots = NULL;

	(void)state;
	set_gate(true);
	take_none(worker);
	wait_until_blocked();
	set_gate(false);
	/* past its last process, a round has only sums left to do */
	while (fp_sampler_current(fake->sampler) != 0)
		sched_yield();
	nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	fake->now_s += 10;
	assert_int_equal(fp_worker_ask(worker, patience, &snapshots), 0);
	assert_non_null(snapshots);
	assert_non_null(snapshots->next);
	assert_null(snapshots->next->next);
	assert_int_equal(snapshots->next->taken_ns, snapshots->taken_ns + 10000 * ms);
	fp_snapshot_free(snapshots);
	assert_int_equal(fp_worker_stop(worker, patience), 0);
}

/* Whoever takes waits for the end, and a call may take longer than anybody would wait for it. */
static void test_a_round_is_waited_for(void **state)
{
	struct fp_worker *worker = start(50 * ms);
	struct fp_snapshot *snapshot = NULL;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fp_worker_take(worker, &snapshot), 0);
		assert_non_null(snapshot);
		assert_null(snapshot->next);
		assert_int_equal(snapshot->groups[0].account.processes, 2);
		fp_snapshot_free(snapshot);
	}
	set_gate(true);
	assert_int_equal(fp_worker_take(worker, &snapshot), 0);
	/* its stat would tell, its status does */
	assert_int_equal(snapshot->groups[0].account.stuck, 1);
	fp_snapshot_free(snapshot);
	set_gate(false);
	while (fp_guard_welcome(fake->guard) > 0)
		sched_yield();
	assert_int_equal(fp_worker_stop(worker, patience), 0);
}

/* ---- Jobs ---- */

struct lines {
	struct fp_recall *recall;
	struct fp_member member;
	const char *line;
	int status;
	unsigned begun;
};

static void ask_for_line(void *context)
{
	struct lines *lines = context;

	lines->begun++;
	lines->status = fp_recall_cmdline(lines->recall, &lines->member, &lines->line);
}

static void ask_for(struct fp_worker *worker, struct lines *lines, int32_t pid)
{
	lines->member.pid = pid;
	lines->member.starttime_ticks = fake_find(pid)->starttime_ticks;
	lines->begun = 0;
	assert_int_equal(fp_worker_run(worker, ask_for_line, lines), 0);
}

static void test_a_job_between_rounds(void **state)
{
	struct fp_worker *worker = start(50 * ms);
	struct lines lines = {0};

	(void)state;
	assert_int_equal(fp_recall_new(fp_guard_host(fake->guard), &lines.recall), 0);
	strcpy(fake_find(10)->cmdline, "one|two");
	take(worker, patience);
	ask_for(worker, &lines, 10);
	assert_int_equal(lines.status, 0);
	assert_int_equal(lines.begun, 1);
	assert_string_equal(lines.line, "one two");
	/* one that does not answer is asked by one thread, and refused to the next */
	gate_file = FP_OS_CMDLINE;
	set_gate(true);
	ask_for(worker, &lines, 11);
	assert_int_equal(lines.status, -EBUSY);
	assert_int_equal(lines.begun, 2);
	ask_for(worker, &lines, 11);
	assert_int_equal(lines.status, -EBUSY);
	assert_int_equal(lines.begun, 1);
	ask_for(worker, &lines, 10);
	assert_int_equal(lines.status, 0);
	set_gate(false);
	while (fp_guard_welcome(fake->guard) > 0)
		sched_yield();
	ask_for(worker, &lines, 11);
	assert_int_equal(lines.status, 0);
	take(worker, patience);
	fp_recall_free(lines.recall);
	assert_int_equal(fp_worker_stop(worker, patience), 0);
}

/* ---- A process that does not answer ---- */

static const char *const groups = "<Group \"a\">\nComm \"a\"\n</Group>\n"
				  "<Group \"b\">\nComm \"b\"\n</Group>\n"
				  "<Group \"env\">\nEnv \"X\"\n</Group>\n"
				  "<Group \"line\">\nCmdline \"/a/\"\n</Group>\n"
				  "<Group \"c-%{cmdline:1}\">\nCmdline \"/(a)/\"\n</Group>\n";

/* 11 is stuck once the gate is shut; around it are some that are not. */
static struct fp_worker *start_some(void)
{
	for (int pid = 39; pid >= 12; pid -= 3)
		fake_start(pid, 1, "b", "");
	fake_start(11, 1, "a", "X=1");
	fake_start(10, 1, "a", "X=1");
	return start_over(groups, 200 * ms);
}

/* The next round, told as the last one's of the host. */
static void next(struct fp_worker *worker)
{
	fp_snapshot_free(fake->snapshot);
	fake->snapshot = NULL;
	fake->now_s += 10;
	assert_int_equal(fp_worker_ask(worker, patience, &fake->snapshot), 0);
	assert_non_null(fake->snapshot);
	assert_null(fake->snapshot->next);
}

/* The group has exactly these, so many are stuck, and the sum of USS is told, or not. */
static void check_group(const char *group, const char *pids, uint64_t stuck, bool told)
{
	uint64_t sum;

	fake_check(group, pids);
	const struct fp_account *account = &fake_result(group)->account;
	assert_int_equal(account->stuck, stuck);
	assert_int_equal(account->denied, 0);
	assert_int_equal(fp_account_sum(account, FP_USS, false, &sum), told);
}

#define OTHERS "12 15 18 21 24 27 30 33 36 39"

static void check_well(struct fp_worker *worker)
{
	next(worker);
	check_group("a", "10 11", 0, true);
	check_group("b", OTHERS, 0, true);
	check_group("env", "10 11", 0, true);
	check_group("line", "10 11", 0, true);
	check_group("c-a", "10 11", 0, true);
}

/* Of whom was known where it belongs, and had a sample, that goes on to count and grows old. */
static void check_stuck(struct fp_worker *worker)
{
	uint64_t before_ns = fake_result("a")->account.oldest_ns;

	next(worker);
	check_group("a", "10 11", 1, true);
	check_group("b", OTHERS, 0, true);
	check_group("env", "10 11", 1, true);
	check_group("line", "10 11", 1, true);
	check_group("c-a", "10 11", 1, true);
	assert_in_range(fake_result("a")->account.oldest_ns, 1, before_ns + 10000000000u);
	assert_int_equal(fake_result("b")->account.oldest_ns, fake->now_s * 1000000000);
	assert_int_equal(fp_sampler_current(fake->sampler), 0);
}

static void free_worker(struct fp_worker *worker)
{
	set_gate(false);
	for (int i = 0; i < 10000 && fp_guard_welcome(fake->guard) > 0; i++)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	assert_int_equal(fp_worker_stop(worker, patience), 0);
}

static void check_stuck_in(unsigned file)
{
	struct fp_worker *worker = start_some();
	struct fake_process *stuck = &fake->processes[fake->count - 2];
	char said[64];

	check_well(worker);
	assert_int_equal(stuck->pid, 11);
	assert_int_equal(fake_reads(stuck, FP_OS_ENVIRON), 1);
	gate_file = file;
	set_gate(true);
	check_stuck(worker);
	/* of its threads, status tells, or it has as many as before */
	assert_int_equal(fake_result("a")->account.threads, 2);
	snprintf(said, sizeof(said), "process 11 does not answer: %s was",
		file == FP_OS_STAT           ? "stat"
		: file == FP_OS_CMDLINE      ? "cmdline"
		: file == FP_OS_STATUS       ? "status"
		: file == FP_OS_SMAPS_ROLLUP ? "smaps_rollup"
					     : "?");
	fake_check_said(1, said);
	for (int i = 0; i < 40; i++)
		check_stuck(worker);
	fake_check_said(0, "");
	set_gate(false);
	for (int i = 0; i < 10000 && fp_guard_welcome(fake->guard) > 0; i++)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	fake_check_said(1, "process 11 answers again");
	check_well(worker);
	/* it has the image that it had */
	assert_int_equal(fake_reads(stuck, FP_OS_ENVIRON), 0);
	free_worker(worker);
	fake_check_said(0, "");
}

static void test_stuck_memory(void **state)
{
	(void)state;
	check_stuck_in(FP_OS_SMAPS_ROLLUP);
}

/* Young processes are asked for it in every round; what is known holds while nobody answers. */
static void test_stuck_command_line(void **state)
{
	(void)state;
	check_stuck_in(FP_OS_CMDLINE);
}

/* In the middle of the scan. */
static void test_stuck_image(void **state)
{
	(void)state;
	check_stuck_in(FP_OS_STAT);
}

/* What nobody ever saw to wait: then not even its directory is opened any more. */
static void test_stuck_altogether(void **state)
{
	(void)state;
	check_stuck_in(FP_OS_STATUS);
}

/* Of a scan that was left in its middle, what was known before is known after. */
static void test_new_ones_before_a_stuck_one(void **state)
{
	struct fp_worker *worker = start_some();

	(void)state;
	check_well(worker);
	for (size_t i = 0; i < fake->count; i++)
		fake_reads(&fake->processes[i], FP_OS_ENVIRON);
	size_t known = fake->count;
	for (int pid = 5; pid < 10; pid++)
		fake_start(pid, 1, "c", "");
	gate_pid = 9;
	set_gate(true);
	next(worker);
	check_group("b", OTHERS, 0, true);
	check_group("env", "10 11", 2, false);
	for (size_t i = 0; i < known; i++)
		assert_int_equal(fake_reads(&fake->processes[i], FP_OS_ENVIRON), 0);
	free_worker(worker);
}

/* They take longer together than one may, and all is told in the same interval. */
static void test_two_in_one_round(void **state)
{
	struct fp_worker *worker = start_some();

	(void)state;
	check_well(worker);
	gate_file = FP_OS_SMAPS_ROLLUP;
	gate_pid = 12;
	set_gate(true);
	next(worker);
	check_group("a", "10 11", 1, true);
	check_group("b", OTHERS, 1, true);
	assert_int_equal(fp_guard_welcome(fake->guard), 2);
	free_worker(worker);
}

/* Who did not answer from the beginning may belong to any group that asks for more than it tells. */
static void check_stuck_from_the_start(unsigned file, bool placed)
{
	struct fp_worker *worker = start_some();

	gate_file = file;
	set_gate(true);
	next(worker);
	check_group("a", "10 11", 1, false);
	check_group("b", OTHERS, 0, true);
	check_group("env", placed ? "10 11" : "10", 1, false);
	check_group("line", "10", 1, false);
	/* it counts once, however long it lasts */
	next(worker);
	check_group("a", "10 11", 1, false);
	check_group("line", "10", 1, false);
	assert_int_equal(fake_result("line")->account.stuck_undecided, 1);
	set_gate(false);
	for (int i = 0; i < 10000 && fp_guard_welcome(fake->guard) > 0; i++)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	check_well(worker);
	check_well(worker);
	free_worker(worker);
}

static void test_stuck_from_the_start(void **state)
{
	(void)state;
	check_stuck_from_the_start(FP_OS_STAT, false);
}

static void test_a_command_line_that_was_never_known(void **state)
{
	(void)state;
	check_stuck_from_the_start(FP_OS_CMDLINE, true);
}

/* Where an interval is shorter than a call may take, several of them watch it. */
static void test_several_short_intervals(void **state)
{
	struct fp_worker *worker = start_some();
	int asks = 0, status;

	(void)state;
	check_well(worker);
	gate_file = FP_OS_SMAPS_ROLLUP;
	set_gate(true);
	fp_snapshot_free(fake->snapshot);
	do {
		fake->snapshot = NULL;
		status = fp_worker_ask(worker, 30 * ms, &fake->snapshot);
		asks++;
	} while (status == -ETIMEDOUT && asks < 1000);
	assert_int_equal(status, 0);
	assert_in_range(asks, 4, 999);
	check_group("a", "10 11", 1, true);
	free_worker(worker);
}

/* Left behind before the end, or in it: who comes back then changes nothing any more. */
static void test_the_end_waits_for_nobody(void **state)
{
	struct fp_worker *worker = start(200 * ms);

	(void)state;
	gate_file = FP_OS_SMAPS_ROLLUP;
	set_gate(true);
	struct fp_snapshot *snapshot = NULL;
	assert_int_equal(fp_worker_ask(worker, patience, &snapshot), 0);
	fp_snapshot_free(snapshot);
	assert_int_equal(fp_worker_stop(worker, patience), -ETIMEDOUT);
	assert_int_equal(fp_guard_welcome(fake->guard), 1);
	set_gate(false);
	for (int i = 0; i < 10000 && fp_guard_welcome(fake->guard) > 0; i++)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	/* now that nobody is left behind it can be freed after all */
	assert_int_equal(fp_worker_stop(worker, patience), 0);
}

static void test_the_end_in_a_call(void **state)
{
	/* it stays as it is until the process ends, as the header says */
	static struct fp_worker *worker;

	(void)state;
	worker = start(patience);
	set_gate(true);
	take_none(worker);
	wait_until_blocked();
	assert_int_equal(fp_worker_stop(worker, 20 * ms), -ETIMEDOUT);
	unsigned reads = fake->processes[0].reads[FP_OS_SMAPS_ROLLUP];
	set_gate(false);
	fp_guard_join(fake->guard);
	assert_int_equal(fake->processes[0].reads[FP_OS_SMAPS_ROLLUP], reads);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_each_question_is_a_round),
		ON_A_FAKE_HOST(test_a_round_that_does_not_come_back),
		ON_A_FAKE_HOST(test_a_late_round_is_not_lost),
		ON_A_FAKE_HOST(test_a_round_is_waited_for),
		ON_A_FAKE_HOST(test_a_job_between_rounds),
		ON_A_FAKE_HOST(test_stuck_memory),
		ON_A_FAKE_HOST(test_stuck_command_line),
		ON_A_FAKE_HOST(test_stuck_image),
		ON_A_FAKE_HOST(test_stuck_altogether),
		ON_A_FAKE_HOST(test_new_ones_before_a_stuck_one),
		ON_A_FAKE_HOST(test_two_in_one_round),
		ON_A_FAKE_HOST(test_stuck_from_the_start),
		ON_A_FAKE_HOST(test_a_command_line_that_was_never_known),
		ON_A_FAKE_HOST(test_several_short_intervals),
		ON_A_FAKE_HOST(test_the_end_waits_for_nobody),
		ON_A_FAKE_HOST(test_the_end_in_a_call),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

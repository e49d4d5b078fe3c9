/* The thread that samples: in time, late, and never coming back. */
#include "../lib/fakehost.h"
#include "sample/worker.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

static const uint64_t ms = 1000000, patience = 10000 * UINT64_C(1000000);

/* A process whose stat does not answer while the gate is shut. */
static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_changed = PTHREAD_COND_INITIALIZER;
static bool shut, waiting;

static void before_read(struct fake_process *process, unsigned file)
{
	if (process->pid != 11 || file != FP_OS_STAT)
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

static struct fp_worker *start(void)
{
	struct fp_worker *worker;

	fake_start(10, 1, "a", "");
	fake_start(11, 1, "a", "");
	fake_configure("<Group \"a\">\nComm \"a\"\n</Group>");
	fake->before_read = before_read;
	set_gate(false);
	assert_int_equal(fp_worker_start(fake->sampler, &worker), 0);
	return worker;
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
	struct fp_worker *worker = start();

	(void)state;
	uint64_t first_ns = take(worker, patience);
	fake->now_s += 10;
	assert_int_equal(take(worker, patience), first_ns + 10000 * ms);
	assert_int_equal(fp_sampler_current(fake->sampler), 0);
	assert_int_equal(fp_worker_stop(worker, patience), 0);
}

static void test_a_round_that_does_not_come_back(void **state)
{
	struct fp_worker *worker = start();

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
	struct fp_worker *worker = start();
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

static void test_the_end_waits_for_nobody(void **state)
{
	/* it stays as it is until the process ends, as the header says */
	static struct fp_worker *worker;

	(void)state;
	worker = start();
	assert_int_equal(fp_worker_stop(worker, patience), 0);
	assert_int_equal(fp_worker_start(fake->sampler, &worker), 0);
	set_gate(true);
	take_none(worker);
	wait_until_blocked();
	assert_int_equal(fp_worker_stop(worker, 20 * ms), -ETIMEDOUT);
	/* the gate stays shut: who is behind it never sees that the host is gone, nor closes anything */
	fake->opened = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_each_question_is_a_round),
		ON_A_FAKE_HOST(test_a_round_that_does_not_come_back),
		ON_A_FAKE_HOST(test_a_late_round_is_not_lost),
		ON_A_FAKE_HOST(test_the_end_waits_for_nobody),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Populations that come, fork, share their memory, grow, become others and end at random: what is kept
 * of members is what reading all of them anew would tell.
 */
#include "../lib/fakehost.h"

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % below;
}

/* One that lives, or NULL. */
static struct fake_process *pick(void)
{
	struct fake_process *process = &fake->processes[draw((uint32_t)fake->count)];

	return process->lives ? process : NULL;
}

/* All that share its memory see the same of it. */
static void grow(const struct fake_process *grown)
{
	for (size_t i = 0; i < fake->count; i++) {
		struct fake_process *process = &fake->processes[i];
		if (process->space != grown->space)
			continue;
		process->grown_kib += 4;
		process->resident++;
	}
}

/* Those that were looked at, since of others everything is new: relatives, other than itself. */
static bool has_relatives(const struct fake_process *of)
{
	for (size_t i = 0; i < fake->count; i++) {
		const struct fake_process *process = &fake->processes[i];
		if (process != of && process->lives && process->opens &&
			process->startcode == of->startcode)
			return true;
	}
	return false;
}

/* A page that was shared, so that nothing of those who had it with the copier shows that. */
static void copy(const struct fake_process *copier)
{
	for (size_t i = 0; i < fake->count; i++) {
		struct fake_process *process = &fake->processes[i];
		if (process->startcode != copier->startcode)
			continue;
		process->grown_kib += 4;
		process->minflt += process->space == copier->space;
	}
}

static void happen(int32_t pid)
{
	static const char *const names[] = {"a", "b", "c"};
	struct fake_process *process = pick();
	uint32_t what = draw(22);

	if (what < 2 || !process)
		fake_start(pid, 1, names[draw(3)], "");
	else if (what < 6)
		fake_fork(process, pid);
	else if (what < 9)
		fake_fork(process, pid)->space = process->space;
	else if (what < 12)
		fake_exec(process, names[draw(3)], NULL);
	else if (what < 15)
		grow(process);
	else if (what < 17 && process->opens && has_relatives(process))
		copy(process);
	else if (fake->count > 20)
		fake_exit(process);
}

static void check(const char *group, char comm)
{
	bool counted[FAKE_PROCESSES + 1] = {false};
	uint64_t kib = 0, members = 0;

	for (size_t i = 0; i < fake->count; i++) {
		const struct fake_process *process = &fake->processes[i];
		if (!process->lives || (comm && process->comm[0] != comm))
			continue;
		members++;
		kib += counted[process->space] ? 0 : process->space + process->grown_kib;
		counted[process->space] = true;
	}
	assert_int_equal(fake_result(group)->account.processes, members);
	assert_int_equal(fake_result(group)->account.deferred, 0);
	assert_int_equal(fake_uss_kib(group), kib);
}

static void check_population(uint64_t seed_now, bool events)
{
	seed = seed_now;
	fake_start(99, 1, "a", "");
	fake_go_live();
	fake_tell_events(events ? 0 : -EACCES);
	fake_follow("<Group \"a\">\nComm \"a\"\n</Group>\n<Group \"all\">\nComm \"/./\"\n</Group>");
	for (int32_t pid = 100;
		fake->count < FAKE_PROCESSES - 1 && fake->spaces < FAKE_PROCESSES - 2; pid++) {
		happen(pid);
		if (draw(4) == 0)
			fp_sampler_tick(fake->sampler);
		if (draw(5))
			continue;
		fake_round();
		check("a", 'a');
		check("all", '\0');
	}
}

static void test_with_events(void **state)
{
	(void)state;
	check_population(1, true);
}

static void test_with_other_events(void **state)
{
	(void)state;
	check_population(4711, true);
}

static void test_without_events(void **state)
{
	(void)state;
	check_population(2, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_with_events),
		ON_A_FAKE_HOST(test_with_other_events),
		ON_A_FAKE_HOST(test_without_events),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Populations that fork, exec and end at random: who has the image of whom is kin. */
#include "../lib/fakelooks.h"

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

static void happen(int32_t pid)
{
	struct fake_process *process = pick();
	uint32_t what = draw(20);

	if (what < 8 && process)
		fake_fork(process, pid);
	else if (what < 9)
		fake_start(pid, 1, "a", "");
	else if (what < 14 && process)
		fake_exec(process, "b", NULL);
	else if (process && fake->count > 30)
		fake_exit(process);
}

/* Of pairs that live: how many were compared, and are kin though their images differ. */
static unsigned pairs, false_pairs;

/* Is nobody's image that of the process? All that have the same are kin. */
static bool check_one(const struct fake_process *a)
{
	bool alone = true;

	for (size_t i = 0; i < fake->count; i++) {
		const struct fake_process *b = &fake->processes[i];
		if (!b->lives || a == b)
			continue;
		bool same = a->startcode == b->startcode, kin = are_kin(a->pid, b->pid);
		if (same && !kin)
			fail_msg("%d and %d are no kin", a->pid, b->pid);
		alone = alone && !same;
		pairs++;
		false_pairs += kin && !same;
	}
	return alone;
}

static void check_all(void)
{
	size_t living = 0;

	for (size_t i = 0; i < fake->count; i++) {
		const struct fake_process *process = &fake->processes[i];
		living += process->lives;
		if (process->lives && !check_one(process))
			assert_false(is_alone(process->pid));
	}
	assert_int_equal(looks.table->count, living);
	assert_int_equal(looks.table->unknown_keys, 0);
	/* numbers of kins are used again */
	assert_true(looks.table->kins.len <= FAKE_PROCESSES / 2);
}

static void check(uint64_t seed_now)
{
	seed = seed_now;
	pairs = false_pairs = 0;
	for (int32_t pid = 2; pid < 12; pid++)
		fake_start(pid, 1, "a", "");
	look_around();
	for (int32_t pid = 100;
		fake->count < FAKE_PROCESSES - 1 && fake->spaces < FAKE_PROCESSES - 2; pid++) {
		happen(pid);
		if (draw(4) == 0)
			assert_int_equal(fp_watch_drain(&looks.watch), 0);
		if (draw(8))
			continue;
		look_around();
		check_all();
	}
	/* a child of one that had an exec before the child was looked at may be of the image before */
	assert_in_range(false_pairs, 0, pairs / 1000);
}

static void test_random_populations(void **state)
{
	(void)state;
	check(1);
}

static void test_another_random_population(void **state)
{
	(void)state;
	check(4711);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_EVENTS(test_random_populations),
		WITH_EVENTS(test_another_random_population),
		/* fewer than are looked at in each round */
		WITHOUT_EVENTS(test_random_populations),
		WITHOUT_EVENTS(test_another_random_population),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

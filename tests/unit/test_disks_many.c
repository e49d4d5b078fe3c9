/* What many disks cost: ten times as many must not cost a hundred times as much. */
#include "../lib/diskworld.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { FEW = 2000, MANY = 10 * FEW, TRIES = 3, MOST_TIMES = 40 };

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The least that the given round over so many disks took, of several tries. */
static double cost_s(size_t count, void (*prepare)(void), unsigned round)
{
	double least_s = 1e9;

	for (unsigned i = 0; i < TRIES; i++) {
		assert_int_equal(world_begin(count, FP_DISK_NAME_DM), 0);
		prepare();
		for (unsigned before = 1; before < round; before++)
			world_take();
		world.events++;
		world.disks[0].gone = round > 1;
		double start_s = cpu_s();
		world_take();
		double took_s = cpu_s() - start_s;
		least_s = took_s < least_s ? took_s : least_s;
		world_end(NULL);
	}
	return least_s;
}

static void assert_linear(void (*prepare)(void), unsigned round)
{
	double few_s = cost_s(FEW, prepare, round), many_s = cost_s(MANY, prepare, round);

	if (many_s > MOST_TIMES * few_s)
		fail_msg("%d disks: %g s, %d disks: %g s", FEW, few_s, MANY, many_s);
}

static void hide_from_sysfs(void)
{
	world.settings.partitions = false;
	for (size_t i = 0; i < world.count; i++)
		world.disks[i].leaving = true;
}

/* Whether each is a partition is decided by all names. */
static void test_without_sysfs(void **state)
{
	(void)state;
	assert_linear(hide_from_sysfs, 1);
}

static void call_all_alike(void)
{
	for (size_t i = 0; i < world.count; i++)
		memcpy(world.disks[i].dm, "root", sizeof("root"));
}

/* Snapshots of one file system have one label, and of most of them a look waits. */
static void test_all_of_one_name(void **state)
{
	(void)state;
	assert_linear(call_all_alike, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_sysfs),
		cmocka_unit_test(test_all_of_one_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

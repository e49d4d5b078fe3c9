/* A serial number that only the disk can tell: it is asked once, and never one that may hang. */
#include "../lib/diskworld.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct made_disk *disk, *part;

/* vda with a partition; no udev. */
static int setup(void **state)
{
	int status = world_begin(2, FP_DISK_NAME_SERIAL);

	(void)state;
	disk = &world.disks[0];
	part = &world.disks[1];
	*disk = (struct made_disk){"vda", "", "S1", NULL, .sequence = 7, .size = 8, .reads = 1000};
	*part = (struct made_disk){"vda1", "", "", "vda", .size = 8, .reads = 1000};
	return status;
}

/* Once for each of the two that have their names of it. */
static void test_asked_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		const struct fp_disk_round *round = world_take();
		assert_int_equal(round->results.len, 2);
		assert_string_equal(round->results.at[0].name, "S1");
		assert_string_equal(round->results.at[1].name, "S1-part1");
		assert_int_equal(disk->asks, 2);
		world.events++;
		disk->in_flight = i;
	}
	assert_true(disk->looks >= 3);
}

static void test_another_disk_is_asked(void **state)
{
	(void)state;
	world_take();
	world.events++;
	disk->sequence++;
	memcpy(disk->serial, "S2", 3);
	const struct fp_disk_round *round = world_take();
	assert_string_equal(round->results.at[0].name, "S2");
	assert_string_equal(round->results.at[1].name, "S2-part1");
	/* one without a number is not asked again either */
	world.events++;
	disk->sequence++;
	disk->serial[0] = '\0';
	round = world_take();
	assert_string_equal(round->results.at[0].name, "vda");
	world.events++;
	world_take();
	assert_int_equal(disk->asks, 6);
}

/* Without diskseq, another disk is told by its size, or by counters that begin anew. */
static void test_another_disk_of_an_old_kernel_is_asked(void **state)
{
	(void)state;
	disk->sequence = 0;
	part->gone = true;
	world_take();
	world.events++;
	world_take();
	assert_int_equal(disk->asks, 1);
	world.events++;
	disk->size++;
	world_take();
	assert_int_equal(disk->asks, 2);
	disk->reads = 1;
	world_take();
	assert_int_equal(disk->asks, 3);
}

/* It waits for a sample that shows that the disk answers, and has one name from then on. */
static void test_busy_at_first(void **state)
{
	(void)state;
	disk->in_flight = 1;
	assert_int_equal(world_take()->results.len, 0);
	assert_int_equal(disk->asks, 0);
	disk->reads++;
	const struct fp_disk_round *round = world_take();
	assert_int_equal(round->results.len, 2);
	assert_string_equal(round->results.at[0].name, "S1");
	assert_string_equal(round->results.at[1].name, "S1-part1");
	assert_int_equal(disk->asks, 2);
}

static void test_hanging_from_the_first(void **state)
{
	const struct fp_disk_round *round = NULL;

	(void)state;
	disk->in_flight = 1;
	world_take();
	for (unsigned i = 0; i < 3; i++) {
		world.events++;
		round = world_take();
		assert_int_equal(round->results.len, 2);
		assert_string_equal(round->results.at[0].name, "vda");
		assert_string_equal(round->results.at[1].name, "vda1");
	}
	assert_true(round->results.at[0].stuck);
	assert_int_equal(disk->asks, 0);
	disk->in_flight = 0;
	disk->reads++;
	round = world_take();
	assert_string_equal(round->results.at[0].name, "S1");
	assert_string_equal(round->results.at[1].name, "S1-part1");
}

/* It hangs before it is asked: the I/O that shows that began just now. */
static void test_another_disk_that_hangs_is_not_asked(void **state)
{
	(void)state;
	world_take();
	world.events++;
	disk->sequence++;
	disk->in_flight = 1;
	assert_int_equal(world_take()->results.len, 2);
	assert_int_equal(disk->asks, 2);
}

/* No event told of it: it was its turn to be looked at. As soon as it answers it is asked. */
static void test_another_disk_that_answers_later_is_asked(void **state)
{
	(void)state;
	world_take();
	world.now_ns += UINT64_C(300) * 1000000000;
	disk->sequence++;
	memcpy(disk->serial, "S2", 3);
	disk->in_flight = 1;
	assert_string_equal(world_take()->results.at[0].name, "vda");
	disk->in_flight = 0;
	assert_string_equal(world_take()->results.at[0].name, "S2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_asked_once),
		TEST(test_another_disk_is_asked),
		TEST(test_another_disk_of_an_old_kernel_is_asked),
		TEST(test_busy_at_first),
		TEST(test_hanging_from_the_first),
		TEST(test_another_disk_that_hangs_is_not_asked),
		TEST(test_another_disk_that_answers_later_is_asked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

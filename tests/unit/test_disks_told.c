/* Counters that are told under a name: they never leap because another disk goes by it. */
#include "../lib/diskworld.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TURN (UINT64_C(1) << 32)

static struct made_disk *const small = &world.disks[0], *const large = &world.disks[1];

/* dm-0 as lv0 with 100 reads, dm-1 as lv1 with 1000. */
static int setup(void **state)
{
	int status = world_begin(2, FP_DISK_NAME_DM);

	(void)state;
	small->reads = 100;
	return status;
}

static void change_places(void)
{
	char name[sizeof(small->dm)];

	memcpy(name, small->dm, sizeof(name));
	memcpy(small->dm, large->dm, sizeof(name));
	memcpy(large->dm, name, sizeof(name));
	world.events++;
}

/* The next round tells so many reads of these names; 0: the name is not told. */
static void assert_reads(uint64_t of_lv0, uint64_t of_lv1)
{
	const struct fp_disk_round *round = world_take();
	const struct fp_disk_result *lv0 = world_told(round, "lv0"),
				    *lv1 = world_told(round, "lv1");

	assert_int_equal(lv0 ? lv0->counters->value[FP_DISK_READS] : 0, of_lv0);
	assert_int_equal(lv1 ? lv1->counters->value[FP_DISK_READS] : 0, of_lv1);
}

static void test_names_that_change_places(void **state)
{
	(void)state;
	assert_reads(100, 1000);
	change_places();
	small->reads += 3;
	large->reads += 5;
	/* lv0 goes on from what it would have told, lv1 begins anew, as all can see */
	assert_reads(103, 103);
	small->reads += 3;
	large->reads += 5;
	assert_reads(108, 106);
	change_places();
	assert_reads(106, 106);
	small->reads += 3;
	large->reads += 5;
	assert_reads(109, 111);
}

/* The number in flight is no counter. */
static void test_in_flight_is_told_as_it_is(void **state)
{
	(void)state;
	small->in_flight = 1;
	large->in_flight = 7;
	world_take();
	change_places();
	const struct fp_disk_round *round = world_take();
	assert_int_equal(world_told(round, "lv0")->counters->value[FP_DISK_IN_FLIGHT], 7);
	assert_int_equal(world_told(round, "lv1")->counters->value[FP_DISK_IN_FLIGHT], 1);
}

static void test_another_disk_under_the_same_number(void **state)
{
	(void)state;
	assert_reads(100, 1000);
	small->reads += 1;
	assert_reads(101, 1000);
	world.events++;
	small->sequence = 9;
	small->reads = 5000;
	assert_reads(101, 1000);
	small->reads += 7;
	assert_reads(108, 1000);
	/* and one that has the very same counters */
	assert_reads(108, 1000);
	world.events++;
	small->sequence = 10;
	assert_reads(108, 1000);
	world.events++;
	small->sequence = 11;
	small->reads = 20;
	assert_reads(20, 1000);
}

/* It is plugged in somewhere else, or another one is. */
static void test_a_name_of_one_that_is_gone(void **state)
{
	(void)state;
	large->gone = true;
	assert_reads(100, 0);
	small->gone = true;
	large->gone = false;
	memcpy(large->dm, "lv0", 4);
	world.events++;
	assert_reads(100, 0);
	large->reads += 9;
	assert_reads(109, 0);
	large->gone = true;
	assert_reads(0, 0);
	assert_reads(0, 0);
	large->gone = false;
	large->reads = 4000;
	assert_reads(109, 0);
	/* an hour later nobody remembers */
	large->gone = true;
	assert_reads(0, 0);
	world.now_ns += UINT64_C(3600) * 1000000000;
	large->gone = false;
	assert_reads(4000, 0);
}

/* What came meanwhile came. */
static void test_one_that_lacks_once(void **state)
{
	(void)state;
	world_take();
	change_places();
	assert_reads(100, 100);
	large->gone = true;
	assert_reads(0, 100);
	large->gone = false;
	large->reads += 50;
	assert_reads(150, 100);
}

/* Under a name that nobody had, counters are those of the kernel. */
static void test_a_new_name(void **state)
{
	(void)state;
	world_take();
	change_places();
	assert_reads(100, 100);
	memcpy(large->dm, "lv2", 4);
	world.events++;
	assert_int_equal(world_told(world_take(), "lv2")->counters->value[FP_DISK_READS], 1000);
	/* and its own again */
	memcpy(large->dm, "lv0", 4);
	large->reads += 4;
	world.events++;
	assert_reads(104, 100);
}

static uint64_t read_ms_of(const char *name)
{
	const struct fp_disk_result *told = world_told(world_take(), name);

	assert_non_null(told);
	return told->counters->value[FP_DISK_READ_MS];
}

static void call(struct made_disk *disk, const char *name)
{
	snprintf(disk->dm, sizeof(disk->dm), "%s", name);
	world.events++;
}

static void read_for(struct made_disk *disk, uint64_t ms)
{
	disk->reads++;
	disk->read_ms += ms;
}

/* Milliseconds, of which the kernel tells 32 bits. */
static void test_a_time_that_passes_2_32_under_another_name(void **state)
{
	(void)state;
	large->read_ms = TURN - 100;
	assert_int_equal(read_ms_of("lv1"), TURN - 100);
	call(large, "lv2");
	assert_int_equal(read_ms_of("lv2"), TURN - 100);
	read_for(large, 250);
	assert_int_equal(read_ms_of("lv2"), TURN + 150);
	call(large, "lv1");
	read_for(large, 20);
	assert_int_equal(read_ms_of("lv1"), TURN + 170);
}

/* The disk goes by the name of one that had counted less. */
static void test_a_time_that_passes_2_32_while_it_lacks(void **state)
{
	(void)state;
	large->read_ms = TURN - 100;
	small->read_ms = 50;
	world_take();
	small->gone = true;
	call(large, "lv0");
	assert_int_equal(read_ms_of("lv0"), 50);
	large->gone = true;
	world_take();
	large->gone = false;
	read_for(large, 250);
	assert_int_equal(read_ms_of("lv0"), 300);
}

/* That is none of what passes 2^32. */
static void test_a_time_that_goes_back_under_another_name(void **state)
{
	(void)state;
	large->read_ms = 5000;
	world_take();
	call(large, "lv2");
	world_take();
	large->read_ms = 10;
	assert_int_equal(read_ms_of("lv2"), 10);
	call(large, "lv1");
	assert_int_equal(read_ms_of("lv1"), 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names_that_change_places),
		TEST(test_in_flight_is_told_as_it_is),
		TEST(test_another_disk_under_the_same_number),
		TEST(test_a_name_of_one_that_is_gone),
		TEST(test_one_that_lacks_once),
		TEST(test_a_new_name),
		TEST(test_a_time_that_passes_2_32_under_another_name),
		TEST(test_a_time_that_passes_2_32_while_it_lacks),
		TEST(test_a_time_that_goes_back_under_another_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

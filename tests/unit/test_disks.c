/* Rounds over many made disks: which are looked at, and what is told while others wait. */
#include "../lib/diskworld.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 1000, A_ROUND = 256 };

static int setup(void **state)
{
	(void)state;
	return world_begin(MANY, FP_DISK_NAME_DM);
}

static size_t looked_at(unsigned least)
{
	size_t found = 0;

	for (size_t i = 0; i < world.count; i++)
		found += world.disks[i].looks >= least;
	return found;
}

/* ---- Tests ---- */

/* However often something happens: each has its turn before any has its second one. */
static void test_all_have_their_turn(void **state)
{
	(void)state;
	world_take();
	assert_int_equal(looked_at(1), MANY);
	for (unsigned round = 1; round <= 7; round++) {
		world.events++;
		world_take();
		size_t looks = round * A_ROUND;
		assert_int_equal(looked_at(2), looks < MANY ? looks : MANY);
		assert_int_equal(looked_at(3), looks < MANY ? 0 : looks - MANY);
	}
}

static int setup_labels(void **state)
{
	(void)state;
	return world_begin(MANY, FP_DISK_NAME_LABEL);
}

/*
 * A folder of udev that has just changed may change once more with the same time; not one that
 * changed before the clock was set back.
 */
static void test_folders_that_changed(void **state)
{
	(void)state;
	world.changed_s = WORLD_START_S + WORLD_INTERVAL_S;
	world_take();
	world.changed_s = WORLD_START_S + 2 * WORLD_INTERVAL_S;
	world_take();
	assert_int_equal(looked_at(2), A_ROUND);
	for (unsigned round = 0; round < 3; round++)
		world_take();
	assert_int_equal(looked_at(2), MANY);
	world.changed_s = WORLD_START_S + 3600;
	for (unsigned round = 0; round < 5; round++)
		world_take();
	assert_int_equal(looked_at(3), MANY);
	assert_int_equal(looked_at(4), 0);
}

/* One that did nothing since it was empty is looked at as soon as it does something. */
static void test_who_wakes_does_not_wait(void **state)
{
	(void)state;
	world.disks[MANY - 1].size = 0;
	world_take();
	assert_null(world_told(world_take(), "lv999"));
	world.disks[MANY - 1].size = 8;
	world.disks[MANY - 1].reads++;
	world.events++;
	assert_non_null(world_told(world_take(), "lv999"));
}

/* Counters of two devices, of which the second has counted more, give no rates. */
static void test_who_waits_is_the_same_device_still(void **state)
{
	struct made_disk *replaced = &world.disks[MANY - 1], *active = &world.disks[MANY - 2];

	(void)state;
	world_take();
	world.events++;
	replaced->sequence = 5000;
	replaced->reads += 77;
	active->reads += 77;
	const struct fp_disk_round *round = world_take();
	assert_int_equal(world_told(round, "lv999")->rates->has, 0);
	assert_int_not_equal(world_told(round, "lv998")->rates->has, 0);
	assert_int_equal(active->looks, 1);
	replaced->reads += 77;
	assert_int_not_equal(world_told(world_take(), "lv999")->rates->has, 0);
}

/* A partition has no diskseq of its own. */
static void test_partitions_are_of_the_same_disk_still(void **state)
{
	struct made_disk *part = &world.disks[MANY - 1];

	(void)state;
	part->whole = world.disks[MANY - 2].kernel_name;
	world_take();
	world.events++;
	world.disks[MANY - 2].sequence = 5000;
	part->reads += 77;
	assert_int_equal(world_told(world_take(), "lv999")->rates->has, 0);
}

/* A zram device that is emptied is told of by no event. */
static void test_who_is_emptied_does_not_wait(void **state)
{
	(void)state;
	assert_non_null(world_told(world_take(), "lv999"));
	world.disks[MANY - 1].size = 0;
	world.disks[MANY - 1].reads = 0;
	assert_null(world_told(world_take(), "lv999"));
}

/* Between the pieces that the kernel hands out, a disk was passed over that was there all the time. */
static void test_who_lacks_is_read_again(void **state)
{
	(void)state;
	world_take();
	world.disks[7].reads = 1077;
	world.skipped = world.disks[7].kernel_name;
	for (unsigned lacks = 0; lacks < 3; lacks++) {
		world.disks[7].reads++;
		world.disks[8].reads++;
		world.skipping = world.readings;
		world.shown_again = world.readings + lacks;
		const struct fp_disk_round *round = world_take();
		assert_int_equal(round->results.len, MANY);
		assert_int_equal(world.readings, world.skipping + 1 + lacks);
		assert_int_equal(
			world_told(round, "lv7")->counters->value[FP_DISK_READS], 1078 + lacks);
		assert_int_not_equal(world_told(round, "lv7")->rates->has, 0);
	}
	/* the same line as before, in another place of the text */
	assert_int_equal(world_told(world_take(), "lv7")->counters->value[FP_DISK_READS], 1080);
}

/* The file is read two times more, once. */
static void test_who_is_gone_lacks(void **state)
{
	(void)state;
	world_take();
	world.disks[7].gone = true;
	assert_int_equal(world_take()->results.len, MANY - 1);
	assert_int_equal(world.readings, 4);
	assert_int_equal(world_take()->results.len, MANY - 1);
	assert_int_equal(world.readings, 5);
}

/* Between the reading of diskstats and the look at sysfs, they went. */
static void test_who_has_left_is_told_no_more(void **state)
{
	struct made_disk *disk = &world.disks[7], *empty = &world.disks[8];

	(void)state;
	empty->size = 0;
	world_take();
	disk->leaving = empty->leaving = true;
	world.events++;
	const struct fp_disk_round *round = world_take();
	assert_int_equal(round->results.len, MANY - 2);
	assert_null(world_told(round, "lv7"));
	assert_null(world_told(round, "dm-7"));
	disk->gone = empty->gone = true;
	assert_int_equal(world_take()->results.len, MANY - 2);
	assert_string_equal(world.said, "");
}

/* A disk that sysfs does not have although diskstats goes on to have it. */
static void test_who_stays_without_sysfs_is_told(void **state)
{
	(void)state;
	world_take();
	world.disks[7].leaving = true;
	world.events++;
	world_take();
	assert_non_null(world_told(world_take(), "dm-7"));
	assert_non_null(world_told(world_take(), "dm-7"));
}

/* Another one came to the number of one that went, and has counted more. */
static void assert_other(struct made_disk *disk)
{
	disk->leaving = false;
	disk->sequence = 5000;
	disk->reads += 77;
	world.events++;
	assert_int_equal(world_told(world_take(), "lv7")->rates->has, 0);
	disk->reads++;
	assert_int_not_equal(world_told(world_take(), "lv7")->rates->has, 0);
}

static void test_who_left_is_known_from_who_came(void **state)
{
	(void)state;
	world_take();
	world.disks[7].leaving = true;
	world.events++;
	world_take();
	assert_other(&world.disks[7]);
}

static void test_who_came_and_left_is_known_from_who_came(void **state)
{
	(void)state;
	world.disks[7].leaving = true;
	world_take();
	assert_other(&world.disks[7]);
}

/* The one before did something. */
static void test_who_came_and_did_nothing_is_not_told(void **state)
{
	struct made_disk *disk = &world.disks[7];

	(void)state;
	world_take();
	disk->sequence = 5000;
	disk->idle = true;
	world.events++;
	assert_null(world_told(world_take(), "lv7"));
	disk->idle = false;
	assert_non_null(world_told(world_take(), "lv7"));
}

static void swap_names(size_t a, size_t b)
{
	char name[sizeof(world.disks[a].dm)];

	memcpy(name, world.disks[a].dm, sizeof(name));
	memcpy(world.disks[a].dm, world.disks[b].dm, sizeof(name));
	memcpy(world.disks[b].dm, name, sizeof(name));
}

/* The one is looked at, the other would have to wait: its name is no longer its own. */
static void test_names_that_change_places_do_not_collide(void **state)
{
	(void)state;
	world.disks[900].reads = 5;
	world_take();
	swap_names(0, 900);
	world.events++;
	const struct fp_disk_round *round = world_take();
	assert_int_equal(round->results.len, MANY);
	assert_int_equal(world_told(round, "lv0")->counters->value[FP_DISK_READS], 5);
	assert_non_null(world_told(round, "lv900"));
	assert_string_equal(world.said, "");
}

/* Each name has moved on by one, through all. */
static void test_names_that_move_through_all_do_not_collide(void **state)
{
	(void)state;
	world_take();
	for (size_t i = 1; i < MANY; i++)
		swap_names(0, i);
	world.events++;
	const struct fp_disk_round *round = world_take();
	for (size_t i = 0; i < MANY; i++)
		assert_string_equal(round->results.at[i].name, world.disks[i].dm);
	assert_string_equal(world.said, "");
}

static void test_true_collisions_are_said(void **state)
{
	(void)state;
	world_take();
	memcpy(world.disks[900].dm, world.disks[0].dm, sizeof(world.disks[0].dm));
	for (unsigned i = 0; i < 4; i++) {
		world.events++;
		world_take();
	}
	assert_string_equal(world.said,
		"<Disks>: device \"dm-0\" goes by \"dm-0\", since device \"dm-900\" has its name "
		"\"lv0\" too\n"
		"<Disks>: device \"dm-900\" goes by \"dm-900\", since device \"dm-0\" has its name "
		"\"lv0\" too\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_have_their_turn),
		cmocka_unit_test_setup_teardown(test_folders_that_changed, setup_labels, world_end),
		TEST(test_who_wakes_does_not_wait),
		TEST(test_who_waits_is_the_same_device_still),
		TEST(test_partitions_are_of_the_same_disk_still),
		TEST(test_who_is_emptied_does_not_wait),
		TEST(test_who_lacks_is_read_again),
		TEST(test_who_is_gone_lacks),
		TEST(test_who_has_left_is_told_no_more),
		TEST(test_who_stays_without_sysfs_is_told),
		TEST(test_who_left_is_known_from_who_came),
		TEST(test_who_came_and_left_is_known_from_who_came),
		TEST(test_who_came_and_did_nothing_is_not_told),
		TEST(test_names_that_change_places_do_not_collide),
		TEST(test_names_that_move_through_all_do_not_collide),
		TEST(test_true_collisions_are_said),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

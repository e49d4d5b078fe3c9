/* What is told of disks that hang: of each name, an end for each beginning, and in that order. */
#include "../lib/diskworld.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct made_disk *const first = &world.disks[0], *const second = &world.disks[1];

/* dm-0 as lv0 and dm-1 as lv1, both of which hang, which was told. */
static int setup(void **state)
{
	int status = world_begin(2, FP_DISK_NAME_DM);

	(void)state;
	first->in_flight = second->in_flight = 1;
	for (unsigned i = 0; i < 4 && status == 0; i++)
		assert_int_equal(world_take()->notices.len, i == 3 ? 2 : 0);
	return status;
}

static void call(struct made_disk *disk, const char *name)
{
	snprintf(disk->dm, sizeof(disk->dm), "%s", name);
	world.events++;
}

/* The notices of a round: a name each, behind '-' if it no longer hangs, '!' if its disk has gone. */
static void assert_notices(const struct fp_disk_round *round, const char *wanted)
{
	char found[256] = "";

	for (size_t i = 0; i < round->notices.len; i++) {
		const struct fp_disk_notice *notice = &round->notices.at[i];
		size_t len = strlen(found);
		snprintf(found + len, sizeof(found) - len, "%s%s%s", i ? " " : "",
			notice->stuck  ? ""
			: notice->gone ? "!"
				       : "-",
			notice->name);
	}
	assert_string_equal(found, wanted);
}

static void test_each_once(void **state)
{
	(void)state;
	assert_notices(world_take(), "");
	first->in_flight = 0;
	assert_notices(world_take(), "-lv0");
	second->gone = true;
	assert_notices(world_take(), "");
	assert_notices(world_take(), "!lv1");
}

/* Both names are of disks that hang still. */
static void test_names_change_places(void **state)
{
	(void)state;
	call(first, "lv1");
	call(second, "lv0");
	assert_notices(world_take(), "!lv0 !lv1 lv1 lv0");
	assert_notices(world_take(), "");
	first->in_flight = second->in_flight = 0;
	assert_notices(world_take(), "-lv1 -lv0");
}

/* It goes, which is sure a round later, and by then its name is that of the other, which hangs. */
static void test_a_name_of_one_that_goes(void **state)
{
	(void)state;
	second->gone = true;
	call(first, "lv1");
	assert_notices(world_take(), "!lv0 !lv1 lv1");
	assert_notices(world_take(), "");
	first->in_flight = 0;
	assert_notices(world_take(), "-lv1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_once),
		TEST(test_names_change_places),
		TEST(test_a_name_of_one_that_goes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What moves between the glance at a member and its reading, and moves back. */
#include "../lib/fakepages.h"

#define ALL "<Group \"all\">\nComm \"a\"\n</Group>\n"

enum { LARGE = 100000, SMALL = 100, FILES = 30, MORE = 64, UNFIT = 8 };

/* What comes in a reading: once, or each time. */
static struct {
	unsigned pages, files;
	bool again, came;
} coming;

static void come(struct fake_process *process)
{
	if (coming.came)
		return;
	coming.came = true;
	process->resident += coming.pages;
	process->grown_kib += coming.pages * 4;
	process->file += coming.files;
}

static void go(struct fake_process *process)
{
	assert_true(coming.came);
	coming.came = !coming.again;
	process->resident -= coming.pages;
	process->grown_kib -= coming.pages * 4;
	process->file -= coming.files;
}

static void come_in_walk(struct fake_process *process, unsigned file)
{
	if (file == FP_OS_SMAPS_ROLLUP)
		come(process);
}

/* By whatever reader, since the last call. */
static unsigned count_readings(struct fake_process *process)
{
	unsigned count = fake_pages.fasts + fake_pages.owns + fake_pages.slices +
			 fake_reads(process, FP_OS_SMAPS_ROLLUP);

	fake_pages.fasts = fake_pages.owns = fake_pages.slices = 0;
	return count;
}

static struct fake_process *follow(uint64_t pages)
{
	struct fake_process *process = fake_start(10, 1, "a", "");

	fake_pages.tells_sizes = true;
	process->file = FILES;
	process->resident = pages;
	fake_tell_events(0);
	fake_follow("MaxAge 3600\n" ALL);
	fake_rounds(3);
	assert_int_equal(count_readings(process), 1);
	coming.came = coming.again = false;
	coming.pages = MORE;
	coming.files = 0;
	return process;
}

/* One reading, in which that comes which was chosen. */
static void read_moving(struct fake_process *process)
{
	process->resident++;
	process->grown_kib += 4;
	fake_pages.in_reading = come;
	fake->before_read = come_in_walk;
	fake_round();
	assert_int_equal(count_readings(process), 1);
}

static void check_read(struct fake_process *process, bool expected)
{
	fake_round();
	assert_int_equal(count_readings(process), expected);
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
}

static void check_back(uint64_t pages)
{
	struct fake_process *process = follow(pages);

	read_moving(process);
	go(process);
	check_read(process, true);
	check_read(process, false);
	check_read(process, false);
}

static void test_without_a_walk(void **state)
{
	(void)state;
	check_back(LARGE);
}

static void test_walked(void **state)
{
	(void)state;
	check_back(SMALL);
}

/* However often they moved before. */
static void test_of_one_that_was_busy(void **state)
{
	(void)state;
	struct fake_process *process = follow(LARGE);
	for (unsigned i = 0; i < 3 * UNFIT; i++) {
		coming.came = false;
		read_moving(process);
	}
	go(process);
	check_read(process, true);
	check_read(process, false);
}

/* As many pages, but of files. */
static void test_pages_of_files(void **state)
{
	(void)state;
	struct fake_process *process = follow(LARGE);
	coming.pages = 0;
	coming.files = 1;
	/* with faults that brought no own page, all is read */
	process->majflt += 10;
	read_moving(process);
	go(process);
	check_read(process, true);
	check_read(process, false);
}

/* What has come and stays is in the sample. */
static void test_what_stays(void **state)
{
	(void)state;
	struct fake_process *process = follow(LARGE);
	read_moving(process);
	check_read(process, false);
	check_read(process, false);
}

/* Sizes of which one tells more than the other, for whatever reason, are no news for ever. */
static void test_sizes_that_never_agree(void **state)
{
	(void)state;
	struct fake_process *process = follow(LARGE);
	coming.again = true;
	read_moving(process);
	go(process);
	for (unsigned i = 0; i < UNFIT; i++) {
		fake_round();
		assert_int_equal(count_readings(process), 1);
		go(process);
	}
	for (unsigned i = 0; i < 3; i++) {
		fake_round();
		assert_int_equal(count_readings(process), 0);
	}
	/* until they do */
	coming.came = true;
	process->resident++;
	fake_round();
	assert_int_equal(count_readings(process), 1);
	coming.came = false;
	process->resident++;
	fake_round();
	assert_int_equal(count_readings(process), 1);
	go(process);
	fake_round();
	assert_int_equal(count_readings(process), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_HOST_WITH_PAGES(test_without_a_walk),
		ON_A_HOST_WITH_PAGES(test_walked),
		ON_A_HOST_WITH_PAGES(test_of_one_that_was_busy),
		ON_A_HOST_WITH_PAGES(test_pages_of_files),
		ON_A_HOST_WITH_PAGES(test_what_stays),
		ON_A_HOST_WITH_PAGES(test_sizes_that_never_agree),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

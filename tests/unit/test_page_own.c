/* The reader of own pages alone, beside the one that reads a process as a whole. */
#include "../lib/pageworld.h"

static const struct fp_os_process process = {.fd = 5, .pid = 6};
static const struct fp_os_kept kept = {.statm_fd = 10, .task_fd = 11};
static struct fp_pages_spots spots;
static struct fp_memory before;

/* Reads the process as a whole. */
static void read_whole(void)
{
	assert_int_equal(read_it(SINGLE, &before), 0);
	fp_pages_spots(world->pages, &spots);
	world->opened_maps = world->opened = world->closed = 0;
}

static void begin(void)
{
	usual();
	read_whole();
}

/* By the caller's page entries it is the same, and they stay open. */
static void check_files(int expected, const struct fp_memory *memory)
{
	const struct fp_os_pages files = {7, -1, -1, 6};
	struct fp_memory by_files;
	unsigned opened = world->opened, closed = world->closed;

	memset(&by_files, 0x5a, sizeof(by_files));
	assert_int_equal(fp_pages_read_own(
				 world->pages, &process, &kept, &files, &spots, &before, &by_files),
		expected);
	assert_int_equal(by_files.has, memory->has);
	for (unsigned i = 0; i < FP_METRICS; i++)
		assert_int_equal(by_files.bytes[i], memory->bytes[i]);
	assert_int_equal(world->opened, opened);
	assert_int_equal(world->closed, closed);
}

static int read_own(struct fp_memory *memory)
{
	struct fp_memory by_kept;

	memset(memory, 0x5a, sizeof(*memory));
	memset(&by_kept, 0x5a, sizeof(by_kept));
	int status = fp_pages_read_own(world->pages, &process, NULL, NULL, &spots, &before, memory);
	assert_int_equal(world->glances, 0);
	unsigned opened = world->opened_statm;
	/* what was kept tells the same */
	assert_int_equal(
		fp_pages_read_own(world->pages, &process, &kept, NULL, &spots, &before, &by_kept),
		status);
	assert_int_equal(by_kept.has, memory->has);
	for (unsigned i = 0; i < FP_METRICS; i++)
		assert_int_equal(by_kept.bytes[i], memory->bytes[i]);
	assert_int_equal(world->opened_statm, opened);
	if (status == 0)
		assert_int_equal(world->glances, 1);
	if (world->open_status == 0)
		check_files(status, memory);
	world->glances = 0;
	return status;
}

static void check_refused(int expected)
{
	struct fp_memory memory;

	assert_int_equal(read_own(&memory), expected);
	assert_int_equal(memory.has, 0);
	assert_int_equal(world->opened, world->closed);
}

static void check_same_as_whole(void)
{
	struct fp_memory own, whole;

	assert_int_equal(read_own(&own), 0);
	assert_int_equal(world->opened_maps, 0);
	assert_int_equal(read_it(SINGLE, &whole), 0);
	assert_int_equal(own.has, whole.has);
	for (unsigned i = 0; i < FP_METRICS; i++)
		if (fp_memory_has(&own, (enum fp_metric)i))
			assert_int_equal(own.bytes[i], whole.bytes[i]);
	world->opened_maps = 0;
	before = own;
}

static void test_growth_and_shrinking(void **state)
{
	(void)state;
	begin();
	check_same_as_whole();
	put(120, 7, EXCLUSIVE, 1);
	check_same_as_whole();
	check_pages(&before, FP_USS, 20);
	world->resident -= 12;
	check_same_as_whole();
	check_pages(&before, FP_USS, 8);
	world->resident -= 5;
	check_same_as_whole();
	check_pages(&before, FP_PSS, 5);
}

/* The kernel cuts sums to a KiB, after all were added. */
static void test_parts_of_a_kib(void **state)
{
	(void)state;
	usual();
	put(213, 1, SHARED | OF_FILE, 3);
	read_whole();
	put(120, 7, EXCLUSIVE, 1);
	check_same_as_whole();
	assert_int_not_equal(before.bytes[FP_PSS] % PAGE, 0);
}

static void test_without_names_of_frames(void **state)
{
	(void)state;
	world->pages->can.has_pfns = world->pages->can.has_kinds = false;
	begin();
	put(120, 7, EXCLUSIVE, 1);
	check_same_as_whole();
	assert_false(fp_memory_has(&before, FP_PSS));
	/* what a walk told of that is kept by who knows how old it is */
	fp_memory_set(&before, FP_PSS, 99);
	check_same_as_whole();
}

static void test_without_kinds(void **state)
{
	(void)state;
	world->pages->can.has_kinds = false;
	usual();
	map_file(300, 2, 0, 9);
	put(300, 1, SHARED | OF_FILE, 2);
	read_whole();
	assert_false(fp_memory_has(&before, FP_PSS_SHMEM));
	put(120, 7, EXCLUSIVE, 1);
	check_same_as_whole();
}

static void test_what_does_not_stand(void **state)
{
	(void)state;
	begin();
	world->shared++;
	check_refused(-EAGAIN);
	world->shared -= 2;
	check_refused(-EAGAIN);
	world->shared++;
	before.bytes[FP_VMS] += PAGE;
	check_refused(-EAGAIN);
	before.bytes[FP_VMS] -= PAGE;
	world->resident = world->shared - 1;
	check_refused(-EAGAIN);
	world->resident = 21;
	/* more own pages than there are own pages */
	before.bytes[FP_USS] = 9 * PAGE;
	check_refused(-EAGAIN);
	before.bytes[FP_USS] = 13 * PAGE;
	check_same_as_whole();
}

static void test_a_page_of_somebody_else(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 40; i++)
		world->entries[100 + i] = SHARED | 700;
	world->counts[700] = 2;
	check_refused(-EUCLEAN);
	/* the zero page is nobody's */
	world->counts[700] = 0;
	check_same_as_whole();
}

/* Four side by side with each call, until there are enough. */
static void test_how_many_are_drawn(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	put(100, 10, EXCLUSIVE, 1);
	put(120, 20, EXCLUSIVE, 1);
	read_whole();
	world->entry_calls = 0;
	assert_int_equal(
		fp_pages_read_own(world->pages, &process, NULL, NULL, &spots, &before, &memory), 0);
	assert_int_equal(world->entry_calls, 24 / 4);
}

/* Pages are drawn from what it had; that is gone, and nothing else is there. */
static void test_spots_that_went(void **state)
{
	(void)state;
	begin();
	memset(&world->entries[100], 0, 40 * sizeof(world->entries[0]));
	check_same_as_whole();
	spots.count = 0;
	check_same_as_whole();
}

static void test_spots_are_of_own_memory(void **state)
{
	(void)state;
	map(50, 4, false);
	map(60, 1, true);
	begin();
	assert_int_equal(spots.count, FP_SPOTS);
	unsigned of_small = 0;
	for (size_t i = 0; i < spots.count; i++) {
		of_small += spots.at[i].first == 60;
		assert_true(spots.at[i].first == 60 || spots.at[i].first == 100);
	}
	assert_in_range(of_small, 0, FP_SPOTS - 1);
}

static void test_who_has_no_own_memory(void **state)
{
	(void)state;
	map_file(200, 20, 8, 1);
	put(200, 3, EXCLUSIVE | OF_FILE, 1);
	read_whole();
	assert_int_equal(spots.count, 0);
	check_same_as_whole();
}

static void test_errors(void **state)
{
	(void)state;
	begin();
	world->open_status = -EACCES;
	check_refused(-EACCES);
	world->open_status = 0;
	world->statm_status = -ESRCH;
	check_refused(-ESRCH);
	world->statm_status = 0;
	world->entries_status = -EBUSY;
	check_refused(-EBUSY);
	world->entries_status = 0;
	world->ended = true;
	check_refused(-ESRCH);
	world->ended = false;
	world->pages->can.exact_statm = false;
	check_refused(-ENOTSUP);
	world->pages->can.exact_statm = true;
	check_same_as_whole();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_MADE_PROCESS(test_growth_and_shrinking),
		ON_A_MADE_PROCESS(test_parts_of_a_kib),
		ON_A_MADE_PROCESS(test_without_names_of_frames),
		ON_A_MADE_PROCESS(test_without_kinds),
		ON_A_MADE_PROCESS(test_what_does_not_stand),
		ON_A_MADE_PROCESS(test_a_page_of_somebody_else),
		ON_A_MADE_PROCESS(test_how_many_are_drawn),
		ON_A_MADE_PROCESS(test_spots_that_went),
		ON_A_MADE_PROCESS(test_spots_are_of_own_memory),
		ON_A_MADE_PROCESS(test_who_has_no_own_memory),
		ON_A_MADE_PROCESS(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

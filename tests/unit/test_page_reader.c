/* What the readers of pages tell of each kind of page. */
#include "../lib/pageworld.h"

static void test_both_tell_the_same(void **state)
{
	(void)state;
	usual();
	check_usual();
	/* the kernel gives what it likes */
	world->at_once = 3;
	check_usual();
}

static void test_a_relative_is_found_out(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	put(120, 20, SHARED, 2);
	assert_int_equal(read_it(SINGLE, &memory), -EUCLEAN);
	assert_int_equal(memory.has, 0);
	assert_int_equal(read_it(SLICES, &memory), 0);
	check_pages(&memory, FP_PSS_ANON, 20);
	/* without frames too */
	world->pages->can.has_pfns = world->pages->can.has_kinds = false;
	assert_int_equal(read_it(SINGLE, &memory), -EUCLEAN);
}

static void test_a_relative_is_found_out_in_a_file(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	put(219, 1, SHARED, 2);
	assert_int_equal(read_it(SINGLE, &memory), -EUCLEAN);
}

static void test_a_zero_page_is_nobodys(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	put(100, 10, SHARED, 0);
	put(218, 2, SHARED, 0);
	check_usual();
	/* without frames the kernel is asked for such pages */
	world->pages->can.has_pfns = world->pages->can.has_kinds = false;
	for (uint64_t page = 100; page < 110; page++)
		world->entries[page] = SHARED;
	world->entries[218] = world->entries[219] = SHARED;
	assert_int_equal(read_it(SINGLE, &memory), 0);
	check_pages(&memory, FP_USS, 13);
	check_pages(&memory, FP_RSS, 21);
	assert_false(fp_memory_has(&memory, FP_PSS));
	/* if that cannot be asked, it may be a relative's */
	world->pages->can.has_scan = false;
	assert_int_equal(read_it(SINGLE, &memory), -EUCLEAN);
}

static void test_slices(void **state)
{
	struct fp_memory memory;

	(void)state;
	map(100, 3 * FP_SLICE_PAGES, true);
	put(100, 3 * FP_SLICE_PAGES, EXCLUSIVE, 1);
	assert_int_equal(read_it(SLICES, &memory), 0);
	check_pages(&memory, FP_USS, 3 * FP_SLICE_PAGES);
	/* they end where addresses are multiples of a slice */
	assert_int_equal(world->entry_calls, 4);
	assert_int_equal(world->largest_call, FP_SLICE_PAGES);
	assert_int_equal(world->pauses, 3);
}

static void test_holes_are_jumped_over(void **state)
{
	struct fp_memory memory;

	(void)state;
	map(100, 20000, true);
	put(7000, 10, EXCLUSIVE, 1);
	put(19000, 1, EXCLUSIVE, 1);
	assert_int_equal(read_it(SLICES, &memory), 0);
	check_pages(&memory, FP_USS, 11);
	assert_in_range(world->pages->seen.entries, 11, 60);
	/* and where they cannot be, only a reading of all will do */
	world->pages->can.has_scan = false;
	assert_int_equal(read_it(SLICES, &memory), 0);
	check_pages(&memory, FP_USS, 11);
	map_file(24000, 8000, 8, 1);
	assert_int_equal(read_it(SINGLE, &memory), -E2BIG);
}

static void test_counts_are_kept_for_a_round(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	assert_int_equal(read_it(SLICES, &memory), 0);
	unsigned calls = world->count_calls;
	assert_int_not_equal(calls, 0);
	assert_int_equal(read_it(SLICES, &memory), 0);
	assert_int_equal(world->count_calls, calls);
	fp_pages_begin(world->pages);
	assert_int_equal(read_it(SLICES, &memory), 0);
	assert_int_equal(world->count_calls, 2 * calls);
	fp_pages_end(world->pages);
	assert_in_range(world->pages->block_count, 1, FP_BLOCKS_KEPT);
	assert_int_equal(read_it(SLICES, &memory), 0);
	assert_int_equal(world->count_calls, 3 * calls);
}

/* Parts of one page that the kernel tells alike, and of which a relative has unmapped some. */
static void make_huge(uint64_t first_flags, uint64_t first_count)
{
	map(1024, 512, true);
	put(1024, 512, first_flags, 1);
	for (uint64_t i = 0; i < 512; i++)
		world->counts[512 + i] = i < 100 ? first_count : 3 - first_count;
	put(1536, 0, 0, 0);
}

static void test_a_huge_page_in_parts(void **state)
{
	struct fp_memory memory;

	(void)state;
	make_huge(EXCLUSIVE, 1);
	assert_int_equal(read_it(SLICES, &memory), 0);
	check_pages(&memory, FP_USS, 100);
	check_pages(&memory, FP_PSS, 100 + 206);
	check_pages(&memory, FP_RSS, 512);
	for (uint64_t i = 0; i < 512; i++) {
		world->entries[1024 + i] &= ~FP_PAGE_EXCLUSIVE;
		world->counts[512 + i] = i < 100 ? 2 : 1;
	}
	/* what was kept is disproved: the first part is not exclusive any more */
	assert_int_equal(read_it(SLICES, &memory), 0);
	check_pages(&memory, FP_USS, 412);
	check_pages(&memory, FP_PSS, 50 + 412);
}

/* A kernel that counts folios alone: its flag is right, and its count of 1 is no proof. */
static void test_a_huge_page_as_a_whole(void **state)
{
	struct fp_memory memory;

	(void)state;
	make_huge(SHARED, 1);
	for (uint64_t i = 0; i < 512; i++)
		world->counts[512 + i] = 1;
	assert_int_equal(read_it(SLICES, &memory), 0);
	check_pages(&memory, FP_USS, 0);
	check_pages(&memory, FP_PSS, 512);
}

static void test_a_huge_page_without_frames(void **state)
{
	struct fp_memory memory;

	(void)state;
	world->pages->can.has_pfns = world->pages->can.has_kinds = false;
	map(1024, 512, true);
	for (uint64_t i = 0; i < 512; i++)
		world->entries[1024 + i] = EXCLUSIVE;
	world->resident = 512;
	assert_int_equal(read_it(SLICES, &memory), 0);
	check_pages(&memory, FP_USS, 512);
	world->huge = true;
	assert_int_equal(read_it(SLICES, &memory), -E2BIG);
	world->huge = world->pages->can.has_scan = false;
	assert_int_equal(read_it(SLICES, &memory), -E2BIG);
	/* one page that differs, and it is none */
	world->entries[1100] = EXCLUSIVE | OF_FILE;
	assert_int_equal(read_it(SLICES, &memory), 0);
}

static bool sees_shmem(void)
{
	struct fp_pages_seen seen;

	fp_pages_seen(world->pages, &seen);
	return seen.has_shmem;
}

static void test_kinds_of_files(void **state)
{
	struct fp_memory memory;

	(void)state;
	map_file(100, 8, 0, 1);
	put(100, 2, EXCLUSIVE | OF_FILE, 1);
	map_file(200, 8, 0, 40);
	put(200, 3, EXCLUSIVE | OF_FILE, 1);
	assert_int_equal(read_it(SINGLE, &memory), 0);
	check_pages(&memory, FP_PSS_FILE, 5);
	assert_false(sees_shmem());
	/* nothing of this one is there, but its file system is known */
	map_file(300, 8, 0, 40);
	assert_int_equal(read_it(SINGLE, &memory), 0);
	assert_false(sees_shmem());
	/* of this one nothing is known: all of it may be swapped out */
	map_file(400, 8, 0, 41);
	assert_int_equal(read_it(SINGLE, &memory), 0);
	assert_true(sees_shmem());
	world->count--;
	for (uint64_t page = 100; page < 102; page++)
		world->flags[world->entries[page] & FP_PAGE_FRAME] = UPTODATE | SWAPBACKED;
	fp_pages_begin(world->pages);
	assert_int_equal(read_it(SINGLE, &memory), 0);
	check_pages(&memory, FP_PSS_FILE, 3);
	check_pages(&memory, FP_PSS_SHMEM, 2);
	assert_true(sees_shmem());
}

static void test_kinds_that_are_not_known(void **state)
{
	struct fp_memory memory;

	(void)state;
	map_file(100, 8, 0, 1);
	put(100, 2, EXCLUSIVE | OF_FILE, 1);
	/* an older kernel tells nothing of this part of a folio */
	world->flags[world->entries[100] & FP_PAGE_FRAME] = TAIL;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(read_it(SINGLE, &memory), 0);
		check_pages(&memory, FP_PSS, 2);
		assert_false(fp_memory_has(&memory, FP_PSS_FILE));
		assert_false(fp_memory_has(&memory, FP_PSS_SHMEM));
		assert_true(sees_shmem());
		world->flags_status = -EACCES;
	}
}

static void test_swap(void **state)
{
	const struct fp_os_process process = {.fd = 5, .pid = 6};
	struct fp_memory memory;

	(void)state;
	usual();
	assert_int_equal(fp_pages_read_slices(world->pages, &process, true, &memory), 0);
	check_pages(&memory, FP_SWAP, 0);
	check_pages(&memory, FP_SWAP_PSS, 0);
	world->entries[130] = world->entries[131] = FP_PAGE_SWAPPED | 1234 << 5;
	assert_int_equal(fp_pages_read_slices(world->pages, &process, true, &memory), 0);
	check_pages(&memory, FP_SWAP, 2);
	assert_false(fp_memory_has(&memory, FP_SWAP_PSS));
	map_file(300, 8, 0, 41);
	assert_int_equal(fp_pages_read_slices(world->pages, &process, true, &memory), 0);
	assert_false(fp_memory_has(&memory, FP_SWAP));
	world->count--;
	world->pages->can.has_pfns = false;
	assert_int_equal(fp_pages_read_slices(world->pages, &process, true, &memory), 0);
	assert_false(fp_memory_has(&memory, FP_SWAP));
}

/* A file of shared memory, mapped; two of its pages are there. */
static struct fp_mapping *map_shared(uint64_t first, uint64_t count, bool writable)
{
	struct fp_mapping *mapping = map_file(first, count, 0, 41);

	mapping->shared = true;
	mapping->writable = writable;
	put(first, 2, EXCLUSIVE | OF_FILE, 1);
	for (uint64_t page = first; page < first + 2; page++)
		world->flags[world->entries[page] & FP_PAGE_FRAME] = UPTODATE | SWAPBACKED;
	return mapping;
}

static void read_with_swap(enum how how, struct fp_memory *memory)
{
	const struct fp_os_process process = {.fd = 5, .pid = 6};

	fp_pages_begin(world->pages);
	assert_int_equal(how == SINGLE ? fp_pages_read_single(world->pages, &process, true, memory)
				       : fp_pages_read_slices(world->pages, &process, true, memory),
		0);
}

/* So many pages of shared memory are swapped out, as both readers say; of SIZE_MAX nobody knows. */
static void check_shared_swap(size_t pages)
{
	struct fp_pages_seen seen;
	struct fp_memory memory;

	for (enum how how = SINGLE; how <= SLICES; how++) {
		read_with_swap(how, &memory);
		fp_pages_seen(world->pages, &seen);
		assert_true(seen.has_shmem);
		assert_int_equal(seen.knows_shared_swap, pages != SIZE_MAX);
		if (pages != SIZE_MAX)
			assert_int_equal(seen.shared_swapped_bytes, pages * PAGE);
	}
	assert_int_equal(fp_memory_has(&memory, FP_SWAP), pages != SIZE_MAX);
	if (pages != SIZE_MAX)
		check_pages(&memory, FP_SWAP, pages);
	/* it is no part of this one */
	check_pages(&memory, FP_SWAP_PSS, 0);
}

static void test_shared_memory_that_is_swapped_out(void **state)
{
	(void)state;
	usual();
	struct fp_mapping *mapping = map_shared(300, 8, true);
	world->swapped_inode = mapping->inode;
	check_shared_swap(0);
	world->swapped = 5;
	check_shared_swap(5);
	/* without swap nobody is asked */
	struct fp_memory memory;
	unsigned calls = world->swapped_calls;
	assert_int_equal(read_it(SLICES, &memory), 0);
	assert_int_equal(world->swapped_calls, calls);
	check_pages(&memory, FP_SWAP, 0);
	/* mapped twice it counts twice, as in smaps, and is asked for once */
	struct fp_mapping *again = map_shared(400, 8, false);
	again->inode = mapping->inode;
	check_shared_swap(10);
	assert_int_equal(world->swapped_calls, calls + 2);
	again->offset = PAGE;
	check_shared_swap(10);
	assert_int_equal(world->swapped_calls, calls + 2 + 4);
	/* what was written privately is not in the file */
	again->shared = false;
	check_shared_swap(10);
	again->writable = true;
	check_shared_swap(SIZE_MAX);
	world->swapped = 0;
	check_shared_swap(0);
	world->swapped_status = -ENOTSUP;
	check_shared_swap(SIZE_MAX);
}

static void test_shared_memory_of_which_nothing_is_there(void **state)
{
	(void)state;
	usual();
	struct fp_mapping *mapping = map_file(300, 8, 0, 41);
	mapping->shared = true;
	world->swapped_inode = mapping->inode;
	world->swapped = 8;
	check_shared_swap(SIZE_MAX);
	assert_int_equal(world->swapped_calls, 0);
	/* it lies where the kernel has its own */
	world->pages->has_shared_dev = true;
	world->pages->shared_dev_minor = 41;
	check_shared_swap(8);
	/* larger than all that is there, so that only pages are looked at that are */
	mapping->end = mapping->start + 20000 * UINT64_C(4096);
	check_shared_swap(8);
	world->pages->has_shared_dev = false;
	check_shared_swap(SIZE_MAX);
}

/* As in containers, where no file lies on a disk of its own. */
static void test_many_files_without_a_disk(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	for (uint64_t i = 0; i < MAPPINGS - 3; i++) {
		struct fp_mapping *mapping = map_file(300 + 10 * i, 8, 0, 33);
		mapping->inode = 7 + i % 5;
		put(300 + 10 * i, 1, EXCLUSIVE | OF_FILE, 1);
	}
	read_with_swap(SLICES, &memory);
	check_pages(&memory, FP_SWAP, 0);
	assert_false(sees_shmem());
	/* of each file only what was read together is noted */
	assert_in_range(world->pages->suspects.len, 5, MAPPINGS - 3);
	size_t before = world->pages->suspects.len;
	assert_int_equal(fp_pages_read_slices(world->pages,
				 &(struct fp_os_process){.fd = 5, .pid = 6}, true, &memory),
		0);
	assert_int_equal(world->pages->suspects.len, 0);
	assert_int_not_equal(before, 0);
	map_shared(5000, 8, true);
	check_shared_swap(0);
}

static void test_more_files_than_can_be_noted(void **state)
{
	(void)state;
	usual();
	map_shared(300, 8, true);
	check_shared_swap(0);
	struct fp_mapping *last = &world->mappings[world->count - 1];
	uint64_t end = last->end;
	for (uint64_t i = 0; i < FP_SUSPECTS; i++)
		fp_shared_suspect(world->pages, last);
	assert_true(world->pages->has_more_suspects);
	assert_int_equal(world->pages->suspects.len, FP_SUSPECTS);
	assert_int_equal(fp_shared_tell(world->pages, true), 0);
	struct fp_pages_seen seen;
	fp_pages_seen(world->pages, &seen);
	assert_false(seen.knows_shared_swap);
	assert_false(seen.may_know_later);
	assert_int_equal(last->end, end);
	/* until the next reading */
	check_shared_swap(0);
}

static void test_what_goes_by(void **state)
{
	static const struct {
		int status;
		bool later;
	} cases[] = {{-ENOTSUP, false}, {-EACCES, false}, {-ESRCH, true}, {-EAGAIN, true}};
	struct fp_pages_seen seen;
	struct fp_memory memory;

	(void)state;
	usual();
	map_shared(300, 8, true);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world->swapped_status = cases[i].status;
		read_with_swap(SLICES, &memory);
		fp_pages_seen(world->pages, &seen);
		assert_false(seen.knows_shared_swap);
		assert_int_equal(seen.may_know_later, cases[i].later);
	}
	const struct fp_os_process process = {.fd = 5, .pid = 6};
	world->swapped_status = -EBUSY;
	assert_int_equal(fp_pages_read_slices(world->pages, &process, true, &memory), -EBUSY);
	assert_int_equal(memory.has, 0);
	assert_int_equal(fp_pages_read_single(world->pages, &process, true, &memory), -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_MADE_PROCESS(test_both_tell_the_same),
		ON_A_MADE_PROCESS(test_a_relative_is_found_out),
		ON_A_MADE_PROCESS(test_a_relative_is_found_out_in_a_file),
		ON_A_MADE_PROCESS(test_a_zero_page_is_nobodys),
		ON_A_MADE_PROCESS(test_slices),
		ON_A_MADE_PROCESS(test_holes_are_jumped_over),
		ON_A_MADE_PROCESS(test_counts_are_kept_for_a_round),
		ON_A_MADE_PROCESS(test_a_huge_page_in_parts),
		ON_A_MADE_PROCESS(test_a_huge_page_as_a_whole),
		ON_A_MADE_PROCESS(test_a_huge_page_without_frames),
		ON_A_MADE_PROCESS(test_kinds_of_files),
		ON_A_MADE_PROCESS(test_kinds_that_are_not_known),
		ON_A_MADE_PROCESS(test_swap),
		ON_A_MADE_PROCESS(test_shared_memory_that_is_swapped_out),
		ON_A_MADE_PROCESS(test_shared_memory_of_which_nothing_is_there),
		ON_A_MADE_PROCESS(test_many_files_without_a_disk),
		ON_A_MADE_PROCESS(test_more_files_than_can_be_noted),
		ON_A_MADE_PROCESS(test_what_goes_by),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The page readers over a made process that fails, moves and ends as a test wants. */
#include "sample/pages_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAGE = 4096, PAGES = 32768, FRAMES = 65536, MAPPINGS = 8 };

#define EXCLUSIVE (FP_PAGE_PRESENT | FP_PAGE_EXCLUSIVE)
#define SHARED    FP_PAGE_PRESENT
#define OF_FILE   FP_PAGE_FILE

enum { SWAPBACKED = 1 << 14, UPTODATE = 1 << 3, TAIL = 1 << 16 };

/* The process, and how the kernel answers. */
static struct world {
	struct fp_os_backend backend;
	struct fp_host host;
	struct fp_pages *pages;
	struct fp_mapping mappings[MAPPINGS];
	size_t count;
	uint64_t entries[PAGES];
	uint64_t counts[FRAMES], flags[FRAMES];
	uint64_t resident, shared; /* as statm tells */
	uint64_t frames;           /* given out */
	char maps[512];

	uint64_t shared_step;  /* more with each reading of statm, */
	unsigned shared_steps; /* so many times */
	int open_status, statm_status, entries_status, counts_status, flags_status, find_status;
	unsigned readings_left; /* of entries, until the address space is gone; 0: it stays */
	bool ended;             /* and not only its address space */
	size_t at_once;         /* entries at most; 0: all */
	bool huge;              /* what a scan for such pages finds */

	unsigned opened, closed, entry_calls, count_calls, pauses;
	size_t largest_call;
} * world;

static int make_process(void **state)
{
	(void)state;
	world = calloc(1, sizeof(*world));
	return world ? 0 : -1;
}

/* ---- The backend ---- */

static uint64_t page_bytes(struct fp_os *os)
{
	(void)os;
	return PAGE;
}

static uint64_t clock_ns(struct fp_os *os)
{
	static uint64_t now;

	(void)os;
	return now += 1000;
}

static void pause_made(struct fp_os *os, uint64_t ns)
{
	(void)os;
	assert_int_equal(ns, 100000);
	world->pauses++;
}

static int self_open(struct fp_os *os, struct fp_os_process *out)
{
	(void)os, (void)out;
	return world->open_status ? world->open_status : -ENOTSUP;
}

static int pages_open(const struct fp_os_process *process, struct fp_os_pages *out)
{
	(void)process;
	if (world->open_status)
		return world->open_status;
	world->opened++;
	*out = (struct fp_os_pages){7, 8, 9};
	return 0;
}

static void pages_close(struct fp_os_pages *pages)
{
	assert_int_equal(pages->pagemap_fd, 7);
	world->closed++;
}

static int pages_statm(const struct fp_os_pages *pages, char *text, size_t size, size_t *len)
{
	(void)pages;
	if (world->statm_status)
		return world->statm_status;
	if (world->shared_steps) {
		world->shared_steps--;
		world->shared += world->shared_step;
		world->resident += world->shared_step;
	}
	*len = (size_t)snprintf(text, size, "%d %d %d 5 0 7 0\n", world->ended ? 0 : PAGES,
		(int)world->resident, (int)world->shared);
	return 0;
}

static int mapping_find(
	const struct fp_os_pages *pages, uint64_t address, unsigned kind, struct fp_mapping *out)
{
	(void)pages;
	if (world->find_status)
		return world->find_status;
	for (size_t i = 0; i < world->count; i++) {
		*out = world->mappings[i];
		if (out->end > address && (!(kind & FP_OS_OF_FILE) || fp_mapping_has_file(out)) &&
			(!(kind & FP_OS_EXECUTABLE) || out->executable))
			return 0;
	}
	return -ENOENT;
}

static int page_entries(const struct fp_os_pages *pages, uint64_t page, uint64_t *entries,
	size_t count, size_t *got)
{
	(void)pages;
	world->entry_calls++;
	*got = 0;
	if (world->entries_status)
		return world->entries_status;
	if (world->readings_left && --world->readings_left == 0) {
		world->readings_left = 1;
		return 0;
	}
	if (world->at_once && count > world->at_once)
		count = world->at_once;
	if (count > world->largest_call)
		world->largest_call = count;
	assert_in_range(page + count, 1, PAGES);
	memcpy(entries, world->entries + page, count * sizeof(*entries));
	*got = count;
	return 0;
}

static int page_scan(const struct fp_os_pages *pages, struct fp_os_scan *scan)
{
	(void)pages;
	scan->count = 0;
	for (uint64_t at = scan->start; at < scan->end && scan->count < scan->cap; at += PAGE) {
		uint64_t entry = world->entries[at / PAGE];
		bool found = scan->wanted == FP_OS_SCAN_HUGE ? world->huge
			     : scan->wanted == FP_OS_SCAN_ZERO
				     ? entry == SHARED
				     : (entry & (FP_PAGE_PRESENT | FP_PAGE_SWAPPED)) != 0;
		if (found)
			scan->runs[scan->count++] = (struct fp_os_run){at, at + PAGE};
		scan->next = at + PAGE;
	}
	return 0;
}

static int frame_words(
	const uint64_t *from, uint64_t first, uint64_t *out, size_t count, size_t *got)
{
	assert_in_range(first + count, 1, FRAMES);
	memcpy(out, from + first, count * sizeof(*out));
	*got = count;
	return 0;
}

static int frame_counts(const struct fp_os_frames *frames, uint64_t first, uint64_t *counts,
	size_t count, size_t *got)
{
	(void)frames;
	world->count_calls++;
	*got = 0;
	return world->counts_status ? world->counts_status
				    : frame_words(world->counts, first, counts, count, got);
}

static int frame_flags(const struct fp_os_frames *frames, uint64_t first, uint64_t *flags,
	size_t count, size_t *got)
{
	(void)frames;
	*got = 0;
	return world->flags_status ? world->flags_status
				   : frame_words(world->flags, first, flags, count, got);
}

static int read_file(
	const struct fp_os_process *process, enum fp_os_file file, size_t limit, struct fp_buf *out)
{
	(void)process, (void)limit;
	assert_int_equal(file, FP_OS_MAPS);
	out->len = 0;
	return fp_buf_append(out, world->maps, strlen(world->maps));
}

/* ---- A test ---- */

static int begin(void **state)
{
	if (make_process(state) < 0)
		return -1;
	world->backend = fp_os_null;
	world->backend.page_bytes = page_bytes;
	world->backend.monotonic_ns = clock_ns;
	world->backend.thread_cpu_ns = clock_ns;
	world->backend.pause = pause_made;
	world->backend.self_open = self_open;
	world->backend.pages_open = pages_open;
	world->backend.pages_close = pages_close;
	world->backend.pages_statm = pages_statm;
	world->backend.mapping_find = mapping_find;
	world->backend.page_entries = page_entries;
	world->backend.page_scan = page_scan;
	world->backend.frame_counts = frame_counts;
	world->backend.frame_flags = frame_flags;
	world->backend.read = read_file;
	world->host.backend = &world->backend;
	world->frames = 512;
	if (fp_pages_new(&world->host, &world->pages) < 0)
		return -1;
	world->pages->can = (struct fp_pages_abilities){
		.has_pagemap = true,
		.has_pfns = true,
		.has_kinds = true,
		.has_query = true,
		.has_scan = true,
		.exact_statm = true,
	};
	return 0;
}

static int end(void **state)
{
	(void)state;
	fp_pages_free(world->pages);
	bool even = world->opened == world->closed;
	free(world);
	return even ? 0 : -1;
}

static struct fp_mapping *map(uint64_t first, uint64_t count, bool writable)
{
	struct fp_mapping *mapping = &world->mappings[world->count++];

	*mapping = (struct fp_mapping){.start = first * PAGE,
		.end = (first + count) * PAGE,
		.writable = writable,
		.page_bytes = PAGE};
	return mapping;
}

static struct fp_mapping *map_file(
	uint64_t first, uint64_t count, uint32_t dev_major, uint32_t dev_minor)
{
	struct fp_mapping *mapping = map(first, count, false);

	mapping->dev_major = dev_major;
	mapping->dev_minor = dev_minor;
	mapping->inode = 100 + world->count;
	return mapping;
}

/* Pages in frames of their own; statm knows of them, unless nobody maps them. */
static void put(uint64_t first, uint64_t count, uint64_t flags, uint64_t mapcount)
{
	for (uint64_t i = 0; i < count; i++) {
		world->entries[first + i] = flags | world->frames;
		world->counts[world->frames] = mapcount;
		world->flags[world->frames++] = UPTODATE;
	}
	world->resident += mapcount ? count : 0;
	world->shared += mapcount && (flags & OF_FILE) ? count : 0;
}

/* 10 own pages, 3 of a file that are its own, and 8 that four map. */
static void usual(void)
{
	map(100, 40, true);
	put(110, 10, EXCLUSIVE, 1);
	map_file(200, 20, 8, 1);
	put(200, 3, EXCLUSIVE | OF_FILE, 1);
	put(205, 8, SHARED | OF_FILE, 4);
}

enum how { SINGLE, SLICES };

static int read_it(enum how how, struct fp_memory *memory)
{
	const struct fp_os_process process = {5};

	memset(memory, 0x5a, sizeof(*memory));
	return how == SINGLE ? fp_pages_read_single(world->pages, &process, memory)
			     : fp_pages_read_slices(world->pages, &process, false, memory);
}

static void check_pages(const struct fp_memory *memory, enum fp_metric metric, uint64_t pages)
{
	assert_true(fp_memory_has(memory, metric));
	assert_int_equal(memory->bytes[metric], pages * PAGE);
}

static void check_usual(void)
{
	struct fp_memory memory;

	for (enum how how = SINGLE; how <= SLICES; how++) {
		assert_int_equal(read_it(how, &memory), 0);
		check_pages(&memory, FP_RSS, 21);
		check_pages(&memory, FP_USS, 13);
		check_pages(&memory, FP_PSS, 15);
		check_pages(&memory, FP_PSS_ANON, 10);
		check_pages(&memory, FP_PSS_FILE, 5);
		check_pages(&memory, FP_PSS_SHMEM, 0);
		check_pages(&memory, FP_SHARED, 11);
		check_pages(&memory, FP_VMS, PAGES);
		assert_int_equal(fp_memory_has(&memory, FP_SWAP), how == SLICES);
	}
}

/* Both readers fail so, and tell nothing. */
static void check_fails(int single, int slices)
{
	struct fp_memory memory;

	assert_int_equal(read_it(SINGLE, &memory), single);
	assert_int_equal(memory.has, 0);
	assert_int_equal(read_it(SLICES, &memory), slices);
	assert_int_equal(memory.has, 0);
}

static void test_both_tell_the_same(void **state)
{
	(void)state;
	usual();
	check_usual();
	/* the kernel gives what it likes */
	world->at_once = 3;
	check_usual();
}

static void test_mappings_out_of_the_text(void **state)
{
	(void)state;
	usual();
	world->pages->can.has_query = false;
	snprintf(world->maps, sizeof(world->maps),
		"64000-8c000 rw-p 00000000 00:00 0 \nc8000-dc000 r--p 00000000 08:01 7 /x\n");
	check_usual();
	snprintf(world->maps, sizeof(world->maps), "64000-8c000 rw-p 0\n");
	check_fails(-EBADMSG, -EBADMSG);
	/* an empty text is of a process without an address space */
	world->maps[0] = '\0';
	world->ended = true;
	check_fails(-ESRCH, -ESRCH);
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

static void test_files_that_move(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	world->shared_step = 1;
	world->shared_steps = 1000;
	assert_int_equal(read_it(SINGLE, &memory), -EAGAIN);
	assert_int_equal(world->opened, FP_TRIES);
	assert_int_equal(memory.has, 0);
}

static void test_files_that_moved_once(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	/* 9 pages then 10 then 11: between the first two tries, and within the first */
	world->shared -= 2;
	world->resident -= 2;
	world->shared_step = 1;
	world->shared_steps = 2;
	assert_int_equal(read_it(SINGLE, &memory), 0);
	assert_int_equal(world->opened, 2);
	check_pages(&memory, FP_USS, 13);
}

static void test_anonymous_memory_may_move(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	world->resident += 100;
	assert_int_equal(read_it(SINGLE, &memory), 0);
	assert_int_equal(world->opened, 1);
	check_pages(&memory, FP_USS, 113);
}

static void test_pages_that_nobody_can_explain(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	world->shared++;
	world->resident++;
	assert_int_equal(read_it(SINGLE, &memory), -E2BIG);
	assert_int_equal(world->opened, FP_TRIES);
}

static void test_more_of_files_than_it_is_for(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	world->shared += 4096;
	world->resident += 4096;
	assert_int_equal(read_it(SINGLE, &memory), -E2BIG);
	assert_int_equal(world->entry_calls, 0);
}

static void test_reserved_huge_pages(void **state)
{
	(void)state;
	usual();
	map_file(1024, 512, 0, 9)->page_bytes = 2 * 1024 * 1024;
	check_fails(-E2BIG, -E2BIG);
}

static void test_it_ends_meanwhile(void **state)
{
	(void)state;
	usual();
	world->readings_left = 1;
	world->ended = true;
	/* known at once */
	check_fails(-ESRCH, -ESRCH);
	world->ended = false;
	world->statm_status = -ESRCH;
	check_fails(-ESRCH, -ESRCH);
}

static void test_it_takes_another_image_meanwhile(void **state)
{
	(void)state;
	usual();
	world->readings_left = 1;
	check_fails(-EAGAIN, -EAGAIN);
	assert_int_equal(world->opened, FP_TRIES + 1);
	world->readings_left = 0;
	world->find_status = -ESRCH;
	check_fails(-EAGAIN, -EAGAIN);
}

static void test_errors_are_passed_on(void **state)
{
	(void)state;
	usual();
	world->open_status = -EACCES;
	check_fails(-EACCES, -EACCES);
	world->open_status = 0;
	world->entries_status = -ENOMEM;
	check_fails(-ENOMEM, -ENOMEM);
	world->entries_status = 0;
	world->counts_status = -EIO;
	check_fails(-EIO, -EIO);
	world->counts_status = 0;
	world->find_status = -ENOMEM;
	check_fails(-ENOMEM, -ENOMEM);
	world->find_status = 0;
	check_usual();
}

static void test_what_the_kernel_lacks(void **state)
{
	(void)state;
	usual();
	world->pages->can.exact_statm = false;
	struct fp_memory memory;
	assert_int_equal(read_it(SINGLE, &memory), -ENOTSUP);
	assert_int_equal(read_it(SLICES, &memory), 0);
	world->pages->can.has_pfns = world->pages->can.has_kinds = false;
	assert_int_equal(read_it(SLICES, &memory), 0);
	assert_false(fp_memory_has(&memory, FP_RSS));
	check_pages(&memory, FP_USS, 13);
	world->pages->can.has_pagemap = false;
	check_fails(-ENOTSUP, -ENOTSUP);
	assert_int_equal(world->opened, 2);
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
	assert_null(world->pages->blocks);
	assert_int_equal(read_it(SLICES, &memory), 0);
	assert_int_equal(world->count_calls, 3 * calls);
}

static void test_a_count_that_is_disproved(void **state)
{
	struct fp_memory memory;
	uint64_t frame;

	(void)state;
	usual();
	frame = world->entries[205] & FP_PAGE_FRAME;
	for (uint64_t count = 0; count < 2; count++) {
		/* so it was when another process was read */
		for (uint64_t i = 0; i < 8; i++)
			world->counts[frame + i] = count;
		fp_pages_begin(world->pages);
		assert_int_equal(read_it(SLICES, &memory), 0);
		for (uint64_t i = 0; i < 8; i++)
			world->counts[frame + i] = 4;
		check_usual();
	}
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
	const struct fp_os_process process = {5};
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

static void test_a_probe_of_nothing(void **state)
{
	struct fp_pages_abilities can;

	(void)state;
	memset(&can, 0xff, sizeof(can));
	assert_int_equal(fp_pages_probe(world->pages, &can), 0);
	assert_false(can.has_pagemap || can.has_pfns || can.exact_statm || can.has_query);
	world->open_status = -EMFILE;
	assert_int_equal(fp_pages_probe(world->pages, &can), -EMFILE);
	world->open_status = -EACCES;
	assert_int_equal(fp_pages_probe(world->pages, &can), 0);
}

/* As after a thread that was given up in the middle: end() fails unless all is closed. */
static void test_freed_in_the_middle(void **state)
{
	const struct fp_os_process process = {5};

	(void)state;
	usual();
	assert_int_equal(fp_pages_open(world->pages, &process, false), 0);
	assert_int_equal(world->opened, 1);
	assert_int_equal(world->closed, 0);
}

#define ON_A_MADE_PROCESS(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_MADE_PROCESS(test_both_tell_the_same),
		ON_A_MADE_PROCESS(test_mappings_out_of_the_text),
		ON_A_MADE_PROCESS(test_a_relative_is_found_out),
		ON_A_MADE_PROCESS(test_a_relative_is_found_out_in_a_file),
		ON_A_MADE_PROCESS(test_a_zero_page_is_nobodys),
		ON_A_MADE_PROCESS(test_files_that_move),
		ON_A_MADE_PROCESS(test_files_that_moved_once),
		ON_A_MADE_PROCESS(test_anonymous_memory_may_move),
		ON_A_MADE_PROCESS(test_pages_that_nobody_can_explain),
		ON_A_MADE_PROCESS(test_more_of_files_than_it_is_for),
		ON_A_MADE_PROCESS(test_reserved_huge_pages),
		ON_A_MADE_PROCESS(test_it_ends_meanwhile),
		ON_A_MADE_PROCESS(test_it_takes_another_image_meanwhile),
		ON_A_MADE_PROCESS(test_errors_are_passed_on),
		ON_A_MADE_PROCESS(test_what_the_kernel_lacks),
		ON_A_MADE_PROCESS(test_slices),
		ON_A_MADE_PROCESS(test_holes_are_jumped_over),
		ON_A_MADE_PROCESS(test_counts_are_kept_for_a_round),
		ON_A_MADE_PROCESS(test_a_count_that_is_disproved),
		ON_A_MADE_PROCESS(test_a_huge_page_in_parts),
		ON_A_MADE_PROCESS(test_a_huge_page_as_a_whole),
		ON_A_MADE_PROCESS(test_a_huge_page_without_frames),
		ON_A_MADE_PROCESS(test_kinds_of_files),
		ON_A_MADE_PROCESS(test_kinds_that_are_not_known),
		ON_A_MADE_PROCESS(test_swap),
		ON_A_MADE_PROCESS(test_a_probe_of_nothing),
		ON_A_MADE_PROCESS(test_freed_in_the_middle),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

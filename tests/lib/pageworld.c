#include "pageworld.h"

#include <stdio.h>
#include <stdlib.h>

struct page_world *world;

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

static int pages_open(const struct fp_os_process *process, unsigned wanted, struct fp_os_pages *out)
{
	bool mappings = (wanted & FP_OS_PAGES_MAPPINGS) != 0;

	if (world->open_status)
		return world->open_status;
	world->opened++;
	world->opened_maps += mappings;
	world->opened_statm += (wanted & FP_OS_PAGES_STATM) != 0;
	*out = (struct fp_os_pages){
		7, mappings ? 8 : -1, (wanted & FP_OS_PAGES_STATM) ? 9 : -1, process->pid};
	return 0;
}

static void pages_close(struct fp_os_pages *pages)
{
	assert_int_equal(pages->pagemap_fd, 7);
	world->closed++;
}

static int tell_statm(char *text, size_t size, size_t *len)
{
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

static int pages_statm(const struct fp_os_pages *pages, char *text, size_t size, size_t *len)
{
	assert_int_equal(pages->statm_fd, 9);
	return tell_statm(text, size, len);
}

static int glance(struct fp_os *os, int32_t pid, const struct fp_os_kept *kept, bool threads,
	struct fp_os_glance *out)
{
	(void)os;
	assert_int_equal(pid, 6);
	assert_int_equal(kept->statm_fd, 10);
	assert_false(threads);
	world->glances++;
	return tell_statm(out->statm, sizeof(out->statm), &out->statm_len);
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
		world->ended = world->ends_then;
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

static int shared_swapped(
	const struct fp_os_process *process, const struct fp_mapping *mapping, uint64_t *count)
{
	(void)process;
	world->swapped_calls++;
	if (world->swapped_status)
		return world->swapped_status;
	*count = mapping->inode == world->swapped_inode ? world->swapped : 0;
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

int page_world_begin(void **state)
{
	(void)state;
	world = calloc(1, sizeof(*world));
	if (!world)
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
	world->backend.glance = glance;
	world->backend.mapping_find = mapping_find;
	world->backend.page_entries = page_entries;
	world->backend.page_scan = page_scan;
	world->backend.shared_swapped = shared_swapped;
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

int page_world_end(void **state)
{
	(void)state;
	fp_pages_free(world->pages);
	bool even = world->opened == world->closed;
	free(world);
	return even ? 0 : -1;
}

struct fp_mapping *map(uint64_t first, uint64_t count, bool writable)
{
	struct fp_mapping *mapping = &world->mappings[world->count++];

	*mapping = (struct fp_mapping){.start = first * PAGE,
		.end = (first + count) * PAGE,
		.writable = writable,
		.page_bytes = PAGE};
	return mapping;
}

struct fp_mapping *map_file(uint64_t first, uint64_t count, uint32_t dev_major, uint32_t dev_minor)
{
	struct fp_mapping *mapping = map(first, count, false);

	mapping->dev_major = dev_major;
	mapping->dev_minor = dev_minor;
	mapping->inode = 100 + world->count;
	return mapping;
}

void put(uint64_t first, uint64_t count, uint64_t flags, uint64_t mapcount)
{
	for (uint64_t i = 0; i < count; i++) {
		world->entries[first + i] = flags | world->frames;
		world->counts[world->frames] = mapcount;
		world->flags[world->frames++] = UPTODATE;
	}
	world->resident += mapcount ? count : 0;
	world->shared += mapcount && (flags & OF_FILE) ? count : 0;
}

void usual(void)
{
	map(100, 40, true);
	put(110, 10, EXCLUSIVE, 1);
	map_file(200, 20, 8, 1);
	put(200, 3, EXCLUSIVE | OF_FILE, 1);
	put(205, 8, SHARED | OF_FILE, 4);
}

int read_it(enum how how, struct fp_memory *memory)
{
	const struct fp_os_process process = {.fd = 5, .pid = 6};

	memset(memory, 0x5a, sizeof(*memory));
	return how == SINGLE ? fp_pages_read_single(world->pages, &process, false, memory)
			     : fp_pages_read_slices(world->pages, &process, false, memory);
}

void check_pages(const struct fp_memory *memory, enum fp_metric metric, uint64_t pages)
{
	assert_true(fp_memory_has(memory, metric));
	assert_int_equal(memory->bytes[metric], pages * PAGE);
}

void check_usual(void)
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

void check_fails(int single, int slices)
{
	struct fp_memory memory;

	assert_int_equal(read_it(SINGLE, &memory), single);
	assert_int_equal(memory.has, 0);
	assert_int_equal(read_it(SLICES, &memory), slices);
	assert_int_equal(memory.has, 0);
}

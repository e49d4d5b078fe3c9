/* A made process, and a kernel that answers of it as a test wants, for the readers of pages. */
#ifndef FP_TESTS_LIB_PAGEWORLD_H
#define FP_TESTS_LIB_PAGEWORLD_H

#include "sample/pages_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { PAGE = 4096, PAGES = 32768, FRAMES = 65536, MAPPINGS = 80 };

#define EXCLUSIVE (FP_PAGE_PRESENT | FP_PAGE_EXCLUSIVE)
#define SHARED    FP_PAGE_PRESENT
#define OF_FILE   FP_PAGE_FILE

enum { SWAPBACKED = 1 << 14, UPTODATE = 1 << 3, TAIL = 1 << 16 };

/* The process, and how the kernel answers. */
struct page_world {
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
	bool ends_then;         /* with its address space */
	size_t at_once;         /* entries at most; 0: all */
	bool huge;              /* what a scan for such pages finds */
	uint64_t swapped_inode, swapped; /* of that file, so many pages; of others none */
	int swapped_status;

	unsigned opened, opened_maps, opened_statm, closed, entry_calls, count_calls, swapped_calls,
		pauses, glances;
	size_t largest_call;
};

extern struct page_world *world;

/* Before and after each test: a process without mappings, on a kernel that lacks nothing. */
int page_world_begin(void **state);
int page_world_end(void **state);

#define ON_A_MADE_PROCESS(test)                                                                    \
	cmocka_unit_test_setup_teardown(test, page_world_begin, page_world_end)

/* A mapping of so many pages; one of a file can only be read. */
struct fp_mapping *map(uint64_t first, uint64_t count, bool writable);
struct fp_mapping *map_file(uint64_t first, uint64_t count, uint32_t dev_major, uint32_t dev_minor);

/* Pages in frames of their own; statm knows of them, unless nobody maps them. */
void put(uint64_t first, uint64_t count, uint64_t flags, uint64_t mapcount);

/* 10 own pages, 3 of a file that are its own, and 8 that four map. */
void usual(void);

enum how { SINGLE, SLICES };

int read_it(enum how how, struct fp_memory *memory);

/* Fails unless the metric is known and of so many pages. */
void check_pages(const struct fp_memory *memory, enum fp_metric metric, uint64_t pages);

/* Fails unless both readers tell what usual() made. */
void check_usual(void);

/* Fails unless both readers fail so, and tell nothing. */
void check_fails(int single, int slices);

#endif

/*
 * Both readers of pages for a made-up host, in place of those of sample/pages.h: they tell what
 * smaps_rollup would, or fail as a test wants.
 */
#ifndef FP_TESTS_LIB_FAKEPAGES_H
#define FP_TESTS_LIB_FAKEPAGES_H

#include "fakehost.h"
#include "sample/pages.h"

struct fake_pages {
	struct fp_pages_abilities can;
	int fast_status, own_status, slices_status; /* 0 or -errno */
	unsigned fasts, owns, slices; /* how often they were asked since fake_check_readers() */
	unsigned kept_owns,
		file_owns; /* of own pages: by kept descriptors, and by kept page entries */
	bool tells_sizes; /* what is read without a walk has sizes of files and of all that is mapped */
	unsigned rounds, rounds_open; /* begun, and not ended */
	bool has_shmem;         /* of which, while there is swap, nobody knows how much is out: */
	bool knows_shared_swap; /* or so much of it: */
	uint64_t shared_swapped_bytes;
	unsigned wrong_kib;                          /* told beyond what is true */
	unsigned wrong_pss_bytes;                    /* of PSS, as well */
	void (*in_reading)(struct fake_process *of); /* before the reader is through; or NULL */
};

extern struct fake_pages fake_pages;

/* As fake_begin(), for a live host on which both readers have what they need. */
int fake_begin_pages(void **state);

#define ON_A_HOST_WITH_PAGES(test) cmocka_unit_test_setup_teardown(test, fake_begin_pages, fake_end)

/* Fails unless since the last call so many readings were tried, each way, and none of own pages. */
void fake_check_readers(unsigned fasts, unsigned slices, unsigned walks);

#endif

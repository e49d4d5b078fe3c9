/*
 * What entries of pagemap (Documentation/admin-guide/mm/pagemap.rst) and numbers of mappings add up
 * to, in the arithmetic of the kernel's own smaps_rollup (fs/proc/task_mmu.c), so that the same pages
 * give the same numbers.
 */
#ifndef FP_COMPUTE_PAGES_H
#define FP_COMPUTE_PAGES_H

#include "model.h"

enum { FP_PSS_SHIFT = 12 };

#define FP_PAGE_FRAME     ((UINT64_C(1) << 55) - 1)
#define FP_PAGE_EXCLUSIVE (UINT64_C(1) << 56)
#define FP_PAGE_FILE      (UINT64_C(1) << 61) /* of a file or of shared memory */
#define FP_PAGE_SWAPPED   (UINT64_C(1) << 62)
#define FP_PAGE_PRESENT   (UINT64_C(1) << 63)

enum fp_page_kind { FP_PAGE_OF_ANON, FP_PAGE_OF_FILE, FP_PAGE_OF_SHMEM, FP_PAGE_KINDS };

/* A zeroed struct has no page. */
struct fp_page_sums {
	uint64_t resident[FP_PAGE_KINDS];   /* pages */
	uint64_t exclusive[FP_PAGE_KINDS];  /* of these, pages that nobody else maps */
	uint64_t shared_pss[FP_PAGE_KINDS]; /* of all others: bytes << FP_PSS_SHIFT */
	uint64_t swapped;                   /* pages */
};

static inline bool fp_page_is_present(uint64_t entry)
{
	return (entry & FP_PAGE_PRESENT) != 0;
}

/* Does only the number of its mappings tell its share? So it is with the zero page, which is none. */
static inline bool fp_page_wants_count(uint64_t entry)
{
	return (entry & (FP_PAGE_PRESENT | FP_PAGE_EXCLUSIVE)) == FP_PAGE_PRESENT;
}

/*
 * Adds a page. kind is that of its file, and matters where the entry is not of anonymous memory.
 * mapcount is looked at where it is wanted: 0 is a page that belongs to nobody.
 */
void fp_page_add(struct fp_page_sums *sums, uint64_t entry, enum fp_page_kind kind,
	uint64_t mapcount, uint64_t page_bytes);

/* Adds anonymous pages that are exclusive, unseen. */
void fp_page_add_own(struct fp_page_sums *sums, uint64_t pages);

/* Resident pages of files and of shared memory. */
uint64_t fp_page_sums_file(const struct fp_page_sums *sums);

/* What is known beside the entries themselves. */
struct fp_page_knowledge {
	bool counts; /* every count that was wanted */
	bool kinds;  /* of every page whether it is a file's or shared memory */
};

/*
 * Sets FP_USS; with counts FP_RSS, FP_PSS and FP_PSS_ANON; with kinds too, FP_PSS_FILE and
 * FP_PSS_SHMEM. PSS is cut to KiB, as the kernel tells it. Swap is left to the caller.
 */
void fp_page_sums_tell(const struct fp_page_sums *sums, struct fp_page_knowledge knowledge,
	uint64_t page_bytes, struct fp_memory *out);

#endif

/*
 * Readers of one process's memory that do without smaps: they take page entries from pagemap and
 * numbers of mappings from kpagecount (Documentation/admin-guide/mm/pagemap.rst), and tell what
 * smaps_rollup would.
 *
 * A reader belongs to one thread. All that its calls write into lies in it, so that a thread that
 * hangs inside of a call takes along nothing else: fp_pages_free() frees everything.
 */
#ifndef FP_SAMPLE_PAGES_H
#define FP_SAMPLE_PAGES_H

#include "model.h"
#include "sample/host.h"

struct fp_pages;

/* host must outlive it. 0 or -ENOMEM. What the kernel has is found out by fp_pages_probe(). */
int fp_pages_new(const struct fp_host *host, struct fp_pages **out);
void fp_pages_free(struct fp_pages *pages);

/* What this kernel gives to this process: each was tried, none guessed. */
struct fp_pages_abilities {
	bool has_pagemap; /* the entries of our own pages: else neither reader serves */
	bool has_pfns;    /* entries name page frames, and kpagecount can be read: CAP_SYS_ADMIN */
	bool has_kinds;   /* kpageflags can be read: PSS is told apart in file and shmem */
	bool has_query;   /* PROCMAP_QUERY (6.11): else the text of maps serves */
	bool has_scan;    /* PAGEMAP_SCAN (6.7): holes cost nothing */
	bool exact_statm; /* statm moves with each page (6.17): else the readers of single processes refuse */
};

/*
 * Finds out what there is, by our own process; all readers go by it. Once, before the first
 * reading. 0; -ENOMEM and the like. A tree that is not of a running kernel has nothing.
 */
int fp_pages_probe(struct fp_pages *pages, struct fp_pages_abilities *out);

/* A round begins: what was known of page frames is forgotten. */
void fp_pages_begin(struct fp_pages *pages);

/* A round has ended: the memory that it took (at most 16 MiB) is given back, but for 1 MiB. */
void fp_pages_end(struct fp_pages *pages);

/*
 * A process without relatives, read without a walk of its anonymous memory: all of that is its own.
 *
 * The caller knows that no live process may share copy-on-write memory with it, that KSM holds no
 * page (pages_shared is 0), and that it has no hugetlb page (HugetlbPages in status is 0).
 * swap_in_use: may any page of the host be swapped out? Then fp_pages_seen() tells after the reading
 * how much of the shared memory that it maps is, where that can be known.
 *
 * Overwrites *memory with FP_RSS, FP_USS, FP_SHARED, FP_VMS, FP_TEXT, FP_DATA; with PFNs FP_PSS and
 * FP_PSS_ANON too, and where kinds are known FP_PSS_FILE and FP_PSS_SHMEM. Swap is the caller's:
 * VmSwap in status is FP_SWAP_PSS of such a process, and with what of shared memory is swapped out
 * FP_SWAP.
 *
 * 0; -EUCLEAN: a page of its anonymous memory is somebody else's too, so it has relatives; -E2BIG:
 * another reader is cheaper, or right where this one is not (more file pages than anonymous ones,
 * hugetlb, pages that nobody can explain); -EAGAIN: it moved in all of the tries; -ENOTSUP: see
 * abilities; -ESRCH: it has ended; -EACCES; -ENOMEM, -EMFILE and the like. *memory is empty then.
 */
int fp_pages_read_single(struct fp_pages *pages, const struct fp_os_process *process,
	bool swap_in_use, struct fp_memory *memory);

/* Private anonymous memory that can be written. */
struct fp_span_pages {
	uint64_t first, count;
};

enum { FP_SPOTS = 8 };

/* Some of the anonymous memory of a process, the larger mappings rather than the smaller ones. */
struct fp_pages_spots {
	size_t count;
	struct fp_span_pages at[FP_SPOTS];
};

/* Of the process that fp_pages_read_single() has just read. */
void fp_pages_spots(struct fp_pages *pages, struct fp_pages_spots *out);

/*
 * As fp_pages_read_single(), where the caller knows besides that since that reading, or one of this
 * kind, which gave *before, nothing moved but the process's own anonymous memory, and that no shared
 * memory that it maps may be swapped out. Pages are drawn from the spots. Overwrites *memory with the
 * same metrics, as far as they are in *before. kept, and files of this address space, are of the caller,
 * and NULL where it has none open.
 *
 * -EAGAIN: it maps another number of pages, or has another number of pages of files; else as above.
 */
int fp_pages_read_own(struct fp_pages *pages, const struct fp_os_process *process,
	const struct fp_os_kept *kept, const struct fp_os_pages *files,
	const struct fp_pages_spots *spots, const struct fp_memory *before,
	struct fp_memory *memory);

/*
 * Any process without hugetlb pages, read page by page in slices of 4,096 with a pause of 100 us
 * after each, so that what it maps and unmaps meanwhile waits for no more than one slice.
 *
 * Overwrites *memory with FP_USS, FP_SHARED, FP_VMS, FP_TEXT, FP_DATA; FP_RSS with PFNs or exact
 * statm; with PFNs FP_PSS, FP_PSS_ANON and, where kinds are known, FP_PSS_FILE and FP_PSS_SHMEM.
 * swap_in_use: may any page of the host be swapped out? FP_SWAP and FP_SWAP_PSS are 0 if not; if
 * so, FP_SWAP is told with PFNs where it can be known of the shared memory that the process maps, and
 * FP_SWAP_PSS where nothing else of it is swapped out. Absent otherwise.
 *
 * 0; -E2BIG: it maps hugetlb pages or, without PFNs, other huge pages, of which Linux does not tell
 * whether each part is exclusive; -EAGAIN: it changed its image meanwhile; else as above.
 */
int fp_pages_read_slices(struct fp_pages *pages, const struct fp_os_process *process,
	bool swap_in_use, struct fp_memory *memory);

/* What the last reading, or an attempt at it, saw and cost. */
struct fp_pages_seen {
	bool has_shmem;         /* it maps shared memory (tmpfs, memfd, SysV, shared anonymous) */
	bool knows_shared_swap; /* and so much of that is swapped out: */
	uint64_t shared_swapped_bytes;
	bool may_know_later; /* it does not, for a reason that goes by */
	uint64_t mappings;   /* looked at */
	uint64_t entries;    /* of pagemap */
	uint64_t counts;     /* of kpagecount */
	uint64_t cpu_ns;     /* of this thread */
	uint64_t longest_ns; /* the longest single slice, by the clock */
};

void fp_pages_seen(const struct fp_pages *pages, struct fp_pages_seen *out);

#endif

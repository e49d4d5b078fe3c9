/* What the files of the page readers share; nobody else includes this. */
#ifndef FP_SAMPLE_PAGES_READER_H
#define FP_SAMPLE_PAGES_READER_H

#include "compute/pages.h"
#include "sample/pages.h"

enum {
	FP_SLICE_PAGES = 4096,
	FP_PIECES = 128,    /* of mappings, in one slice */
	FP_SPANS = 256,     /* of anonymous memory, to draw from */
	FP_DRAWN = 64,      /* pages, of a process that is read as a whole */
	FP_KINDS_KEPT = 64, /* of files whose kind had to be asked for */
	FP_SCAN_RUNS = 64,
	FP_TRIES = 3,
	FP_BLOCK_FRAMES = 512,
	FP_BLOCKS = 8000,     /* of 2 KiB and a bit each: under 16 MiB */
	FP_BLOCKS_KEPT = 512, /* from one round to the next */
	FP_FLIGHT = 8,        /* frames that are counted together */
	FP_SUSPECTS = 4096,   /* mappings that may be of shared memory */
	FP_SHARES_KEPT = 64,  /* of shared memory, what is swapped out of them */
	FP_STATM_SIZE = 256
};

/* Pages of one mapping, of which no more is known than its file. */
struct fp_piece {
	uint64_t first, last; /* numbers of pages: the first, and behind the last */
	uint32_t dev_major, dev_minor;
	uint64_t inode;
	bool has_kind, is_unsure; /* is_unsure: nobody could tell, and it counts as a file's */
	enum fp_page_kind kind;   /* of what is not anonymous in it, if has_kind */
	size_t suspect;           /* as fp_shared_suspect() said */
};

/* A mapping of a file that lies on no disk: shared memory does not, and others do not either. */
struct fp_suspect {
	struct fp_mapping mapping;
	bool has_kind;
	enum fp_page_kind kind;
};

FP_VEC(fp_suspects, struct fp_suspect);

/* How much of a part of a file of shared memory is swapped out. */
struct fp_kept_share {
	uint64_t round, inode, offset, len;
	uint32_t dev_minor;
	uint64_t swapped;
};

/* Numbers of mappings of a run of frames, as they were in this round. */
struct fp_frame_block {
	uint64_t number; /* of the block */
	uint64_t round;  /* 0: never filled */
	uint64_t have;   /* bit i: the frames of flight i are counted */
	uint32_t counts[FP_BLOCK_FRAMES];
};

/* What the pages of a file that has no disk of its own are. */
struct fp_kept_kind {
	uint64_t round;
	uint64_t inode;
	uint32_t dev_minor;
	enum fp_page_kind kind;
};

struct fp_statm {
	uint64_t resident_pages, shared_pages;
	struct fp_memory sizes;
};

struct fp_pages {
	const struct fp_host *host;
	struct fp_pages_abilities can;
	uint64_t page_bytes;
	uint64_t round;
	uint64_t random;
	struct fp_os_frames frames;
	struct fp_frame_block *blocks[FP_BLOCKS]; /* by number; NULL until one is wanted */
	size_t block_count;
	uint64_t zero_frame; /* the last that was seen to be mapped by nobody */
	struct fp_kept_kind kinds[FP_KINDS_KEPT];
	struct fp_kept_share shares[FP_SHARES_KEPT];
	bool has_shared_dev; /* where the kernel has memory that is shared and has no name in a file system */
	uint32_t shared_dev_minor;

	/* the process that is read */
	const struct fp_os_process *process;
	const struct fp_os_kept *kept; /* for statm; NULL: files has it */
	struct fp_os_pages files;
	bool borrows;       /* files are the caller's, and stay open */
	bool single;        /* without its anonymous memory */
	struct fp_buf maps; /* where mappings come out of the text */
	size_t maps_offset;
	struct fp_piece pieces[FP_PIECES];
	size_t piece_count;
	struct fp_span_pages spans[FP_SPANS];
	uint64_t span_count;  /* seen: the first FP_SPANS, then a random choice */
	uint64_t since_pause; /* entries */
	struct fp_page_sums sums;
	struct fp_page_knowledge knowledge;
	struct fp_suspects suspects;
	bool has_more_suspects; /* than may be noted: of those nobody knows anything */
	struct fp_statm statm;
	struct fp_pages_seen seen;
	uint64_t cpu_begin_ns;

	struct fp_os_run runs[FP_SCAN_RUNS];
	char statm_text[FP_STATM_SIZE];
	uint64_t entries[FP_SLICE_PAGES];
	uint64_t words[FP_BLOCK_FRAMES]; /* of kpagecount and kpageflags */
};

/* ---- pages.c ---- */

/* Opens and closes the process that is to be read; what was seen of the last one is forgotten. */
int fp_pages_open(struct fp_pages *pages, const struct fp_os_process *process, bool single);
/*
 * Without its mappings; statm comes of what was kept, unless that is NULL, and page entries of files, unless
 * that is NULL.
 */
int fp_pages_open_own(struct fp_pages *pages, const struct fp_os_process *process,
	const struct fp_os_kept *kept, const struct fp_os_pages *files);
void fp_pages_close(struct fp_pages *pages);

/* Reads statm. -ESRCH where it has no address space any more. */
int fp_pages_statm(struct fp_pages *pages, struct fp_statm *out);

/* Why is the address space gone? -ESRCH: the process too; -EAGAIN: it has another; -errno. */
int fp_pages_gone(struct fp_pages *pages);

uint64_t fp_pages_random(struct fp_pages *pages, uint64_t below);

/* ---- pages_walk.c ---- */

/* Begins a walk: drops pieces, and reads maps where mappings come out of it. 0 or -errno. */
int fp_walk_begin(struct fp_pages *pages);

/* The next mapping at or above *address, which moves behind it. -ENOENT: no more; -errno. */
int fp_walk_next(struct fp_pages *pages, uint64_t *address, unsigned kind, struct fp_mapping *out);

/* Reads the pages of a mapping, now or with the next that lie near. 0 or -errno. */
int fp_walk_add(struct fp_pages *pages, const struct fp_mapping *mapping);

/* Reads what is left. */
int fp_walk_flush(struct fp_pages *pages);

/* Reads entries, all of them. -EAGAIN and -ESRCH as fp_pages_gone(). */
int fp_walk_entries(struct fp_pages *pages, uint64_t page, uint64_t *entries, size_t count);

/* ---- pages_frames.c ---- */

/*
 * How often the frame of the entry at entries[0] is mapped; the entries behind it say what will be
 * asked for next. 0 or -errno.
 */
int fp_frames_count(
	struct fp_pages *pages, const uint64_t *entries, size_t ahead, uint32_t *mapcount);

/* Of a whole block of frames, how often each is mapped, as known or counted anew. 0 or -errno. */
int fp_frames_block(struct fp_pages *pages, uint64_t frame, bool anew, const uint32_t **counts);

/* The kind of a piece's file, a page of which is in this frame. */
void fp_frames_kind(struct fp_pages *pages, struct fp_piece *piece, uint64_t frame);

/* Is it known from another piece of this file in this round? Then it is set. */
bool fp_frames_known_kind(const struct fp_pages *pages, struct fp_piece *piece);

/* As well, or is at least what its file system is of? That may be an overlay, which is of both. */
bool fp_frames_file_system_kind(const struct fp_pages *pages, struct fp_piece *piece);

/* ---- pages_shared.c ---- */

/*
 * Notes a mapping that may be of shared memory, unless its file is known to be none: its suspect, or
 * FP_SUSPECTS where there is none.
 */
size_t fp_shared_suspect(struct fp_pages *pages, const struct fp_mapping *mapping);

/* A piece was read: what that tells of the mapping that it is of. */
void fp_shared_note(struct fp_pages *pages, const struct fp_piece *piece);

/*
 * All was read: does the process map shared memory, and what of it is swapped out? 0 or -errno, see
 * fp_pages_seen.
 */
int fp_shared_tell(struct fp_pages *pages, bool swap_in_use);

/* ---- pages_huge.c ---- */

/*
 * Entries of FP_BLOCK_FRAMES pages, so aligned: if they are of one huge page, exclusive is made true
 * for each. 0; -E2BIG where nobody can tell; -errno.
 */
int fp_huge_correct(struct fp_pages *pages, uint64_t page, uint64_t *entries);

/* ---- pages_sample.c ---- */

/* Private anonymous memory, of which pages may be drawn. */
void fp_sample_add(struct fp_pages *pages, const struct fp_mapping *mapping);

/* Is an anonymous page that is not exclusive somebody else's too? 0, or -EUCLEAN if so; -errno. */
int fp_sample_check(struct fp_pages *pages, uint64_t page, const uint64_t *entry);

/* In place of what a walk adds. */
void fp_sample_use(struct fp_pages *pages, const struct fp_pages_spots *spots);

/* Draws so many pages at random, if there are. 0: all are exclusive; -EUCLEAN; -errno. */
int fp_sample_draw(struct fp_pages *pages, unsigned wanted);

/* Gives the memory of blocks back, if there are more than so many. */
void fp_frames_forget(struct fp_pages *pages, size_t most);

#endif

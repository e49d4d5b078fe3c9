/*
 * Of a process without relatives all anonymous pages are its own, and statm counts them. Only pages
 * of files have to be looked at, and statm tells how many there are: what was found is complete, or
 * it is not told.
 */
#include "sample/pages_reader.h"

enum {
	/* So many mappings without a file in a row, and the next with one is asked for. */
	PATIENCE = 64,
	/* The kernel's own mappings, such as [vdso], have no file and are small. */
	OWN_PAGES_MAX = 16,
	PROBES = 8,
	/* More pages of files than anonymous ones and these cost more than a walk of all. */
	FILE_PAGES_MAX = 4096
};

static bool may_be_the_kernels(const struct fp_pages *pages, const struct fp_mapping *mapping)
{
	return !mapping->writable &&
	       mapping->end - mapping->start <= OWN_PAGES_MAX * pages->page_bytes;
}

static int take(struct fp_pages *pages, const struct fp_mapping *mapping)
{
	if (fp_mapping_has_file(mapping) || may_be_the_kernels(pages, mapping))
		return fp_walk_add(pages, mapping);
	if (mapping->writable && !mapping->shared)
		fp_sample_add(pages, mapping);
	return 0;
}

/* Some of the memory that is passed over may be drawn from all the same. */
static int probe(struct fp_pages *pages, uint64_t begin, uint64_t end)
{
	for (int i = 0; i < PROBES && begin < end; i++) {
		uint64_t address = begin + fp_pages_random(pages, end - begin);
		struct fp_mapping found;
		int status = fp_walk_next(pages, &address, 0, &found);
		if (status < 0)
			return status == -ENOENT ? 0 : status;
		if (!fp_mapping_has_file(&found) && found.writable && found.start < end)
			fp_sample_add(pages, &found);
	}
	return 0;
}

/* Passes over mappings without a file, but for those that may be the kernel's own. */
static int pass_over(struct fp_pages *pages, uint64_t *address)
{
	struct fp_mapping next, own;
	uint64_t behind = *address, at = *address;
	int status = fp_walk_next(pages, &behind, FP_OS_OF_FILE, &next);

	if (status < 0 && status != -ENOENT)
		return status;
	/* [vdso] is the last of all in many kernels */
	uint64_t end = status == 0 ? next.start : UINT64_MAX;
	while ((status = fp_walk_next(pages, &at, FP_OS_EXECUTABLE, &own)) == 0 &&
		own.start < end) {
		if (!may_be_the_kernels(pages, &own))
			continue;
		status = fp_walk_add(pages, &own);
		if (status < 0)
			return status;
	}
	if (status < 0 && status != -ENOENT)
		return status;
	status = probe(pages, *address, end == UINT64_MAX ? at : end);
	*address = end;
	return status;
}

static int walk(struct fp_pages *pages)
{
	struct fp_mapping mapping;
	uint64_t address = 0;
	unsigned row = 0;
	int status = fp_walk_begin(pages);

	while (status == 0) {
		status = fp_walk_next(pages, &address, 0, &mapping);
		if (status == 0)
			status = take(pages, &mapping);
		row = fp_mapping_has_file(&mapping) ? 0 : row + 1;
		if (status == 0 && row == PATIENCE && pages->can.has_query) {
			row = 0;
			status = pass_over(pages, &address);
		}
	}
	return status == -ENOENT ? fp_walk_flush(pages) : status;
}

/* What a try comes to that meets no error. */
enum { COMPLETE, MOVED, INCOMPLETE };

/* Anonymous memory may come and go meanwhile: statm alone tells it, of one moment. */
static int judge(const struct fp_pages *pages, const struct fp_statm *before)
{
	const struct fp_statm *after = &pages->statm;

	if (after->shared_pages != before->shared_pages ||
		after->resident_pages < after->shared_pages)
		return MOVED;
	return fp_page_sums_file(&pages->sums) == after->shared_pages ? COMPLETE : INCOMPLETE;
}

static int read_once(struct fp_pages *pages)
{
	struct fp_statm before;
	int status = fp_pages_statm(pages, &before);

	if (status < 0)
		return status;
	pages->statm = before;
	if (before.resident_pages < before.shared_pages)
		return MOVED;
	if (before.shared_pages > before.resident_pages - before.shared_pages + FILE_PAGES_MAX)
		return -E2BIG;
	status = walk(pages);
	if (status == 0)
		status = fp_sample_draw(pages, FP_DRAWN);
	if (status == 0)
		status = fp_pages_statm(pages, &pages->statm);
	return status < 0 ? status : judge(pages, &before);
}

/* COMPLETE, or -errno. */
static int tell(struct fp_pages *pages, bool swap_in_use, struct fp_memory *memory)
{
	const struct fp_statm *statm = &pages->statm;
	int status = fp_shared_tell(pages, swap_in_use);

	if (status < 0)
		return status;
	fp_page_add_own(&pages->sums, statm->resident_pages - statm->shared_pages);
	*memory = statm->sizes;
	fp_page_sums_tell(&pages->sums, pages->knowledge, pages->page_bytes, memory);
	fp_memory_set(memory, FP_RSS, statm->resident_pages * pages->page_bytes);
	return COMPLETE;
}

static bool is_worth_a_try(int status)
{
	return status == MOVED || status == INCOMPLETE || status == -EAGAIN;
}

int fp_pages_read_single(struct fp_pages *pages, const struct fp_os_process *process,
	bool swap_in_use, struct fp_memory *memory)
{
	int status = MOVED;

	*memory = (struct fp_memory){0};
	if (!pages->can.exact_statm)
		return -ENOTSUP;
	for (int i = 0; i < FP_TRIES && is_worth_a_try(status); i++) {
		status = fp_pages_open(pages, process, true);
		if (status < 0)
			return status;
		status = read_once(pages);
		if (status == COMPLETE)
			status = tell(pages, swap_in_use, memory);
		fp_pages_close(pages);
	}
	return status == MOVED ? -EAGAIN : status == INCOMPLETE ? -E2BIG : status;
}

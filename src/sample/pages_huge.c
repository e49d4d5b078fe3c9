/*
 * Linux tells of a huge page that is mapped as a whole whether its first part is exclusive, and says
 * the same of all other parts (seen with 6.18). They differ where a relative has unmapped some of
 * them: smaps_rollup looks at each, and so must we.
 */
#include "sample/pages_reader.h"

/* Only in the order of frames, where frames are known; else what looks alike may be small pages. */
static bool may_be_huge(const struct fp_pages *pages, const uint64_t *entries)
{
	uint64_t step = pages->can.has_pfns ? 1 : 0;
	size_t last = FP_BLOCK_FRAMES - 1;

	if (!fp_page_is_present(entries[0]) || entries[last] != entries[0] + step * last ||
		(entries[0] & FP_PAGE_FRAME) % FP_BLOCK_FRAMES != 0)
		return false;
	for (size_t i = 1; i < last; i++)
		if (entries[i] != entries[0] + step * i)
			return false;
	return true;
}

static int is_huge(struct fp_pages *pages, uint64_t page, bool *huge)
{
	struct fp_os_run run;
	struct fp_os_scan scan = {
		.start = page * pages->page_bytes,
		.end = (page + FP_BLOCK_FRAMES) * pages->page_bytes,
		.wanted = FP_OS_SCAN_HUGE,
		.runs = &run,
		.cap = 1,
	};

	*huge = true;
	if (!pages->can.has_scan)
		return 0;
	int status = pages->host->backend->page_scan(&pages->files, &scan);
	*huge = scan.count > 0;
	return status == -ESRCH ? fp_pages_gone(pages) : status;
}

/* A kernel that counts whole folios alone has one count for all, and its flag is right. */
static bool is_uniform(const uint32_t *counts)
{
	for (size_t i = 1; i < FP_BLOCK_FRAMES; i++)
		if (counts[i] != counts[0])
			return false;
	return true;
}

/* Can these counts be of what the first entry says? Else they are of what was there before. */
static bool agree(uint64_t entry, const uint32_t *counts)
{
	for (size_t i = 0; i < FP_BLOCK_FRAMES; i++)
		if (counts[i] == 0)
			return false;
	return (counts[0] == 1) == ((entry & FP_PAGE_EXCLUSIVE) != 0);
}

int fp_huge_correct(struct fp_pages *pages, uint64_t page, uint64_t *entries)
{
	const uint32_t *counts;
	bool huge;

	if (!may_be_huge(pages, entries) || (pages->single && !(entries[0] & FP_PAGE_FILE)))
		return 0;
	if (!pages->can.has_pfns) {
		int status = is_huge(pages, page, &huge);
		return status < 0 ? status : huge ? -E2BIG : 0;
	}
	uint64_t frame = entries[0] & FP_PAGE_FRAME;
	int status = fp_frames_block(pages, frame, false, &counts);
	if (status == 0 && !agree(entries[0], counts))
		status = fp_frames_block(pages, frame, true, &counts);
	if (status < 0 || is_uniform(counts))
		return status;
	for (size_t i = 0; i < FP_BLOCK_FRAMES; i++) {
		entries[i] &= ~FP_PAGE_EXCLUSIVE;
		if (counts[i] == 1)
			entries[i] |= FP_PAGE_EXCLUSIVE;
	}
	return 0;
}

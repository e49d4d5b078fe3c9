/* All pages of a process, slice by slice. */
#include "sample/pages_reader.h"

static int walk(struct fp_pages *pages)
{
	struct fp_mapping mapping;
	uint64_t address = 0;
	int status = fp_pages_statm(pages, &pages->statm);

	if (status == 0)
		status = fp_walk_begin(pages);
	while (status == 0) {
		status = fp_walk_next(pages, &address, 0, &mapping);
		if (status == 0)
			status = fp_walk_add(pages, &mapping);
	}
	if (status == -ENOENT)
		status = fp_walk_flush(pages);
	/* sizes of the end, when the pages are known too */
	return status < 0 ? status : fp_pages_statm(pages, &pages->statm);
}

/* Who else has what of anonymous memory nobody tells; shared memory is nobody's part, as in smaps. */
static void tell_swap(const struct fp_pages *pages, bool swap_in_use, struct fp_memory *memory)
{
	uint64_t swapped = swap_in_use ? pages->sums.swapped * pages->page_bytes : 0;

	if (swap_in_use && !pages->can.has_pfns)
		return;
	if (pages->seen.knows_shared_swap)
		fp_memory_set(memory, FP_SWAP, swapped + pages->seen.shared_swapped_bytes);
	if (swapped == 0)
		fp_memory_set(memory, FP_SWAP_PSS, 0);
}

static void tell(struct fp_pages *pages, bool swap_in_use, struct fp_memory *memory)
{
	const struct fp_statm *statm = &pages->statm;

	*memory = statm->sizes;
	fp_page_sums_tell(&pages->sums, pages->knowledge, pages->page_bytes, memory);
	/* without frames a zero page, which is nobody's, looks like one that is shared */
	if (!pages->knowledge.counts && pages->can.exact_statm)
		fp_memory_set(memory, FP_RSS, statm->resident_pages * pages->page_bytes);
	tell_swap(pages, swap_in_use, memory);
}

int fp_pages_read_slices(struct fp_pages *pages, const struct fp_os_process *process,
	bool swap_in_use, struct fp_memory *memory)
{
	*memory = (struct fp_memory){0};
	int status = fp_pages_open(pages, process, false);
	if (status < 0)
		return status;
	status = walk(pages);
	if (status == 0)
		status = fp_shared_tell(pages, swap_in_use);
	if (status == 0)
		tell(pages, swap_in_use, memory);
	fp_pages_close(pages);
	return status;
}

/*
 * Of a process without relatives all anonymous pages are its own, and statm counts them: where the rest
 * stands as it was, nothing else has to be looked at.
 */
#include "sample/pages_reader.h"

/* Pages to draw: whoever was a relative then would be in those of the last reading as a whole, too. */
enum { DRAWN_AGAIN = 24 };

static bool rest_stands(
	const struct fp_pages *pages, const struct fp_statm *statm, const struct fp_memory *before)
{
	return statm->sizes.bytes[FP_VMS] == before->bytes[FP_VMS] &&
	       statm->shared_pages * pages->page_bytes == before->bytes[FP_SHARED] &&
	       statm->resident_pages >= statm->shared_pages;
}

/* Own pages came or went, and are in each of these sums. */
static int tell(
	const struct fp_pages *pages, const struct fp_memory *before, struct fp_memory *memory)
{
	static const enum fp_metric sums[] = {FP_USS, FP_PSS, FP_PSS_ANON};
	static const enum fp_metric others[] = {FP_PSS_FILE, FP_PSS_SHMEM};
	const struct fp_statm *statm = &pages->statm;
	uint64_t own = (statm->resident_pages - statm->shared_pages) * pages->page_bytes;
	uint64_t own_before = before->bytes[FP_RSS] - before->bytes[FP_SHARED];
	struct fp_memory found = statm->sizes;

	fp_memory_set(&found, FP_RSS, statm->resident_pages * pages->page_bytes);
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		if (!fp_memory_has(before, sums[i]) || (sums[i] != FP_USS && !pages->can.has_pfns))
			continue;
		if (before->bytes[sums[i]] < own_before)
			return -EAGAIN;
		fp_memory_set(&found, sums[i], before->bytes[sums[i]] - own_before + own);
	}
	for (size_t i = 0; pages->can.has_pfns && i < sizeof(others) / sizeof(others[0]); i++)
		if (fp_memory_has(before, others[i]))
			fp_memory_set(&found, others[i], before->bytes[others[i]]);
	*memory = found;
	return 0;
}

static int draw_and_count(struct fp_pages *pages, const struct fp_pages_spots *spots)
{
	fp_sample_use(pages, spots);
	int status = fp_sample_draw(pages, DRAWN_AGAIN);

	return status == 0 ? fp_pages_statm(pages, &pages->statm) : status;
}

int fp_pages_read_own(struct fp_pages *pages, const struct fp_os_process *process,
	const struct fp_os_kept *kept, const struct fp_os_pages *files,
	const struct fp_pages_spots *spots, const struct fp_memory *before,
	struct fp_memory *memory)
{
	*memory = (struct fp_memory){0};
	if (!pages->can.exact_statm)
		return -ENOTSUP;
	int status = fp_pages_open_own(pages, process, kept, files);
	if (status == 0)
		status = draw_and_count(pages, spots);
	if (status == 0)
		status = rest_stands(pages, &pages->statm, before) ? tell(pages, before, memory)
								   : -EAGAIN;
	fp_pages_close(pages);
	return status;
}

#include "compute/pages.h"

/*
 * An entry that is not present holds the type of swap in its lowest bits. The highest types are no
 * swap but notes of the kernel to itself; how many there are depends on how it was built, nine at
 * most. A note without an offset marks a place (a guard page); one with a large offset names a page
 * that is on its way from one frame to another, or that is a device's.
 */
enum { SWAP_TYPE_BITS = 5, SWAP_TYPES = 23, LARGEST_MARK = 7 };

static enum fp_page_kind kind_of(uint64_t entry, enum fp_page_kind kind)
{
	return entry & FP_PAGE_FILE ? kind : FP_PAGE_OF_ANON;
}

static void add_absent(
	struct fp_page_sums *sums, uint64_t entry, enum fp_page_kind kind, uint64_t page_bytes)
{
	uint64_t frame = entry & FP_PAGE_FRAME;

	if (!(entry & FP_PAGE_SWAPPED))
		return;
	if ((frame & ((1u << SWAP_TYPE_BITS) - 1)) < SWAP_TYPES) {
		sums->swapped++;
	} else if (frame >> SWAP_TYPE_BITS > LARGEST_MARK) {
		/* the kernel cannot tell how often it is mapped, and takes it for shared by one */
		sums->resident[kind]++;
		sums->shared_pss[kind] += page_bytes << FP_PSS_SHIFT;
	}
}

void fp_page_add(struct fp_page_sums *sums, uint64_t entry, enum fp_page_kind kind,
	uint64_t mapcount, uint64_t page_bytes)
{
	kind = kind_of(entry, kind);
	if (!fp_page_is_present(entry)) {
		add_absent(sums, entry, kind, page_bytes);
	} else if (entry & FP_PAGE_EXCLUSIVE) {
		sums->resident[kind]++;
		sums->exclusive[kind]++;
	} else if (mapcount) {
		sums->resident[kind]++;
		sums->shared_pss[kind] += (page_bytes << FP_PSS_SHIFT) / mapcount;
	}
}

void fp_page_add_own(struct fp_page_sums *sums, uint64_t pages)
{
	sums->resident[FP_PAGE_OF_ANON] += pages;
	sums->exclusive[FP_PAGE_OF_ANON] += pages;
}

uint64_t fp_page_sums_file(const struct fp_page_sums *sums)
{
	return sums->resident[FP_PAGE_OF_FILE] + sums->resident[FP_PAGE_OF_SHMEM];
}

static uint64_t to_bytes(uint64_t pss)
{
	return pss >> (FP_PSS_SHIFT + 10) << 10;
}

void fp_page_sums_tell(const struct fp_page_sums *sums, struct fp_page_knowledge knowledge,
	uint64_t page_bytes, struct fp_memory *out)
{
	static const enum fp_metric metrics[FP_PAGE_KINDS] = {
		FP_PSS_ANON, FP_PSS_FILE, FP_PSS_SHMEM};
	uint64_t resident = 0, exclusive = 0, all = 0;

	for (unsigned kind = 0; kind < FP_PAGE_KINDS; kind++) {
		uint64_t pss = (sums->exclusive[kind] * page_bytes << FP_PSS_SHIFT) +
			       sums->shared_pss[kind];
		resident += sums->resident[kind];
		exclusive += sums->exclusive[kind];
		all += pss;
		if (knowledge.counts && (kind == FP_PAGE_OF_ANON || knowledge.kinds))
			fp_memory_set(out, metrics[kind], to_bytes(pss));
	}
	fp_memory_set(out, FP_USS, exclusive * page_bytes);
	if (!knowledge.counts)
		return;
	fp_memory_set(out, FP_RSS, resident * page_bytes);
	fp_memory_set(out, FP_PSS, to_bytes(all));
}

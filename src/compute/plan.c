#include "compute/plan.h"

#include <stdlib.h>

const uint64_t fp_plan_cheap_ns = 1000000;

/* What a page costs in nanoseconds; a page that others map too is dearer to walk. */
enum { WALK_ALONE_NS = 31, WALK_SHARED_NS = 61, FILE_PAGE_NS = 400, SLICE_PAGE_NS = 100 };

/* Opening, reading and closing, in nanoseconds. */
enum {
	WALK_START_NS = 30000,
	OWN_START_NS = 80000,
	FAST_START_NS = 100000,
	SLICES_START_NS = 150000
};

/*
 * How long a walk may hold the process's lock, in nanoseconds: always; where an operator asked for
 * what only a walk tells; and where nothing else tells PSS, once in MaxAge.
 */
enum { HOLD_NS = 1000000, HOLD_DETAIL_NS = 8000000, HOLD_AGED_NS = 50000000 };

static uint64_t walk_ns(const struct fp_plan_member *member)
{
	return member->resident_pages * (member->alone ? WALK_ALONE_NS : WALK_SHARED_NS);
}

uint64_t fp_plan_estimate_ns(const struct fp_plan_member *member, enum fp_reader_kind reader)
{
	switch (reader) {
	case FP_READ_WALK:
		break;
	case FP_READ_FAST:
		return FAST_START_NS + member->file_pages * FILE_PAGE_NS;
	case FP_READ_OWN:
		return OWN_START_NS;
	case FP_READ_SLICES:
		return SLICES_START_NS + member->resident_pages * SLICE_PAGE_NS;
	}
	return WALK_START_NS + walk_ns(member);
}

static bool can_be_fast(const struct fp_plan_host *host, const struct fp_plan_member *member)
{
	return host->has_fast && member->alone && !member->fast_refused &&
	       !(host->swap_in_use && member->has_dark_swap);
}

/* Pages of files have to be looked up one by one, so that of small processes a walk is cheaper. */
static bool fast_is_cheaper(const struct fp_plan_member *member)
{
	return fp_plan_estimate_ns(member, FP_READ_FAST) <
	       fp_plan_estimate_ns(member, FP_READ_WALK);
}

enum fp_reader_kind fp_plan_reader(
	const struct fp_plan_host *host, const struct fp_plan_member *member)
{
	uint64_t hold_ns = walk_ns(member);

	if (member->wants_detail && hold_ns <= HOLD_DETAIL_NS)
		return FP_READ_WALK;
	if (!host->has_pfns && member->lacks_walked && hold_ns <= HOLD_AGED_NS)
		return FP_READ_WALK;
	if (can_be_fast(host, member) && (hold_ns > HOLD_NS || fast_is_cheaper(member)))
		return member->rest_stands ? FP_READ_OWN : FP_READ_FAST;
	if (hold_ns <= HOLD_NS)
		return FP_READ_WALK;
	if (host->has_slices && !member->slices_refused)
		return FP_READ_SLICES;
	return FP_READ_WALK;
}

enum fp_due fp_plan_due(const struct fp_due_facts *facts)
{
	if (!facts->has_sample)
		return FP_DUE_FIRST;
	if (facts->own_moved || facts->kin_moved || facts->age_ns >= facts->max_age_ns)
		return FP_DUE_MOVED;
	return facts->outside_moved ? FP_DUE_OUTSIDE : FP_DUE_NOT;
}

static int compare(const void *a, const void *b)
{
	const struct fp_due_reading *x = a, *y = b;

	if (x->due != y->due)
		return x->due > y->due ? -1 : 1;
	if (x->read_ns != y->read_ns)
		return x->read_ns < y->read_ns ? -1 : 1;
	/* a first sample of many small ones is there sooner than of one that is large */
	return (x->estimate_ns > y->estimate_ns) - (x->estimate_ns < y->estimate_ns);
}

void fp_plan_order(struct fp_due_reading *readings, size_t count)
{
	if (count)
		qsort(readings, count, sizeof(readings[0]), compare);
}

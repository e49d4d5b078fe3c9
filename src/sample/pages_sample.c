/*
 * The tripwire: whoever has a relative shares anonymous pages with it, so a page that is not
 * exclusive disproves what the caller knew. That it knew wrong is rare, but a process can forge what
 * it is known by.
 */
#include "sample/pages_reader.h"

#include <string.h>

enum {
	/* Pages side by side come with one call; what was shared by a fork lies side by side too. */
	SPOT_PAGES = 4,
	SPOTS_MAX = 32
};

void fp_sample_add(struct fp_pages *pages, const struct fp_mapping *mapping)
{
	const struct fp_span_pages span = {
		.first = mapping->start / pages->page_bytes,
		.count = (mapping->end - mapping->start) / pages->page_bytes,
	};
	uint64_t place = pages->span_count++;

	/* each of those seen stays with the same probability */
	if (place >= FP_SPANS)
		place = fp_pages_random(pages, pages->span_count);
	if (place < FP_SPANS)
		pages->spans[place] = span;
}

static int is_zero_page(struct fp_pages *pages, uint64_t page, bool *zero)
{
	struct fp_os_scan scan = {
		.start = page * pages->page_bytes,
		.end = (page + 1) * pages->page_bytes,
		.wanted = FP_OS_SCAN_ZERO,
		.runs = pages->runs,
		.cap = 1,
	};
	int status = pages->can.has_scan ? pages->host->backend->page_scan(&pages->files, &scan)
					 : -ENOTSUP;

	*zero = status == 0 && scan.count == 1;
	return status == -ENOTSUP ? 0 : status;
}

int fp_sample_check(struct fp_pages *pages, uint64_t page, const uint64_t *entry)
{
	const struct fp_os_backend *backend = pages->host->backend;
	bool zero = false;
	size_t got = 0;
	int status;

	if (pages->can.has_pfns) {
		/* not out of what this round knows: the frame may have been another's then */
		status = backend->frame_counts(
			&pages->frames, *entry & FP_PAGE_FRAME, pages->words, 1, &got);
		zero = got == 0 || pages->words[0] == 0;
	} else {
		status = is_zero_page(pages, page, &zero);
	}
	if (status == -ESRCH)
		return fp_pages_gone(pages);
	return status < 0 ? status : zero ? 0 : -EUCLEAN;
}

static uint64_t total_pages(const struct fp_pages *pages, size_t spans)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < spans; i++)
		sum += pages->spans[i].count;
	return sum;
}

/* By size and by mapping in turn: what is shared may be the smaller part, and the larger be holes. */
static const struct fp_span_pages *draw_span(
	struct fp_pages *pages, size_t spans, uint64_t total, unsigned turn)
{
	const struct fp_span_pages *span = pages->spans;

	if (turn % 2)
		return span + fp_pages_random(pages, spans);
	uint64_t at = fp_pages_random(pages, total);
	for (; at >= span->count; span++)
		at -= span->count;
	return span;
}

void fp_pages_spots(struct fp_pages *pages, struct fp_pages_spots *out)
{
	size_t spans = pages->span_count < FP_SPANS ? (size_t)pages->span_count : FP_SPANS;
	uint64_t total = total_pages(pages, spans);

	out->count = 0;
	while (total && out->count < FP_SPOTS) {
		out->at[out->count] = *draw_span(pages, spans, total, (unsigned)out->count);
		out->count++;
	}
}

void fp_sample_use(struct fp_pages *pages, const struct fp_pages_spots *spots)
{
	memcpy(pages->spans, spots->at, spots->count * sizeof(spots->at[0]));
	pages->span_count = spots->count;
}

/* Looks at pages side by side: *seen of them are present. */
static int look(struct fp_pages *pages, const struct fp_span_pages *span, unsigned *seen)
{
	uint64_t *entries = pages->entries;
	uint64_t count = span->count < SPOT_PAGES ? span->count : SPOT_PAGES;
	uint64_t first = span->first + fp_pages_random(pages, span->count - count + 1);
	int status = fp_walk_entries(pages, first, entries, (size_t)count);

	for (uint64_t i = 0; status == 0 && i < count; i++) {
		*seen += fp_page_is_present(entries[i]);
		if (fp_page_wants_count(entries[i]) && !(entries[i] & FP_PAGE_FILE))
			status = fp_sample_check(pages, first + i, &entries[i]);
	}
	return status;
}

int fp_sample_draw(struct fp_pages *pages, unsigned wanted)
{
	size_t spans = pages->span_count < FP_SPANS ? (size_t)pages->span_count : FP_SPANS;
	uint64_t total = total_pages(pages, spans);
	unsigned seen = 0;

	if (total == 0)
		return 0;
	for (unsigned turn = 0; turn < SPOTS_MAX && seen < wanted; turn++) {
		int status = look(pages, draw_span(pages, spans, total, turn), &seen);
		if (status < 0)
			return status;
	}
	return 0;
}

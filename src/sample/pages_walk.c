/* From mappings to sums: pages of mappings that lie near are read together, in slices. */
#include "sample/pages_reader.h"

#include "parse/maps.h"

enum {
	/* An entry for nothing costs less than another call does. */
	BRIDGED_PAGES = 32,
	/* Longer than what it can hold by so much is worth a look for holes first. */
	SPARSE_PAGES = 4096,
	/* What one scan may hold the lock for. */
	SCANNED_PAGES = 32 * 1024,
	PAUSE_NS = 100 * 1000,
	MAPS_LIMIT = 1024 * 1024 * 1024
};

int fp_walk_begin(struct fp_pages *pages)
{
	pages->piece_count = 0;
	pages->span_count = 0;
	pages->since_pause = 0;
	pages->zero_frame = 0;
	pages->sums = (struct fp_page_sums){0};
	pages->knowledge = (struct fp_page_knowledge){
		.counts = pages->can.has_pfns, .kinds = pages->can.has_kinds};
	pages->suspects.len = 0;
	pages->has_more_suspects = false;
	pages->maps_offset = 0;
	if (pages->can.has_query)
		return 0;
	return pages->host->backend->read(pages->process, FP_OS_MAPS, MAPS_LIMIT, &pages->maps);
}

int fp_walk_next(struct fp_pages *pages, uint64_t *address, unsigned kind, struct fp_mapping *out)
{
	int status;

	if (pages->can.has_query) {
		status = pages->host->backend->mapping_find(&pages->files, *address, kind, out);
		if (status == -ESRCH)
			return fp_pages_gone(pages);
	} else {
		status = fp_maps_next(pages->maps.data, pages->maps.len, &pages->maps_offset, out);
		if (status == 0)
			status = pages->maps.len ? -ENOENT : fp_pages_gone(pages);
	}
	if (status < 0)
		return status;
	*address = out->end;
	pages->seen.mappings++;
	return 0;
}

int fp_walk_entries(struct fp_pages *pages, uint64_t page, uint64_t *entries, size_t count)
{
	for (size_t have = 0; have < count;) {
		size_t got;
		int status = pages->host->backend->page_entries(
			&pages->files, page + have, entries + have, count - have, &got);
		if (status < 0)
			return status;
		if (got == 0)
			return fp_pages_gone(pages);
		have += got;
	}
	pages->seen.entries += count;
	return 0;
}

static int take_page(struct fp_pages *pages, struct fp_piece *piece, uint64_t page,
	const uint64_t *entry, size_t ahead)
{
	uint32_t mapcount = 0;
	bool of_file = (*entry & FP_PAGE_FILE) != 0;

	if (pages->single && !of_file)
		return fp_page_wants_count(*entry) ? fp_sample_check(pages, page, entry) : 0;
	if (of_file && !piece->has_kind && fp_page_is_present(*entry))
		fp_frames_kind(pages, piece, *entry & FP_PAGE_FRAME);
	if (fp_page_wants_count(*entry)) {
		int status = 0;
		if (pages->can.has_pfns)
			status = fp_frames_count(pages, entry, ahead, &mapcount);
		else
			mapcount = 1;
		if (status < 0)
			return status;
	}
	fp_page_add(&pages->sums, *entry, piece->kind, mapcount, pages->page_bytes);
	return 0;
}

static int take_pages(struct fp_pages *pages, struct fp_piece *piece, uint64_t first,
	uint64_t *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		/* what nobody is at costs nothing */
		if (!(entries[i] & (FP_PAGE_PRESENT | FP_PAGE_SWAPPED)))
			continue;
		int status = take_page(pages, piece, first + i, &entries[i], count - i);
		if (status < 0)
			return status;
	}
	return 0;
}

static int take_piece(struct fp_pages *pages, struct fp_piece *piece, uint64_t *entries)
{
	uint64_t page = piece->first;

	while (page < piece->last) {
		uint64_t end = (page / FP_BLOCK_FRAMES + 1) * FP_BLOCK_FRAMES;
		uint64_t *begin = entries + (page - piece->first);
		if (end > piece->last)
			end = piece->last;
		int status = 0;
		if (end - page == FP_BLOCK_FRAMES)
			status = fp_huge_correct(pages, page, begin);
		if (status == 0)
			status = take_pages(pages, piece, page, begin, (size_t)(end - page));
		if (status < 0)
			return status;
		page = end;
	}
	fp_shared_note(pages, piece);
	return 0;
}

/* So that no more than a slice is ever read without a pause. */
static void pause_if_due(struct fp_pages *pages, size_t entries)
{
	const struct fp_host *host = pages->host;

	if (pages->since_pause + entries > FP_SLICE_PAGES) {
		host->backend->pause(host->os, PAUSE_NS);
		pages->since_pause = 0;
	}
	pages->since_pause += entries;
}

int fp_walk_flush(struct fp_pages *pages)
{
	const struct fp_host *host = pages->host;

	if (pages->piece_count == 0)
		return 0;
	uint64_t first = pages->pieces[0].first;
	size_t count = (size_t)(pages->pieces[pages->piece_count - 1].last - first);
	pause_if_due(pages, count);
	uint64_t begin_ns = host->backend->monotonic_ns(host->os);
	int status = fp_walk_entries(pages, first, pages->entries, count);
	uint64_t took_ns = host->backend->monotonic_ns(host->os) - begin_ns;
	if (took_ns > pages->seen.longest_ns)
		pages->seen.longest_ns = took_ns;
	for (size_t i = 0; status == 0 && i < pages->piece_count; i++) {
		struct fp_piece *piece = &pages->pieces[i];
		status = take_piece(pages, piece, pages->entries + (piece->first - first));
	}
	pages->piece_count = 0;
	return status;
}

/* One piece that lies in one slice. */
static int add_piece(struct fp_pages *pages, const struct fp_piece *piece)
{
	if (pages->piece_count) {
		const struct fp_piece *last = &pages->pieces[pages->piece_count - 1];
		bool near = piece->first - last->last <= BRIDGED_PAGES &&
			    piece->first / FP_SLICE_PAGES == last->first / FP_SLICE_PAGES;
		if (!near || pages->piece_count == FP_PIECES) {
			int status = fp_walk_flush(pages);
			if (status < 0)
				return status;
		}
	}
	pages->pieces[pages->piece_count++] = *piece;
	return 0;
}

static int add_run(struct fp_pages *pages, struct fp_piece *piece, uint64_t first, uint64_t last)
{
	while (first < last) {
		uint64_t end = (first / FP_SLICE_PAGES + 1) * FP_SLICE_PAGES;
		piece->first = first;
		piece->last = end < last ? end : last;
		int status = add_piece(pages, piece);
		if (status < 0)
			return status;
		first = piece->last;
	}
	return 0;
}

/* A mapping of which most is holes. */
static int add_sparse(struct fp_pages *pages, struct fp_piece *piece, uint64_t end)
{
	uint64_t page_bytes = pages->page_bytes, at = piece->first * page_bytes;
	struct fp_os_scan scan = {.runs = pages->runs, .cap = FP_SCAN_RUNS};

	while (at < end) {
		/* never through the middle of a huge page */
		uint64_t most = (at / page_bytes / SCANNED_PAGES + 1) * SCANNED_PAGES * page_bytes;
		scan.start = at;
		scan.end = end < most ? end : most;
		int status = pages->host->backend->page_scan(&pages->files, &scan);
		if (status == -ESRCH)
			return fp_pages_gone(pages);
		for (size_t i = 0; status == 0 && i < scan.count; i++)
			status = add_run(pages, piece, scan.runs[i].start / page_bytes,
				scan.runs[i].end / page_bytes);
		if (status < 0)
			return status;
		if (scan.next <= at)
			return fp_pages_gone(pages);
		at = scan.next;
	}
	return 0;
}

int fp_walk_add(struct fp_pages *pages, const struct fp_mapping *mapping)
{
	uint64_t first = mapping->start / pages->page_bytes,
		 last = mapping->end / pages->page_bytes;
	struct fp_piece piece = {
		.first = first,
		.dev_major = mapping->dev_major,
		.dev_minor = mapping->dev_minor,
		.inode = mapping->inode,
		.kind = FP_PAGE_OF_FILE,
		/* shared memory lies on no disk, and the kernel's own pages are told as a file's */
		.has_kind = !fp_mapping_has_file(mapping) || mapping->dev_major != 0,
		.suspect = fp_shared_suspect(pages, mapping),
	};
	uint64_t held = pages->single ? pages->statm.shared_pages : pages->statm.resident_pages;

	if (mapping->page_bytes > pages->page_bytes)
		return -E2BIG;
	if (last - first <= 2 * held + SPARSE_PAGES)
		return add_run(pages, &piece, first, last);
	if (pages->can.has_scan)
		return add_sparse(pages, &piece, mapping->end);
	/* an entry for each hole: a walk of page tables steps over them */
	return pages->single ? -E2BIG : add_run(pages, &piece, first, last);
}

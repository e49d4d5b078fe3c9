/* What the kernel gives, found out by pages of our own. */
#include "sample/pages_reader.h"

#include <sys/mman.h>

enum {
	STEPS = 6,
	/* Other threads of this process touch pages too, which spoils a try. */
	STATM_TRIES = 16
};

/* No number of pages that a kernel which counts in batches would show by chance. */
static const unsigned steps[STEPS] = {1, 2, 1, 3, 1, 5};
enum { PROBE_PAGES = 16 };

static volatile char *map_own(const struct fp_pages *pages)
{
	size_t size = PROBE_PAGES * (size_t)pages->page_bytes;
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	/* a folio of several pages would come at the first touch; where there is none, none comes */
	(void)madvise(at, size, MADV_NOHUGEPAGE);
	return at;
}

static void unmap_own(const struct fp_pages *pages, volatile char *own)
{
	munmap((void *)own, PROBE_PAGES * (size_t)pages->page_bytes);
}

/* 0: each page that was touched is told at once. */
static int try_statm(struct fp_pages *pages, volatile char *own)
{
	struct fp_statm before, after;
	size_t page = 0;
	int status = fp_pages_statm(pages, &before);

	for (size_t i = 0; status == 0 && i < STEPS; i++) {
		for (unsigned n = 0; n < steps[i]; n++)
			own[page++ * pages->page_bytes] = 1;
		status = fp_pages_statm(pages, &after);
		if (status == 0 && (after.resident_pages != before.resident_pages + steps[i] ||
					   after.shared_pages != before.shared_pages))
			return 1;
		before = after;
	}
	return status;
}

static int probe_statm(struct fp_pages *pages)
{
	for (int i = 0; i < STATM_TRIES && !pages->can.exact_statm; i++) {
		volatile char *own = map_own(pages);
		if (!own)
			return -ENOMEM;
		int status = try_statm(pages, own);
		unmap_own(pages, own);
		if (status < 0)
			return status;
		pages->can.exact_statm = status == 0;
	}
	return 0;
}

static void probe_frames(struct fp_pages *pages, uint64_t entry)
{
	const struct fp_os_backend *backend = pages->host->backend;
	uint64_t frame = entry & FP_PAGE_FRAME;
	size_t got;

	if (frame == 0 || backend->frames_open(pages->host->os, &pages->frames) < 0)
		return;
	pages->can.has_pfns =
		backend->frame_counts(&pages->frames, frame, pages->words, 1, &got) == 0 &&
		got == 1 && pages->words[0] == 1;
	pages->can.has_kinds =
		pages->can.has_pfns &&
		backend->frame_flags(&pages->frames, frame, pages->words, 1, &got) == 0 && got == 1;
}

static void probe_calls(struct fp_pages *pages, uint64_t address)
{
	const struct fp_os_backend *backend = pages->host->backend;
	struct fp_mapping mapping;
	struct fp_os_scan scan = {
		.start = address,
		.end = address + pages->page_bytes,
		.runs = pages->runs,
		.cap = FP_SCAN_RUNS,
	};

	pages->can.has_query = backend->mapping_find(&pages->files, address, 0, &mapping) == 0 &&
			       mapping.start <= address && address < mapping.end &&
			       mapping.writable;
	pages->can.has_scan = backend->page_scan(&pages->files, &scan) == 0 && scan.count == 1;
}

/* Where the kernel has shared memory without a name: seen of some that is our own. */
static void probe_shared(struct fp_pages *pages)
{
	size_t size = (size_t)pages->page_bytes;
	void *own = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct fp_mapping mapping;

	if (own == MAP_FAILED)
		return;
	uint64_t address = (uint64_t)(uintptr_t)own;
	pages->has_shared_dev =
		pages->host->backend->mapping_find(&pages->files, address, 0, &mapping) == 0 &&
		mapping.start <= address && mapping.shared && mapping.dev_major == 0;
	if (pages->has_shared_dev)
		pages->shared_dev_minor = mapping.dev_minor;
	munmap(own, size);
}

static int probe_own(struct fp_pages *pages, volatile char *own)
{
	uint64_t address = (uint64_t)(uintptr_t)own, entry;
	size_t got;

	own[0] = 1;
	int status = pages->host->backend->page_entries(
		&pages->files, address / pages->page_bytes, &entry, 1, &got);
	if (status < 0)
		return status;
	pages->can.has_pagemap = got == 1 && fp_page_is_present(entry);
	if (!pages->can.has_pagemap)
		return 0;
	probe_frames(pages, entry);
	probe_calls(pages, address);
	probe_shared(pages);
	return probe_statm(pages);
}

static int probe_process(struct fp_pages *pages, const struct fp_os_process *self)
{
	const struct fp_os_backend *backend = pages->host->backend;
	int status =
		backend->pages_open(self, FP_OS_PAGES_MAPPINGS | FP_OS_PAGES_STATM, &pages->files);

	if (status < 0)
		return status;
	volatile char *own = map_own(pages);
	status = own ? probe_own(pages, own) : -ENOMEM;
	if (own)
		unmap_own(pages, own);
	backend->pages_close(&pages->files);
	pages->files.pagemap_fd = -1;
	return status;
}

static bool is_fatal(int status)
{
	return status == -ENOMEM || status == -EMFILE || status == -ENFILE;
}

int fp_pages_probe(struct fp_pages *pages, struct fp_pages_abilities *out)
{
	const struct fp_host *host = pages->host;
	struct fp_os_process self;
	int status = host->backend->self_open(host->os, &self);

	if (pages->frames.count_fd >= 0)
		host->backend->frames_close(&pages->frames);
	pages->frames.count_fd = -1;
	pages->can = (struct fp_pages_abilities){0};
	if (status == 0) {
		status = probe_process(pages, &self);
		host->backend->process_close(&self);
	}
	*out = pages->can;
	return is_fatal(status) ? status : 0;
}

#include "sample/pages_reader.h"

#include "parse/statm.h"

#include <stdlib.h>

int fp_pages_new(const struct fp_host *host, struct fp_pages **out)
{
	struct fp_pages *pages = calloc(1, sizeof(*pages));

	if (!pages)
		return -ENOMEM;
	pages->host = host;
	pages->page_bytes = host->backend->page_bytes(host->os);
	pages->random = host->backend->monotonic_ns(host->os) ^ (uint64_t)(uintptr_t)pages;
	pages->frames = (struct fp_os_frames){-1, -1};
	pages->files = fp_os_pages_none;
	pages->round = 1;
	*out = pages;
	return 0;
}

void fp_pages_free(struct fp_pages *pages)
{
	if (!pages)
		return;
	fp_pages_close(pages);
	if (pages->frames.count_fd >= 0)
		pages->host->backend->frames_close(&pages->frames);
	fp_buf_fini(&pages->maps);
	free(pages->suspects.at);
	fp_frames_forget(pages, 0);
	free(pages);
}

void fp_pages_begin(struct fp_pages *pages)
{
	/* the last round may have ended in the middle of a reading */
	fp_pages_close(pages);
	pages->round++;
}

void fp_pages_end(struct fp_pages *pages)
{
	/* what a single process needs is needed again */
	fp_frames_forget(pages, FP_BLOCKS_KEPT);
	fp_buf_fini(&pages->maps);
	pages->round++;
}

void fp_pages_seen(const struct fp_pages *pages, struct fp_pages_seen *out)
{
	*out = pages->seen;
}

/* Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014). */
uint64_t fp_pages_random(struct fp_pages *pages, uint64_t below)
{
	uint64_t value = pages->random += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return (value ^ value >> 31) % below;
}

static int prepare(struct fp_pages *pages, const struct fp_os_process *process, bool single)
{
	const struct fp_host *host = pages->host;

	if (!pages->can.has_pagemap)
		return -ENOTSUP;
	pages->process = process;
	pages->kept = NULL;
	pages->single = single;
	pages->seen = (struct fp_pages_seen){0};
	pages->cpu_begin_ns = host->backend->thread_cpu_ns(host->os);
	return 0;
}

int fp_pages_open(struct fp_pages *pages, const struct fp_os_process *process, bool single)
{
	int status = prepare(pages, process, single);

	if (status < 0)
		return status;
	return pages->host->backend->pages_open(
		process, FP_OS_PAGES_MAPPINGS | FP_OS_PAGES_STATM, &pages->files);
}

int fp_pages_open_own(struct fp_pages *pages, const struct fp_os_process *process,
	const struct fp_os_kept *kept, const struct fp_os_pages *files)
{
	int status = prepare(pages, process, true);

	if (status < 0)
		return status;
	pages->kept = kept;
	pages->borrows = files != NULL;
	if (pages->borrows) {
		pages->files = *files;
		return 0;
	}
	return pages->host->backend->pages_open(
		process, kept ? 0 : FP_OS_PAGES_STATM, &pages->files);
}

void fp_pages_close(struct fp_pages *pages)
{
	const struct fp_host *host = pages->host;

	pages->kept = NULL;
	if (pages->files.pagemap_fd < 0)
		return;
	if (!pages->borrows)
		host->backend->pages_close(&pages->files);
	pages->files = fp_os_pages_none;
	pages->borrows = false;
	pages->seen.cpu_ns = host->backend->thread_cpu_ns(host->os) - pages->cpu_begin_ns;
}

static int parse_statm(
	const struct fp_pages *pages, const char *text, size_t len, struct fp_statm *out)
{
	uint64_t resident;
	int status = fp_statm_parse(text, len, pages->page_bytes, &out->sizes);

	if (status == 0)
		status = fp_statm_resident(text, len, pages->page_bytes, &resident);
	if (status < 0)
		return status;
	if (out->sizes.bytes[FP_VMS] == 0)
		return -ESRCH;
	out->resident_pages = resident / pages->page_bytes;
	out->shared_pages = out->sizes.bytes[FP_SHARED] / pages->page_bytes;
	return 0;
}

int fp_pages_statm(struct fp_pages *pages, struct fp_statm *out)
{
	const struct fp_host *host = pages->host;
	struct fp_os_glance glance = {.statm_len = 0};
	const char *text = pages->statm_text;
	size_t len;
	int status;

	out->sizes = (struct fp_memory){0};
	if (pages->kept) {
		status = host->backend->glance(
			host->os, pages->process->pid, pages->kept, false, &glance);
		text = glance.statm;
		len = glance.statm_len;
	} else {
		status = host->backend->pages_statm(
			&pages->files, pages->statm_text, sizeof(pages->statm_text), &len);
	}
	return status < 0 ? status : parse_statm(pages, text, len, out);
}

int fp_pages_gone(struct fp_pages *pages)
{
	struct fp_statm statm;
	int status = fp_pages_statm(pages, &statm);

	return status < 0 ? status : -EAGAIN;
}

/* Linux's pagemap, maps and page frames. Each function fills one slot of struct fp_os_backend. */
#ifndef FP_OS_LINUX_PAGES_H
#define FP_OS_LINUX_PAGES_H

#include "os/os.h"

int fp_linux_pages_open(
	const struct fp_os_process *process, unsigned wanted, struct fp_os_pages *out);
void fp_linux_pages_close(struct fp_os_pages *pages);
int fp_linux_pages_statm(const struct fp_os_pages *pages, char *text, size_t size, size_t *len);
int fp_linux_mapping_find(
	const struct fp_os_pages *pages, uint64_t address, unsigned kind, struct fp_mapping *out);
int fp_linux_page_entries(const struct fp_os_pages *pages, uint64_t page, uint64_t *entries,
	size_t count, size_t *got);
int fp_linux_page_scan(const struct fp_os_pages *pages, struct fp_os_scan *scan);
int fp_linux_shared_swapped(
	const struct fp_os_process *process, const struct fp_mapping *mapping, uint64_t *count);
int fp_linux_frames_open(struct fp_os *os, struct fp_os_frames *out);
void fp_linux_frames_close(struct fp_os_frames *frames);
int fp_linux_frame_counts(const struct fp_os_frames *frames, uint64_t first, uint64_t *counts,
	size_t count, size_t *got);
int fp_linux_frame_flags(const struct fp_os_frames *frames, uint64_t first, uint64_t *flags,
	size_t count, size_t *got);

#endif

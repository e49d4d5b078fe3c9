#include "os/linux_pages.h"
#include "os/procfs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/ioctl.h>
#include <linux/magic.h>
#include <linux/types.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/*
 * The kernel's own (include/uapi/linux/fs.h), which headers older than the running kernel lack. What
 * the kernel does not know it refuses, so that a new program runs on an old one.
 */
struct query {
	__u64 size, query_flags, query_addr;
	__u64 vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
	__u32 dev_major, dev_minor, vma_name_size, build_id_size;
	__u64 vma_name_addr, build_id_addr;
};

enum {
	VMA_WRITABLE = 0x02,
	VMA_EXECUTABLE = 0x04,
	VMA_SHARED = 0x08,
	COVERING_OR_NEXT_VMA = 0x10,
	FILE_BACKED_VMA = 0x20
};

struct scan {
	__u64 size, flags, start, end, walk_end, vec, vec_len, max_pages;
	__u64 category_inverted, category_mask, category_anyof_mask, return_mask;
};

struct region {
	__u64 start, end, categories;
};

enum {
	PAGE_IS_PRESENT = 1 << 3,
	PAGE_IS_SWAPPED = 1 << 4,
	PAGE_IS_PFNZERO = 1 << 5,
	PAGE_IS_HUGE = 1 << 6
};

enum { REGIONS_AT_ONCE = 64 };

#define QUERY _IOWR('f', 17, struct query)
#define SCAN  _IOWR('f', 16, struct scan)

/* An ioctl that the file does not know: older kernels say so in several ways. */
static int ioctl_error(void)
{
	return errno == ENOTTY || errno == EINVAL || errno == ENOSYS ? -ENOTSUP : fp_posix_error();
}

void fp_linux_pages_close(struct fp_os_pages *pages)
{
	if (pages->statm_fd >= 0)
		close(pages->statm_fd);
	if (pages->maps_fd >= 0)
		close(pages->maps_fd);
	if (pages->pagemap_fd >= 0)
		close(pages->pagemap_fd);
	*pages = fp_os_pages_none;
}

int fp_linux_pages_open(
	const struct fp_os_process *process, unsigned wanted, struct fp_os_pages *out)
{
	int status = 0;

	*out = (struct fp_os_pages){-1, -1, -1, process->pid};
	out->pagemap_fd = status = fp_procfs_file_open(process, "pagemap");
	if (status >= 0 && (wanted & FP_OS_PAGES_MAPPINGS))
		out->maps_fd = status = fp_procfs_file_open(process, "maps");
	if (status >= 0 && (wanted & FP_OS_PAGES_STATM))
		out->statm_fd = status = fp_procfs_file_open(process, "statm");
	if (status >= 0)
		return 0;
	fp_linux_pages_close(out);
	return status;
}

static ssize_t read_at(int fd, void *out, size_t size, uint64_t offset)
{
	for (;;) {
		ssize_t n = pread(fd, out, size, (off_t)offset);
		if (n >= 0)
			return n;
		if (errno != EINTR)
			return fp_posix_error();
	}
}

int fp_linux_pages_statm(const struct fp_os_pages *pages, char *text, size_t size, size_t *len)
{
	ssize_t n = read_at(pages->statm_fd, text, size, 0);

	*len = n < 0 ? 0 : (size_t)n;
	return n < 0 ? (int)n : 0;
}

int fp_linux_mapping_find(
	const struct fp_os_pages *pages, uint64_t address, unsigned kind, struct fp_mapping *out)
{
	struct query query = {
		.size = sizeof(query), .query_flags = COVERING_OR_NEXT_VMA, .query_addr = address};

	if (kind & FP_OS_OF_FILE)
		query.query_flags |= FILE_BACKED_VMA;
	if (kind & FP_OS_EXECUTABLE)
		query.query_flags |= VMA_EXECUTABLE;
	if (ioctl(pages->maps_fd, QUERY, &query) < 0)
		return ioctl_error();
	*out = (struct fp_mapping){
		.start = query.vma_start,
		.end = query.vma_end,
		.writable = (query.vma_flags & VMA_WRITABLE) != 0,
		.executable = (query.vma_flags & VMA_EXECUTABLE) != 0,
		.shared = (query.vma_flags & VMA_SHARED) != 0,
		.dev_major = query.dev_major,
		.dev_minor = query.dev_minor,
		.inode = query.inode,
		.offset = query.vma_offset,
		.page_bytes = query.vma_page_size,
	};
	return 0;
}

/* Runs of 64-bit words from word number first on. */
static int read_words(int fd, uint64_t first, uint64_t *words, size_t count, size_t *got)
{
	ssize_t n = read_at(fd, words, count * sizeof(*words), first * sizeof(*words));

	*got = n < 0 ? 0 : (size_t)n / sizeof(*words);
	return n < 0 ? (int)n : 0;
}

int fp_linux_page_entries(const struct fp_os_pages *pages, uint64_t page, uint64_t *entries,
	size_t count, size_t *got)
{
	return read_words(pages->pagemap_fd, page, entries, count, got);
}

int fp_linux_page_scan(const struct fp_os_pages *pages, struct fp_os_scan *scan)
{
	/* all of mask, but not what is inverted; any of any */
	static const struct {
		__u64 inverted, mask, any;
	} wanted[] = {
		[FP_OS_SCAN_USED] = {.any = PAGE_IS_PRESENT | PAGE_IS_SWAPPED},
		[FP_OS_SCAN_ZERO] = {.mask = PAGE_IS_PFNZERO},
		[FP_OS_SCAN_HUGE] = {.mask = PAGE_IS_HUGE | PAGE_IS_PFNZERO,
			.inverted = PAGE_IS_PFNZERO},
	};
	struct region regions[REGIONS_AT_ONCE];
	struct scan call = {
		.size = sizeof(call),
		.start = scan->start,
		.end = scan->end,
		.vec = (__u64)(uintptr_t)regions,
		.vec_len = scan->cap < REGIONS_AT_ONCE ? scan->cap : REGIONS_AT_ONCE,
		.category_inverted = wanted[scan->wanted].inverted,
		.category_mask = wanted[scan->wanted].mask,
		.category_anyof_mask = wanted[scan->wanted].any,
		/* what is told of a run parts it: as little as possible */
		.return_mask = PAGE_IS_PRESENT,
	};
	int n = ioctl(pages->pagemap_fd, SCAN, &call);

	scan->count = 0;
	if (n < 0)
		return ioctl_error();
	for (; scan->count < (size_t)n; scan->count++) {
		const struct region *region = &regions[scan->count];
		scan->runs[scan->count] = (struct fp_os_run){region->start, region->end};
	}
	scan->next = call.walk_end;
	return 0;
}

/* As above, of include/uapi/linux/mman.h; the call has one number on all machines but Alpha. */
struct cached {
	__u64 present, dirty, writeback, evicted, recently_evicted;
};

struct cached_range {
	__u64 offset, len;
};

#ifndef SYS_cachestat
#ifdef __alpha__
#define SYS_cachestat 561
#else
#define SYS_cachestat 451
#endif
#endif

/*
 * Is it the file of the mapping, and is that of shared memory? Asked without opening it, since there may
 * be another by now: the open of a device has effects, and that of a file on a network may block.
 */
static int check_shared(int place, const struct fp_mapping *mapping)
{
	struct statx found;
	struct statfs fs;

	if (statx(place, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &found) < 0)
		return fp_posix_error();
	if (found.stx_ino != mapping->inode || found.stx_dev_major != mapping->dev_major ||
		found.stx_dev_minor != mapping->dev_minor)
		return -ESRCH;
	if (fstatfs(place, &fs) < 0)
		return fp_posix_error();
	/* elsewhere what is evicted is not swapped out, but forgotten */
	return fs.f_type == TMPFS_MAGIC ? 0 : -ENOTSUP;
}

static int count_swapped(int place, const struct fp_mapping *mapping, uint64_t *count)
{
	const struct cached_range range = {mapping->offset, mapping->end - mapping->start};
	struct cached cached;
	char path[32];
	int status = 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return fp_posix_error();
	if (syscall(SYS_cachestat, fd, &range, &cached, 0) == 0)
		*count = cached.evicted;
	else
		status = errno == ENOSYS || errno == EOPNOTSUPP ? -ENOTSUP : fp_posix_error();
	close(fd);
	return status;
}

int fp_linux_shared_swapped(
	const struct fp_os_process *process, const struct fp_mapping *mapping, uint64_t *count)
{
	char path[64];

	snprintf(
		path, sizeof(path), "map_files/%" PRIx64 "-%" PRIx64, mapping->start, mapping->end);
	int place = openat(process->fd, path, O_PATH | O_CLOEXEC);
	if (place < 0)
		return errno == ENOENT ? -ESRCH : fp_posix_error();
	int status = check_shared(place, mapping);
	if (status == 0)
		status = count_swapped(place, mapping, count);
	close(place);
	return status;
}

int fp_linux_frames_open(struct fp_os *os, struct fp_os_frames *out)
{
	int count_fd = fp_procfs_host_open(os, "kpagecount");

	if (count_fd < 0)
		return count_fd;
	int flags_fd = fp_procfs_host_open(os, "kpageflags");
	*out = (struct fp_os_frames){count_fd, flags_fd < 0 ? -1 : flags_fd};
	return 0;
}

void fp_linux_frames_close(struct fp_os_frames *frames)
{
	if (frames->flags_fd >= 0)
		close(frames->flags_fd);
	if (frames->count_fd >= 0)
		close(frames->count_fd);
	*frames = (struct fp_os_frames){-1, -1};
}

int fp_linux_frame_counts(const struct fp_os_frames *frames, uint64_t first, uint64_t *counts,
	size_t count, size_t *got)
{
	return read_words(frames->count_fd, first, counts, count, got);
}

int fp_linux_frame_flags(const struct fp_os_frames *frames, uint64_t first, uint64_t *flags,
	size_t count, size_t *got)
{
	if (frames->flags_fd < 0)
		return -EACCES;
	return read_words(frames->flags_fd, first, flags, count, got);
}

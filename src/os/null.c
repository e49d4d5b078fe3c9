#include "os/os.h"

static int null_open(const char *proc_path, const char *sys_path, struct fp_os **out)
{
	(void)proc_path, (void)sys_path, (void)out;
	return -ENOTSUP;
}

static void null_close(struct fp_os *os)
{
	(void)os;
}

static int null_probe(struct fp_os *os, struct fp_os_abilities *out)
{
	(void)os, (void)out;
	return -ENOTSUP;
}

static int null_list(struct fp_os *os, struct fp_pids *pids)
{
	(void)os, (void)pids;
	return -ENOTSUP;
}

static int null_process_open(struct fp_os *os, int32_t pid, struct fp_os_process *out)
{
	(void)os, (void)pid, (void)out;
	return -ENOTSUP;
}

static int null_thread_open(
	const struct fp_os_process *process, int32_t tid, struct fp_os_process *out)
{
	(void)process, (void)tid, (void)out;
	return -ENOTSUP;
}

static void null_process_close(struct fp_os_process *process)
{
	(void)process;
}

static int null_process_keep(struct fp_os_process *process)
{
	(void)process;
	return -ENOTSUP;
}

static int null_compare_memory(struct fp_os *os, int32_t pid_a, int32_t pid_b, int *order)
{
	(void)os, (void)pid_a, (void)pid_b, (void)order;
	return -ENOTSUP;
}

static int null_self_open(struct fp_os *os, struct fp_os_process *out)
{
	(void)os, (void)out;
	return -ENOTSUP;
}

static int null_pages_open(
	const struct fp_os_process *process, unsigned wanted, struct fp_os_pages *out)
{
	(void)process, (void)wanted, (void)out;
	return -ENOTSUP;
}

static void null_pages_close(struct fp_os_pages *pages)
{
	(void)pages;
}

static int null_pages_statm(const struct fp_os_pages *pages, char *text, size_t size, size_t *len)
{
	(void)pages, (void)text, (void)size, (void)len;
	return -ENOTSUP;
}

static int null_mapping_find(
	const struct fp_os_pages *pages, uint64_t address, unsigned kind, struct fp_mapping *out)
{
	(void)pages, (void)address, (void)kind, (void)out;
	return -ENOTSUP;
}

static int null_shared_swapped(
	const struct fp_os_process *process, const struct fp_mapping *mapping, uint64_t *count)
{
	(void)process, (void)mapping, (void)count;
	return -ENOTSUP;
}

static int null_page_entries(const struct fp_os_pages *pages, uint64_t page, uint64_t *entries,
	size_t count, size_t *got)
{
	(void)pages, (void)page, (void)entries, (void)count, (void)got;
	return -ENOTSUP;
}

static int null_page_scan(const struct fp_os_pages *pages, struct fp_os_scan *scan)
{
	(void)pages, (void)scan;
	return -ENOTSUP;
}

static int null_frames_open(struct fp_os *os, struct fp_os_frames *out)
{
	(void)os, (void)out;
	return -ENOTSUP;
}

static void null_frames_close(struct fp_os_frames *frames)
{
	(void)frames;
}

static int null_frames(const struct fp_os_frames *frames, uint64_t first, uint64_t *values,
	size_t count, size_t *got)
{
	(void)frames, (void)first, (void)values, (void)count, (void)got;
	return -ENOTSUP;
}

static void null_pause(struct fp_os *os, uint64_t ns)
{
	(void)os, (void)ns;
}

static int null_threads(const struct fp_os_process *process, struct fp_pids *tids)
{
	(void)process, (void)tids;
	return -ENOTSUP;
}

static int null_read(
	const struct fp_os_process *process, enum fp_os_file file, size_t limit, struct fp_buf *out)
{
	(void)process, (void)file, (void)limit, (void)out;
	return -ENOTSUP;
}

static int null_glance_open(const struct fp_os_process *process, struct fp_os_kept *out)
{
	(void)process, (void)out;
	return -ENOTSUP;
}

static void null_glance_close(struct fp_os_kept *kept)
{
	(void)kept;
}

static int null_glance(struct fp_os *os, int32_t pid, const struct fp_os_kept *kept, bool threads,
	struct fp_os_glance *out)
{
	(void)os, (void)pid, (void)kept, (void)threads, (void)out;
	return -ENOTSUP;
}

static int null_cpu_clock(struct fp_os *os, int32_t pid, uint64_t *ns)
{
	(void)os, (void)pid, (void)ns;
	return -ENOTSUP;
}

static int null_owner(const struct fp_os_process *process, uint32_t *uid)
{
	(void)process, (void)uid;
	return -ENOTSUP;
}

static int null_swap_used(struct fp_os *os, uint64_t *bytes)
{
	(void)os, (void)bytes;
	return -ENOTSUP;
}

static int null_ksm_pages(struct fp_os *os, uint64_t *shared, uint64_t *sharing)
{
	(void)os, (void)shared, (void)sharing;
	return -ENOTSUP;
}

static int null_count_files(const struct fp_os_process *process, uint64_t *count)
{
	(void)process, (void)count;
	return -ENOTSUP;
}

static int null_exe(const struct fp_os_process *process, struct fp_buf *out)
{
	(void)process, (void)out;
	return -ENOTSUP;
}

static int null_host_read(struct fp_os *os, enum fp_os_host_file file, struct fp_buf *out)
{
	(void)os, (void)file, (void)out;
	return -ENOTSUP;
}

static int null_file_read(struct fp_os *os, const char *path, size_t limit, struct fp_buf *out,
	struct fp_os_file_info *info)
{
	(void)os, (void)path, (void)limit, (void)out, (void)info;
	return -ENOTSUP;
}

static int null_user_id(struct fp_os *os, const char *name, uint32_t *uid)
{
	(void)os, (void)name, (void)uid;
	return -ENOTSUP;
}

static int null_user_name(struct fp_os *os, uint32_t uid, struct fp_buf *name)
{
	(void)os, (void)uid, (void)name;
	return -ENOTSUP;
}

static int null_file_info(struct fp_os *os, const char *path, struct fp_os_file_info *out)
{
	(void)os, (void)path, (void)out;
	return -ENOTSUP;
}

static int null_links(struct fp_os *os, const char *path, struct fp_os_links *out)
{
	(void)os, (void)path, (void)out;
	return -ENOTSUP;
}

static int null_disk_attribute(
	struct fp_os *os, const char *kernel_name, const char *attribute, struct fp_buf *out)
{
	(void)os, (void)kernel_name, (void)attribute, (void)out;
	return -ENOTSUP;
}

static int null_disk_place(struct fp_os *os, const char *kernel_name, struct fp_buf *out)
{
	(void)os, (void)kernel_name, (void)out;
	return -ENOTSUP;
}

static int null_device_events(struct fp_os *os, uint64_t *count)
{
	(void)os, (void)count;
	return -ENOTSUP;
}

static int null_events_open(struct fp_os *os, struct fp_os_stream **out, const char **reason)
{
	(void)os, (void)out;
	*reason = "this system tells no process events";
	return -ENOTSUP;
}

static void null_events_close(struct fp_os_stream *stream)
{
	(void)stream;
}

static int null_events_drain(struct fp_os_stream *stream, struct fp_os_events *out, uint64_t *lost)
{
	(void)stream, (void)out, (void)lost;
	return -ENOTSUP;
}

static uint64_t null_number(struct fp_os *os)
{
	(void)os;
	return 0;
}

const struct fp_os_backend fp_os_null = {
	.name = "null",
	.open = null_open,
	.close = null_close,
	.probe = null_probe,
	.list = null_list,
	.process_open = null_process_open,
	.thread_open = null_thread_open,
	.process_close = null_process_close,
	.process_keep = null_process_keep,
	.compare_memory = null_compare_memory,
	.self_open = null_self_open,
	.pages_open = null_pages_open,
	.pages_close = null_pages_close,
	.pages_statm = null_pages_statm,
	.mapping_find = null_mapping_find,
	.page_entries = null_page_entries,
	.page_scan = null_page_scan,
	.shared_swapped = null_shared_swapped,
	.frames_open = null_frames_open,
	.frames_close = null_frames_close,
	.frame_counts = null_frames,
	.frame_flags = null_frames,
	.threads = null_threads,
	.read = null_read,
	.glance_open = null_glance_open,
	.glance_close = null_glance_close,
	.glance = null_glance,
	.cpu_clock = null_cpu_clock,
	.owner = null_owner,
	.count_files = null_count_files,
	.exe = null_exe,
	.host_read = null_host_read,
	.file_read = null_file_read,
	.swap_used = null_swap_used,
	.ksm_pages = null_ksm_pages,
	.user_id = null_user_id,
	.user_name = null_user_name,
	.group_id = null_user_id,
	.file_info = null_file_info,
	.links = null_links,
	.disk_attribute = null_disk_attribute,
	.disk_place = null_disk_place,
	.device_events = null_device_events,
	.events_open = null_events_open,
	.events_close = null_events_close,
	.events_drain = null_events_drain,
	.pause = null_pause,
	.monotonic_ns = null_number,
	.realtime_ns = null_number,
	.thread_cpu_ns = null_number,
	.page_bytes = null_number,
	.descriptor_limit = null_number,
	.ticks_per_second = null_number,
};

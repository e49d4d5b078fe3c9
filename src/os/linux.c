#include "os/linux.h"
#include "os/linux_events.h"
#include "os/linux_pages.h"
#include "os/procfs.h"

#include <linux/capability.h>
#include <linux/kcmp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool has_capability(const struct __user_cap_data_struct *data, unsigned capability)
{
	return (data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0;
}

/* The initial pid namespace has this inode in every kernel: PROC_PID_INIT_INO. */
static const char initial_namespace[] = "pid:[4026531836]";

/* This process's own namespace tells, or, of another tree, its first process's. */
static bool is_initial(struct fp_os *os, bool own)
{
	char link[sizeof(initial_namespace)];
	ssize_t len = readlinkat(
		fp_procfs_place(os), own ? "self/ns/pid" : "1/ns/pid", link, sizeof(link));

	return len == (ssize_t)strlen(initial_namespace) &&
	       memcmp(link, initial_namespace, (size_t)len) == 0;
}

static int open_trees(const char *proc_path, const char *sys_path, struct fp_os **out)
{
	int status = fp_procfs_open(proc_path, sys_path, out);

	if (status == 0)
		fp_linux_keep(*out);
	return status;
}

static int probe(struct fp_os *os, struct fp_os_abilities *out)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return fp_posix_error();
	out->can_ptrace = has_capability(data, CAP_SYS_PTRACE);
	out->can_dac_read =
		has_capability(data, CAP_DAC_READ_SEARCH) || has_capability(data, CAP_DAC_OVERRIDE);
	out->is_live = fp_linux_is_procfs(fp_procfs_place(os));
	out->is_own = fp_procfs_is_own_namespace(os);
	out->sees_all = out->is_live && is_initial(os, out->is_own);
	return 0;
}

static int compare_memory(struct fp_os *os, int32_t pid_a, int32_t pid_b, int *order)
{
	if (!fp_procfs_is_own_namespace(os))
		return -ENOTSUP;
	long result = syscall(SYS_kcmp, pid_a, pid_b, KCMP_VM, 0, 0);
	if (result < 0)
		return errno == ENOSYS ? -ENOTSUP : fp_posix_error();
	*order = result == 0 ? 0 : result == 1 ? -1 : 1;
	return 0;
}

/*
 * Since Linux 6.2 the size of the directory is the number, for everybody and without making an inode
 * for each file. Elsewhere a size means another thing: 0 in older kernels, bytes in a captured tree.
 */
static int count_files(const struct fp_os_process *process, uint64_t *count)
{
	struct stat st;

	if (fp_linux_is_procfs(process->fd) && fstatat(process->fd, "fd", &st, 0) == 0 &&
		st.st_size > 0) {
		*count = (uint64_t)st.st_size;
		return 0;
	}
	return fp_procfs_count_files(process, count);
}

static const struct fp_os_backend linux_backend = {
	.name = "linux",
	.open = open_trees,
	.close = fp_procfs_close,
	.probe = probe,
	.list = fp_procfs_list,
	.process_open = fp_procfs_process_open,
	.thread_open = fp_procfs_thread_open,
	.process_close = fp_procfs_process_close,
	.process_keep = fp_linux_process_keep,
	.compare_memory = compare_memory,
	.self_open = fp_procfs_self_open,
	.pages_open = fp_linux_pages_open,
	.pages_close = fp_linux_pages_close,
	.pages_statm = fp_linux_pages_statm,
	.mapping_find = fp_linux_mapping_find,
	.page_entries = fp_linux_page_entries,
	.page_scan = fp_linux_page_scan,
	.shared_swapped = fp_linux_shared_swapped,
	.frames_open = fp_linux_frames_open,
	.frames_close = fp_linux_frames_close,
	.frame_counts = fp_linux_frame_counts,
	.frame_flags = fp_linux_frame_flags,
	.threads = fp_procfs_threads,
	.read = fp_procfs_read,
	.glance_open = fp_linux_glance_open,
	.glance_close = fp_linux_glance_close,
	.glance = fp_linux_glance,
	.cpu_clock = fp_linux_cpu_clock,
	.owner = fp_linux_owner,
	.count_files = count_files,
	.exe = fp_procfs_exe,
	.host_read = fp_procfs_host_read,
	.file_read = fp_posix_file_read,
	.swap_used = fp_linux_swap_used,
	.ksm_pages = fp_linux_ksm_pages,
	.user_id = fp_posix_user_id,
	.user_name = fp_posix_user_name,
	.group_id = fp_posix_group_id,
	.file_info = fp_posix_file_info,
	.links = fp_posix_links,
	.disk_attribute = fp_sysfs_disk_attribute,
	.disk_place = fp_sysfs_disk_place,
	.device_events = fp_sysfs_device_events,
	.events_open = fp_linux_events_open,
	.events_close = fp_linux_events_close,
	.events_drain = fp_linux_events_drain,
	.pause = fp_posix_pause,
	.monotonic_ns = fp_posix_monotonic_ns,
	.realtime_ns = fp_posix_realtime_ns,
	.thread_cpu_ns = fp_posix_thread_cpu_ns,
	.page_bytes = fp_posix_page_bytes,
	.descriptor_limit = fp_posix_descriptor_limit,
	.ticks_per_second = fp_posix_ticks_per_second,
};

const struct fp_os_backend *fp_os_default(void)
{
	return &linux_backend;
}

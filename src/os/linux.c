#include "os/procfs.h"

#include "util/number.h"

#include <linux/capability.h>
#include <linux/kcmp.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static bool has_capability(const struct __user_cap_data_struct *data, unsigned capability)
{
	return (data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0;
}

static int probe(struct fp_os *os, struct fp_os_abilities *out)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	(void)os;
	if (syscall(SYS_capget, &header, data) < 0)
		return fp_posix_error();
	out->can_ptrace = has_capability(data, CAP_SYS_PTRACE);
	out->can_dac_read =
		has_capability(data, CAP_DAC_READ_SEARCH) || has_capability(data, CAP_DAC_OVERRIDE);
	return 0;
}

/* Is the tree's idea of this process's id this process's own? Else its ids name other processes. */
static bool is_own_namespace(struct fp_os *os)
{
	struct fp_buf self = {0};
	uint64_t pid;
	bool own = fp_procfs_self(os, &self) == 0 &&
		   fp_number_u64(self.data, self.len, &pid) == 0 && pid == (uint64_t)getpid();

	fp_buf_fini(&self);
	return own;
}

static int compare_memory(struct fp_os *os, int32_t pid_a, int32_t pid_b, int *order)
{
	if (!is_own_namespace(os))
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
	struct statfs fs;
	struct stat st;

	if (fstatfs(process->fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC &&
		fstatat(process->fd, "fd", &st, 0) == 0 && st.st_size > 0) {
		*count = (uint64_t)st.st_size;
		return 0;
	}
	return fp_procfs_count_files(process, count);
}

static const struct fp_os_backend linux_backend = {
	.name = "linux",
	.open = fp_procfs_open,
	.close = fp_procfs_close,
	.probe = probe,
	.list = fp_procfs_list,
	.process_open = fp_procfs_process_open,
	.thread_open = fp_procfs_thread_open,
	.process_close = fp_procfs_process_close,
	.compare_memory = compare_memory,
	.threads = fp_procfs_threads,
	.read = fp_procfs_read,
	.count_files = count_files,
	.exe = fp_procfs_exe,
	.host_read = fp_procfs_host_read,
	.file_read = fp_posix_file_read,
	.user_id = fp_posix_user_id,
	.user_name = fp_posix_user_name,
	.group_id = fp_posix_group_id,
	.file_info = fp_posix_file_info,
	.links = fp_posix_links,
	.disk_attribute = fp_sysfs_disk_attribute,
	.disk_place = fp_sysfs_disk_place,
	.device_events = fp_sysfs_device_events,
	.monotonic_ns = fp_posix_monotonic_ns,
	.realtime_ns = fp_posix_realtime_ns,
	.thread_cpu_ns = fp_posix_thread_cpu_ns,
	.page_bytes = fp_posix_page_bytes,
	.ticks_per_second = fp_posix_ticks_per_second,
};

const struct fp_os_backend *fp_os_default(void)
{
	return &linux_backend;
}

#include "os/procfs.h"

#include <linux/capability.h>
#include <sys/syscall.h>
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

static const struct fp_os_backend linux_backend = {
	.name = "linux",
	.open = fp_procfs_open,
	.close = fp_procfs_close,
	.probe = probe,
	.list = fp_procfs_list,
	.process_open = fp_procfs_process_open,
	.thread_open = fp_procfs_thread_open,
	.process_close = fp_procfs_process_close,
	.threads = fp_procfs_threads,
	.read = fp_procfs_read,
	.exe = fp_procfs_exe,
	.host_read = fp_procfs_host_read,
	.file_read = fp_posix_file_read,
	.user_id = fp_posix_user_id,
	.user_name = fp_posix_user_name,
	.disk_info = fp_procfs_disk_info,
	.disk_dm_name = fp_procfs_disk_dm_name,
	.monotonic_ns = fp_posix_monotonic_ns,
	.page_bytes = fp_posix_page_bytes,
	.ticks_per_second = fp_posix_ticks_per_second,
};

const struct fp_os_backend *fp_os_default(void)
{
	return &linux_backend;
}

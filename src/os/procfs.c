#include "os/procfs.h"
#include "util/number.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory that is only a place to look up names in; elsewhere it is opened for reading. */
#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

enum {
	/* not blocking: in a captured tree anything may lie where the kernel has a file */
	OPEN_FILE = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	OPEN_PLACE = O_PATH | O_DIRECTORY | O_CLOEXEC,
	HOST_FILE_LIMIT = 16 * 1024 * 1024,
	NUMBER_LIMIT = 64,
	LINE_LIMIT = 4096
};

static const char *const process_files[FP_OS_FILES] = {
	[FP_OS_STAT] = "stat",
	[FP_OS_STATUS] = "status",
	[FP_OS_STATM] = "statm",
	[FP_OS_CMDLINE] = "cmdline",
	[FP_OS_ENVIRON] = "environ",
	[FP_OS_CGROUP] = "cgroup",
	[FP_OS_SMAPS_ROLLUP] = "smaps_rollup",
	[FP_OS_SMAPS] = "smaps",
	[FP_OS_IO] = "io",
	[FP_OS_MAPS] = "maps",
};

static const char *const host_files[FP_OS_HOST_FILES] = {
	[FP_OS_HOST_STAT] = "stat",
	[FP_OS_HOST_MEMINFO] = "meminfo",
	[FP_OS_HOST_DISKSTATS] = "diskstats",
	[FP_OS_HOST_MOUNTINFO] = "self/mountinfo",
	[FP_OS_HOST_VMSTAT] = "vmstat",
	[FP_OS_HOST_LOADAVG] = "loadavg",
};

int fp_procfs_open(const char *proc_path, const char *sys_path, struct fp_os **out)
{
	struct fp_os *os = malloc(sizeof(*os));

	if (!os)
		return -ENOMEM;
	os->proc_fd = open(proc_path, OPEN_PLACE);
	if (os->proc_fd < 0) {
		int status = fp_posix_error();
		free(os);
		return status;
	}
	os->sys_fd = open(sys_path, OPEN_PLACE);
	/* the kernel tells the last pid of the reader's namespace, whatever the tree's is */
	os->loadavg_fd = fp_procfs_is_own_namespace(os)
				 ? openat(os->proc_fd, host_files[FP_OS_HOST_LOADAVG], OPEN_FILE)
				 : -1;
	os->ksm_fd = -1;
	*out = os;
	return 0;
}

void fp_procfs_close(struct fp_os *os)
{
	if (!os)
		return;
	close(os->proc_fd);
	if (os->sys_fd >= 0)
		close(os->sys_fd);
	if (os->loadavg_fd >= 0)
		close(os->loadavg_fd);
	if (os->ksm_fd >= 0)
		close(os->ksm_fd);
	free(os);
}

static int open_dir(int place, const char *name, DIR **out)
{
	int fd = openat(place, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fp_posix_error();
	*out = fdopendir(fd);
	if (*out)
		return 0;
	int status = fp_posix_error();
	close(fd);
	return status;
}

static int add_numbers(DIR *dir, struct fp_pids *ids)
{
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(dir);
		if (!entry)
			return errno ? fp_posix_error() : 0;
		uint64_t id;
		if (fp_number_u64(entry->d_name, strlen(entry->d_name), &id) < 0 || id == 0 ||
			id > INT32_MAX || entry->d_name[0] == '0')
			continue;
		int status = fp_pids_add(ids, (int32_t)id);
		if (status < 0)
			return status;
	}
}

/* The entries of a directory whose names are numbers, as those of /proc and of task are. */
static int list_numbers(int place, const char *name, struct fp_pids *ids)
{
	DIR *dir;
	int status = open_dir(place, name, &dir);

	ids->len = 0;
	if (status < 0)
		return status;
	status = add_numbers(dir, ids);
	closedir(dir);
	return status;
}

int fp_procfs_list(struct fp_os *os, struct fp_pids *pids)
{
	return list_numbers(os->proc_fd, ".", pids);
}

static int open_place(int place, const char *name, int32_t pid, struct fp_os_process *out)
{
	*out = (struct fp_os_process){.fd = openat(place, name, OPEN_PLACE), .pid = pid};
	if (out->fd >= 0)
		return 0;
	return errno == ENOENT || errno == ENOTDIR ? -ESRCH : fp_posix_error();
}

int fp_procfs_process_open(struct fp_os *os, int32_t pid, struct fp_os_process *out)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", (int)pid);
	return open_place(os->proc_fd, name, pid, out);
}

int fp_procfs_thread_open(
	const struct fp_os_process *process, int32_t tid, struct fp_os_process *out)
{
	char name[24];

	snprintf(name, sizeof(name), "task/%d", (int)tid);
	return open_place(process->fd, name, process->pid, out);
}

void fp_procfs_process_close(struct fp_os_process *process)
{
	if (process->keeps) {
		close(process->status_fd);
		close(process->stat_fd);
	}
	close(process->fd);
	process->keeps = false;
	process->fd = -1;
}

int fp_procfs_self_open(struct fp_os *os, struct fp_os_process *out)
{
	return open_place(os->proc_fd, "self", 0, out);
}

int fp_procfs_host_open(struct fp_os *os, const char *name)
{
	int fd = openat(os->proc_fd, name, OPEN_FILE);

	return fd < 0 ? fp_posix_error() : fd;
}

int fp_procfs_file_open(const struct fp_os_process *process, const char *name)
{
	int fd = openat(process->fd, name, OPEN_FILE);

	if (fd >= 0)
		return fd;
	return errno == ENOENT ? fp_procfs_absent_or_ended(process) : fp_posix_error();
}

/*
 * The kernel answers ENOENT both for a file that it does not have and for any file of a process
 * that has ended. An ended one has no file at all any more.
 */
int fp_procfs_absent_or_ended(const struct fp_os_process *process)
{
	for (int i = 0; i < FP_OS_FILES; i++)
		if (faccessat(process->fd, process_files[i], F_OK, 0) == 0)
			return -ENOENT;
	return -ESRCH;
}

static int count_entries(DIR *dir, uint64_t *count)
{
	*count = 0;
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(dir);
		if (!entry)
			return errno ? fp_posix_error() : 0;
		if (entry->d_name[0] != '.')
			++*count;
	}
}

int fp_procfs_count_files(const struct fp_os_process *process, uint64_t *count)
{
	DIR *dir;
	int status = open_dir(process->fd, "fd", &dir);

	if (status == 0) {
		status = count_entries(dir, count);
		closedir(dir);
	}
	return status == -ENOENT ? fp_procfs_absent_or_ended(process) : status;
}

int fp_procfs_threads(const struct fp_os_process *process, struct fp_pids *tids)
{
	int status = list_numbers(process->fd, "task", tids);

	return status == -ENOENT ? fp_procfs_absent_or_ended(process) : status;
}

int fp_procfs_read_at(int place, const char *name, size_t limit, struct fp_buf *out)
{
	int fd = openat(place, name, OPEN_FILE);

	if (fd < 0)
		return fp_posix_error();
	int status = fp_posix_read_all(fd, limit, out);
	close(fd);
	return status;
}

/* -1: none. */
static int kept_file(const struct fp_os_process *process, enum fp_os_file file)
{
	if (!process->keeps)
		return -1;
	return file == FP_OS_STAT     ? process->stat_fd
	       : file == FP_OS_STATUS ? process->status_fd
				      : -1;
}

int fp_procfs_read(
	const struct fp_os_process *process, enum fp_os_file file, size_t limit, struct fp_buf *out)
{
	bool is_record = file == FP_OS_STAT || file == FP_OS_STATUS || file == FP_OS_STATM ||
			 file == FP_OS_SMAPS_ROLLUP;
	int kept = kept_file(process, file);

	if (kept >= 0)
		return fp_posix_read_again(kept, limit, out);
	out->len = 0;
	int fd = openat(process->fd, process_files[file], OPEN_FILE);
	int status = fd < 0 ? fp_posix_error() : 0;
	if (status == 0) {
		status = is_record ? fp_posix_read_record(fd, limit, out)
				   : fp_posix_read_all(fd, limit, out);
		close(fd);
	}
	return status == -ENOENT ? fp_procfs_absent_or_ended(process) : status;
}

int fp_procfs_read_link(int place, const char *name, struct fp_buf *out)
{
	out->len = 0;
	for (size_t size = 512;; size *= 2) {
		int status = fp_buf_reserve(out, size);
		if (status < 0)
			return status;
		ssize_t n = readlinkat(place, name, out->data, out->cap);
		if (n < 0)
			return fp_posix_error();
		if ((size_t)n < out->cap) {
			out->len = (size_t)n;
			return 0;
		}
	}
}

int fp_procfs_exe(const struct fp_os_process *process, struct fp_buf *out)
{
	int status = fp_procfs_read_link(process->fd, "exe", out);

	/* EINVAL: a captured tree may have a file in the link's place */
	return status == -ENOENT || status == -EINVAL ? fp_procfs_absent_or_ended(process) : status;
}

static int read_self(const struct fp_os *os, struct fp_buf *out)
{
	return fp_procfs_read_link(os->proc_fd, "self", out);
}

int fp_procfs_place(const struct fp_os *os)
{
	return os->proc_fd;
}

bool fp_procfs_is_own_namespace(struct fp_os *os)
{
	struct fp_buf self = {0};
	uint64_t pid;
	bool own = read_self(os, &self) == 0 && fp_number_u64(self.data, self.len, &pid) == 0 &&
		   pid == (uint64_t)getpid();

	fp_buf_fini(&self);
	return own;
}

/* From its start through the kept descriptor; one line, which one read gives. */
static int read_loadavg(const struct fp_os *os, struct fp_buf *out)
{
	if (os->loadavg_fd < 0)
		return -ENOTSUP;
	int status = fp_buf_reserve(out, LINE_LIMIT);
	if (status < 0)
		return status;
	ssize_t n = pread(os->loadavg_fd, out->data, out->cap, 0);
	if (n < 0)
		return fp_posix_error();
	out->len = (size_t)n;
	return 0;
}

int fp_procfs_host_read(struct fp_os *os, enum fp_os_host_file file, struct fp_buf *out)
{
	out->len = 0;
	if (file == FP_OS_HOST_LOADAVG)
		return read_loadavg(os, out);
	return fp_procfs_read_at(os->proc_fd, host_files[file], HOST_FILE_LIMIT, out);
}

int fp_procfs_sys_number(struct fp_os *os, const char *path, uint64_t *out)
{
	struct fp_buf text = {0};
	int status =
		os->sys_fd < 0 ? -ENOENT : fp_procfs_read_at(os->sys_fd, path, NUMBER_LIMIT, &text);

	while (status == 0 && text.len && text.data[text.len - 1] == '\n')
		text.len--;
	if (status == 0 && fp_number_u64(text.data, text.len, out) < 0)
		status = -EBADMSG;
	fp_buf_fini(&text);
	return status;
}

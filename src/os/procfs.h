/*
 * Reading a tree that is laid out as Linux lays out /proc and /sys: the live ones, a container's
 * view of the host, or a captured one. Plain POSIX, so that a captured tree can be read anywhere.
 * Each function fills one slot of struct fp_os_backend, where its contract stands.
 */
#ifndef FP_OS_PROCFS_H
#define FP_OS_PROCFS_H

#include "os/os.h"

int fp_procfs_open(const char *proc_path, const char *sys_path, struct fp_os **out);
void fp_procfs_close(struct fp_os *os);
int fp_procfs_list(struct fp_os *os, struct fp_pids *pids);
int fp_procfs_process_open(struct fp_os *os, int32_t pid, struct fp_os_process *out);
int fp_procfs_thread_open(
	const struct fp_os_process *process, int32_t tid, struct fp_os_process *out);
void fp_procfs_process_close(struct fp_os_process *process);
int fp_procfs_threads(const struct fp_os_process *process, struct fp_pids *tids);
int fp_procfs_read(const struct fp_os_process *process, enum fp_os_file file, size_t limit,
	struct fp_buf *out);
/* By counting the entries of its directory fd. */
int fp_procfs_count_files(const struct fp_os_process *process, uint64_t *count);
/* Is the tree's idea of this process's id this process's own? Else its ids name other processes. */
bool fp_procfs_is_own_namespace(struct fp_os *os);
/* The descriptor of the tree, which stays the host's. */
int fp_procfs_place(const struct fp_os *os);
/* A number that stands in a file of the tree in sysfs. 0; -ENOENT; -EBADMSG; as the slots. */
int fp_procfs_sys_number(struct fp_os *os, const char *path, uint64_t *out);

int fp_procfs_self_open(struct fp_os *os, struct fp_os_process *out);
/* A file of the tree, or of a process in it: its descriptor, or -errno. */
int fp_procfs_host_open(struct fp_os *os, const char *name);
int fp_procfs_file_open(const struct fp_os_process *process, const char *name);
/* Why a file of a process cannot be found: -ENOENT or -ESRCH. */
int fp_procfs_absent_or_ended(const struct fp_os_process *process);

int fp_procfs_exe(const struct fp_os_process *process, struct fp_buf *out);
int fp_procfs_host_read(struct fp_os *os, enum fp_os_host_file file, struct fp_buf *out);

/* Inside os: the trees that an opened backend looks at. */
struct fp_os {
	int proc_fd, sys_fd; /* sys_fd: -1 where there is no such tree */
	/* kept, since they are read often: */
	int loadavg_fd; /* -1: it tells nothing of the tree */
	int ksm_fd;     /* pages_shared of KSM; -1: it is opened each time */
};

/* Overwrites the buffer with a file below a directory. */
int fp_procfs_read_at(int place, const char *name, size_t limit, struct fp_buf *out);
/* Overwrites the buffer with what a link below a directory says. */
int fp_procfs_read_link(int place, const char *name, struct fp_buf *out);

/* See os/sysfs.c. */
int fp_sysfs_disk_attribute(
	struct fp_os *os, const char *kernel_name, const char *attribute, struct fp_buf *out);
int fp_sysfs_disk_place(struct fp_os *os, const char *kernel_name, struct fp_buf *out);
int fp_sysfs_device_events(struct fp_os *os, uint64_t *count);

/* What every POSIX system has; see os/posix.c. */
int fp_posix_read_all(int fd, size_t limit, struct fp_buf *out);
/* A file that the kernel hands out at once, as far as there is room: less than that is all. */
int fp_posix_read_record(int fd, size_t limit, struct fp_buf *out);
/* The same from its beginning, wherever the descriptor stands. */
int fp_posix_read_again(int fd, size_t limit, struct fp_buf *out);
int fp_posix_file_read(struct fp_os *os, const char *path, size_t limit, struct fp_buf *out,
	struct fp_os_file_info *info);
int fp_posix_file_info(struct fp_os *os, const char *path, struct fp_os_file_info *out);
int fp_posix_links(struct fp_os *os, const char *path, struct fp_os_links *out);
int fp_posix_user_id(struct fp_os *os, const char *name, uint32_t *uid);
int fp_posix_user_name(struct fp_os *os, uint32_t uid, struct fp_buf *name);
int fp_posix_group_id(struct fp_os *os, const char *name, uint32_t *gid);
void fp_posix_pause(struct fp_os *os, uint64_t ns);
uint64_t fp_posix_monotonic_ns(struct fp_os *os);
uint64_t fp_posix_realtime_ns(struct fp_os *os);
uint64_t fp_posix_thread_cpu_ns(struct fp_os *os);
uint64_t fp_posix_page_bytes(struct fp_os *os);
uint64_t fp_posix_descriptor_limit(struct fp_os *os);
uint64_t fp_posix_ticks_per_second(struct fp_os *os);

/* -errno of the moment, with EPERM said as EACCES. */
int fp_posix_error(void);

#endif

/*
 * The contract between the program and an operating system.
 *
 * A backend calls the kernel and copies what it said: it never adds up, matches or formats. Every
 * slot says what it returns and none is NULL; a backend that cannot give a thing returns -ENOTSUP,
 * and the metric that would come of it is absent. Tests put a table of their own in place of a real one.
 *
 * Common results: 0; -ESRCH the process has ended; -EACCES no permission (EPERM too); -ENOENT the
 * process is there, this file of it is not; -EFBIG longer than the limit; -ENOMEM; other -errno.
 * No slot ever blocks on more than the kernel's own answer, and none writes anything.
 */
#ifndef FP_OS_OS_H
#define FP_OS_OS_H

#include "model.h"
#include "util/buf.h"
#include "util/vec.h"

#include <errno.h>

FP_VEC(fp_pids, int32_t);

/* Files of a process, or of one of its threads. */
enum fp_os_file {
	FP_OS_STAT,
	FP_OS_STATUS,
	FP_OS_STATM,
	FP_OS_CMDLINE,
	FP_OS_ENVIRON,
	FP_OS_CGROUP,
	FP_OS_SMAPS_ROLLUP,
	FP_OS_SMAPS,
	FP_OS_IO,
	FP_OS_FILES
};

/* Files of the host. */
enum fp_os_host_file {
	FP_OS_HOST_STAT,
	FP_OS_HOST_MEMINFO,
	FP_OS_HOST_DISKSTATS,
	FP_OS_HOST_MOUNTINFO, /* of this process */
	FP_OS_HOST_FILES
};

/* A process, or a thread of it: everything read through it is of the same one, never of a reused pid. */
struct fp_os_process {
	int fd;
};

/* What an operator's file, such as a PID file, held when it was read. */
struct fp_os_file_info {
	uint64_t device, inode;
	int64_t mtime_s;
	uint32_t mtime_ns;
};

/* Where a symbolic link leads. */
enum fp_os_leads { FP_OS_LEADS_NOWHERE, FP_OS_LEADS_TO_BLOCK_DEVICE, FP_OS_LEADS_ELSEWHERE };

struct fp_os_link {
	size_t name,
		target; /* where these strings begin in the text; the target as the link says it */
	enum fp_os_leads leads;
	uint32_t major, minor; /* of a block device */
};

FP_VEC(fp_os_link_list, struct fp_os_link);

/* A zeroed struct is empty; freed with fp_buf_fini(&text) and free(list.at). */
struct fp_os_links {
	struct fp_buf text;
	struct fp_os_link_list list;
};

/* What this process may do on this host, found out once. */
struct fp_os_abilities {
	bool can_ptrace;   /* CAP_SYS_PTRACE: memory maps and environments of others */
	bool can_dac_read; /* CAP_DAC_READ_SEARCH or CAP_DAC_OVERRIDE: files of others */
};

struct fp_os; /* one opened backend */

struct fp_os_backend {
	const char *name;

	/*
	 * Opens the two trees. -ENOENT, -ENOTDIR or -EACCES of proc_path; a sys_path that is not
	 * there is no error. Paths are copied. close() takes NULL.
	 */
	int (*open)(const char *proc_path, const char *sys_path, struct fp_os **out);
	void (*close)(struct fp_os *os);

	/* 0 or -ENOTSUP. */
	int (*probe)(struct fp_os *os, struct fp_os_abilities *out);

	/* All process ids of the moment, in no order; pids is emptied first. */
	int (*list)(struct fp_os *os, struct fp_pids *pids);

	/* Opens a process by its id, or thread tid of it; every success is closed once. */
	int (*process_open)(struct fp_os *os, int32_t pid, struct fp_os_process *out);
	int (*thread_open)(
		const struct fp_os_process *process, int32_t tid, struct fp_os_process *out);
	void (*process_close)(struct fp_os_process *process);

	/*
	 * Do two processes share one address space? *order becomes 0 if they do, else less or more
	 * than 0 by an order that holds for all pairs. -ENOTSUP where the tree's ids are not those of
	 * this process's own pid namespace, -ESRCH, -EACCES.
	 */
	int (*compare_memory)(struct fp_os *os, int32_t pid_a, int32_t pid_b, int *order);

	/* The ids of its threads; as list(). */
	int (*threads)(const struct fp_os_process *process, struct fp_pids *tids);

	/* Overwrites the buffer with the whole file, at most limit bytes of it. */
	int (*read)(const struct fp_os_process *process, enum fp_os_file file, size_t limit,
		struct fp_buf *out);

	/*
	 * How many files it has open. Of a process whose first thread has ended, only a live thread's
	 * directory tells. May be known where its other files are denied.
	 */
	int (*count_files)(const struct fp_os_process *process, uint64_t *count);

	/* Overwrites the buffer with the path of the executable, as the kernel says it. */
	int (*exe)(const struct fp_os_process *process, struct fp_buf *out);

	/* Overwrites the buffer with a file of the host. */
	int (*host_read)(struct fp_os *os, enum fp_os_host_file file, struct fp_buf *out);

	/*
	 * Overwrites the buffer with an operator's regular file of at most limit bytes. A link in
	 * the last place is not followed: -ELOOP; anything else that is not a regular file: -EINVAL.
	 */
	int (*file_read)(struct fp_os *os, const char *path, size_t limit, struct fp_buf *out,
		struct fp_os_file_info *info);

	/* Ids and names of users. -ENOENT: there is no such user; -EAGAIN: nobody can tell now. */
	int (*user_id)(struct fp_os *os, const char *name, uint32_t *uid);
	int (*user_name)(struct fp_os *os, uint32_t uid, struct fp_buf *name);
	int (*group_id)(struct fp_os *os, const char *name, uint32_t *gid);

	/* What an operator's file or folder is now, links followed. */
	int (*file_info)(struct fp_os *os, const char *path, struct fp_os_file_info *out);

	/* Overwrites out with all symbolic links of a folder, in no order. */
	int (*links)(struct fp_os *os, const char *path, struct fp_os_links *out);

	/*
	 * Overwrites the buffer with what sysfs says of a block device of this kernel name, such as
	 * "size", without the line's end. -ENOENT: it does not know the device, or has no such thing.
	 */
	int (*disk_attribute)(struct fp_os *os, const char *kernel_name, const char *attribute,
		struct fp_buf *out);

	/*
	 * Overwrites the buffer with where sysfs has the device among all others: a path that ends
	 * with its name, behind that of its whole disk if it is a partition. -ENOENT; -EINVAL in a
	 * captured tree that does not tell.
	 */
	int (*disk_place)(struct fp_os *os, const char *kernel_name, struct fp_buf *out);

	/*
	 * How many events of devices there were since the host started: while it stays, no device
	 * came, went, or was changed in what sysfs tells. -ENOENT where the tree does not count.
	 */
	int (*device_events)(struct fp_os *os, uint64_t *count);

	uint64_t (*monotonic_ns)(struct fp_os *os);
	uint64_t (*realtime_ns)(struct fp_os *os);   /* since 1970 */
	uint64_t (*thread_cpu_ns)(struct fp_os *os); /* that the calling thread used so far */
	uint64_t (*page_bytes)(struct fp_os *os);
	uint64_t (*ticks_per_second)(struct fp_os *os); /* of starttime: USER_HZ */
};

/* The backend of this system; never NULL. */
const struct fp_os_backend *fp_os_default(void);

/* Every slot answers -ENOTSUP: what a port starts from, and what builds everywhere. */
extern const struct fp_os_backend fp_os_null;

#endif

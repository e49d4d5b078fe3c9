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
	FP_OS_MAPS,
	FP_OS_FILES
};

/* Files of the host. */
enum fp_os_host_file {
	FP_OS_HOST_STAT,
	FP_OS_HOST_MEMINFO,
	FP_OS_HOST_DISKSTATS,
	FP_OS_HOST_MOUNTINFO, /* of this process */
	FP_OS_HOST_VMSTAT,
	FP_OS_HOST_LOADAVG, /* -ENOTSUP where its last pid is of another pid namespace than the tree's */
	FP_OS_HOST_FILES
};

/* A process, or a thread of it: everything read through it is of the same one, never of a reused pid. */
struct fp_os_process {
	int fd;
	int32_t pid; /* the process's, also in a thread of it */
	bool keeps;  /* these are open, too; see process_keep() */
	int stat_fd, status_fd;
};

/*
 * The pages of a process's address space: of the one that it had when this was opened, also when it
 * takes another by exec. What is read through it holds the lock of that address space meanwhile, and
 * waits for it.
 */
struct fp_os_pages {
	int pagemap_fd, maps_fd, statm_fd;
	int32_t pid; /* whose they are */
};

/* Which are not open. */
static const struct fp_os_pages fp_os_pages_none = {-1, -1, -1, 0};

/* What is asked of a process's pages besides their entries. */
enum { FP_OS_PAGES_MAPPINGS = 1, FP_OS_PAGES_STATM = 2 };

/* The host's page frames; -1: may not be read. */
struct fp_os_frames {
	int count_fd, flags_fd;
};

/* What a mapping that is looked for has to be. */
enum { FP_OS_OF_FILE = 1, FP_OS_EXECUTABLE = 2 };

/* A run of pages, as addresses. */
struct fp_os_run {
	uint64_t start, end;
};

/* What a scan looks for: pages that are there or swapped, the zero page, other huge pages. */
enum fp_os_scanned { FP_OS_SCAN_USED, FP_OS_SCAN_ZERO, FP_OS_SCAN_HUGE };

/* What to look for in a range of addresses, and what was found there. */
struct fp_os_scan {
	uint64_t start, end;
	enum fp_os_scanned wanted;
	struct fp_os_run *runs;
	size_t cap, count;
	uint64_t next; /* where it stopped; end when it is through */
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
	bool sees_all;     /* the tree is the initial pid namespace's: no process is out of sight */
	bool is_live;      /* the tree is a running kernel's: glance() serves */
	bool is_own;       /* the tree's ids are those of this process's own pid namespace */
};

/* Descriptors that make a glance cheaper, kept as long as the process lives; -1: none. */
struct fp_os_kept {
	int statm_fd, task_fd;
};

/* How large a process is and how many threads it has, without a look at anything that may block. */
struct fp_os_glance {
	char statm[128]; /* as /proc/PID/statm */
	size_t statm_len;
	bool has_threads;
	uint64_t threads;
};

/* What the kernel tells of processes as it happens, by ids of the initial pid namespace. */
enum fp_os_event_kind {
	FP_OS_EVENT_FORK,
	FP_OS_EVENT_EXEC,
	/* Of the first thread. Others may go on, whose end is not told, or one execs in its place. */
	FP_OS_EVENT_EXIT,
	FP_OS_EVENT_COMM, /* the name changed without an exec */
	FP_OS_EVENT_UID   /* the real or effective uid was set */
};

struct fp_os_event {
	enum fp_os_event_kind kind;
	int32_t pid;
	int32_t parent; /* of FORK: the child's, who with CLONE_PARENT is not who made it; else 0 */
};
FP_VEC(fp_os_events, struct fp_os_event);

struct fp_os_stream; /* an open stream of events */

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
	 * Keeps stat and status of an opened process open as well, out of which read() takes them from
	 * then on: two descriptors more, until it is closed. 0 or -errno, and then it is as it was.
	 * -ENOTSUP: the tree is not of a running kernel.
	 */
	int (*process_keep)(struct fp_os_process *process);

	/*
	 * Do two processes, or threads, share one address space? *order becomes 0 if they do, else less
	 * or more than 0 by an order that holds for all pairs. Any two that have ended and were not
	 * waited for share the lack of one. -ENOTSUP where the tree's ids are not those of this
	 * process's own pid namespace, -ESRCH, -EACCES.
	 */
	int (*compare_memory)(struct fp_os *os, int32_t pid_a, int32_t pid_b, int *order);

	/* This process itself, under the id that it has in the tree. As process_open. */
	int (*self_open)(struct fp_os *os, struct fp_os_process *out);

	/*
	 * Opens the pages of a process; every success is closed once. -ENOENT where the tree has no
	 * page entries. Of a process without an address space nothing can be read then. wanted: what
	 * will be asked for besides, mapping_find or pages_statm.
	 */
	int (*pages_open)(
		const struct fp_os_process *process, unsigned wanted, struct fp_os_pages *out);
	void (*pages_close)(struct fp_os_pages *pages);

	/* statm of the moment, of the process and not of the opened address space: *len bytes of it. */
	int (*pages_statm)(const struct fp_os_pages *pages, char *text, size_t size, size_t *len);

	/*
	 * The mapping of that kind that holds the address, or the next one above. -ENOENT: no more;
	 * -ESRCH: the address space is gone, by exec or exit. -ENOTSUP before Linux 6.11.
	 */
	int (*mapping_find)(const struct fp_os_pages *pages, uint64_t address, unsigned kind,
		struct fp_mapping *out);

	/*
	 * Entries of pagemap (Documentation/admin-guide/mm/pagemap.rst) from the page of that number
	 * on. *got may be fewer than asked for, and is 0 when the address space is gone.
	 */
	int (*page_entries)(const struct fp_os_pages *pages, uint64_t page, uint64_t *entries,
		size_t count, size_t *got);

	/* Looks for pages without an entry for each. -ENOTSUP before Linux 6.7; else as above. */
	int (*page_scan)(const struct fp_os_pages *pages, struct fp_os_scan *scan);

	/*
	 * How many pages of the part of its file that a mapping maps are swapped out. Only of a mapping
	 * that is known to be of shared memory. -ENOTSUP before Linux 6.5, and where it is of something
	 * else; -ESRCH: the mapping is gone, or the process; -EAGAIN: somebody has a lease on the file,
	 * which is broken by that; -EACCES.
	 */
	int (*shared_swapped)(const struct fp_os_process *process, const struct fp_mapping *mapping,
		uint64_t *count);

	/*
	 * The host's page frames. -EACCES and -ENOENT where not even kpagecount can be opened. Of each
	 * frame from the first on, how often it is mapped, and its flags (kpageflags); 0 where there is
	 * no memory. *got may be fewer than asked for. Every success is closed once.
	 */
	int (*frames_open)(struct fp_os *os, struct fp_os_frames *out);
	void (*frames_close)(struct fp_os_frames *frames);
	int (*frame_counts)(const struct fp_os_frames *frames, uint64_t first, uint64_t *counts,
		size_t count, size_t *got);
	int (*frame_flags)(const struct fp_os_frames *frames, uint64_t first, uint64_t *flags,
		size_t count, size_t *got);

	/* The ids of its threads; as list(). */
	int (*threads)(const struct fp_os_process *process, struct fp_pids *tids);

	/* Overwrites the buffer with the whole file, at most limit bytes of it. */
	int (*read)(const struct fp_os_process *process, enum fp_os_file file, size_t limit,
		struct fp_buf *out);

	/*
	 * Keeps what a glance needs of an opened process: two descriptors, which glance_close() gives
	 * back. They never become those of another process: after its end a glance is -ESRCH.
	 * -ENOTSUP: the tree is not of a running kernel, and then glance() is not to be called.
	 */
	int (*glance_open)(const struct fp_os_process *process, struct fp_os_kept *out);
	void (*glance_close)(struct fp_os_kept *kept);

	/*
	 * By the kept descriptors, or without them by the pid, which may be another's by now. threads:
	 * whether they are to be counted, too.
	 */
	int (*glance)(struct fp_os *os, int32_t pid, const struct fp_os_kept *kept, bool threads,
		struct fp_os_glance *out);

	/*
	 * Nanoseconds of CPU time that all threads of a process, also those that have ended, used so
	 * far: as long as it stays, none has run. By an id of this process's own pid namespace.
	 * -ESRCH: there is no such process, though a thread may have that id; -ENOTSUP: no process
	 * has such a clock here.
	 */
	int (*cpu_clock)(struct fp_os *os, int32_t pid, uint64_t *ns);

	/* Its effective uid; sooner than by status. -ENOTSUP as above. */
	int (*owner)(const struct fp_os_process *process, uint32_t *uid);

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

	/* How much of the host's swap is in use now. */
	int (*swap_used)(struct fp_os *os, uint64_t *bytes);

	/* How many pages KSM holds, and how many mappings share them: 0 where there is no KSM. */
	int (*ksm_pages)(struct fp_os *os, uint64_t *shared, uint64_t *sharing);

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

	/*
	 * Asks the kernel to tell events of all processes from now on. *reason becomes words for the
	 * log: why not, or what is amiss with a stream that was opened; else NULL. -ENOTSUP: nobody
	 * tells, or tells of other processes than the tree's; -EACCES. Waits for the kernel's answer for
	 * a fraction of a second at most. Of use to one thread at a time; close() takes NULL.
	 */
	int (*events_open)(struct fp_os *os, struct fp_os_stream **out, const char **reason);
	void (*events_close)(struct fp_os_stream *stream);

	/*
	 * Overwrites out with what happened since the last call, in order, and adds to *lost how many
	 * events had to be thrown away since: then only a look at all processes tells. Never waits; in
	 * a storm the rest is left to the next call. After an error any number of events may be lost.
	 */
	int (*events_drain)(struct fp_os_stream *stream, struct fp_os_events *out, uint64_t *lost);

	/* Lets others run for about so long. */
	void (*pause)(struct fp_os *os, uint64_t ns);

	uint64_t (*monotonic_ns)(struct fp_os *os);
	uint64_t (*realtime_ns)(struct fp_os *os);   /* since 1970 */
	uint64_t (*thread_cpu_ns)(struct fp_os *os); /* that the calling thread used so far */
	uint64_t (*page_bytes)(struct fp_os *os);
	uint64_t (*descriptor_limit)(
		struct fp_os *os); /* of this process: how many it may have open */
	uint64_t (*ticks_per_second)(struct fp_os *os); /* of starttime: USER_HZ */
};

/* The backend of this system; never NULL. */
const struct fp_os_backend *fp_os_default(void);

/* Every slot answers -ENOTSUP: what a port starts from, and what builds everywhere. */
extern const struct fp_os_backend fp_os_null;

#endif

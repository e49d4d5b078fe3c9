/* What the kernel tells in a microsecond or two: of a process that is only looked after, and of the host. */
#include "os/linux.h"
#include "os/procfs.h"
#include "util/number.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

enum {
	OPEN_FILE = O_RDONLY | O_CLOEXEC,
	OPEN_PLACE = O_PATH | O_DIRECTORY | O_CLOEXEC,
	/* of a directory, beside those of what lies in it: "." and ".." */
	OWN_LINKS = 2,
	NUMBER_SIZE = 32
};

static const char ksm_pages_shared[] = "kernel/mm/ksm/pages_shared";

bool fp_linux_is_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static int error_of_process(void)
{
	return errno == ENOENT || errno == ENOTDIR ? -ESRCH : fp_posix_error();
}

int fp_linux_process_keep(struct fp_os_process *process)
{
	if (!fp_linux_is_procfs(process->fd))
		return -ENOTSUP;
	int stat_fd = fp_procfs_file_open(process, "stat");
	if (stat_fd < 0)
		return stat_fd;
	int status_fd = fp_procfs_file_open(process, "status");
	if (status_fd < 0) {
		close(stat_fd);
		return status_fd;
	}
	process->keeps = true;
	process->stat_fd = stat_fd;
	process->status_fd = status_fd;
	return 0;
}

int fp_linux_glance_open(const struct fp_os_process *process, struct fp_os_kept *out)
{
	*out = (struct fp_os_kept){-1, -1};
	if (!fp_linux_is_procfs(process->fd))
		return -ENOTSUP;
	out->statm_fd = openat(process->fd, "statm", OPEN_FILE);
	if (out->statm_fd < 0)
		return error_of_process();
	out->task_fd = openat(process->fd, "task", OPEN_PLACE);
	if (out->task_fd >= 0)
		return 0;
	int status = error_of_process();
	close(out->statm_fd);
	out->statm_fd = -1;
	return status;
}

void fp_linux_glance_close(struct fp_os_kept *kept)
{
	close(kept->statm_fd);
	close(kept->task_fd);
	*kept = (struct fp_os_kept){-1, -1};
}

/* A process has a directory for each thread in its task, and in procfs that is counted, not listed. */
static int take_threads(const struct stat *st, struct fp_os_glance *out)
{
	if (st->st_nlink <= OWN_LINKS)
		return -ESRCH;
	out->threads = st->st_nlink - OWN_LINKS;
	out->has_threads = true;
	return 0;
}

static int take_statm(ssize_t len, struct fp_os_glance *out)
{
	if (len < 0)
		return error_of_process();
	out->statm_len = (size_t)len;
	return 0;
}

static int glance_by_pid(int place, int32_t pid, bool threads, struct fp_os_glance *out)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "%d/statm", (int)pid);
	int fd = openat(place, path, OPEN_FILE);
	if (fd < 0)
		return error_of_process();
	int status = take_statm(pread(fd, out->statm, sizeof(out->statm), 0), out);
	close(fd);
	if (status < 0 || !threads)
		return status;
	snprintf(path, sizeof(path), "%d/task", (int)pid);
	if (fstatat(place, path, &st, 0) < 0)
		return error_of_process();
	return take_threads(&st, out);
}

int fp_linux_glance(struct fp_os *os, int32_t pid, const struct fp_os_kept *kept, bool threads,
	struct fp_os_glance *out)
{
	struct stat st;

	out->has_threads = false;
	if (!kept)
		return glance_by_pid(fp_procfs_place(os), pid, threads, out);
	int status = take_statm(pread(kept->statm_fd, out->statm, sizeof(out->statm), 0), out);
	if (status < 0 || !threads)
		return status;
	if (fstat(kept->task_fd, &st) < 0)
		return error_of_process();
	return take_threads(&st, out);
}

/* Its own id would give a thread the clock of its process. */
static bool is_own_thread(int32_t pid)
{
	static _Thread_local pid_t own;

	if (own == 0)
		own = (pid_t)syscall(SYS_gettid);
	return pid == own && pid != getpid();
}

/* A kernel built without such clocks (POSIX_TIMERS) says of each what others say of who is not there. */
static int no_clock(void)
{
	struct timespec used;

	return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 ? -ESRCH : -ENOTSUP;
}

/*
 * The clock that clock_getcpuclockid(3) would find after asking whether there is one: the process's own,
 * as the scheduler counts it (CPUCLOCK_SCHED of include/linux/posix-timers_types.h).
 */
int fp_linux_cpu_clock(struct fp_os *os, int32_t pid, uint64_t *ns)
{
	clockid_t clock = (clockid_t)(~(uint32_t)pid << 3 | 2);
	struct timespec used;

	(void)os;
	if (is_own_thread(pid))
		return -ESRCH;
	if (clock_gettime(clock, &used) < 0)
		return errno == EINVAL ? no_clock() : fp_posix_error();
	*ns = (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
	return 0;
}

/*
 * The kernel gives a process's directory to its effective uid, also where all that lies in it is
 * root's, since the process may not be dumped.
 */
int fp_linux_owner(const struct fp_os_process *process, uint32_t *uid)
{
	struct stat st;

	if (!fp_linux_is_procfs(process->fd))
		return -ENOTSUP;
	if (fstat(process->fd, &st) < 0)
		return error_of_process();
	*uid = (uint32_t)st.st_uid;
	return 0;
}

int fp_linux_swap_used(struct fp_os *os, uint64_t *bytes)
{
	struct sysinfo info;

	(void)os;
	if (sysinfo(&info) < 0)
		return fp_posix_error();
	*bytes = ((uint64_t)info.totalswap - (uint64_t)info.freeswap) * info.mem_unit;
	return 0;
}

void fp_linux_keep(struct fp_os *os)
{
	struct statfs fs;

	if (os->sys_fd >= 0 && fstatfs(os->sys_fd, &fs) == 0 && fs.f_type == SYSFS_MAGIC)
		os->ksm_fd = openat(os->sys_fd, ksm_pages_shared, OPEN_FILE);
}

static int read_ksm_shared(struct fp_os *os, uint64_t *count)
{
	char text[NUMBER_SIZE];

	if (os->ksm_fd < 0)
		return fp_procfs_sys_number(os, ksm_pages_shared, count);
	ssize_t len = pread(os->ksm_fd, text, sizeof(text), 0);
	if (len < 0)
		return fp_posix_error();
	if (len && text[len - 1] == '\n')
		len--;
	return fp_number_u64(text, (size_t)len, count) < 0 ? -EBADMSG : 0;
}

int fp_linux_ksm_pages(struct fp_os *os, uint64_t *shared, uint64_t *sharing)
{
	int status = read_ksm_shared(os, shared);

	*sharing = 0;
	if (status == 0 && *shared)
		status = fp_procfs_sys_number(os, "kernel/mm/ksm/pages_sharing", sharing);
	if (status == -ENOENT)
		*shared = 0;
	return status == -ENOENT ? 0 : status;
}

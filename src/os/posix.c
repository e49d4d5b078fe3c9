#include "os/procfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/sysmacros.h>
#endif
#include <time.h>
#include <unistd.h>

enum { READ_STEP = 4096, PASSWD_BUFFER_MAX = 1024 * 1024 };

int fp_posix_error(void)
{
	return errno == EPERM ? -EACCES : -errno;
}

/* What is left of a file; or a record, which ends where there is less than was asked for, once or again. */
enum reading { READ_ALL, READ_RECORD, READ_AGAIN };

static int read_until(int fd, size_t limit, enum reading reading, struct fp_buf *out)
{
	out->len = 0;
	for (;;) {
		int status = fp_buf_reserve(out, READ_STEP);
		if (status < 0)
			return status;
		size_t room = out->cap - out->len;
		char *end = out->data + out->len;
		ssize_t n = reading == READ_AGAIN ? pread(fd, end, room, (off_t)out->len)
						  : read(fd, end, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fp_posix_error();
		if (n == 0)
			return 0;
		out->len += (size_t)n;
		if (out->len > limit)
			return -EFBIG;
		if (reading != READ_ALL && (size_t)n < room)
			return 0;
	}
}

static void take_info(const struct stat *st, struct fp_os_file_info *info)
{
	info->device = (uint64_t)st->st_dev;
	info->inode = (uint64_t)st->st_ino;
	info->mtime_s = (int64_t)st->st_mtim.tv_sec;
	info->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
}

int fp_posix_file_info(struct fp_os *os, const char *path, struct fp_os_file_info *out)
{
	struct stat st;

	(void)os;
	if (stat(path, &st) < 0)
		return fp_posix_error();
	take_info(&st, out);
	return 0;
}

int fp_posix_read_all(int fd, size_t limit, struct fp_buf *out)
{
	return read_until(fd, limit, READ_ALL, out);
}

int fp_posix_read_record(int fd, size_t limit, struct fp_buf *out)
{
	return read_until(fd, limit, READ_RECORD, out);
}

int fp_posix_read_again(int fd, size_t limit, struct fp_buf *out)
{
	return read_until(fd, limit, READ_AGAIN, out);
}

static int read_regular(int fd, size_t limit, struct fp_buf *out, struct fp_os_file_info *info)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fp_posix_error();
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	take_info(&st, info);
	return fp_posix_read_all(fd, limit, out);
}

int fp_posix_file_read(struct fp_os *os, const char *path, size_t limit, struct fp_buf *out,
	struct fp_os_file_info *info)
{
	(void)os;
	/* not blocking: opening a FIFO that lies at the path would wait for its writer */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return fp_posix_error();
	int status = read_regular(fd, limit, out, info);
	close(fd);
	return status;
}

/* Appends a string with its NUL, and says where it begins. */
static int keep_string(struct fp_buf *text, const char *string, size_t len, size_t *at)
{
	*at = text->len;
	int status = fp_buf_append(text, string, len);
	if (status == 0)
		status = fp_buf_append(text, "", 1);
	return status;
}

static void follow(int folder, const char *name, struct fp_os_link *link)
{
	struct stat st;

	if (fstatat(folder, name, &st, 0) < 0) {
		link->leads = errno == ENOENT ? FP_OS_LEADS_NOWHERE : FP_OS_LEADS_ELSEWHERE;
		return;
	}
	link->leads = S_ISBLK(st.st_mode) ? FP_OS_LEADS_TO_BLOCK_DEVICE : FP_OS_LEADS_ELSEWHERE;
	link->major = (uint32_t)major(st.st_rdev);
	link->minor = (uint32_t)minor(st.st_rdev);
}

/* What is no link, or has gone meanwhile, is passed over. */
static int add_link(int folder, const char *name, struct fp_os_links *out)
{
	struct fp_os_link link = {0};
	char target[PATH_MAX];
	ssize_t len = readlinkat(folder, name, target, sizeof(target));

	if (len < 0 || (size_t)len == sizeof(target))
		return 0;
	follow(folder, name, &link);
	int status = keep_string(&out->text, name, strlen(name), &link.name);
	if (status == 0)
		status = keep_string(&out->text, target, (size_t)len, &link.target);
	return status < 0 ? status : fp_os_link_list_add(&out->list, link);
}

static int add_links(DIR *dir, struct fp_os_links *out)
{
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(dir);
		if (!entry)
			return errno ? fp_posix_error() : 0;
		int status = add_link(dirfd(dir), entry->d_name, out);
		if (status < 0)
			return status;
	}
}

int fp_posix_links(struct fp_os *os, const char *path, struct fp_os_links *out)
{
	DIR *dir = opendir(path);

	(void)os;
	out->text.len = 0;
	out->list.len = 0;
	if (!dir)
		return fp_posix_error();
	int status = add_links(dir, out);
	closedir(dir);
	return status;
}

/* One of the two look-ups, by name where name is set. */
static int look_up(const char *name, uint32_t uid, char *buffer, size_t size, struct passwd *entry)
{
	struct passwd *found = NULL;
	int error = name ? getpwnam_r(name, entry, buffer, size, &found)
			 : getpwuid_r(uid, entry, buffer, size, &found);

	if (found)
		return 0;
	/* systems disagree on how to say that there is no such user */
	if (error == 0 || error == ENOENT || error == ESRCH)
		return -ENOENT;
	return error == ERANGE || error == ENOMEM ? -error : -EAGAIN;
}

/* Looks up with a buffer that is large enough; *buffer is the caller's to free. */
static int look_up_growing(const char *name, uint32_t uid, char **buffer, struct passwd *entry)
{
	for (size_t size = 1024; size <= PASSWD_BUFFER_MAX; size *= 4) {
		*buffer = malloc(size);
		if (!*buffer)
			return -ENOMEM;
		int status = look_up(name, uid, *buffer, size, entry);
		if (status != -ERANGE)
			return status;
		free(*buffer);
		*buffer = NULL;
	}
	return -EAGAIN;
}

int fp_posix_user_id(struct fp_os *os, const char *name, uint32_t *uid)
{
	struct passwd entry;
	char *buffer = NULL;
	int status = look_up_growing(name, 0, &buffer, &entry);

	(void)os;
	if (status == 0)
		*uid = (uint32_t)entry.pw_uid;
	free(buffer);
	return status;
}

int fp_posix_user_name(struct fp_os *os, uint32_t uid, struct fp_buf *name)
{
	struct passwd entry;
	char *buffer = NULL;
	int status = look_up_growing(NULL, uid, &buffer, &entry);

	(void)os;
	name->len = 0;
	if (status == 0)
		status = fp_buf_append(name, entry.pw_name, strlen(entry.pw_name));
	free(buffer);
	return status;
}

int fp_posix_group_id(struct fp_os *os, const char *name, uint32_t *gid)
{
	(void)os;
	for (size_t size = 1024; size <= PASSWD_BUFFER_MAX; size *= 4) {
		struct group entry, *found = NULL;
		char *buffer = malloc(size);
		if (!buffer)
			return -ENOMEM;
		int error = getgrnam_r(name, &entry, buffer, size, &found);
		if (found)
			*gid = (uint32_t)entry.gr_gid;
		free(buffer);
		if (found)
			return 0;
		if (error != ERANGE)
			return error == 0 || error == ENOENT || error == ESRCH ? -ENOENT : -EAGAIN;
	}
	return -EAGAIN;
}

void fp_posix_pause(struct fp_os *os, uint64_t ns)
{
	const struct timespec rest = {
		.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};

	(void)os;
	/* a signal that ends it early does no harm */
	nanosleep(&rest, NULL);
}

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t fp_posix_monotonic_ns(struct fp_os *os)
{
	(void)os;
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t fp_posix_realtime_ns(struct fp_os *os)
{
	(void)os;
	return read_clock(CLOCK_REALTIME);
}

uint64_t fp_posix_thread_cpu_ns(struct fp_os *os)
{
	(void)os;
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t fp_posix_page_bytes(struct fp_os *os)
{
	(void)os;
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t fp_posix_descriptor_limit(struct fp_os *os)
{
	long limit = sysconf(_SC_OPEN_MAX);

	(void)os;
	/* -1: as many as there is memory for */
	return limit < 0 ? UINT64_MAX : (uint64_t)limit;
}

uint64_t fp_posix_ticks_per_second(struct fp_os *os)
{
	(void)os;
	return (uint64_t)sysconf(_SC_CLK_TCK);
}

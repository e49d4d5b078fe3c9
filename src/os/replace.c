#include "os/replace.h"
#include "os/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_SIZE = sizeof(".footprint-0123456789abcdef0123456789abcdef") };

static int make_name(char name[NAME_SIZE])
{
	uint64_t random[2];

	if (getentropy(random, sizeof(random)) < 0)
		return fp_posix_error();
	snprintf(name, NAME_SIZE, ".footprint-%016" PRIx64 "%016" PRIx64, random[0], random[1]);
	return 0;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fp_posix_error();
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The group before the mode: until it is right, nobody else may read. */
static int fill(int fd, bool has_gid, uint32_t gid, const char *bytes, size_t len)
{
	if (has_gid && fchown(fd, (uid_t)-1, (gid_t)gid) < 0)
		return fp_posix_error();
	if (fchmod(fd, S_IRUSR | S_IWUSR | S_IRGRP) < 0)
		return fp_posix_error();
	return write_all(fd, bytes, len);
}

static int replace(
	int folder, const char *base, bool has_gid, uint32_t gid, const char *bytes, size_t len)
{
	char name[NAME_SIZE];
	int status = make_name(name);

	if (status < 0)
		return status;
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		S_IRUSR | S_IWUSR);
	if (fd < 0)
		return fp_posix_error();
	status = fill(fd, has_gid, gid, bytes, len);
	/* some file systems say only here that there was no room */
	if (close(fd) < 0 && status == 0)
		status = fp_posix_error();
	if (status == 0 && renameat(folder, name, folder, base) < 0)
		status = fp_posix_error();
	if (status < 0)
		unlinkat(folder, name, 0);
	return status;
}

/* The folder is opened once, so that all steps are of the same one. */
static int open_folder(const char *path, const char *slash)
{
	char *folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));

	if (!folder)
		return -ENOMEM;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status = fd < 0 ? fp_posix_error() : fd;
	free(folder);
	return status;
}

int fp_replace_write(const char *path, bool has_gid, uint32_t gid, const void *bytes, size_t len)
{
	const char *slash = strrchr(path, '/');

	if (!slash || !slash[1])
		return -EINVAL;
	int folder = open_folder(path, slash);
	if (folder < 0)
		return folder;
	int status = replace(folder, slash + 1, has_gid, gid, bytes, len);
	close(folder);
	return status;
}

#include "sample/state_file.h"
#include "os/replace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const struct fp_log *log, const char *path, int status, const char *what)
{
	fp_log(log, FP_ERROR, "<Plugin footprint>: StateFile: \"%s\": %s", path, what);
	return status;
}

static int fail_errno(const struct fp_log *log, const char *path, const char *what)
{
	int status = -errno;

	fp_log(log, FP_ERROR, "<Plugin footprint>: StateFile: \"%s\": %s: %s", path, what,
		strerror(-status));
	return status;
}

static int check_folder(const char *path, const char *folder, const struct fp_log *log)
{
	struct stat st;

	if (lstat(folder, &st) < 0)
		return fail_errno(log, path, "its folder has to be there");
	/* whoever owns the link leads the file where he likes */
	if (S_ISLNK(st.st_mode) && st.st_uid != 0 && st.st_uid != geteuid())
		return fail(log, path, -EPERM, "its folder is a link that another user owns");
	if (S_ISLNK(st.st_mode) && stat(folder, &st) < 0)
		return fail_errno(log, path, "its folder has to be there");
	if (!S_ISDIR(st.st_mode))
		return fail(log, path, -ENOTDIR, "it has to lie in a folder");
	if (st.st_mode & S_IWOTH)
		return fail(log, path, -EPERM,
			"everybody may write to its folder; take one of the daemon's own, such as "
			"\"/run/footprint/\"");
	return 0;
}

int fp_state_file_check(const char *path, const struct fp_log *log)
{
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (path[0] != '/')
		return fail(log, path, -EINVAL,
			"takes an absolute path, such as \"/run/footprint/state.json\"");
	if (!slash[1])
		return fail(log, path, -EINVAL,
			"names a folder; it takes a file, such as \"/run/footprint/state.json\"");
	/* a link's name with a slash behind it is already what it leads to */
	size_t len = (size_t)(slash - path);
	while (len > 0 && path[len - 1] == '/')
		len--;
	char *folder = strndup(path, len ? len : 1);
	if (!folder)
		return fail(log, path, -ENOMEM, "out of memory");
	int status = check_folder(path, folder, log);
	free(folder);
	if (status < 0)
		return status;
	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return fail(log, path, -EEXIST,
			"what lies there is no regular file, and would be replaced");
	return 0;
}

int fp_state_file_write(const char *path, bool has_gid, uint32_t gid, const void *bytes, size_t len)
{
	return fp_replace_write(path, has_gid, gid, bytes, len);
}

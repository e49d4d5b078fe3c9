#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX = 1024 * 1024 * 1024, STEP = 65536 };

static int read_all(int fd, struct fp_buf *out)
{
	for (;;) {
		int status = out->len > FILE_MAX ? -EFBIG : fp_buf_reserve(out, STEP);
		if (status < 0)
			return status;
		ssize_t n = read(fd, out->data + out->len, STEP);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			out->len += (size_t)n;
	}
}

int fp_file_read(const char *path, struct fp_buf *out)
{
	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, out);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	int status = read_all(fd, out);
	close(fd);
	return status;
}

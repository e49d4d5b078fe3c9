#include "cli/out.h"
#include "cli/exit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void fp_out_bytes(struct fp_out *out, const char *bytes, size_t len)
{
	if (out->status == 0)
		out->status = fp_buf_append(&out->buf, bytes, len);
}

void fp_out_text(struct fp_out *out, const char *text)
{
	fp_out_bytes(out, text, strlen(text));
}

void fp_out_fill(struct fp_out *out, char byte, size_t count)
{
	if (out->status == 0)
		out->status = fp_buf_reserve(&out->buf, count);
	if (out->status < 0 || count == 0)
		return;
	memset(out->buf.data + out->buf.len, byte, count);
	out->buf.len += count;
}

void fp_out_format(struct fp_out *out, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (len > 0)
		fp_out_bytes(
			out, text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

/* A terminal that somebody else has made non-blocking is waited for. */
static int wait_for_room(int fd)
{
	struct pollfd polled = {.fd = fd, .events = POLLOUT};

	return poll(&polled, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t written = write(fd, bytes, len);
		int status = written < 0 ? -errno : 0;
		if (status == -EAGAIN)
			status = wait_for_room(fd);
		else if (status == -EINTR)
			status = 0;
		if (status < 0)
			return status;
		if (written > 0) {
			bytes += written;
			len -= (size_t)written;
		}
	}
	return 0;
}

int fp_out_send(struct fp_out *out, int fd)
{
	int status = out->status;

	if (status == 0)
		status = write_all(fd, out->buf.data, out->buf.len);
	out->buf.len = 0;
	return status;
}

int fp_out_tell(struct fp_out *out)
{
	int status = fp_out_send(out, STDOUT_FILENO);

	if (status == 0)
		return 0;
	fprintf(stderr, "footprint: standard output: %s\n", strerror(-status));
	return FP_EXIT_TROUBLE;
}

int fp_out_tell_text(const char *text)
{
	struct fp_out out = {0};

	fp_out_text(&out, text);
	int code = fp_out_tell(&out);
	fp_out_fini(&out);
	return code;
}

void fp_out_fini(struct fp_out *out)
{
	fp_buf_fini(&out->buf);
	out->status = 0;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0 || errno != EBADF;
}

int fp_out_prepare(void)
{
	bool closed = !is_open(STDOUT_FILENO);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (!is_open(fd) && open("/dev/null", O_RDWR) < 0)
			return FP_EXIT_TROUBLE;
	signal(SIGPIPE, SIG_IGN);
	if (!closed)
		return 0;
	fprintf(stderr, "footprint: standard output: %s\n", strerror(EBADF));
	return FP_EXIT_TROUBLE;
}

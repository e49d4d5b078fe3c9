/*
 * A file system of one file that may stop answering: slow-fuse FOLDER BYTES mounts it on the folder
 * and says "r". Then it takes commands, a byte each, and says it back when it is done: 's' lets
 * reads and writes wait from now on, 'g' answers those that wait and all others. The file holds zeros
 * and forgets what is written. It ends with its input; the mount is its caller's to undo.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_NODE = 2, BUFFER_SIZE = 1 << 20, WAITING_MAX = 1024, CHUNK_MAX = 128 * 1024 };

static const char file_name[] = "disk";
static int fuse;
static uint64_t file_size;
static bool stopped;
static struct fuse_in_header waiting[WAITING_MAX];
static uint32_t waiting_bytes[WAITING_MAX];
static size_t waiting_count;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void answer(const struct fuse_in_header *in, int error, const void *data, size_t len)
{
	static char out[sizeof(struct fuse_out_header) + CHUNK_MAX];
	struct fuse_out_header header = {
		.len = (uint32_t)(sizeof(header) + len), .error = error, .unique = in->unique};

	memcpy(out, &header, sizeof(header));
	if (len)
		memcpy(out + sizeof(header), data, len);
	/* the kernel may have given up the request meanwhile */
	if (write(fuse, out, header.len) < 0 && errno != ENOENT)
		die("answer");
}

static void answer_init(const struct fuse_in_header *in)
{
	struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = CHUNK_MAX,
		.max_background = WAITING_MAX,
		.congestion_threshold = WAITING_MAX,
		.max_write = CHUNK_MAX};

	answer(in, 0, &out, sizeof(out));
}

static struct fuse_attr attributes(uint64_t node)
{
	struct fuse_attr attr = {.ino = node, .mode = S_IFDIR | 0755, .nlink = 2, .blksize = 4096};

	if (node == FILE_NODE) {
		attr.mode = S_IFREG | 0644;
		attr.nlink = 1;
		attr.size = file_size;
		attr.blocks = file_size / 512;
	}
	return attr;
}

static void answer_lookup(const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out out = {.nodeid = FILE_NODE,
		.entry_valid = 3600,
		.attr_valid = 3600,
		.attr = attributes(FILE_NODE)};

	if (strcmp(name, file_name) == 0)
		answer(in, 0, &out, sizeof(out));
	else
		answer(in, -ENOENT, NULL, 0);
}

/* Of a read what it asks for, of a write that it was taken. */
static void answer_io(const struct fuse_in_header *in, uint32_t bytes)
{
	static const char zeros[CHUNK_MAX];
	struct fuse_write_out written = {.size = bytes};

	if (in->opcode == FUSE_WRITE)
		answer(in, 0, &written, sizeof(written));
	else
		answer(in, 0, zeros, bytes);
}

static void take_io(const struct fuse_in_header *in, const void *body)
{
	/* the size stands at one place in both */
	uint32_t bytes = ((const struct fuse_read_in *)body)->size;

	if (!stopped) {
		answer_io(in, bytes);
		return;
	}
	if (waiting_count == WAITING_MAX)
		die("too many wait");
	waiting[waiting_count] = *in;
	waiting_bytes[waiting_count++] = bytes;
}

static void take_request(const struct fuse_in_header *in, const void *body)
{
	struct fuse_attr_out attr = {.attr_valid = 3600, .attr = attributes(in->nodeid)};
	struct fuse_open_out open_out = {.open_flags = FOPEN_DIRECT_IO};

	switch (in->opcode) {
	case FUSE_INIT:
		answer_init(in);
		break;
	case FUSE_LOOKUP:
		answer_lookup(in, body);
		break;
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		answer(in, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(in, 0, &open_out, sizeof(open_out));
		break;
	case FUSE_READ:
	case FUSE_WRITE:
		take_io(in, body);
		break;
	case FUSE_FLUSH:
	case FUSE_FSYNC:
	case FUSE_RELEASE:
		answer(in, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break; /* no answer is due */
	default:
		answer(in, -ENOSYS, NULL, 0);
	}
}

static bool take_command(void)
{
	char command;

	if (read(STDIN_FILENO, &command, 1) != 1)
		return false;
	stopped = command == 's';
	if (!stopped) {
		for (size_t i = 0; i < waiting_count; i++)
			answer_io(&waiting[i], waiting_bytes[i]);
		waiting_count = 0;
	}
	return write(STDOUT_FILENO, &command, 1) == 1;
}

static void serve(void)
{
	static char buffer[BUFFER_SIZE];
	struct pollfd fds[] = {
		{.fd = fuse, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			die("poll");
		if (fds[0].revents) {
			ssize_t len = read(fuse, buffer, sizeof(buffer));
			if (len < 0 && errno == ENODEV)
				return;
			if (len < (ssize_t)sizeof(struct fuse_in_header))
				continue;
			take_request((const struct fuse_in_header *)buffer,
				buffer + sizeof(struct fuse_in_header));
		}
		if (fds[1].revents && !take_command())
			return;
	}
}

int main(int argc, char *argv[])
{
	char options[128];

	if (argc != 3) {
		fprintf(stderr, "usage: slow-fuse FOLDER BYTES\n");
		return 2;
	}
	file_size = strtoull(argv[2], NULL, 10);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse < 0)
		die("/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		fuse);
	if (mount("slow-fuse", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		die("mount");
	if (write(STDOUT_FILENO, "r", 1) != 1)
		die("ready");
	serve();
	return 0;
}

/*
 * Processes that the kernel holds up, and the file system that does not answer them. What is spoken
 * with the kernel is FUSE (linux/fuse.h) as far as one file needs it: its data never comes, and
 * nobody is ever told that it was closed.
 */
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_NODE = 2, FILE_SIZE = 1 << 20, REQUEST_SIZE = 256 * 1024 };

static void set_attributes(struct fuse_attr *attributes, uint64_t node)
{
	attributes->ino = node;
	attributes->mode = node == FILE_NODE ? S_IFREG | 0644 : S_IFDIR | 0755;
	attributes->nlink = 1;
	attributes->size = node == FILE_NODE ? FILE_SIZE : 0;
	attributes->blksize = 4096;
}

/* The answer's body in out: its size, or -errno. */
static int answer(const struct fuse_in_header *request, void *out)
{
	struct fuse_init_out *init = out;
	struct fuse_entry_out *entry = out;
	struct fuse_attr_out *attributes = out;

	switch (request->opcode) {
	case FUSE_INIT:
		*init = (struct fuse_init_out){.major = FUSE_KERNEL_VERSION,
			.minor = FUSE_KERNEL_MINOR_VERSION,
			.max_readahead = 4096,
			.max_write = 4096};
		return sizeof(*init);
	case FUSE_LOOKUP:
		*entry = (struct fuse_entry_out){
			.nodeid = FILE_NODE, .entry_valid = 3600, .attr_valid = 3600};
		set_attributes(&entry->attr, FILE_NODE);
		return sizeof(*entry);
	case FUSE_GETATTR:
		*attributes = (struct fuse_attr_out){.attr_valid = 3600};
		set_attributes(&attributes->attr, request->nodeid);
		return sizeof(*attributes);
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		/* else to open it would wait for the pages that others wait for */
		*(struct fuse_open_out *)out =
			(struct fuse_open_out){.open_flags = FOPEN_KEEP_CACHE};
		return sizeof(struct fuse_open_out);
	}
	return -ENOSYS;
}

static bool is_answered(uint32_t opcode)
{
	return opcode != FUSE_READ && opcode != FUSE_FLUSH && opcode != FUSE_FORGET &&
	       opcode != FUSE_BATCH_FORGET && opcode != FUSE_INTERRUPT;
}

static void *serve(void *arg)
{
	static union {
		struct fuse_in_header header;
		char bytes[REQUEST_SIZE];
	} request;
	static struct {
		struct fuse_out_header header;
		char body[4096];
	} reply;
	int fd = *(int *)arg;

	while (read(fd, &request, sizeof(request)) > 0) {
		if (!is_answered(request.header.opcode))
			continue;
		int size = answer(&request.header, reply.body);
		reply.header = (struct fuse_out_header){.unique = request.header.unique,
			.error = size < 0 ? size : 0,
			.len = (uint32_t)(sizeof(reply.header) + (size_t)(size < 0 ? 0 : size))};
		if (write(fd, &reply, reply.header.len) < 0 && errno != ENOENT)
			die("fuse");
	}
	return NULL;
}

/* Mounts the file system at the path, where its one file has any name, and serves it from now on. */
static void do_serve(const char *arg)
{
	static int fd;
	char options[128];
	pthread_t thread;

	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		fd);
	if (mount("stuck", arg, "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		die("mount");
	if ((errno = pthread_create(&thread, NULL, serve, &fd)))
		die("serve");
}

/* The file is mapped, so that its data has to come while the memory map is locked. */
static void *wait_for_data(void *arg)
{
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	char byte;

	if (memory < 0 || pread(memory, &byte, 1, (off_t)(uintptr_t)arg) != 1)
		return NULL;
	return arg;
}

static void *wait_for_lock(void *unused)
{
	(void)unused;
	sleep_ms(300);
	if (mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		die("mmap");
	return NULL;
}

/* Two threads that hold up whoever wants to know of this memory; this one is free. */
static void do_hold_memory(const char *arg)
{
	pthread_t reader, writer;
	/* its stack is a mapping too, so it is there before the other locks the memory map */
	if ((errno = pthread_create(&writer, NULL, wait_for_lock, NULL)))
		die("writer");
	int fd = open(arg, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(arg);
	void *map = mmap(NULL, FILE_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("map");
	if ((errno = pthread_create(&reader, NULL, wait_for_data, map)))
		die("reader");
}

/* An exec that closes the file, of which nobody takes notice; afterwards it stands. */
static void do_hold_exec(const char *arg)
{
	int fd = open(arg, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(arg);
	do_exec(NULL, NULL, 0);
}

const struct step stuck_steps[] = {
	{"serve", do_serve},
	{"hold-memory", do_hold_memory},
	{"hold-exec", do_hold_exec},
	{NULL, NULL},
};

#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

static char *page_start, *file_start;
static size_t page_len, file_len;

static size_t to_size(const char *text)
{
	char *end;

	return parse_size(text, &end);
}

static void write_pages(char *start, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	/* the same on every page, so that mergeable pages are merged */
	for (size_t i = 0; i < len; i += page)
		memset(start + i, 0x5a, 64);
}

static void keep(void *start, size_t len, const char *what)
{
	if (start == MAP_FAILED)
		die(what);
	page_start = start;
	page_len = len;
}

static void map(size_t len, int flags, int fd, const char *what)
{
	keep(mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd, 0), len, what);
	write_pages(page_start, len);
}

static void do_private(const char *arg)
{
	map(to_size(arg), MAP_PRIVATE | MAP_ANONYMOUS, -1, "private");
}

static void do_reserve(const char *arg)
{
	size_t len = to_size(arg);

	keep(mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), len,
		"reserve");
	if (madvise(page_start, len, MADV_NOHUGEPAGE) < 0 && errno != EINVAL)
		die("MADV_NOHUGEPAGE");
}

static void do_huge(const char *arg)
{
	size_t huge = 2 * 1024 * 1024, len = to_size(arg);
	char *start =
		mmap(NULL, len + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		die("huge");
	keep(start + (huge - (uintptr_t)start % huge) % huge, len, "huge");
	if (madvise(page_start, len, MADV_HUGEPAGE) < 0)
		die("MADV_HUGEPAGE");
	write_pages(page_start, len);
}

static void do_hugetlb(const char *arg)
{
	map(to_size(arg), MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, "hugetlb");
}

static void do_shm(const char *arg)
{
	map(to_size(arg), MAP_SHARED | MAP_ANONYMOUS, -1, "shm");
}

static void do_memfd(const char *arg)
{
	int fd = memfd_create("victim", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)to_size(arg)) < 0)
		die("memfd");
	map(to_size(arg), MAP_SHARED, fd, "memfd");
	close(fd);
}

static void do_held(const char *arg)
{
	int fd = memfd_create("victim", MFD_CLOEXEC);

	if (fd < 0 || fallocate(fd, 0, 0, (off_t)to_size(arg)) < 0)
		die("held");
}

static void do_sysv(const char *arg)
{
	int id = shmget(IPC_PRIVATE, to_size(arg), IPC_CREAT | 0600);
	char *start = id < 0 ? MAP_FAILED : shmat(id, NULL, 0);

	keep(start, to_size(arg), "sysv");
	if (shmctl(id, IPC_RMID, NULL) < 0)
		die("IPC_RMID");
	write_pages(page_start, page_len);
}

/* The file is made if need be, but never removed. */
static int open_file(const char *arg, size_t *len)
{
	char *path;

	*len = parse_size(arg, &path);
	int fd = open(path + 1, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (end < 0 || (end < (off_t)*len && ftruncate(fd, (off_t)*len) < 0))
		die(path);
	return fd;
}

static void read_pages(const char *start, size_t len)
{
	for (size_t i = 0; i < len; i += 4096)
		(void)*(const volatile char *)(start + i);
}

static void do_file_read(const char *arg)
{
	size_t len;
	int fd = open_file(arg, &len);

	keep(mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0), len, "file-read");
	read_pages(page_start, len);
	file_start = page_start;
	file_len = len;
	close(fd);
}

static void do_exchange(const char *arg)
{
	int fd = open(arg, O_RDONLY | O_CLOEXEC);

	if (fd < 0 ||
		mmap(file_start, file_len, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED)
		die("exchange");
	read_pages(file_start, file_len);
	close(fd);
}

static void do_file_write(const char *arg)
{
	size_t len;
	int fd = open_file(arg, &len);

	map(len, MAP_PRIVATE, fd, "file-write");
	close(fd);
}

static void do_file_shared(const char *arg)
{
	size_t len;
	int fd = open_file(arg, &len);

	map(len, MAP_SHARED, fd, "file-shared");
	close(fd);
}

static void do_touch(const char *arg)
{
	write_pages(page_start, to_size(arg));
}

static void do_give_up(const char *arg)
{
	if (madvise(page_start, to_size(arg), MADV_DONTNEED) < 0)
		die("MADV_DONTNEED");
}

static void do_mlock(const char *arg)
{
	(void)arg;
	if (mlock(page_start, page_len) < 0)
		die("mlock");
}

static void advise(int advice, const char *what)
{
	if (madvise(page_start, page_len, advice) < 0)
		die(what);
}

static void do_pageout(const char *arg)
{
	(void)arg;
	/* what is still on its way to the kernel's lists is passed over the first time */
	for (int i = 0; i < 3; i++)
		advise(MADV_PAGEOUT, "MADV_PAGEOUT");
}

static void do_lazyfree(const char *arg)
{
	(void)arg;
	advise(MADV_FREE, "MADV_FREE");
}

static void do_mergeable(const char *arg)
{
	(void)arg;
	advise(MADV_MERGEABLE, "MADV_MERGEABLE");
}

const struct step memory_steps[] = {
	{"private", do_private},
	{"reserve", do_reserve},
	{"huge", do_huge},
	{"hugetlb", do_hugetlb},
	{"shm", do_shm},
	{"memfd", do_memfd},
	{"sysv", do_sysv},
	{"held", do_held},
	{"file-read", do_file_read},
	{"file-write", do_file_write},
	{"file-shared", do_file_shared},
	{"exchange", do_exchange},
	{"touch", do_touch},
	{"give-up", do_give_up},
	{"mlock", do_mlock},
	{"pageout", do_pageout},
	{"lazyfree", do_lazyfree},
	{"mergeable", do_mergeable},
	{NULL, NULL},
};

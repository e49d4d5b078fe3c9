/*
 * Processes of random memory, for a test to measure.
 *
 *     population SEED FOLDER [WORD...]
 *
 * Makes mappings of all kinds with files in FOLDER (and in /dev/shm) and tears at them. Prints "pid N"
 * for each process that stands and "ready" at the end; all end at the end of its standard input. One
 * seed is one population. Words:
 *     forks         children that do so too, of which some end
 *     forge         these change all in /proc/PID/stat that tells whose child they are
 *     mergeable     for KSM
 *     pageout       some memory is swapped out
 *     noshmem       no shared memory
 *     many          a thousand mappings more
 *     hole          a file of 256 GiB with a few pages in it
 *     churn         maps, faults and unmaps for ever, once it is ready
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, MAPS = 24, DEPTH = 3, HUGE = 2 * 1024 * 1024 };

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

struct map {
	char *at;
	size_t pages;
	bool writable;
};

static uint64_t random_state;
static const char *folder;
static bool forks, forge, mergeable, pageout, noshmem, many, hole, churn;

static const struct {
	const char *name;
	bool *value;
} words[] = {
	{"forks", &forks},
	{"forge", &forge},
	{"mergeable", &mergeable},
	{"pageout", &pageout},
	{"noshmem", &noshmem},
	{"many", &many},
	{"hole", &hole},
	{"churn", &churn},
};
static struct map maps[MAPS];
static size_t map_count;

static _Noreturn void die(const char *what)
{
	dprintf(STDERR_FILENO, "population: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static uint64_t draw(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 11) % below;
}

/* ---- Mappings ---- */

static void add_map(char *at, size_t pages, bool writable, const char *what)
{
	if (at == MAP_FAILED)
		die(what);
	maps[map_count++] = (struct map){at, pages, writable};
}

static size_t some_pages(void)
{
	return draw(4) ? 1 + draw(64) : 1 + draw(1500);
}

static void make_anon(void)
{
	size_t pages = some_pages();

	add_map(mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0),
		pages, true, "anon");
}

static void make_huge(void)
{
	size_t pages = (1 + draw(3)) * (HUGE / PAGE), slack = HUGE / PAGE;
	char *at = mmap(NULL, (pages + slack) * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("huge");
	at += (HUGE - (uintptr_t)at % HUGE) % HUGE;
	if (madvise(at, pages * PAGE, MADV_HUGEPAGE) < 0)
		die("MADV_HUGEPAGE");
	/* read alone, it becomes the huge zero page */
	if (draw(2))
		(void)*(volatile char *)(at + draw(pages) * PAGE);
	add_map(at, pages, true, "huge");
}

/* Reserved, and hardly anything in it. */
static void make_sparse(void)
{
	size_t pages = (size_t)1 << (18 + draw(6));

	add_map(mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
		pages, true, "sparse");
}

static void make_code(void)
{
	size_t pages = 1 + draw(20);
	char *at = mmap(
		NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("code");
	memset(at, 0xc3, (1 + draw(pages)) * PAGE);
	if (mprotect(at, pages * PAGE, PROT_READ | PROT_EXEC) < 0)
		die("PROT_EXEC");
	add_map(at, pages, false, "code");
}

static void map_file(int fd, size_t file_pages)
{
	bool shared = draw(2), writable = draw(3) != 0;
	size_t skip = draw(2) ? draw(file_pages) : 0, pages = file_pages - skip;

	add_map(mmap(NULL, pages * PAGE, PROT_READ | (writable ? PROT_WRITE : 0),
			shared ? MAP_SHARED : MAP_PRIVATE, fd, (off_t)(skip * PAGE)),
		pages, writable, "file");
	close(fd);
}

/* Of a few names: one is mapped by several processes and several times. */
static void make_file(const char *where)
{
	char path[512];
	size_t pages = some_pages();

	snprintf(path, sizeof(path), "%s/fp-%d", where, (int)draw(4));
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (size < 0 || (size < (off_t)(pages * PAGE) && ftruncate(fd, (off_t)(pages * PAGE)) < 0))
		die(path);
	map_file(fd, pages);
}

static void make_memfd(void)
{
	size_t pages = some_pages();
	int fd = memfd_create("population", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)(pages * PAGE)) < 0)
		die("memfd");
	map_file(fd, pages);
}

static void make_sysv(void)
{
	size_t pages = some_pages();
	int id = shmget(IPC_PRIVATE, pages * PAGE, IPC_CREAT | 0600);
	char *at = id < 0 ? MAP_FAILED : shmat(id, NULL, 0);

	if (at == MAP_FAILED || shmctl(id, IPC_RMID, NULL) < 0)
		die("sysv");
	add_map(at, pages, true, "sysv");
}

static void make_dev_zero(void)
{
	size_t pages = some_pages();
	int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);

	add_map(mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, draw(3) ? MAP_SHARED : MAP_PRIVATE,
			fd, 0),
		pages, true, "/dev/zero");
	close(fd);
}

static void make_map(void)
{
	switch (draw(noshmem ? 7 : 12)) {
	case 0:
	case 1:
		make_anon();
		break;
	case 2:
		make_huge();
		break;
	case 3:
		make_sparse();
		break;
	case 4:
		make_code();
		break;
	case 5:
	case 6:
		make_file(folder);
		break;
	case 7:
		make_file("/dev/shm");
		break;
	case 8:
		make_memfd();
		break;
	case 9:
		make_sysv();
		break;
	default:
		make_dev_zero();
	}
}

/* Neighbours that differ are not made one by the kernel. */
static void make_many(void)
{
	const size_t pages = 1000;
	char *at = mmap(
		NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("many");
	memset(at, 1, pages * PAGE);
	for (size_t i = 0; i < pages; i += 2)
		if (mprotect(at + i * PAGE, PAGE, PROT_READ) < 0)
			die("many");
}

static void make_hole(void)
{
	char path[512];
	const size_t size = (size_t)256 << 30;

	snprintf(path, sizeof(path), "%s/fp-hole", folder);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char *at = fd < 0 || ftruncate(fd, (off_t)size) < 0
			   ? MAP_FAILED
			   : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		die("hole");
	close(fd);
	for (int i = 0; i < 50; i++)
		at[draw(size)] = 1;
}

/* ---- What is done to them ---- */

static void touch(const struct map *map, bool write)
{
	size_t count = draw(map->pages < 600 ? map->pages + 1 : 600), first = draw(map->pages);

	for (size_t i = 0; i < count; i++) {
		/* side by side, or here and there */
		size_t page = map->pages > 4096 || draw(8) == 0 ? draw(map->pages)
								: (first + i) % map->pages;
		volatile char *at = map->at + page * PAGE;
		/* alike on many pages, so that there is something to merge */
		if (write && map->writable)
			*(volatile uint32_t *)at = (uint32_t)draw(4);
		else
			(void)*at;
	}
}

static void advise(const struct map *map, int advice)
{
	size_t first = draw(map->pages), count = 1 + draw(map->pages - first);

	/* not every advice is for every mapping, nor known to every kernel */
	if (madvise(map->at + first * PAGE, count * PAGE, advice) < 0 && errno != EINVAL &&
		errno != EPERM && errno != EAGAIN && errno != EACCES)
		die("madvise");
}

/* The front goes, or the back. */
static void cut(struct map *map)
{
	size_t count = draw(map->pages);

	if (count == 0)
		return;
	if (draw(2)) {
		munmap(map->at, count * PAGE);
		map->at += count * PAGE;
	} else {
		munmap(map->at + (map->pages - count) * PAGE, count * PAGE);
	}
	map->pages -= count;
}

static void move(struct map *map)
{
	size_t pages = 1 + draw(map->pages);
	char *at = mremap(map->at, map->pages * PAGE, pages * PAGE, MREMAP_MAYMOVE);

	if (at == MAP_FAILED)
		die("mremap");
	char *other = mmap(NULL, pages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (other == MAP_FAILED)
		die("mremap");
	at = mremap(at, pages * PAGE, pages * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other);
	if (at == MAP_FAILED)
		die("MREMAP_FIXED");
	map->at = at;
	map->pages = pages;
}

static void tear(struct map *map)
{
	switch (draw(12)) {
	case 0:
		cut(map);
		break;
	case 1:
		move(map);
		break;
	case 2:
		advise(map, MADV_DONTNEED);
		break;
	case 3:
		advise(map, MADV_FREE);
		break;
	case 4:
		advise(map, MADV_GUARD_INSTALL);
		map->pages = 0; /* not to be touched any more */
		break;
	case 5:
		if (mergeable)
			madvise(map->at, map->pages * PAGE, MADV_MERGEABLE);
		break;
	case 6:
		if (pageout)
			advise(map, MADV_PAGEOUT);
		break;
	case 7:
		if (mprotect(map->at, map->pages * PAGE, PROT_READ) == 0)
			map->writable = false;
		break;
	default:
		touch(map, draw(3) != 0);
	}
}

static void live(size_t steps)
{
	for (size_t i = 0; i < steps; i++) {
		if (map_count < MAPS && draw(3) == 0) {
			make_map();
			touch(&maps[map_count - 1], draw(4) != 0);
		} else if (map_count) {
			struct map *map = &maps[draw(map_count)];
			if (map->pages)
				tear(map);
		}
	}
}

/* ---- Processes ---- */

static _Noreturn void churn_for_ever(void)
{
	for (;;) {
		char *at = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (at == MAP_FAILED)
			die("churn");
		memset(at, 1, 16 * PAGE);
		munmap(at, 16 * PAGE);
	}
}

/* Who looks at these alone takes it for nobody's child. Open to everybody. */
static void forge_keys(void)
{
	static char data[64];
	uint64_t stack = (uint64_t)(uintptr_t)__builtin_frame_address(0) & ~(uint64_t)63;
	uint64_t code = (uint64_t)(uintptr_t)forge_keys;
	uint64_t brk = (uint64_t)(uintptr_t)sbrk(0);
	struct prctl_mm_map map = {
		.start_code = code,
		.end_code = code + 1,
		.start_data = (uint64_t)(uintptr_t)data,
		.end_data = (uint64_t)(uintptr_t)data + 1,
		.start_brk = brk - (uint64_t)(getpid() % 1000 + 1),
		.brk = brk,
		.start_stack = stack - (uint64_t)(getpid() % 1000) * 8,
		.arg_start = stack - (uint64_t)(getpid() % 1000) * 8,
		.arg_end = stack,
		.env_start = stack,
		.env_end = stack,
		.exe_fd = (uint32_t)-1,
	};

	map.start_code -= (uint64_t)getpid() % 1000 * 2;
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) < 0)
		die("PR_SET_MM_MAP");
}

static _Noreturn void stand(int standing)
{
	char byte;

	dprintf(STDOUT_FILENO, "pid %d\n", (int)getpid());
	if (standing < 0)
		dprintf(STDOUT_FILENO, "ready\n");
	else if (write(standing, "", 1) != 1)
		die("standing");
	if (churn)
		churn_for_ever();
	while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static _Noreturn void be(int depth, int standing);

static void have_child(int depth)
{
	int pipes[2];
	char byte;
	bool ends = draw(4) == 0;
	uint64_t its_own = draw(UINT32_MAX);

	if (pipe(pipes) < 0)
		die("pipe");
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		random_state ^= its_own << 16 | 1;
		if (forge)
			forge_keys();
		close(pipes[0]);
		if (ends) {
			live(10);
			_exit(0);
		}
		be(depth + 1, pipes[1]);
	}
	close(pipes[1]);
	if (!ends && read(pipes[0], &byte, 1) != 1)
		die("a child ended");
	close(pipes[0]);
	if (ends && waitpid(pid, NULL, 0) != pid)
		die("waitpid");
}

static _Noreturn void be(int depth, int standing)
{
	live(20 + draw(60));
	if (forks && depth < DEPTH)
		for (uint64_t n = draw(3) + (depth == 0); n; n--) {
			have_child(depth);
			live(draw(20));
		}
	stand(standing);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		die("SEED FOLDER");
	random_state = strtoull(argv[1], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	folder = argv[2];
	for (int i = 3; i < argc; i++)
		for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
			*words[k].value |= strcmp(argv[i], words[k].name) == 0;
	if (many)
		make_many();
	if (hole)
		make_hole();
	be(0, -1);
}

/*
 * The least that a thing can cost: bare loops over the kernel's own files, without any bookkeeping.
 * Each round prints what it cost and what it found, on one line.
 *
 *     floor rollup ROUNDS PAUSE_MS [PID...]
 *         Opens, reads and closes smaps_rollup of these processes, or of all, and adds up.
 *     floor files ROUNDS PAUSE_MS [PID...]
 *         Reads stat, environ and status of each besides, without a look at what they say.
 *     floor idle ROUNDS PAUSE_MS [PID...]
 *         See floor.h. Status 3 where the kernel sends no process events, with the reason.
 *     floor disks ROUNDS FILE
 */
#include "floor.h"
#include "meter.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sums {
	uint64_t processes, rss_kib, pss_kib, uss_kib, swap_kib;
};

/* Where a line of smaps_rollup is added to; NULL for others. */
static uint64_t *place_of(struct sums *sums, const char *line)
{
	static const struct {
		const char *key;
		size_t offset;
	} keys[] = {
		{"Rss:", offsetof(struct sums, rss_kib)},
		{"Pss:", offsetof(struct sums, pss_kib)},
		{"Private_Clean:", offsetof(struct sums, uss_kib)},
		{"Private_Dirty:", offsetof(struct sums, uss_kib)},
		{"Private_Hugetlb:", offsetof(struct sums, uss_kib)},
		{"Swap:", offsetof(struct sums, swap_kib)},
	};

	if (!strchr("RPS", line[0]))
		return NULL;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strncmp(line, keys[i].key, strlen(keys[i].key)) == 0)
			return (uint64_t *)((char *)sums + keys[i].offset);
	return NULL;
}

static void add_rollup(struct sums *sums, const char *text)
{
	for (const char *line = text; *line;) {
		const char *end = strchr(line, '\n');
		uint64_t *place = place_of(sums, line);
		if (place)
			*place += strtoull(strchr(line, ':') + 1, NULL, 10);
		if (!end)
			break;
		line = end + 1;
	}
}

/* How much was read, or -1. */
static ssize_t read_file(int place, const char *name, char *text, size_t size)
{
	int fd = openat(place, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t len = read(fd, text, size);
	close(fd);
	return len;
}

/* Who ended meanwhile, a kernel thread and who may not be read have nothing to add. */
static void take_rollup(struct sums *sums, int place, const char *name)
{
	char text[4096];
	ssize_t len = read_file(place, name, text, sizeof(text) - 1);

	if (len <= 0)
		return;
	text[len] = '\0';
	sums->processes++;
	add_rollup(sums, text);
}

static void take_process(struct sums *sums, int proc, const char *pid)
{
	char path[32];

	snprintf(path, sizeof(path), "%.15s/smaps_rollup", pid);
	take_rollup(sums, proc, path);
}

static void take_files(struct sums *sums, int proc, const char *pid)
{
	static const char *const others[] = {"stat", "environ", "status"};
	int place = openat(proc, pid, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[16384];

	if (place < 0)
		return;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		read_file(place, others[i], text, sizeof(text));
	take_rollup(sums, place, "smaps_rollup");
	close(place);
}

typedef void take(struct sums *sums, int proc, const char *pid);

static void take_all(struct sums *sums, DIR *proc, take *take_one)
{
	const struct dirent *entry;

	rewinddir(proc);
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			take_one(sums, dirfd(proc), entry->d_name);
}

static int rounds_of(take *take_one, long rounds, long pause_ms, char *const *pids, int count)
{
	DIR *proc = opendir("/proc");

	if (!proc)
		die("/proc");
	for (long round = 0; round < rounds; round++) {
		struct sums sums = {0};
		struct meter meter = meter_begin();
		for (int i = 0; i < count; i++)
			take_one(&sums, dirfd(proc), pids[i]);
		if (count == 0)
			take_all(&sums, proc, take_one);
		meter_end(&meter);
		printf(" processes=%" PRIu64 " rss_kib=%" PRIu64 " pss_kib=%" PRIu64
		       " uss_kib=%" PRIu64 " swap_kib=%" PRIu64 "\n",
			sums.processes, sums.rss_kib, sums.pss_kib, sums.uss_kib, sums.swap_kib);
		fflush(stdout);
		sleep_ms(pause_ms);
	}
	closedir(proc);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "rollup") == 0)
		return rounds_of(
			take_process, number(argv[2]), number(argv[3]), argv + 4, argc - 4);
	if (argc >= 4 && strcmp(argv[1], "files") == 0)
		return rounds_of(take_files, number(argv[2]), number(argv[3]), argv + 4, argc - 4);
	if (argc >= 4 && strcmp(argv[1], "idle") == 0)
		return floor_idle(number(argv[2]), number(argv[3]), argv + 4, argc - 4);
	if (argc == 4 && strcmp(argv[1], "disks") == 0)
		return floor_disks(argv[3], number(argv[2]));
	fputs("usage: floor rollup|files|idle ROUNDS PAUSE_MS [PID...] | disks ROUNDS FILE\n",
		stderr);
	return BENCH_USAGE;
}

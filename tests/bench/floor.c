/*
 * The least that a thing can cost: bare loops over the kernel's own files, without any bookkeeping.
 * Each round prints what it cost and what it found, on one line.
 *
 *     floor rollup ROUNDS PAUSE_MS [PID...]
 *         Opens, reads and closes smaps_rollup of these processes, or of all, and adds up.
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

/* Who ended meanwhile, a kernel thread and who may not be read have nothing to add. */
static void take_process(struct sums *sums, int proc, const char *pid)
{
	char path[32], text[4096];

	snprintf(path, sizeof(path), "%.15s/smaps_rollup", pid);
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return;
	text[len] = '\0';
	sums->processes++;
	add_rollup(sums, text);
}

static void take_all(struct sums *sums, DIR *proc)
{
	const struct dirent *entry;

	rewinddir(proc);
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			take_process(sums, dirfd(proc), entry->d_name);
}

static int rollup(long rounds, long pause_ms, char *const *pids, int count)
{
	DIR *proc = opendir("/proc");

	if (!proc)
		die("/proc");
	for (long round = 0; round < rounds; round++) {
		struct sums sums = {0};
		struct meter meter = meter_begin();
		for (int i = 0; i < count; i++)
			take_process(&sums, dirfd(proc), pids[i]);
		if (count == 0)
			take_all(&sums, proc);
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
		return rollup(number(argv[2]), number(argv[3]), argv + 4, argc - 4);
	if (argc >= 4 && strcmp(argv[1], "idle") == 0)
		return floor_idle(number(argv[2]), number(argv[3]), argv + 4, argc - 4);
	if (argc == 4 && strcmp(argv[1], "disks") == 0)
		return floor_disks(argv[3], number(argv[2]));
	fputs("usage: floor rollup ROUNDS PAUSE_MS [PID...] | idle ROUNDS PAUSE_MS [PID...] | "
	      "disks ROUNDS FILE\n",
		stderr);
	return BENCH_USAGE;
}

/*
 * The plugin's engine without the daemon: rounds, one after the other, each with what it cost on one
 * line.
 *
 *     rounds groups CONFIGURATION ROUNDS PAUSE_MS
 *         Rounds over all processes, with what is allocated after them and the sums of the first
 *         group, in KiB; a sum that is absent is not printed.
 *     rounds disks CONFIGURATION ROUNDS
 *         Rounds over the block devices. Before the first, diskstats.0 of ProcPath becomes diskstats,
 *         before the second diskstats.1, and so on, so that the counters move.
 *
 * CONFIGURATION is a file with <Plugin footprint> blocks.
 */
#include "../lib/conftext.h"
#include "meter.h"
#include "sample/disks.h"
#include "sample/sampler.h"
#include "settings/settings.h"

#include <dirent.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { CONFIGURATION_SIZE = 65536 };

static void say(void *context, enum fp_level level, const char *line)
{
	(void)context;
	(void)level;
	fprintf(stderr, "footprint: %s\n", line);
}

static _Noreturn void refuse(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

static void read_text(const char *path, char text[CONFIGURATION_SIZE])
{
	FILE *file = fopen(path, "r");

	if (!file)
		die(path);
	size_t len = fread(text, 1, CONFIGURATION_SIZE - 1, file);
	if (ferror(file) || !feof(file))
		refuse(path, "cannot be read as a whole");
	fclose(file);
	text[len] = '\0';
}

static struct fp_settings *read_settings(const struct fp_log *log, const char *path)
{
	char text[CONFIGURATION_SIZE], error[CONFTEXT_ERROR_SIZE];
	char message[FP_MESSAGE_SIZE] = "out of memory";
	struct fp_settings *settings = NULL;
	struct fp_reader *reader = NULL;
	struct fp_item root;

	read_text(path, text);
	if (conftext_parse(text, &root, error) < 0)
		refuse(path, error);
	int status = fp_reader_new(log, &reader);
	for (size_t i = 0; i < root.child_count && status == 0; i++)
		if (strcasecmp(root.children[i].key, "Plugin") == 0)
			status = fp_reader_take(reader, &root.children[i], message);
	conftext_fini(&root);
	if (status == 0)
		status = fp_reader_finish(reader, 1, &settings, message);
	fp_reader_free(reader);
	if (status < 0)
		refuse(path, message);
	return settings;
}

static long open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	long count = 0;

	if (!dir)
		die("/proc/self/fd");
	while (readdir(dir))
		count++;
	closedir(dir);
	/* its own, "." and ".." */
	return count - 3;
}

static void print_sums(const struct fp_snapshot *snapshot)
{
	static const struct {
		const char *name;
		enum fp_metric metric;
	} sums[] = {{"rss_kib", FP_RSS}, {"pss_kib", FP_PSS}, {"uss_kib", FP_USS},
		{"swap_kib", FP_SWAP}};
	uint64_t bytes;

	for (size_t i = 0; snapshot->group_count && i < sizeof(sums) / sizeof(sums[0]); i++)
		if (fp_account_sum(&snapshot->groups[0].account, sums[i].metric, false, &bytes))
			printf(" %s=%" PRIu64, sums[i].name, bytes / 1024);
}

static void one_round(struct fp_sampler *sampler)
{
	struct fp_snapshot *snapshot;
	struct meter meter = meter_begin();

	if (fp_sampler_take(sampler, &snapshot) < 0)
		exit(1);
	meter_end(&meter);
	uint64_t processes = snapshot->processes, matched = snapshot->matched;
	struct mallinfo2 heap = mallinfo2();
	printf(" processes=%" PRIu64 " matched=%" PRIu64 " heap_bytes=%zu open_files=%ld",
		processes, matched, heap.uordblks + heap.hblkhd, open_files());
	print_sums(snapshot);
	puts("");
	fflush(stdout);
	fp_snapshot_free(snapshot);
}

static int groups(struct fp_host *host, struct fp_settings *settings, long rounds, long pause_ms)
{
	const struct fp_sampler_options options = {
		.interval_s = 10, .say_denied = true, .follow = true};
	struct fp_sampler *sampler;

	if (fp_sampler_new(host, settings, &options, &sampler) < 0)
		return 1;
	fp_sampler_announce(sampler);
	for (long i = 0; i < rounds; i++) {
		one_round(sampler);
		sleep_ms(pause_ms);
	}
	fp_sampler_free(sampler);
	return 0;
}

static void move_counters(const char *proc_path, long number)
{
	char now[256], next[256], made[256];

	snprintf(now, sizeof(now), "%.200s/diskstats", proc_path);
	snprintf(next, sizeof(next), "%.200s/diskstats.%ld", proc_path, number);
	snprintf(made, sizeof(made), "%.200s/diskstats.made", proc_path);
	if (link(next, made) < 0 || rename(made, now) < 0)
		die(next);
	/* where both are one file already, rename() does nothing */
	unlink(made);
}

static int disks(struct fp_host *host, const struct fp_settings *settings, long rounds)
{
	const struct fp_disk_round *taken_round;
	struct fp_disks *taken;

	if (fp_disks_new(host, &settings->disks, &taken) < 0)
		return 1;
	for (long i = 0; i < rounds; i++) {
		move_counters(settings->proc_path, i);
		struct meter meter = meter_begin();
		if (fp_disks_take(taken, &taken_round) < 0)
			return 1;
		meter_end(&meter);
		printf(" devices=%zu\n", taken_round->results.len);
	}
	fp_disks_free(taken);
	return 0;
}

int main(int argc, char **argv)
{
	struct fp_host host = {.backend = fp_os_default(), .log = {.say = say}};
	bool of_groups = argc == 5 && strcmp(argv[1], "groups") == 0;
	bool of_disks = argc == 4 && strcmp(argv[1], "disks") == 0;

	if (!of_groups && !of_disks) {
		fputs("usage: rounds groups CONFIGURATION ROUNDS PAUSE_MS | disks CONFIGURATION "
		      "ROUNDS\n",
			stderr);
		return BENCH_USAGE;
	}
	struct fp_settings *settings = read_settings(&host.log, argv[2]);
	if (host.backend->open(settings->proc_path, settings->sys_path, &host.os) < 0)
		refuse(settings->proc_path, "cannot be opened");
	int status = of_groups ? groups(&host, settings, number(argv[3]), number(argv[4]))
			       : disks(&host, settings, number(argv[3]));
	host.backend->close(host.os);
	fp_settings_free(settings);
	return status;
}

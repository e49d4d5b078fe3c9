#include "diskworld.h"
#include "os/os.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct disk_world world;

static bool is_passed_over(const struct made_disk *disk)
{
	return world.skipped && strcmp(world.skipped, disk->kernel_name) == 0 &&
	       world.readings >= world.skipping && world.readings < world.shown_again;
}

static int write_line(const struct made_disk *disk, char *line, size_t size)
{
	size_t minor = (size_t)(disk - world.disks);

	if (disk->idle)
		return snprintf(
			line, size, "254 %zu %s 0 0 0 0 0 0 0 0 0 0 0\n", minor, disk->kernel_name);
	return snprintf(line, size, "254 %zu %s %llu 0 8 %u 1 0 8 1 %llu 1 1\n", minor,
		disk->kernel_name, (unsigned long long)disk->reads, (unsigned)disk->read_ms,
		(unsigned long long)disk->in_flight);
}

static int host_read(struct fp_os *os, enum fp_os_host_file which, struct fp_buf *out)
{
	char line[128];
	int status = 0;

	(void)os, (void)which;
	out->len = 0;
	for (size_t i = 0; i < world.count && status == 0; i++) {
		const struct made_disk *disk = &world.disks[i];
		if (disk->gone || is_passed_over(disk))
			continue;
		int len = write_line(disk, line, sizeof(line));
		status = fp_buf_append(out, line, (size_t)len);
	}
	world.readings++;
	return status;
}

static uint64_t monotonic_ns(struct fp_os *os)
{
	(void)os;
	return world.now_ns;
}

static uint64_t realtime_ns(struct fp_os *os)
{
	return (uint64_t)WORLD_START_S * 1000000000 + monotonic_ns(os);
}

static int file_info(struct fp_os *os, const char *path, struct fp_os_file_info *out)
{
	(void)os, (void)path;
	*out = (struct fp_os_file_info){.inode = 1, .mtime_s = world.changed_s};
	return world.changed_s ? 0 : -ENOENT;
}

static int device_events(struct fp_os *os, uint64_t *out)
{
	(void)os;
	*out = world.events;
	return 0;
}

/* Most are asked for in their order. */
static struct made_disk *find(const char *kernel_name)
{
	static size_t latest;

	for (size_t i = 0; i < world.count; i++) {
		size_t at = (latest + i) % world.count;
		if (strcmp(world.disks[at].kernel_name, kernel_name) != 0)
			continue;
		latest = at;
		return &world.disks[at];
	}
	return NULL;
}

static int number(uint64_t value, char text[32])
{
	return snprintf(text, 32, "%llu", (unsigned long long)value);
}

static int attribute_of(struct made_disk *disk, const char *attribute, char text[32])
{
	if (strcmp(attribute, "size") == 0) {
		disk->looks++;
		return number(disk->size, text);
	}
	if (strcmp(attribute, "diskseq") == 0)
		return disk->sequence && !disk->whole ? number(disk->sequence, text) : 0;
	if (strcmp(attribute, "partition") == 0)
		return disk->whole ? number(1, text) : 0;
	if (strcmp(attribute, "dm/name") == 0)
		return snprintf(text, 32, "%s", disk->dm);
	if (strcmp(attribute, "serial") != 0)
		return 0;
	disk->asks++;
	return snprintf(text, 32, "%s", disk->serial);
}

static int disk_attribute(
	struct fp_os *os, const char *kernel_name, const char *attribute, struct fp_buf *out)
{
	struct made_disk *disk = find(kernel_name);
	char text[32];

	(void)os;
	out->len = 0;
	int len = disk && !disk->leaving ? attribute_of(disk, attribute, text) : 0;
	return len > 0 ? fp_buf_append(out, text, (size_t)len) : -ENOENT;
}

static int disk_place(struct fp_os *os, const char *kernel_name, struct fp_buf *out)
{
	const struct made_disk *disk = find(kernel_name);
	char text[96];

	(void)os;
	out->len = 0;
	if (!disk || !disk->whole)
		return -ENOENT;
	int len = snprintf(text, sizeof(text), "../../block/%s/%s", disk->whole, kernel_name);
	return fp_buf_append(out, text, (size_t)len);
}

static void say(void *context, enum fp_level level, const char *line)
{
	size_t len = strlen(world.said);

	(void)context, (void)level;
	snprintf(world.said + len, sizeof(world.said) - len, "%s\n", line);
}

static struct fp_os_backend backend;
static const struct fp_host host = {.backend = &backend, .log = {.say = say}};
static char nowhere[] = "/nowhere";

int world_begin(size_t count, enum fp_disk_name name)
{
	backend = fp_os_null;
	backend.host_read = host_read;
	backend.monotonic_ns = monotonic_ns;
	backend.realtime_ns = realtime_ns;
	backend.file_info = file_info;
	backend.device_events = device_events;
	backend.disk_attribute = disk_attribute;
	backend.disk_place = disk_place;
	world = (struct disk_world){
		.count = count,
		.settings = {.enabled = true,
			.partitions = true,
			.names = {name, FP_DISK_NAME_KERNEL},
			.name_count = 2,
			.stuck_after_s = 3 * WORLD_INTERVAL_S,
			.dev_path = nowhere,
			.run_path = nowhere},
	};
	for (size_t i = 0; i < count; i++) {
		struct made_disk *disk = &world.disks[i];
		disk->sequence = i + 1;
		disk->reads = 1000;
		disk->size = 8;
		snprintf(disk->kernel_name, sizeof(disk->kernel_name), "dm-%zu", i);
		snprintf(disk->dm, sizeof(disk->dm), "lv%zu", i);
	}
	return fp_disks_new(&host, &world.settings, &world.sampled);
}

int world_end(void **state)
{
	(void)state;
	fp_disks_free(world.sampled);
	return 0;
}

const struct fp_disk_round *world_take(void)
{
	const struct fp_disk_round *round = NULL;

	world.now_ns += WORLD_INTERVAL_S * UINT64_C(1000000000);
	assert_int_equal(fp_disks_take(world.sampled, &round), 0);
	return round;
}

const struct fp_disk_result *world_told(const struct fp_disk_round *round, const char *name)
{
	for (size_t i = 0; i < round->results.len; i++)
		if (strcmp(round->results.at[i].name, name) == 0)
			return &round->results.at[i];
	return NULL;
}

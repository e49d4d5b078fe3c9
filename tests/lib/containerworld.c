#include "containerworld.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct world *world;

static uint64_t made_clock(struct fp_os *os)
{
	(void)os;
	return world->now_s * UINT64_C(1000000000);
}

static int counted_read(struct fp_os *os, const char *path, size_t limit, struct fp_buf *out,
	struct fp_os_file_info *info)
{
	bool docker = strstr(path, "/config.v2.json") != NULL;
	int refuse = docker ? world->refuse_docker : world->refuse_podman;

	world->docker_reads += docker;
	world->podman_reads += !docker;
	return refuse ? refuse : fp_os_default()->file_read(os, path, limit, out, info);
}

static void listen(void *context, enum fp_level level, const char *line)
{
	size_t len = strlen(world->said);

	(void)context;
	assert_int_equal(level, FP_WARNING);
	world->lines++;
	snprintf(world->said + len, sizeof(world->said) - len, "%s\n", line);
}

const char *world_path(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", world->folder, name);
	return path;
}

void world_folder(const char *name)
{
	assert_int_equal(mkdir(world_path(name), 0700), 0);
}

void world_plant(const char *name, const char *text)
{
	FILE *file = fopen(world_path(name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void world_plant_docker(const char *id, const char *text)
{
	char name[256];

	snprintf(name, sizeof(name), "docker/containers/%s", id);
	assert_true(mkdir(world_path(name), 0700) == 0 || errno == EEXIST);
	snprintf(name, sizeof(name), "docker/containers/%s/config.v2.json", id);
	world_plant(name, text);
}

void world_start_again(void)
{
	char docker[128], podman[128];

	world->lines = 0;
	world->said[0] = '\0';
	fp_containers_free(world->containers);
	snprintf(docker, sizeof(docker), "%s/docker", world->folder);
	snprintf(podman, sizeof(podman), "%s/podman", world->folder);
	assert_int_equal(fp_containers_new(docker, podman, &world->containers), 0);
}

int world_begin(void **state)
{
	(void)state;
	world = calloc(1, sizeof(*world));
	assert_non_null(world);
	const char *place = getenv("TMPDIR");
	int len = snprintf(world->folder, sizeof(world->folder), "%s/footprint-XXXXXX",
		place && strlen(place) < 40 ? place : "/tmp");
	assert_in_range(len, 1, sizeof(world->folder) - 1);
	assert_non_null(mkdtemp(world->folder));
	world->backend = *fp_os_default();
	world->backend.monotonic_ns = made_clock;
	world->backend.file_read = counted_read;
	world->host.backend = &world->backend;
	world->host.log.say = listen;
	assert_int_equal(world->backend.open("/proc", "/sys", &world->host.os), 0);
	world_folder("docker");
	world_folder("docker/containers");
	world_folder("podman");
	world_folder("podman/overlay-containers");
	world_start_again();
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

int world_end(void **state)
{
	(void)state;
	fp_containers_free(world->containers);
	world->backend.close(world->host.os);
	int status = nftw(world->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(world);
	return status;
}

void world_check(const char *id, const char *expected)
{
	const char *name = NULL;
	int status = fp_containers_name(world->containers, &world->host, id, &name);

	if (status != 0 || strcmp(name, expected) != 0)
		fail_msg("%.12s: %d %s, not %s; %s", id, status, status ? "" : name, expected,
			world->said);
}

void world_check_fails(const char *id, int expected)
{
	const char *name = NULL;

	assert_int_equal(fp_containers_name(world->containers, &world->host, id, &name), expected);
}

void world_check_said(unsigned lines, const char *part)
{
	if (world->lines != lines || !strstr(world->said, part))
		fail_msg("%u lines, not %u with %s: %s", world->lines, lines, part, world->said);
}

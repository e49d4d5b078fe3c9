/* A host on which Docker and Podman keep files that a test plants. */
#ifndef FP_TESTS_LIB_CONTAINERWORLD_H
#define FP_TESTS_LIB_CONTAINERWORLD_H

#include "sample/containers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ID1 "3f2b8c0de1a94756b7d0c3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f302"
#define ID2 "00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee"
#define ID3 "abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd"

#define DOCKER(id, name) "{\"State\":{},\"ID\":\"" id "\",\"Name\":\"/" name "\"}"
#define PODMAN(id, name) "{\"id\":\"" id "\",\"names\":[\"" name "\"],\"flags\":{}}"
#define DOCKER_FILE1     "docker/containers/" ID1 "/config.v2.json"
#define PODMAN_FILE      "podman/overlay-containers/containers.json"
#define VOLATILE_FILE    "podman/overlay-containers/volatile-containers.json"

/*
 * The system's own backend over a folder with planted files, but for the clock, for what a file that
 * may not be read answers, and for counting the readings.
 */
struct world {
	char folder[64];
	struct fp_os_backend backend;
	struct fp_host host;
	struct fp_containers *containers;
	uint64_t now_s;
	unsigned docker_reads, podman_reads;
	int refuse_docker, refuse_podman; /* -errno instead of a reading */
	unsigned lines;
	char said[4096];
};

/* The world of the test that runs. */
extern struct world *world;

/* Before and after each test: a world without files, and its end. */
int world_begin(void **state);
int world_end(void **state);

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, world_begin, world_end)

/* A path below the world's folder, until the next call. */
const char *world_path(const char *name);

void world_folder(const char *name);
void world_plant(const char *name, const char *text);

/* Plants Docker's file of a container. */
void world_plant_docker(const char *id, const char *text);

/* Nothing is known any more, and nothing was said. */
void world_start_again(void);

/* Fail the test unless the id has this name, no name for this reason, or so much was said. */
void world_check(const char *id, const char *expected);
void world_check_fails(const char *id, int expected);
void world_check_said(unsigned lines, const char *part);

#endif

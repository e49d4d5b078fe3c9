#include "../lib/containerworld.h"

#include <stdio.h>

/* ---- Names ---- */

static void test_names_of_all(void **state)
{
	(void)state;
	world_plant_docker(ID1, DOCKER(ID1, "shop"));
	world_plant(PODMAN_FILE, "[" PODMAN(ID2, "web") "]\n");
	world_plant(VOLATILE_FILE, "[" PODMAN(ID3, "job") "]\n");
	world_check(ID1, "shop");
	world_check(ID2, "web");
	world_check(ID3, "job");
	world_check_said(0, "");
}

static void test_nobody_is_asked(void **state)
{
	(void)state;
	fp_containers_free(world->containers);
	assert_int_equal(fp_containers_new(NULL, NULL, &world->containers), 0);
	world_check_fails(ID1, -ENOENT);
	assert_int_equal(world->docker_reads + world->podman_reads, 0);
	fp_containers_free(NULL);
}

static void test_one_of_them_alone(void **state)
{
	char path[128];

	(void)state;
	world_plant_docker(ID1, DOCKER(ID1, "shop"));
	world_plant(PODMAN_FILE, "[" PODMAN(ID2, "web") "]\n");
	fp_containers_free(world->containers);
	snprintf(path, sizeof(path), "%s/docker", world->folder);
	assert_int_equal(fp_containers_new(path, NULL, &world->containers), 0);
	world_check(ID1, "shop");
	world_check_fails(ID2, -ENOENT);
	fp_containers_free(world->containers);
	snprintf(path, sizeof(path), "%s/podman", world->folder);
	assert_int_equal(fp_containers_new(NULL, path, &world->containers), 0);
	world_check_fails(ID1, -ENOENT);
	world_check(ID2, "web");
}

static void test_what_is_no_id_reaches_no_path(void **state)
{
	(void)state;
	world_plant("docker/containers/config.v2.json", DOCKER(ID1, "shop"));
	world_check_fails("", -ENOENT);
	world_check_fails("..", -ENOENT);
	world_check_fails(
		"3F2B8C0DE1A94756B7D0C3E2F1A0B9C8D7E6F5A4B3C2D1E0F9A8B7C6D5E4F302", -ENOENT);
	world_check_fails(
		"../../../../../../../../../../../../../../../../../../../../../x", -ENOENT);
	assert_int_equal(world->docker_reads + world->podman_reads, 0);
}

/* ---- How often ---- */

static void test_a_name_is_asked_for_seldom(void **state)
{
	(void)state;
	world_plant_docker(ID1, DOCKER(ID1, "shop"));
	for (; world->now_s < 300; world->now_s += 10)
		world_check(ID1, "shop");
	assert_int_equal(world->docker_reads, 1);
	assert_int_equal(world->podman_reads, 0);
	world_plant_docker(ID1, DOCKER(ID1, "renamed"));
	world->now_s = 299;
	world_check(ID1, "shop");
	world->now_s = 300;
	world_check(ID1, "renamed");
	assert_int_equal(world->docker_reads, 2);
}

static void test_no_name_is_asked_for_each_minute(void **state)
{
	(void)state;
	for (; world->now_s < 60; world->now_s += 10)
		world_check_fails(ID1, -ENOENT);
	assert_int_equal(world->docker_reads, 1);
	assert_int_equal(world->podman_reads, 2);
	world_plant_docker(ID1, DOCKER(ID1, "late"));
	world->now_s = 59;
	world_check_fails(ID1, -ENOENT);
	world->now_s = 60;
	world_check(ID1, "late");
	assert_int_equal(world->docker_reads, 2);
	world_check_said(0, "");
}

static void test_one_reading_serves_a_round(void **state)
{
	char id[FP_CONTAINER_ID_SIZE];

	(void)state;
	world_plant(PODMAN_FILE, "[" PODMAN(ID2, "web") "," PODMAN(ID3, "job") "]\n");
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(id, sizeof(id), "%064x", i);
		world_check_fails(id, -ENOENT);
	}
	world_check(ID2, "web");
	world_check(ID3, "job");
	assert_int_equal(world->podman_reads, 2);
	world->now_s = 1;
	world_check_fails(ID1, -ENOENT);
	assert_int_equal(world->podman_reads, 4);
}

static void test_what_is_remembered_is_bounded(void **state)
{
	char id[FP_CONTAINER_ID_SIZE];

	(void)state;
	world_plant_docker(ID1, DOCKER(ID1, "shop"));
	world_check(ID1, "shop");
	/* asked for again and again, it stays while made-up ones come and go */
	for (unsigned i = 0; i < 3 * FP_CONTAINERS_MAX; i++) {
		world->now_s = 1 + i / 1000;
		snprintf(id, sizeof(id), "%064x", i);
		world_check_fails(id, -ENOENT);
		if (i % 500 == 0)
			world_check(ID1, "shop");
	}
	world_check(ID1, "shop");
	assert_int_equal(world->docker_reads, 1 + 3 * FP_CONTAINERS_MAX);
	/* the last ones are known, the first ones are forgotten and asked for again */
	world_check_fails(id, -ENOENT);
	assert_int_equal(world->docker_reads, 1 + 3 * FP_CONTAINERS_MAX);
	snprintf(id, sizeof(id), "%064x", 0);
	world_check_fails(id, -ENOENT);
	assert_int_equal(world->docker_reads, 2 + 3 * FP_CONTAINERS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_WORLD(test_names_of_all),
		IN_A_WORLD(test_nobody_is_asked),
		IN_A_WORLD(test_one_of_them_alone),
		IN_A_WORLD(test_what_is_no_id_reaches_no_path),
		IN_A_WORLD(test_a_name_is_asked_for_seldom),
		IN_A_WORLD(test_no_name_is_asked_for_each_minute),
		IN_A_WORLD(test_one_reading_serves_a_round),
		IN_A_WORLD(test_what_is_remembered_is_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

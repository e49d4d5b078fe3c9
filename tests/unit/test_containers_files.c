/* Files of Docker and Podman that cannot be used, or not any more. */
#include "../lib/containerworld.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_a_removed_container(void **state)
{
	(void)state;
	world_plant_docker(ID1, DOCKER(ID1, "shop"));
	world_check(ID1, "shop");
	assert_int_equal(unlink(world_path(DOCKER_FILE1)), 0);
	world->now_s = 300;
	world_check_fails(ID1, -ENOENT);
}

static void test_a_name_outlives_a_bad_file(void **state)
{
	(void)state;
	world_plant_docker(ID1, DOCKER(ID1, "shop"));
	world_check(ID1, "shop");
	world_plant_docker(ID1, "{");
	world->now_s = 300;
	world_check(ID1, "shop");
	world_check_said(1, "it is not what Docker or Podman writes");
	world->refuse_docker = -EACCES;
	world->now_s = 600;
	world_check(ID1, "shop");
}

static void test_no_permission(void **state)
{
	(void)state;
	world->refuse_docker = -EACCES;
	world_check_fails(ID1, -EACCES);
	world_check_fails(ID3, -EACCES);
	world_check_said(1, "CAP_DAC_READ_SEARCH");
	/* another may know it nevertheless */
	world_plant(PODMAN_FILE, "[" PODMAN(ID2, "web") "]\n");
	world->now_s = 1;
	world_check(ID2, "web");
	world->refuse_podman = -EACCES;
	world->refuse_docker = 0;
	world->now_s = 100;
	world_check_fails(ID1, -EACCES);
	world_check_said(1, "CAP_DAC_READ_SEARCH");
	world->refuse_podman = 0;
	world->now_s = 160;
	world_check_fails(ID1, -ENOENT);
}

static void test_no_memory_is_no_answer(void **state)
{
	(void)state;
	world_plant_docker(ID1, DOCKER(ID1, "shop"));
	world_plant(PODMAN_FILE, "[" PODMAN(ID2, "web") "]\n");
	world->refuse_docker = -ENOMEM;
	world_check_fails(ID1, -ENOMEM);
	world->refuse_docker = 0;
	world_check(ID1, "shop");
	world->now_s = 1;
	world->refuse_podman = -ENOMEM;
	world_check_fails(ID2, -ENOMEM);
	world->refuse_podman = 0;
	world_check(ID2, "web");
	world_check_said(0, "");
}

/* Is ID1's file of Docker refused, and is that said once? */
static void check_refused(const char *why)
{
	for (world->now_s = 0; world->now_s < 300; world->now_s += 30)
		world_check_fails(ID1, -EBADMSG);
	world_check_said(1, why);
	world_check_said(1, DOCKER_FILE1);
	assert_null(strstr(world->said, "hunter2"));
}

static void test_a_link_is_not_followed(void **state)
{
	(void)state;
	world_plant("target", DOCKER(ID1, "hunter2"));
	world_folder("docker/containers/" ID1);
	char target[128];
	snprintf(target, sizeof(target), "%s", world_path("target"));
	assert_int_equal(symlink(target, world_path(DOCKER_FILE1)), 0);
	check_refused("it is a symbolic link");
}

static void test_a_fifo_blocks_nobody(void **state)
{
	(void)state;
	world_folder("docker/containers/" ID1);
	assert_int_equal(mkfifo(world_path(DOCKER_FILE1), 0600), 0);
	check_refused("it is not a regular file");
}

static void test_a_folder_is_no_file(void **state)
{
	(void)state;
	world_folder("docker/containers/" ID1);
	world_folder(DOCKER_FILE1);
	check_refused("it is not a regular file");
}

static void test_a_file_over_the_cap(void **state)
{
	const size_t limit = 4 * 1024 * 1024;
	char *text = malloc(limit + 2);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', limit + 1);
	memcpy(text, DOCKER(ID1, "shop"), strlen(DOCKER(ID1, "shop")));
	text[limit + 1] = '\0';
	world_plant_docker(ID1, text);
	check_refused("it is longer than 4 MiB");
	text[limit] = '\0';
	world_plant_docker(ID1, text);
	free(text);
	world_check(ID1, "shop");
}

static void test_files_that_say_something_else(void **state)
{
	static const char *const bad[] = {"", "{\"Env\":[\"PASSWORD=hunter2\"]", "hunter2",
		DOCKER(ID2, "hunter2"), "[" PODMAN(ID1, "hunter2") "]"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		world_plant_docker(ID1, bad[i]);
		world_start_again();
		check_refused("it is not what Docker or Podman writes");
	}
}

static void test_one_of_podmans_files_is_bad(void **state)
{
	(void)state;
	world_plant(PODMAN_FILE, "[" PODMAN(ID1, "half") "," PODMAN(ID2, "web"));
	world_plant(VOLATILE_FILE, "[" PODMAN(ID3, "job") "]");
	world_check(ID3, "job");
	/* nothing of the bad one is believed, so nobody can tell whose the others are */
	world_check_fails(ID1, -EBADMSG);
	world_check_said(1, PODMAN_FILE "\" tells no container's name: it is not what");
	world_plant(PODMAN_FILE, "[" PODMAN(ID1, "half") "]");
	world->now_s = 60;
	world_check(ID1, "half");
	/* what is wrong once more is said once more */
	world_plant(PODMAN_FILE, "[");
	world->now_s = 120;
	world_check_fails(ID2, -EBADMSG);
	world_check_said(2, PODMAN_FILE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_WORLD(test_a_removed_container),
		IN_A_WORLD(test_a_name_outlives_a_bad_file),
		IN_A_WORLD(test_no_permission),
		IN_A_WORLD(test_no_memory_is_no_answer),
		IN_A_WORLD(test_a_link_is_not_followed),
		IN_A_WORLD(test_a_fifo_blocks_nobody),
		IN_A_WORLD(test_a_folder_is_no_file),
		IN_A_WORLD(test_a_file_over_the_cap),
		IN_A_WORLD(test_files_that_say_something_else),
		IN_A_WORLD(test_one_of_podmans_files_is_bad),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

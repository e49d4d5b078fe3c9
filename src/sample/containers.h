/* Containers' names, in the files that Docker and Podman keep of them, asked seldom. */
#ifndef FP_SAMPLE_CONTAINERS_H
#define FP_SAMPLE_CONTAINERS_H

#include "parse/cgroup.h"
#include "sample/host.h"

/* Of so many containers at once the answer is remembered; who was asked for longest ago goes first. */
enum { FP_CONTAINERS_MAX = 4096 };

struct fp_containers;

/*
 * The folders in which Docker (/var/lib/docker) and Podman (/var/lib/containers/storage) keep their
 * files; they are copied. NULL: not looked at. 0 or -ENOMEM.
 */
int fp_containers_new(const char *docker_path, const char *podman_path, struct fp_containers **out);
void fp_containers_free(struct fp_containers *containers);

/*
 * The name of the container of this id: raw bytes, 1 to 255 of them, that live until the next call.
 * From DOCKER/containers/ID/config.v2.json, else PODMAN/overlay-containers/containers.json or
 * volatile-containers.json; regular files of at most 4 MiB, and no link in the last place.
 *
 * 0; -ENOENT: nobody knows the id, or knows no name for it; -EACCES: files that may tell may not be
 * read; -EBADMSG: one of them is none of Docker's or Podman's, or cannot be read for another reason;
 * -ENOMEM. A name holds for 300 seconds and is kept past that while nothing contradicts it; without
 * one the files are asked again after 60. What is wrong with a file is said once, without its content.
 */
int fp_containers_name(struct fp_containers *containers, const struct fp_host *host,
	const char id[FP_CONTAINER_ID_SIZE], const char **name);

#endif

/* Containers' names in the files that Docker and Podman keep of them. */
#ifndef FP_PARSE_CONTAINER_JSON_H
#define FP_PARSE_CONTAINER_JSON_H

#include "parse/cgroup.h"

/* At most 255 bytes and a NUL; what is longer is cut. Any byte but NUL may stand in a name. */
enum { FP_CONTAINER_NAME_SIZE = 256 };

struct fp_container {
	char id[FP_CONTAINER_ID_SIZE];
	char name[FP_CONTAINER_NAME_SIZE];
};

/*
 * Both read JSON by the letter (RFC 8259, valid UTF-8) and keep nothing but id and name, of which
 * each may stand once in its object. -EBADMSG: no JSON, JSON of another shape, nested deeper than 64,
 * an empty name or one with a NUL. -ENOMEM.
 */

/*
 * Docker's config.v2.json: an object with "ID" and "Name", both needed. The '/' that Docker puts
 * before a name is taken off.
 */
int fp_container_json_docker(const char *text, size_t len, struct fp_container *out);

/*
 * containers.json of Podman and CRI-O (containers/storage): an array of objects with "id" and
 * "names", of which the first counts. take() is called for each that has a name and whose id is one
 * (64 lower-case hex digits); what it returns below 0 ends the reading and is returned. An empty text
 * and null are an empty array, as they are to the writer. After a failure all that was taken is worth
 * nothing.
 */
int fp_container_json_podman(const char *text, size_t len,
	int (*take)(void *context, const struct fp_container *container), void *context);

#endif

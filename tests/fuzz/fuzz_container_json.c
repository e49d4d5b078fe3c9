/* The input is a file of Docker's and one of Podman's. */
#include "fuzz.h"

#include "parse/container_json.h"

#include <errno.h>
#include <string.h>

const char fuzz_name[] = "container_json";

struct taken {
	size_t count, limit;
};

static void check(const struct fp_container *container)
{
	size_t name_len = strnlen(container->name, FP_CONTAINER_NAME_SIZE);

	FUZZ_CHECK(name_len > 0 && name_len < FP_CONTAINER_NAME_SIZE);
	FUZZ_CHECK(strnlen(container->id, FP_CONTAINER_ID_SIZE) == FP_CONTAINER_ID_SIZE - 1);
	FUZZ_CHECK(fp_cgroup_is_container_id(container->id, FP_CONTAINER_ID_SIZE - 1));
}

static int take(void *context, const struct fp_container *container)
{
	struct taken *taken = context;

	check(container);
	return ++taken->count == taken->limit ? -ECANCELED : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct taken all = {0}, some = {0};
	struct fp_container container;

	int docker = fp_container_json_docker(text, size, &container);
	FUZZ_CHECK(docker == 0 || docker == -EBADMSG);
	if (docker == 0)
		check(&container);
	int podman = fp_container_json_podman(text, size, take, &all);
	FUZZ_CHECK(podman == 0 || podman == -EBADMSG);
	/* an object is no array */
	FUZZ_CHECK(docker < 0 || podman < 0);
	some.limit = all.count;
	if (all.count > 0)
		FUZZ_CHECK(fp_container_json_podman(text, size, take, &some) == -ECANCELED);
	FUZZ_CHECK(some.count == all.count);
	return 0;
}

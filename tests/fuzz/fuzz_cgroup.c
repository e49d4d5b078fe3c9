/* The input is the text of a cgroup file, and a path as well. */
#include "fuzz.h"

#include "parse/cgroup.h"

#include <errno.h>
#include <string.h>

const char fuzz_name[] = "cgroup";

static void check_unit(const char *path, size_t len)
{
	char *unit = fuzz_alloc(FP_UNIT_SIZE), *again = fuzz_alloc(FP_UNIT_SIZE);
	bool found = fp_cgroup_unit(path, len, unit, FP_UNIT_SIZE);
	size_t unit_len = strlen(unit);

	FUZZ_CHECK(found == (unit_len > 0));
	FUZZ_CHECK(unit_len < FP_UNIT_SIZE);
	for (size_t i = 0; i < unit_len; i++)
		FUZZ_CHECK(unit[i] > ' ' && unit[i] < 0x7f);
	if (found) {
		const char *slash = strchr(unit, '/');
		FUZZ_CHECK(!slash || strncmp(unit, "user@", 5) == 0);
		FUZZ_CHECK(!slash || !strchr(slash + 1, '/'));
		/* it needs its own length and the NUL, no less */
		FUZZ_CHECK(fp_cgroup_unit(path, len, again, unit_len + 1));
		FUZZ_CHECK(strcmp(unit, again) == 0);
		FUZZ_CHECK(!fp_cgroup_unit(path, len, again, unit_len));
	}
	free(unit);
	free(again);
}

static void check_container(const char *path, size_t len)
{
	char *id = fuzz_alloc(FP_CONTAINER_ID_SIZE);
	bool found = fp_cgroup_container(path, len, id);

	FUZZ_CHECK(strlen(id) == (found ? FP_CONTAINER_ID_SIZE - 1 : 0));
	if (found) {
		FUZZ_CHECK(fp_cgroup_is_container_id(id, strlen(id)));
		FUZZ_CHECK(memmem(path, len, id, FP_CONTAINER_ID_SIZE - 1));
	}
	free(id);
}

static void check_text(const char *text, size_t size)
{
	const char *path;
	size_t len;
	int status = fp_cgroup_path(text, size, &path, &len);

	FUZZ_CHECK((size == 0) == (status == -ENODATA));
	FUZZ_CHECK(status == 0 || status == -ENODATA || status == -EBADMSG);
	if (status < 0)
		return;
	FUZZ_CHECK(path > text && len > 0 && len < size);
	FUZZ_CHECK((size_t)(path - text) + len < size);
	FUZZ_CHECK(path[-1] == ':' && path[0] == '/');
	FUZZ_CHECK(!memchr(path, '\n', len));
	/* a copy of just the path, so that a byte read too many is seen */
	char *copy = fuzz_alloc(len);
	memcpy(copy, path, len);
	check_unit(copy, len);
	check_container(copy, len);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_alloc(size);

	if (size)
		memcpy(text, data, size);
	check_text(text, size);
	check_unit(text, size);
	check_container(text, size);
	free(text);
	return 0;
}

#include "sample/containers.h"
#include "parse/container_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 4 * 1024 * 1024, ID_LEN = FP_CONTAINER_ID_SIZE - 1, STORED_FILES = 2 };

static const uint64_t second_ns = UINT64_C(1000000000);
static const uint64_t name_holds_s = 300, ask_again_s = 60;

/*
 * One file of Podman's names all containers, so the answers for all processes of a round come of one
 * reading, however many ids somebody makes up.
 */
static const uint64_t stored_holds_s = 1;

struct known {
	char id[FP_CONTAINER_ID_SIZE];
	char *name; /* NULL: none */
	bool asked;
	int status, said;
	uint64_t asked_ns, used_ns;
};

FP_VEC(known_list, struct known);
FP_VEC(stored_list, struct fp_container);

struct stored_file {
	char *path;
	int said;
};

struct fp_containers {
	char *docker_path;
	struct stored_file files[STORED_FILES];
	struct known_list known; /* in the order of the ids */
	struct stored_list stored;
	bool has_stored, said_denied;
	int stored_status;
	uint64_t stored_ns;
};

/* ---- Life ---- */

static char *join(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

int fp_containers_new(const char *docker_path, const char *podman_path, struct fp_containers **out)
{
	static const char *const names[STORED_FILES] = {"overlay-containers/containers.json",
		"overlay-containers/volatile-containers.json"};
	struct fp_containers *containers = calloc(1, sizeof(*containers));
	bool complete = containers != NULL;

	if (complete && docker_path) {
		containers->docker_path = strdup(docker_path);
		complete = containers->docker_path != NULL;
	}
	for (size_t i = 0; complete && podman_path && i < STORED_FILES; i++) {
		containers->files[i].path = join(podman_path, names[i]);
		complete = containers->files[i].path != NULL;
	}
	if (!complete) {
		fp_containers_free(containers);
		return -ENOMEM;
	}
	*out = containers;
	return 0;
}

void fp_containers_free(struct fp_containers *containers)
{
	if (!containers)
		return;
	for (size_t i = 0; i < containers->known.len; i++)
		free(containers->known.at[i].name);
	for (size_t i = 0; i < STORED_FILES; i++)
		free(containers->files[i].path);
	free(containers->known.at);
	free(containers->stored.at);
	free(containers->docker_path);
	free(containers);
}

/* ---- What is remembered ---- */

/* Where the id is or belongs. */
static size_t place_of(const struct known_list *known, const char *id, bool *found)
{
	size_t low = 0, high = known->len;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(known->at[middle].id, id, ID_LEN);
		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void forget_oldest(struct known_list *known)
{
	size_t oldest = 0;

	for (size_t i = 1; i < known->len; i++)
		if (known->at[i].used_ns < known->at[oldest].used_ns)
			oldest = i;
	free(known->at[oldest].name);
	known->len--;
	memmove(&known->at[oldest], &known->at[oldest + 1],
		(known->len - oldest) * sizeof(known->at[0]));
}

static int remember(struct known_list *known, const char *id, struct known **out)
{
	struct known fresh = {.asked = false};
	bool found;
	size_t place = place_of(known, id, &found);

	if (!found) {
		if (known->len == FP_CONTAINERS_MAX) {
			forget_oldest(known);
			place = place_of(known, id, &found);
		}
		memcpy(fresh.id, id, ID_LEN);
		int status = known_list_add(known, fresh);
		if (status < 0)
			return status;
		memmove(&known->at[place + 1], &known->at[place],
			(known->len - 1 - place) * sizeof(known->at[0]));
		known->at[place] = fresh;
	}
	*out = &known->at[place];
	return 0;
}

/* ---- What the files say ---- */

/* Of two results without a name: the one that leaves more open. */
static int worse(int a, int b)
{
	static const int order[] = {-ENOMEM, -EACCES, -EBADMSG};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return -ENOENT;
}

/* Who may not read one container's file may read no other's: that is said once for all. */
static void say_denied(
	struct fp_containers *containers, const struct fp_host *host, const char *path)
{
	if (!containers->said_denied)
		fp_log(&host->log, FP_WARNING,
			"containers' names may not be read, as in \"%s\": that takes "
			"CAP_DAC_READ_SEARCH",
			path);
	containers->said_denied = true;
}

static void say(struct fp_containers *containers, const struct fp_host *host, const char *path,
	int status, int *said)
{
	const char *why = status == -EBADMSG  ? "it is not what Docker or Podman writes"
			  : status == -ELOOP  ? "it is a symbolic link"
			  : status == -EINVAL ? "it is not a regular file"
			  : status == -EFBIG  ? "it is longer than 4 MiB"
					      : strerror(-status);

	if (status == -ENOMEM)
		return;
	if (status == -EACCES)
		say_denied(containers, host, path);
	else if (status != 0 && status != -ENOENT && status != *said)
		fp_log(&host->log, FP_WARNING, "\"%s\" tells no container's name: %s", path, why);
	*said = status;
}

/* A status of a file as one of fp_containers_name(). */
static int reduce(int status)
{
	if (status == 0 || status == -ENOENT || status == -EACCES || status == -ENOMEM)
		return status;
	return -EBADMSG;
}

static int read_docker(
	const struct fp_host *host, const char *path, const char *id, struct fp_container *out)
{
	struct fp_buf text = {0};
	struct fp_os_file_info info;

	int status = host->backend->file_read(host->os, path, FILE_LIMIT, &text, &info);
	if (status == 0)
		status = fp_container_json_docker(text.data, text.len, out);
	if (status == 0 && strcmp(out->id, id) != 0)
		status = -EBADMSG;
	/* it holds the container's environment */
	fp_buf_wipe(&text);
	fp_buf_fini(&text);
	return status;
}

static int ask_docker(struct fp_containers *containers, const struct fp_host *host,
	struct known *known, struct fp_container *out)
{
	char *path;

	if (!containers->docker_path)
		return -ENOENT;
	if (asprintf(&path, "%s/containers/%s/config.v2.json", containers->docker_path, known->id) <
		0)
		return -ENOMEM;
	int status = read_docker(host, path, known->id, out);
	say(containers, host, path, status, &known->said);
	free(path);
	return reduce(status);
}

static int store(void *context, const struct fp_container *container)
{
	return stored_list_add(context, *container);
}

static int read_stored(
	struct fp_containers *containers, const struct fp_host *host, struct stored_file *file)
{
	struct fp_buf text = {0};
	struct fp_os_file_info info;
	size_t before = containers->stored.len;

	int status = host->backend->file_read(host->os, file->path, FILE_LIMIT, &text, &info);
	if (status == 0)
		status = fp_container_json_podman(text.data, text.len, store, &containers->stored);
	fp_buf_fini(&text);
	if (status < 0)
		containers->stored.len = before;
	say(containers, host, file->path, status, &file->said);
	return reduce(status);
}

static int ask_podman(struct fp_containers *containers, const struct fp_host *host, uint64_t now_ns,
	const char *id, struct fp_container *out)
{
	if (!containers->has_stored ||
		now_ns - containers->stored_ns >= stored_holds_s * second_ns) {
		containers->stored.len = 0;
		containers->stored_status = -ENOENT;
		for (size_t i = 0; i < STORED_FILES && containers->files[i].path; i++)
			containers->stored_status = worse(containers->stored_status,
				read_stored(containers, host, &containers->files[i]));
		containers->has_stored = containers->stored_status != -ENOMEM;
		containers->stored_ns = now_ns;
	}
	for (size_t i = 0; i < containers->stored.len; i++) {
		if (memcmp(containers->stored.at[i].id, id, ID_LEN) == 0) {
			*out = containers->stored.at[i];
			return 0;
		}
	}
	return containers->stored_status;
}

/* ---- The answer ---- */

static int ask(struct fp_containers *containers, const struct fp_host *host, uint64_t now_ns,
	struct known *known)
{
	struct fp_container found;
	int status = ask_docker(containers, host, known, &found);

	if (status < 0) {
		int other = ask_podman(containers, host, now_ns, known->id, &found);
		status = other == 0 ? 0 : worse(status, other);
	}
	char *name = status == 0 ? strdup(found.name) : NULL;
	if (status == -ENOMEM || (status == 0 && !name))
		return -ENOMEM;
	known->asked = true;
	known->asked_ns = now_ns;
	/* who cannot be asked now has not taken the name back */
	if (known->name && (status == -EACCES || status == -EBADMSG))
		return 0;
	free(known->name);
	known->name = name;
	known->status = status;
	return 0;
}

int fp_containers_name(struct fp_containers *containers, const struct fp_host *host,
	const char id[FP_CONTAINER_ID_SIZE], const char **name)
{
	uint64_t now_ns = host->backend->monotonic_ns(host->os);
	struct known *known;

	/* it becomes part of a path */
	if (!fp_cgroup_is_container_id(id, strnlen(id, FP_CONTAINER_ID_SIZE)))
		return -ENOENT;
	int status = remember(&containers->known, id, &known);
	if (status < 0)
		return status;
	known->used_ns = now_ns;
	uint64_t holds_s = known->name ? name_holds_s : ask_again_s;
	if (!known->asked || now_ns - known->asked_ns >= holds_s * second_ns)
		status = ask(containers, host, now_ns, known);
	if (status < 0)
		return status;
	*name = known->name;
	return known->status;
}

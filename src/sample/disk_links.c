#include "sample/disk_links.h"
#include "compute/disk_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096, ENTRY_LIMIT = 256 * 1024 };

static const uint64_t coarse_ns = 2000000000;

struct link {
	const char *name, *target;
	bool numbered; /* else it leads nowhere, and its text has to tell */
	uint32_t major, minor;
};

FP_VEC(link_list, struct link);

/* A folder that is watched: the database's has no links. */
struct folder {
	bool wanted, seen;
	struct fp_os_file_info info;
	struct fp_os_links raw;
	struct link_list links; /* by device, then by name; into raw */
};

struct fp_disk_links {
	const struct fp_host *host;
	const struct fp_disk_settings *settings;
	struct folder folders[FP_DISK_FOLDERS], database;
};

const char *fp_disk_folder_path(enum fp_disk_folder folder)
{
	static const char *const paths[FP_DISK_FOLDERS] = {
		[FP_DISK_FOLDER_MD] = "md",
		[FP_DISK_FOLDER_LABEL] = "disk/by-label",
		[FP_DISK_FOLDER_PARTLABEL] = "disk/by-partlabel",
		[FP_DISK_FOLDER_UUID] = "disk/by-uuid",
		[FP_DISK_FOLDER_ID] = "disk/by-id",
		[FP_DISK_FOLDER_PATH] = "disk/by-path",
	};

	return paths[folder];
}

bool fp_disk_is_fatal(int status)
{
	return status == -ENOMEM || status == -EMFILE || status == -ENFILE;
}

int fp_disk_links_new(const struct fp_host *host, const struct fp_disk_settings *settings,
	uint32_t wanted, struct fp_disk_links **out)
{
	struct fp_disk_links *links = calloc(1, sizeof(*links));

	if (!links)
		return -ENOMEM;
	links->host = host;
	links->settings = settings;
	for (size_t i = 0; i < FP_DISK_FOLDERS; i++)
		links->folders[i].wanted = (wanted >> i) & 1;
	links->database.wanted = (wanted >> FP_DISK_DATABASE) & 1;
	*out = links;
	return 0;
}

void fp_disk_links_free(struct fp_disk_links *links)
{
	if (!links)
		return;
	for (size_t i = 0; i < FP_DISK_FOLDERS; i++) {
		fp_buf_fini(&links->folders[i].raw.text);
		free(links->folders[i].raw.list.at);
		free(links->folders[i].links.at);
	}
	free(links);
}

static int compare_device(const struct link *a, const struct link *b)
{
	if (a->numbered != b->numbered)
		return a->numbered ? -1 : 1;
	if (!a->numbered)
		return strcmp(a->target, b->target);
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	return a->minor == b->minor ? 0 : a->minor < b->minor ? -1 : 1;
}

static int compare(const void *a, const void *b)
{
	const struct link *first = a, *second = b;
	int order = compare_device(first, second);

	return order ? order : strcmp(first->name, second->name);
}

static int read_links(const struct fp_host *host, const char *path, struct folder *folder)
{
	int status = host->backend->links(host->os, path, &folder->raw);

	folder->links.len = 0;
	for (size_t i = 0; i < folder->raw.list.len && status == 0; i++) {
		const struct fp_os_link *raw = &folder->raw.list.at[i];
		if (raw->leads == FP_OS_LEADS_ELSEWHERE)
			continue;
		struct link link = {
			.name = folder->raw.text.data + raw->name,
			.target = folder->raw.text.data + raw->target,
			.numbered = raw->leads == FP_OS_LEADS_TO_BLOCK_DEVICE,
			.major = raw->major,
			.minor = raw->minor,
		};
		while (!link.numbered && strncmp(link.target, "../", 3) == 0)
			link.target += 3;
		status = link_list_add(&folder->links, link);
	}
	if (folder->links.len)
		qsort(folder->links.at, folder->links.len, sizeof(struct link), compare);
	/* a folder that cannot be read has no links; udev removes those that are empty */
	return fp_disk_is_fatal(status) ? status : 0;
}

/* Has the folder changed since it was read? */
static bool has_changed(const struct fp_host *host, const char *path, struct folder *folder)
{
	struct fp_os_file_info info;
	uint64_t now_ns = host->backend->realtime_ns(host->os);

	if (host->backend->file_info(host->os, path, &info) < 0)
		info = (struct fp_os_file_info){0};
	uint64_t at_ns = (uint64_t)info.mtime_s * 1000000000 + info.mtime_ns;
	bool same = folder->seen && info.device == folder->info.device &&
		    info.inode == folder->info.inode && info.mtime_s == folder->info.mtime_s &&
		    info.mtime_ns == folder->info.mtime_ns;
	/* a time that is still to come is of before the clock was set back */
	uint64_t apart_ns = at_ns > now_ns ? at_ns - now_ns : now_ns - at_ns;
	folder->seen = true;
	folder->info = info;
	return !same || apart_ns < coarse_ns;
}

int fp_disk_links_refresh(struct fp_disk_links *links, bool all, bool *changed)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < FP_DISK_FOLDERS; i++) {
		struct folder *folder = &links->folders[i];
		if (!folder->wanted)
			continue;
		snprintf(path, sizeof(path), "%s/%s", links->settings->dev_path,
			fp_disk_folder_path((enum fp_disk_folder)i));
		if (has_changed(links->host, path, folder))
			*changed = true;
		else if (!all)
			continue;
		int status = read_links(links->host, path, folder);
		if (status < 0) {
			folder->seen = false;
			return status;
		}
	}
	if (links->database.wanted) {
		snprintf(path, sizeof(path), "%s/udev/data", links->settings->run_path);
		*changed = has_changed(links->host, path, &links->database) || *changed;
	}
	return 0;
}

/* The first link of the device, or where it would be. */
static size_t find_first(const struct link_list *links, const struct link *wanted)
{
	size_t low = 0, high = links->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_device(&links->at[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const char *find_accepted(
	const struct link_list *links, const struct link *wanted, bool (*accept)(const char *link))
{
	for (size_t i = find_first(links, wanted);
		i < links->len && compare_device(&links->at[i], wanted) == 0; i++)
		if (!accept || accept(links->at[i].name))
			return links->at[i].name;
	return NULL;
}

const char *fp_disk_links_find(const struct fp_disk_links *links, enum fp_disk_folder folder,
	const struct fp_disk_device *device, bool (*accept)(const char *link))
{
	const struct link_list *list = &links->folders[folder].links;
	char target[64];
	struct link wanted = {.numbered = true, .major = device->major, .minor = device->minor};
	const char *found = find_accepted(list, &wanted, accept);

	if (found)
		return found;
	snprintf(target, sizeof(target), "%s", device->kernel_name);
	for (char *p = target; *p; p++)
		if (*p == '!')
			*p = '/';
	wanted = (struct link){.target = target};
	return find_accepted(list, &wanted, accept);
}

int fp_disk_links_read_entry(
	const struct fp_disk_links *links, const struct fp_disk_device *device, struct fp_buf *out)
{
	const struct fp_host *host = links->host;
	struct fp_os_file_info info;
	char path[PATH_SIZE];

	out->len = 0;
	snprintf(path, sizeof(path), "%s/udev/data/b%u:%u", links->settings->run_path,
		(unsigned)device->major, (unsigned)device->minor);
	int status = host->backend->file_read(host->os, path, ENTRY_LIMIT, out, &info);
	if (status < 0)
		out->len = 0;
	return status == 0 || fp_disk_is_fatal(status) ? status : -ENOENT;
}

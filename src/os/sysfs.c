/* Block devices as sysfs shows them, in the live tree or a captured one; see os/procfs.h. */
#include "os/procfs.h"
#include "util/number.h"

#include <stdio.h>
#include <string.h>

enum { ATTRIBUTE_LIMIT = 4096, PATH_SIZE = 192, EVENTS_LIMIT = 64 };

/* The first of them has partitions too; captured trees and old kernels may have the second alone. */
static const char *const folders[] = {"class/block", "block"};

/* The path of a device below a folder, where '/' in a name is written '!'. */
static int make_path(
	const char *folder, const char *kernel_name, const char *tail, char path[PATH_SIZE])
{
	size_t start = strlen(folder) + 1;
	int len = snprintf(path, PATH_SIZE, "%s/%s%s", folder, kernel_name, tail);

	if (kernel_name[0] == '.' || kernel_name[0] == '\0')
		return -ENOENT;
	if (len < 0 || len >= PATH_SIZE)
		return -ENAMETOOLONG;
	for (char *p = path + start; p < path + start + strlen(kernel_name); p++)
		if (*p == '/')
			*p = '!';
	return 0;
}

int fp_sysfs_disk_attribute(
	struct fp_os *os, const char *kernel_name, const char *attribute, struct fp_buf *out)
{
	char tail[64], path[PATH_SIZE];
	int status = -ENOENT;

	out->len = 0;
	if (os->sys_fd < 0)
		return -ENOENT;
	snprintf(tail, sizeof(tail), "/%s", attribute);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && status == -ENOENT; i++) {
		status = make_path(folders[i], kernel_name, tail, path);
		if (status == 0)
			status = fp_procfs_read_at(os->sys_fd, path, ATTRIBUTE_LIMIT, out);
	}
	while (status == 0 && out->len && out->data[out->len - 1] == '\n')
		out->len--;
	return status;
}

int fp_sysfs_disk_place(struct fp_os *os, const char *kernel_name, struct fp_buf *out)
{
	char path[PATH_SIZE];

	out->len = 0;
	if (os->sys_fd < 0)
		return -ENOENT;
	int status = make_path(folders[0], kernel_name, "", path);
	return status < 0 ? status : fp_procfs_read_link(os->sys_fd, path, out);
}

int fp_sysfs_device_events(struct fp_os *os, uint64_t *count)
{
	struct fp_buf text = {0};

	if (os->sys_fd < 0)
		return -ENOENT;
	int status = fp_procfs_read_at(os->sys_fd, "kernel/uevent_seqnum", EVENTS_LIMIT, &text);
	if (status == 0 && text.len && text.data[text.len - 1] == '\n')
		text.len--;
	if (status == 0 && fp_number_u64(text.data, text.len, count) < 0)
		status = -ENOENT;
	fp_buf_fini(&text);
	return status;
}

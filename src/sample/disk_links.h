/* udev's links below /dev, kept until their folders change. */
#ifndef FP_SAMPLE_DISK_LINKS_H
#define FP_SAMPLE_DISK_LINKS_H

#include "sample/host.h"

enum fp_disk_folder {
	FP_DISK_FOLDER_MD,
	FP_DISK_FOLDER_LABEL,
	FP_DISK_FOLDER_PARTLABEL,
	FP_DISK_FOLDER_UUID,
	FP_DISK_FOLDER_ID,
	FP_DISK_FOLDER_PATH,
	FP_DISK_FOLDERS,
	FP_DISK_DATABASE = FP_DISK_FOLDERS /* udev's, which is not below /dev */
};

/*
 * Does it say that this process wants for memory or descriptors just now? Then nothing follows for
 * what was asked about.
 */
bool fp_disk_is_fatal(int status);

/* Such as "disk/by-id"; constant. */
const char *fp_disk_folder_path(enum fp_disk_folder folder);

struct fp_disk_links;

/*
 * Watches what wanted has the bits of. host and settings must outlive it. 0 or -ENOMEM.
 */
int fp_disk_links_new(const struct fp_host *host, const struct fp_disk_settings *settings,
	uint32_t wanted, struct fp_disk_links **out);
void fp_disk_links_free(struct fp_disk_links *links);

/*
 * Reads again the folders that have changed, or all of them; *changed becomes true if one has, or udev's database,
 * and is else left as it is. A folder that changed within the last two seconds counts as changed once
 * more, since its time may be too coarse to tell two changes apart. 0, or -ENOMEM, -EMFILE and the like.
 */
int fp_disk_links_refresh(struct fp_disk_links *links, bool all, bool *changed);

/* A device as diskstats knows it. */
struct fp_disk_device {
	uint32_t major, minor;
	const char *kernel_name;
};

/*
 * The first, in the order of bytes, of a folder's links that lead to this device and are accepted
 * (accept NULL: all); NULL: there is none. A link leads to a device by its number; in a tree without
 * device nodes, where it leads nowhere, by its text. Lives until the next refresh.
 */
const char *fp_disk_links_find(const struct fp_disk_links *links, enum fp_disk_folder folder,
	const struct fp_disk_device *device, bool (*accept)(const char *link));

/*
 * Overwrites the buffer with udev's database entry of the device. 0; -ENOENT where it has none that can
 * be read; -ENOMEM, -EMFILE and the like.
 */
int fp_disk_links_read_entry(
	const struct fp_disk_links *links, const struct fp_disk_device *device, struct fp_buf *out);

#endif

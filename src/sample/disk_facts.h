/* What sysfs and udev know of a block device, besides its counters. */
#ifndef FP_SAMPLE_DISK_FACTS_H
#define FP_SAMPLE_DISK_FACTS_H

#include "parse/diskstats.h"
#include "sample/disk_links.h"

struct fp_disk_facts {
	bool has_size; /* else sysfs does not know the device, and says nothing of what follows */
	bool partition, has_sequence;
	uint64_t size_sectors; /* of 512 bytes */
	uint64_t sequence;     /* the disk's diskseq: another one is another medium, or disk */
	char whole[FP_DISK_KERNEL_NAME_SIZE]; /* of a partition the whole disk, else itself */
	/* as they were found, a partition's suffix included; NULL: none */
	char *names[FP_DISK_NAMES];
	char *serial; /* what the disk said when it was asked for it, maybe ""; NULL: it was not asked */
	bool unasked; /* it should have been, but may not answer now */
};

/* What a look goes by, besides sysfs and udev. */
struct fp_disk_past {
	const struct fp_disk_facts *facts; /* of the look before; NULL: there was none */
	bool anew;                         /* the counters began anew since */
	/* May the whole disk of this name be asked something, so that it answers soon? */
	bool (*answers)(const void *context, const char *whole);
	const void *context;
};

/* What has to be watched for these settings; see fp_disk_links_new(). */
uint32_t fp_disk_facts_folders(const struct fp_disk_settings *settings);

/*
 * Finds out all that the settings ask of a device: its names of the sources in Name, and always the
 * one of device-mapper. What only the disk itself can tell is asked once, of a disk that answers: one
 * that hangs would hold up whoever asks. 0, or -ENOMEM, -EMFILE and the like, with *out to be freed
 * with fp_disk_facts_fini() in both cases.
 */
int fp_disk_facts_look(const struct fp_host *host, const struct fp_disk_settings *settings,
	const struct fp_disk_links *links, const struct fp_disk_device *device,
	const struct fp_disk_past *past, struct fp_disk_facts *out);

/*
 * Whether it is the same device and medium as then, as far as the kernel tells: that is cheap. The
 * buffer is overwritten. 0, or -ENOMEM, -EMFILE and the like.
 */
int fp_disk_facts_check(const struct fp_host *host, const struct fp_disk_facts *facts,
	struct fp_buf *text, bool *same);

void fp_disk_facts_fini(struct fp_disk_facts *facts);

/* Do they tell the same names, and would the device be chosen alike? */
bool fp_disk_facts_equal(const struct fp_disk_facts *a, const struct fp_disk_facts *b);

#endif

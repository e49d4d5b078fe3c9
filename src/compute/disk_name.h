/* Names of block devices: the kernel's, udev's, and those that are told. */
#ifndef FP_COMPUTE_DISK_NAME_H
#define FP_COMPUTE_DISK_NAME_H

#include "model.h"

/*
 * The name of the device that one of this name would be a partition of, by the kernel's rule: sda1
 * of sda, and nvme0n1p1 of nvme0n1, since that ends with a digit. Whether such a device exists, and
 * so whether this is a partition, is for the caller to find out. false when it cannot be one. out
 * has room for strlen(name) + 1 bytes. number, if not NULL, becomes the partition's.
 */
bool fp_disk_whole_name(const char *name, char *out, uint64_t *number);

/*
 * The name of the whole disk of a partition, by where sysfs has the partition: the last but one
 * component of "../../devices/…/block/sda/sda1", a part of place. false where there is none.
 */
bool fp_disk_name_of_place(const char *place, size_t len, const char **name, size_t *name_len);

/*
 * Does a link of /dev/disk/by-id name the hardware by a worldwide name (wwn-, nvme-eui. and so on)?
 * Does it name what the device holds, such as a volume or an array, or the device by a number alone?
 */
bool fp_disk_name_is_wwn(const char *link);
bool fp_disk_name_is_of_contents(const char *link);

/*
 * The worldwide name that udev would make a link of, of what it or sysfs has: 0x5000c500a1b2c3d4 and
 * naa.5000c500a1b2c3d4 become wwn-0x5000c500a1b2c3d4, eui.0025385b71b00001 becomes
 * nvme-eui.0025385b71b00001. Writes a string of at most size - 1 bytes. false: it is none of these.
 */
bool fp_disk_name_make_wwn(const char *text, size_t len, char *out, size_t size);

/*
 * What is told for a name: as fp_name_make_safe(), but of one that is too long and ends with
 * "-part" and a number, this end stays. No name is empty: false, and nothing is written.
 */
bool fp_disk_name_make_safe(const char *text, size_t len, char out[FP_NAME_SIZE]);

/* A device, and the names that it could go by, best first; the last is always the kernel's. */
struct fp_disk_claim {
	const char (*names)[FP_NAME_SIZE];
	size_t count;
	size_t choice; /* which of them it goes by */
	bool nameless; /* another device has even the last */
	bool lost;     /* it goes by a later one, since another device has names[lost_choice] too */
	size_t lost_choice;
	size_t rival; /* that device */
};

struct fp_disk_candidate {
	const char *name;
	size_t claim;
	bool last; /* the claim has no other */
};

/*
 * Gives each device the first of its names that is no other's: of two devices with one name both go by
 * their next, save for one that has no next. candidates has room for count of them.
 */
void fp_disk_claims_settle(
	struct fp_disk_claim *claims, size_t count, struct fp_disk_candidate *candidates);

#endif

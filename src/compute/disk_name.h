/* Block devices' kernel names. */
#ifndef FP_COMPUTE_DISK_NAME_H
#define FP_COMPUTE_DISK_NAME_H

#include "model.h"

/*
 * The name of the device that one of this name would be a partition of, by the kernel's rule: sda1
 * of sda, and nvme0n1p1 of nvme0n1, since that ends with a digit. Whether such a device exists, and
 * so whether this is a partition, is for the caller to find out. false when it cannot be one. out
 * has room for strlen(name) + 1 bytes.
 */
bool fp_disk_whole_name(const char *name, char *out);

#endif

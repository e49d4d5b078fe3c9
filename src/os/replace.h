/*
 * The one thing that is ever written: a file of the operator's, whole or not at all. Plain POSIX, and
 * not of the host that is looked at, so no slot of a backend.
 */
#ifndef FP_OS_REPLACE_H
#define FP_OS_REPLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Puts a file of these bytes in the place of path (absolute), which a reader sees either as it was
 * or complete. It gets mode 0640 whatever the umask, and the group if has_gid. Written beside path
 * under a name that nobody can foretell, then renamed over it; a link at path is replaced, not
 * followed. It is not forced onto the disk: after a crash the next reading writes it anew.
 *
 * 0; -EACCES no permission (EPERM too); -ENOSPC, -EROFS, -ENOENT and the like, with path as it was
 * and nothing left beside it.
 */
int fp_replace_write(const char *path, bool has_gid, uint32_t gid, const void *bytes, size_t len);

#endif

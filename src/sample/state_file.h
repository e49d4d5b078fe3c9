/* Where the newest reading is left for others, such as the command, to read. */
#ifndef FP_SAMPLE_STATE_FILE_H
#define FP_SAMPLE_STATE_FILE_H

#include "util/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * May a file be kept at this path? It has to be absolute, in a folder that is there, that not
 * everybody may write to and that is reached by no link of another user's; and what lies at the path
 * already has to be a regular file, which would be replaced. 0, or -errno with the mistake said.
 */
int fp_state_file_check(const char *path, const struct fp_log *log);

/*
 * Puts a file of these bytes in the place of path, of mode 0640 and this group if has_gid: a reader
 * sees the one before or the whole new one. Says nothing. 0; -EACCES, -ENOSPC, -EROFS and the like,
 * with the path as it was and nothing left beside it.
 */
int fp_state_file_write(
	const char *path, bool has_gid, uint32_t gid, const void *bytes, size_t len);

#endif

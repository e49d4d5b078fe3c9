/* The name of a group with %{} in it, for one process. Pure. */
#ifndef FP_COMPUTE_EXPAND_H
#define FP_COMPUTE_EXPAND_H

#include "model.h"

/* What one part stands for: made safe once, and told apart from others that look the same then. */
struct fp_piece {
	char text[FP_NAME_SIZE];
	uint64_t hash; /* of the bytes as they were */
};

void fp_piece_make(const char *bytes, size_t len, struct fp_piece *out);

/*
 * Joins the pieces of all parts of the group's name, in order, cut to 63 bytes. A name that would
 * begin with '_' without being empty begins with '-', since names with '_' are the plugin's own.
 * *hash tells names apart that only became equal.
 */
void fp_expand(const struct fp_group *group, const struct fp_piece *pieces, char name[FP_NAME_SIZE],
	uint64_t *hash);

#endif

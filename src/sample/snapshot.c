#include "sample/snapshot.h"

#include <stdlib.h>

void fp_snapshot_free(struct fp_snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (size_t g = 0; g < snapshot->group_count; g++) {
		struct fp_members *members = &snapshot->groups[g].members;
		for (size_t i = 0; i < members->len; i++)
			free(members->at[i].cmdline);
		free(members->at);
	}
	free(snapshot->groups);
	free(snapshot);
}

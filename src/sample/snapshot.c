#include "sample/snapshot.h"

#include <stdlib.h>

void fp_members_clear(struct fp_members *members)
{
	for (size_t i = 0; i < members->len; i++)
		free(members->at[i].cmdline);
	members->len = 0;
}

void fp_snapshot_free(struct fp_snapshot *snapshot)
{
	while (snapshot) {
		struct fp_snapshot *next = snapshot->next;
		for (size_t g = 0; g < snapshot->group_count; g++) {
			fp_members_clear(&snapshot->groups[g].members);
			free(snapshot->groups[g].members.at);
		}
		free(snapshot->groups);
		free(snapshot);
		snapshot = next;
	}
}

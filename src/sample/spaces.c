#include "sample/spaces.h"

#include <stdlib.h>
#include <string.h>

/* Only processes of one image can share: which spares asking the kernel about most pairs. */
static int compare_images(const struct fp_stat *stat, const struct fp_space *space)
{
	if (stat->startcode != space->startcode)
		return stat->startcode < space->startcode ? -1 : 1;
	if (stat->startstack != space->startstack)
		return stat->startstack < space->startstack ? -1 : 1;
	return 0;
}

struct fp_space *fp_spaces_find(const struct fp_spaces *spaces, const struct fp_host *host,
	int32_t pid, const struct fp_stat *stat, size_t *at)
{
	size_t low = 0, high = spaces->list.len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct fp_space *space = spaces->list.at[middle];
		int order = compare_images(stat, space);
		if (order == 0 && stat->startstack != 0 &&
			host->backend->compare_memory(host->os, pid, space->pid, &order) == 0 &&
			order == 0)
			return space;
		/* who cannot be compared, since it has ended or may not be looked at, is another */
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*at = low;
	return NULL;
}

int fp_spaces_add(
	struct fp_spaces *spaces, size_t at, const struct fp_space *space, struct fp_space **out)
{
	struct fp_space *added = malloc(sizeof(*added));

	if (!added || fp_space_list_add(&spaces->list, added) < 0) {
		free(added);
		return -ENOMEM;
	}
	*added = *space;
	added->counted = (struct fp_counted){0};
	struct fp_space **list = spaces->list.at;
	memmove(list + at + 1, list + at, (spaces->list.len - 1 - at) * sizeof(list[0]));
	list[at] = added;
	*out = added;
	return 0;
}

int fp_space_count(struct fp_space *space, const void *group)
{
	for (size_t i = 0; i < space->counted.len; i++)
		if (space->counted.at[i] == group)
			return 1;
	return fp_counted_add(&space->counted, group);
}

void fp_spaces_clear(struct fp_spaces *spaces)
{
	for (size_t i = 0; i < spaces->list.len; i++) {
		free(spaces->list.at[i]->counted.at);
		free(spaces->list.at[i]);
	}
	spaces->list.len = 0;
}

void fp_spaces_fini(struct fp_spaces *spaces)
{
	fp_spaces_clear(spaces);
	free(spaces->list.at);
	*spaces = (struct fp_spaces){0};
}

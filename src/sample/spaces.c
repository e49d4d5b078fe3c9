#include "sample/spaces.h"

#include <stdlib.h>
#include <string.h>

/* Only processes of one image can share: which spares asking the kernel about most pairs. */
static struct fp_space *find(const struct fp_spaces *spaces, const struct fp_host *host,
	int32_t pid, uint64_t key, size_t *at)
{
	size_t low = 0, high = spaces->list.len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct fp_space *space = spaces->list.at[middle];
		int order = (key > space->key) - (key < space->key);
		int compared = 0;
		bool same_key = order == 0 && key != 0;
		if (same_key &&
			host->backend->compare_memory(host->os, pid, space->pid, &compared) == 0) {
			if (compared == 0)
				return space;
			order = compared;
		}
		/* who cannot be compared, since it has ended or may not be looked at, is another */
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*at = low;
	return NULL;
}

int fp_spaces_join(struct fp_spaces *spaces, const struct fp_host *host, int32_t pid, uint64_t key,
	struct fp_space **out)
{
	size_t at = 0;

	*out = find(spaces, host, pid, key, &at);
	if (*out) {
		(*out)->sharers++;
		return 0;
	}
	struct fp_space *space = calloc(1, sizeof(*space));
	if (!space || fp_space_list_add(&spaces->list, space) < 0) {
		free(space);
		return -ENOMEM;
	}
	*space = (struct fp_space){.pid = pid, .key = key, .sharers = 1};
	struct fp_space **list = spaces->list.at;
	memmove(list + at + 1, list + at, (spaces->list.len - 1 - at) * sizeof(list[0]));
	list[at] = space;
	*out = space;
	return 0;
}

static void free_space(struct fp_space *space)
{
	free(space->counted.at);
	free(space);
}

void fp_spaces_leave(struct fp_spaces *spaces, struct fp_space *space, int32_t other_pid)
{
	struct fp_space_list *list = &spaces->list;

	if (other_pid)
		space->pid = other_pid;
	if (--space->sharers)
		return;
	/* by key alone: the kernel cannot compare who has ended */
	size_t low = 0, high = list->len;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (list->at[middle]->key < space->key)
			low = middle + 1;
		else
			high = middle;
	}
	while (list->at[low] != space)
		low++;
	memmove(list->at + low, list->at + low + 1, (list->len - low - 1) * sizeof(list->at[0]));
	list->len--;
	free_space(space);
}

void fp_space_begin(struct fp_space *space, uint64_t round)
{
	if (space->round == round)
		return;
	space->round = round;
	space->leader = NULL;
	space->counted.len = 0;
}

int fp_space_count(struct fp_space *space, uint64_t round, const void *group)
{
	fp_space_begin(space, round);
	for (size_t i = 0; i < space->counted.len; i++)
		if (space->counted.at[i] == group)
			return 1;
	return fp_counted_add(&space->counted, group);
}

void fp_spaces_fini(struct fp_spaces *spaces)
{
	for (size_t i = 0; i < spaces->list.len; i++)
		free_space(spaces->list.at[i]);
	free(spaces->list.at);
	*spaces = (struct fp_spaces){0};
}

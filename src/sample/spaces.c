#include "sample/spaces.h"

#include <stdlib.h>
#include <string.h>

/*
 * Only processes of one image can share: which spares asking the kernel about most pairs. pid 0 is of
 * nobody that can be compared. Below 0: that one has ended, or may not be looked at.
 */
static int compare(const struct fp_space *space, const struct fp_host *host, int32_t pid,
	uint64_t key, int *order)
{
	*order = (key > space->key) - (key < space->key);
	if (*order != 0)
		return 0;
	if (key != 0 && pid != 0)
		return host->backend->compare_memory(host->os, pid, space->pid, order);
	*order = 1;
	return 0;
}

/* Between low and high, past those that cannot be compared, since they tell no direction. */
static struct fp_space *find(const struct fp_spaces *spaces, const struct fp_host *host,
	int32_t pid, uint64_t key, size_t *place)
{
	size_t low = 0, high = spaces->list.len;

	while (low < high) {
		size_t middle = low + (high - low) / 2, at = middle;
		int order = 0;
		while (at < high && compare(spaces->list.at[at], host, pid, key, &order) < 0)
			at++;
		if (at < high && order == 0)
			return spaces->list.at[at];
		if (at == high || order < 0)
			high = middle;
		else
			low = at + 1;
	}
	*place = low;
	return NULL;
}

int fp_spaces_join(struct fp_spaces *spaces, const struct fp_host *host, int32_t pid, uint64_t key,
	struct fp_space **out)
{
	size_t at = 0;
	int order;
	bool can = host->backend->compare_memory(host->os, pid, pid, &order) == 0;

	*out = find(spaces, host, can ? pid : 0, key, &at);
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

bool fp_spaces_are_ordered(const struct fp_spaces *spaces, const struct fp_host *host)
{
	for (size_t i = 1; i < spaces->list.len; i++) {
		const struct fp_space *space = spaces->list.at[i];
		int order = 0;
		int status = compare(spaces->list.at[i - 1], host, space->pid, space->key, &order);
		if (status == 0 && order <= 0)
			return false;
	}
	return true;
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

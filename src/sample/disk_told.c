/*
 * What was told under names that their devices do not go by any more, so that it goes on from there
 * when another device has such a name; see disk_list.h.
 */
#include "sample/disk_list.h"

#include <stdlib.h>
#include <string.h>

/* A name is free again after an hour: a rate over all that time is low, whatever the counters are. */
static const uint64_t forget_ns = UINT64_C(3600000000000);

int fp_disk_name_end(struct fp_disks *disks, struct fp_disk *disk)
{
	struct fp_disk_record *record = disk->record;
	struct fp_disk_ended ended = {
		.life = record->life, .ended_ns = disks->now_ns, .told = *fp_disk_told(disk)};

	if (record->name[0] == '\0')
		return 0;
	memcpy(ended.name, record->name, sizeof(ended.name));
	memcpy(ended.turns, record->turns, sizeof(ended.turns));
	int status = fp_disk_ended_list_add(&disks->ended, ended);
	if (status == 0)
		record->name[0] = '\0';
	return status;
}

/* By name; of one name, the latest first. */
static int compare(const void *a, const void *b)
{
	const struct fp_disk_ended *first = a, *second = b;
	int order = strcmp(first->name, second->name);

	if (order || first->ended_ns == second->ended_ns)
		return order;
	return first->ended_ns > second->ended_ns ? -1 : 1;
}

void fp_disk_names_sort_ended(struct fp_disks *disks)
{
	struct fp_disk_ended_list *list = &disks->ended;
	size_t kept = 0;

	if (list->len)
		qsort(list->at, list->len, sizeof(list->at[0]), compare);
	for (size_t i = 0; i < list->len; i++) {
		bool again = kept && strcmp(list->at[kept - 1].name, list->at[i].name) == 0;
		if (!again && disks->now_ns - list->at[i].ended_ns < forget_ns)
			list->at[kept++] = list->at[i];
	}
	list->len = kept;
}

static int compare_name(const void *name, const void *ended)
{
	return strcmp(name, ((const struct fp_disk_ended *)ended)->name);
}

/* The device had this name before: what came meanwhile came, also where the kernel's passed 2^32. */
static void tell_again(struct fp_disk *disk, const struct fp_disk_ended *ended)
{
	struct fp_disk_record *record = disk->record;

	for (enum fp_disk_field field = 0; field < FP_DISK_FIELDS; field++) {
		uint64_t then = ended->told.value[field] - ended->turns[field];
		record->turns[field] = ended->turns[field];
		if (field != FP_DISK_IN_FLIGHT && disk->counters.value[field] < then)
			record->turns[field] += UINT64_C(1) << 32;
	}
	fp_disk_set_told(disk, &disk->counters);
}

void fp_disk_name_begin(struct fp_disks *disks, struct fp_disk *disk, const char name[FP_NAME_SIZE])
{
	struct fp_disk_record *record = disk->record;
	const struct fp_disk_ended *ended = NULL;

	memcpy(record->name, name, sizeof(record->name));
	if (disks->ended.len)
		ended = bsearch(name, disks->ended.at, disks->ended.len, sizeof(disks->ended.at[0]),
			compare_name);
	if (ended && ended->life != record->life) {
		fp_disk_tell_on(disk, &ended->told);
		return;
	}
	if (ended) {
		tell_again(disk, ended);
		return;
	}
	memset(record->turns, 0, sizeof(record->turns));
	fp_disk_set_told(disk, &disk->counters);
}

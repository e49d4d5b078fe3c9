/* What follows from two samples of a device; see disk_list.h. */
#include "sample/disk_list.h"

#include <string.h>

/* What the counters have passed 2^32 with; all is forgotten of those that began anew. */
static void count_turns(
	struct fp_disk *disk, const struct fp_disk_counters *now, const struct fp_disk_delta *delta)
{
	struct fp_disk_record *record = disk->record;

	if (!disk->turned && !delta->wrapped)
		return;
	disk->turned = false;
	record->told = *now;
	for (enum fp_disk_field field = 0; field < FP_DISK_FIELDS; field++) {
		bool known = (delta->has >> field) & 1;
		record->turns[field] = known ? record->turns[field] : 0;
		if ((delta->wrapped >> field) & 1)
			record->turns[field] += UINT64_C(1) << 32;
		record->told.value[field] += record->turns[field];
		disk->turned = disk->turned || record->turns[field];
	}
}

void fp_disk_begin_anew(struct fp_disk *disk)
{
	disk->rates = (struct fp_disk_rates){0};
	disk->turned = disk->resting = false;
	memset(disk->record->turns, 0, sizeof(disk->record->turns));
}

void fp_disk_update(
	struct fp_disks *disks, struct fp_disk *disk, const struct fp_disk_counters *now, bool same)
{
	uint64_t elapsed_ns = disks->now_ns - disk->sampled_ns;
	uint64_t stuck_ns = (uint64_t)(disks->settings->stuck_after_s * 1e9);
	struct fp_disk_delta delta;

	/* a process of 32 bits may run on a kernel of as many */
	fp_disk_delta(&disk->counters, now, elapsed_ns, sizeof(long) < sizeof(uint64_t), &delta);
	count_turns(disk, now, &delta);
	disk->first = false;
	/* a zram device that is emptied is, and no event tells of that */
	if (delta.anew)
		disk->anew = disk->soon = disks->any_stale = true;
	fp_disk_rates(&delta, elapsed_ns, &disk->rates);
	disk->stuck = fp_disk_stuck(&disk->progress, &disk->counters, now, disks->now_ns, stuck_ns);
	disk->resting = same && elapsed_ns > 0 && !disk->progress.waiting;
	disk->sampled_ns = disks->now_ns;
	if (!same)
		disk->counters = *now;
}

/* The line says what it said before. */
void fp_disk_update_same(struct fp_disks *disks, struct fp_disk *disk)
{
	if (disk->resting && disks->now_ns > disk->sampled_ns)
		disk->sampled_ns = disks->now_ns;
	else
		fp_disk_update(disks, disk, &disk->counters, true);
}

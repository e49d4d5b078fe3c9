/* What follows from two samples of a device; see disk_list.h. */
#include "sample/disk_list.h"

const struct fp_disk_counters *fp_disk_told(const struct fp_disk *disk)
{
	return disk->turned ? &disk->record->told : &disk->counters;
}

void fp_disk_set_told(struct fp_disk *disk, const struct fp_disk_counters *now)
{
	struct fp_disk_record *record = disk->record;

	disk->turned = false;
	record->told = *now;
	for (enum fp_disk_field field = 0; field < FP_DISK_FIELDS; field++) {
		record->told.value[field] += record->turns[field];
		disk->turned = disk->turned || record->turns[field];
	}
}

/*
 * What to add to a counter that has nothing to do with what was told last. A smaller one is what all
 * take for a counter that began anew, a larger one would be a peak that never was.
 */
static uint64_t go_on_from(const struct fp_disk_counters *last, const struct fp_disk_counters *now,
	enum fp_disk_field field)
{
	if (field == FP_DISK_IN_FLIGHT || !fp_disk_has(last, field) || !fp_disk_has(now, field) ||
		now->value[field] <= last->value[field])
		return 0;
	return last->value[field] - now->value[field];
}

void fp_disk_tell_on(struct fp_disk *disk, const struct fp_disk_counters *last)
{
	for (enum fp_disk_field field = 0; field < FP_DISK_FIELDS; field++)
		disk->record->turns[field] = go_on_from(last, &disk->counters, field);
	fp_disk_set_told(disk, &disk->counters);
}

static void count_turns(
	struct fp_disk *disk, const struct fp_disk_counters *now, const struct fp_disk_delta *delta)
{
	struct fp_disk_record *record = disk->record;

	record->last = *fp_disk_told(disk);
	if (!disk->turned && !delta->wrapped && !delta->anew)
		return;
	for (enum fp_disk_field field = 0; field < FP_DISK_FIELDS; field++) {
		if (!((delta->has >> field) & 1))
			record->turns[field] = go_on_from(&record->last, now, field);
		else if ((delta->wrapped >> field) & 1)
			record->turns[field] += UINT64_C(1) << 32;
	}
	fp_disk_set_told(disk, now);
}

/* Did a counter, and not because it passed 2^32? */
static bool went_back(const struct fp_disk_counters *before, const struct fp_disk_counters *now,
	const struct fp_disk_delta *delta)
{
	uint32_t in_flight = UINT32_C(1) << FP_DISK_IN_FLIGHT;

	return before->has & now->has & ~delta->has & ~in_flight;
}

bool fp_disk_is_used(const struct fp_disk_counters *counters)
{
	for (size_t i = 0; i < FP_DISK_FIELDS; i++)
		if (counters->value[i])
			return true;
	return false;
}

void fp_disk_begin_anew(struct fp_disks *disks, struct fp_disk *disk)
{
	bool used = fp_disk_is_used(&disk->counters);

	if (used != disk->used)
		disk->changed = disks->any_changed = true;
	disk->used = used;
	disk->rates = (struct fp_disk_rates){0};
	disk->record->delta = (struct fp_disk_delta){0};
	disk->record->life = ++disks->lives;
	fp_disk_tell_on(disk, &disk->record->last);
	disk->resting = false;
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
	/* what was told before it went back, if under another name, says nothing of what came since */
	if (went_back(&disk->counters, now, &delta))
		disk->record->life = ++disks->lives;
	fp_disk_rates(&delta, elapsed_ns, &disk->rates);
	if (disks->keep_deltas) {
		disk->record->delta = delta;
		disk->record->elapsed_ns = elapsed_ns;
	}
	disk->stuck = fp_disk_stuck(&disk->progress, &disk->counters, now, disks->now_ns, stuck_ns);
	disk->resting = same && elapsed_ns > 0 && !disk->progress.waiting;
	disk->sampled_ns = disks->now_ns;
	if (!same)
		disk->counters = *now;
}

/* The line says what it said before. */
void fp_disk_update_same(struct fp_disks *disks, struct fp_disk *disk)
{
	if (disk->resting && !disks->keep_deltas && disks->now_ns > disk->sampled_ns)
		disk->sampled_ns = disks->now_ns;
	else
		fp_disk_update(disks, disk, &disk->counters, true);
}

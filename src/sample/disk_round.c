#include "sample/disk_list.h"

#include <string.h>

int fp_disk_round_end_alarm(struct fp_disks *disks, struct fp_disk *disk, bool visible)
{
	struct fp_disk_record *record = disk->record;
	struct fp_disk_notice notice = {.gone = !visible || disk->stuck};
	int status = 0;

	if (disk->alarmed &&
		!(visible && disk->stuck && strcmp(record->stuck_name, record->name) == 0)) {
		memcpy(notice.name, record->stuck_name, sizeof(notice.name));
		status = fp_disk_notices_add(&disks->round.notices, notice);
		disk->alarmed = status < 0;
	}
	return status;
}

/* Under a new name it is told anew, with how many are in flight. */
static int begin_alarm(struct fp_disks *disks, struct fp_disk *disk)
{
	struct fp_disk_record *record = disk->record;
	struct fp_disk_notice notice = {.stuck = true,
		.in_flight = disk->counters.value[FP_DISK_IN_FLIGHT],
		.waited_s = (double)(disks->now_ns - disk->progress.since_ns) / 1e9};

	if (!disk->stuck || disk->alarmed || !fp_disk_has(&disk->counters, FP_DISK_IN_FLIGHT))
		return 0;
	memcpy(record->stuck_name, record->name, sizeof(record->stuck_name));
	memcpy(notice.name, record->name, sizeof(notice.name));
	int status = fp_disk_notices_add(&disks->round.notices, notice);
	disk->alarmed = status == 0;
	disks->any_alarmed = true;
	return status;
}

static bool is_visible(const struct fp_disk *disk)
{
	return disk->present && disk->shown && !disk->nameless;
}

/* Does another one go by the name that a disk which lacks in this round was told to be stuck under? */
static bool is_taken(const struct fp_disks *disks, const struct fp_disk *lacking)
{
	for (size_t i = 0; i < disks->disks.len; i++) {
		const struct fp_disk *disk = &disks->disks.at[i];
		if (disk != lacking && is_visible(disk) &&
			strcmp(disk->record->name, lacking->record->stuck_name) == 0)
			return true;
	}
	return false;
}

/*
 * All that end come before any that begins: a name may have gone from one disk that is stuck to
 * another, and what is told of it last has to hold.
 */
static int end_alarms(struct fp_disks *disks)
{
	int status = 0;

	if (!disks->any_alarmed)
		return 0;
	disks->any_alarmed = false;
	for (size_t i = 0; i < disks->disks.len && status == 0; i++) {
		struct fp_disk *disk = &disks->disks.at[i];
		if (disk->alarmed && (disk->present || is_taken(disks, disk)))
			status = fp_disk_round_end_alarm(disks, disk, is_visible(disk));
		disks->any_alarmed = disks->any_alarmed || disk->alarmed;
	}
	disks->any_alarmed = disks->any_alarmed || status < 0;
	return status;
}

static int add_result(struct fp_disks *disks, const struct fp_disk *disk)
{
	struct fp_disk_result result = {.name = disk->record->name,
		.kernel_name = disk->record->head.name,
		.counters = fp_disk_told(disk),
		.rates = &disk->rates,
		.stuck = disk->stuck};

	if (disks->keep_deltas) {
		result.delta = &disk->record->delta;
		result.elapsed_ns = disk->record->elapsed_ns;
	}
	return fp_disk_results_add(&disks->round.results, result);
}

int fp_disk_round_collect(struct fp_disks *disks)
{
	int status = end_alarms(disks);

	disks->round.results.len = 0;
	for (size_t i = 0; i < disks->disks.len && status == 0; i++) {
		struct fp_disk *disk = &disks->disks.at[i];
		if (!is_visible(disk))
			continue;
		if (disk->stuck)
			status = begin_alarm(disks, disk);
		if (status == 0)
			status = add_result(disks, disk);
	}
	return status;
}

#include "sample/disk_list.h"

#include <string.h>

int fp_disk_round_tell_stuck(struct fp_disks *disks, struct fp_disk *disk, bool visible)
{
	struct fp_disk_record *record = disk->record;
	struct fp_disk_notice notice = {.gone = !visible};
	int status = 0;

	if (disk->alarmed &&
		!(visible && disk->stuck && strcmp(record->stuck_name, record->name) == 0)) {
		notice.gone = !visible || disk->stuck;
		memcpy(notice.name, record->stuck_name, sizeof(notice.name));
		status = fp_disk_notices_add(&disks->round.notices, notice);
		disk->alarmed = status < 0;
	}
	/* under a new name it is told anew, with how many are in flight */
	if (status < 0 || !visible || !disk->stuck || disk->alarmed ||
		!fp_disk_has(&disk->counters, FP_DISK_IN_FLIGHT))
		return status;
	memcpy(record->stuck_name, record->name, sizeof(record->stuck_name));
	notice = (struct fp_disk_notice){.stuck = true,
		.in_flight = disk->counters.value[FP_DISK_IN_FLIGHT],
		.waited_s = (double)(disks->now_ns - disk->progress.since_ns) / 1e9};
	memcpy(notice.name, record->name, sizeof(notice.name));
	status = fp_disk_notices_add(&disks->round.notices, notice);
	disk->alarmed = status == 0;
	return status;
}

int fp_disk_round_collect(struct fp_disks *disks)
{
	int status = 0;

	disks->round.results.len = 0;
	for (size_t i = 0; i < disks->disks.len && status == 0; i++) {
		struct fp_disk *disk = &disks->disks.at[i];
		bool visible = disk->shown && !disk->nameless;
		if (!disk->present)
			continue;
		if (disk->alarmed || (visible && disk->stuck))
			status = fp_disk_round_tell_stuck(disks, disk, visible);
		if (status < 0 || !visible)
			continue;
		struct fp_disk_result result = {.name = disk->record->name,
			.kernel_name = disk->record->head.name,
			.counters = fp_disk_told(disk),
			.rates = &disk->rates,
			.stuck = disk->stuck};
		if (disks->keep_deltas) {
			result.delta = &disk->record->delta;
			result.elapsed_ns = disk->record->elapsed_ns;
		}
		status = fp_disk_results_add(&disks->round.results, result);
	}
	return status;
}

#include "compute/disk.h"

enum { SECTOR_BYTES = 512 };

/* How far a counter came. false where that is unknown, or the counter began anew. */
static bool find_delta(const struct fp_disk_counters *before, const struct fp_disk_counters *now,
	enum fp_disk_field field, double *delta)
{
	if (!fp_disk_has(before, field) || !fp_disk_has(now, field))
		return false;
	if (now->value[field] < before->value[field])
		return false;
	*delta = (double)(now->value[field] - before->value[field]);
	return true;
}

static void set_rate(struct fp_disk_rates *out, enum fp_disk_rate rate, double value)
{
	out->has |= UINT32_C(1) << rate;
	out->value[rate] = value;
}

/* What one I/O had of something, on average; nothing where none ended. */
static const struct {
	enum fp_disk_rate rate;
	enum fp_disk_field total, count;
	double scale;
} means[] = {
	{FP_DISK_READ_AWAIT_MS, FP_DISK_READ_MS, FP_DISK_READS, 1},
	{FP_DISK_WRITE_AWAIT_MS, FP_DISK_WRITE_MS, FP_DISK_WRITES, 1},
	{FP_DISK_DISCARD_AWAIT_MS, FP_DISK_DISCARD_MS, FP_DISK_DISCARDS, 1},
	{FP_DISK_FLUSH_AWAIT_MS, FP_DISK_FLUSH_MS, FP_DISK_FLUSHES, 1},
	{FP_DISK_READ_REQUEST_BYTES, FP_DISK_READ_SECTORS, FP_DISK_READS, SECTOR_BYTES},
	{FP_DISK_WRITE_REQUEST_BYTES, FP_DISK_WRITE_SECTORS, FP_DISK_WRITES, SECTOR_BYTES},
	{FP_DISK_DISCARD_REQUEST_BYTES, FP_DISK_DISCARD_SECTORS, FP_DISK_DISCARDS, SECTOR_BYTES},
};

void fp_disk_rates(const struct fp_disk_counters *before, const struct fp_disk_counters *now,
	uint64_t elapsed_ns, struct fp_disk_rates *out)
{
	double total, count, busy_ms, weighted_ms;
	double elapsed_ms = (double)elapsed_ns / 1e6;

	*out = (struct fp_disk_rates){0};
	if (elapsed_ns == 0)
		return;
	if (find_delta(before, now, FP_DISK_IO_MS, &busy_ms)) {
		/* the kernel rounds to its ticks, so a busy device comes out above 100 */
		double util = 100 * busy_ms / elapsed_ms;
		set_rate(out, FP_DISK_UTIL_PERCENT, util < 100 ? util : 100);
	}
	if (find_delta(before, now, FP_DISK_WEIGHTED_MS, &weighted_ms))
		set_rate(out, FP_DISK_QUEUE_LENGTH, weighted_ms / elapsed_ms);
	for (size_t i = 0; i < sizeof(means) / sizeof(means[0]); i++)
		if (find_delta(before, now, means[i].count, &count) && count > 0 &&
			find_delta(before, now, means[i].total, &total))
			set_rate(out, means[i].rate, total * means[i].scale / count);
}

/* Did an I/O end between the samples? Counters that began anew say that the device did too. */
static bool has_completed(const struct fp_disk_counters *before, const struct fp_disk_counters *now)
{
	static const enum fp_disk_field ends[] = {
		FP_DISK_READS, FP_DISK_WRITES, FP_DISK_DISCARDS, FP_DISK_FLUSHES};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (fp_disk_has(before, ends[i]) && fp_disk_has(now, ends[i]) &&
			before->value[ends[i]] != now->value[ends[i]])
			return true;
	return false;
}

bool fp_disk_stuck(struct fp_disk_progress *progress, const struct fp_disk_counters *before,
	const struct fp_disk_counters *now, uint64_t now_ns, uint64_t stuck_after_ns)
{
	if (!fp_disk_has(now, FP_DISK_IN_FLIGHT) || now->value[FP_DISK_IN_FLIGHT] == 0) {
		progress->waiting = false;
		return false;
	}
	if (!progress->waiting || !before || has_completed(before, now)) {
		progress->waiting = true;
		progress->since_ns = now_ns;
	}
	return now_ns - progress->since_ns >= stuck_after_ns;
}

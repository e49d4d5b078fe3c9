#include "compute/disk.h"

#define BIT(number) (UINT32_C(1) << (number))

enum { SECTOR_BYTES = 512 };

/*
 * What is possible in an interval. When a sample was taken is known only so well on a busy host, so
 * all is possible for a second more; and a counter that came half of its way round may as well have
 * gone back.
 */
static const double slack_ms = 1000, came_max = 0x1p31;

enum kind { IN_FLIGHT, COUNT, SECTORS, BUSY_MS, TIME_MS };

static const struct {
	enum kind kind;
	enum fp_disk_field count; /* of a time in milliseconds: which I/O took it */
} fields[FP_DISK_FIELDS] = {
	[FP_DISK_READS] = {COUNT, 0},
	[FP_DISK_READS_MERGED] = {COUNT, 0},
	[FP_DISK_READ_SECTORS] = {SECTORS, 0},
	[FP_DISK_READ_MS] = {TIME_MS, FP_DISK_READS},
	[FP_DISK_WRITES] = {COUNT, 0},
	[FP_DISK_WRITES_MERGED] = {COUNT, 0},
	[FP_DISK_WRITE_SECTORS] = {SECTORS, 0},
	[FP_DISK_WRITE_MS] = {TIME_MS, FP_DISK_WRITES},
	[FP_DISK_IN_FLIGHT] = {IN_FLIGHT, 0},
	[FP_DISK_IO_MS] = {BUSY_MS, 0},
	/* older kernels let it grow before an I/O ends, so it hangs on no count */
	[FP_DISK_WEIGHTED_MS] = {TIME_MS, FP_DISK_WEIGHTED_MS},
	[FP_DISK_DISCARDS] = {COUNT, 0},
	[FP_DISK_DISCARDS_MERGED] = {COUNT, 0},
	[FP_DISK_DISCARD_SECTORS] = {SECTORS, 0},
	[FP_DISK_DISCARD_MS] = {TIME_MS, FP_DISK_DISCARDS},
	[FP_DISK_FLUSHES] = {COUNT, 0},
	[FP_DISK_FLUSH_MS] = {TIME_MS, FP_DISK_FLUSHES},
};

/* How far a counter of this kind can come, at most, by the millisecond. */
static const double most_per_ms[] = {
	[COUNT] = 10000,   /* ten million I/O a second */
	[SECTORS] = 20000, /* ten gigabytes a second */
	[BUSY_MS] = 1,
	[TIME_MS] = 4096, /* I/O in flight, all the time */
};

static bool has_both(const struct fp_disk_counters *before, const struct fp_disk_counters *now,
	enum fp_disk_field field)
{
	return fp_disk_has(before, field) && fp_disk_has(now, field);
}

static bool is_ms(enum fp_disk_field field)
{
	return fields[field].kind == BUSY_MS || fields[field].kind == TIME_MS;
}

/* Could the counter have passed 2^32? Then *came is how far it came. */
static bool is_wrap(
	uint64_t before, uint64_t now, enum kind kind, double elapsed_ms, uint64_t *came)
{
	double most = most_per_ms[kind] * (elapsed_ms + slack_ms);

	if (before > UINT32_MAX)
		return false;
	*came = (uint64_t)UINT32_MAX + 1 - before + now;
	return (double)*came <= (most < came_max ? most : came_max);
}

static void set_came(struct fp_disk_delta *out, enum fp_disk_field field, uint64_t came)
{
	out->has |= BIT(field);
	out->came[field] = came;
}

/* Counts and sectors: one that went back for no good reason is a device that began anew. */
static bool take_counts(const struct fp_disk_counters *before, const struct fp_disk_counters *now,
	double elapsed_ms, bool narrow, struct fp_disk_delta *out)
{
	for (enum fp_disk_field field = 0; field < FP_DISK_FIELDS; field++) {
		uint64_t came = now->value[field] - before->value[field];
		if (fields[field].kind == IN_FLIGHT || is_ms(field) ||
			!has_both(before, now, field))
			continue;
		if (now->value[field] < before->value[field]) {
			if (!narrow || !is_wrap(before->value[field], now->value[field],
					       fields[field].kind, elapsed_ms, &came))
				return false;
			out->wrapped |= BIT(field);
		}
		set_came(out, field, came);
	}
	return true;
}

/* A time of I/O comes only with I/O that ended. */
static bool may_have_come(const struct fp_disk_delta *delta, enum fp_disk_field field)
{
	enum fp_disk_field count = fields[field].count;

	if (fields[field].kind != TIME_MS || count == field)
		return true;
	return (delta->has & BIT(count)) && delta->came[count] > 0;
}

static void take_times(const struct fp_disk_counters *before, const struct fp_disk_counters *now,
	double elapsed_ms, struct fp_disk_delta *out)
{
	for (enum fp_disk_field field = 0; field < FP_DISK_FIELDS; field++) {
		uint64_t came = now->value[field] - before->value[field];
		if (!is_ms(field) || !has_both(before, now, field))
			continue;
		if (now->value[field] < before->value[field]) {
			if (!may_have_come(out, field) ||
				!is_wrap(before->value[field], now->value[field],
					fields[field].kind, elapsed_ms, &came))
				continue;
			out->wrapped |= BIT(field);
		}
		set_came(out, field, came);
	}
}

/* How far they came if none went back; which of them did. */
static uint32_t subtract(const struct fp_disk_counters *before, const struct fp_disk_counters *now,
	uint64_t came[FP_DISK_FIELDS])
{
	uint32_t back = 0;

	for (unsigned field = 0; field < FP_DISK_FIELDS; field++) {
		came[field] = now->value[field] - before->value[field];
		back |= (uint32_t)(now->value[field] < before->value[field]) << field;
	}
	return back;
}

void fp_disk_delta(const struct fp_disk_counters *before, const struct fp_disk_counters *now,
	uint64_t elapsed_ns, bool narrow, struct fp_disk_delta *out)
{
	double elapsed_ms = (double)elapsed_ns / 1e6;

	out->anew = false;
	out->wrapped = 0;
	out->has = before->has & now->has & ~BIT(FP_DISK_IN_FLIGHT);
	if (!(subtract(before, now, out->came) & out->has))
		return;
	*out = (struct fp_disk_delta){0};
	if (take_counts(before, now, elapsed_ms, narrow, out))
		take_times(before, now, elapsed_ms, out);
	else
		*out = (struct fp_disk_delta){.anew = true};
}

static void set_rate(struct fp_disk_rates *out, enum fp_disk_rate rate, double value)
{
	out->has |= BIT(rate);
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

void fp_disk_rates(
	const struct fp_disk_delta *delta, uint64_t elapsed_ns, struct fp_disk_rates *out)
{
	double elapsed_ms = (double)elapsed_ns / 1e6;

	*out = (struct fp_disk_rates){0};
	if (elapsed_ns == 0)
		return;
	if (delta->has & BIT(FP_DISK_IO_MS)) {
		/* the kernel rounds to its ticks, so a busy device comes out above 100 */
		double util = 100 * (double)delta->came[FP_DISK_IO_MS] / elapsed_ms;
		set_rate(out, FP_DISK_UTIL_PERCENT, util < 100 ? util : 100);
	}
	if (delta->has & BIT(FP_DISK_WEIGHTED_MS))
		set_rate(out, FP_DISK_QUEUE_LENGTH,
			(double)delta->came[FP_DISK_WEIGHTED_MS] / elapsed_ms);
	for (size_t i = 0; i < sizeof(means) / sizeof(means[0]); i++) {
		uint32_t needed = BIT(means[i].total) | BIT(means[i].count);
		if ((delta->has & needed) == needed && delta->came[means[i].count] > 0)
			set_rate(out, means[i].rate,
				(double)delta->came[means[i].total] * means[i].scale /
					(double)delta->came[means[i].count]);
	}
}

/* Did an I/O end between the samples? Counters that began anew say that the device did too. */
static bool has_completed(const struct fp_disk_counters *before, const struct fp_disk_counters *now)
{
	static const enum fp_disk_field ends[] = {
		FP_DISK_READS, FP_DISK_WRITES, FP_DISK_DISCARDS, FP_DISK_FLUSHES};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (has_both(before, now, ends[i]) && before->value[ends[i]] != now->value[ends[i]])
			return true;
	return false;
}

bool fp_disk_stuck(struct fp_disk_progress *progress, const struct fp_disk_counters *before,
	const struct fp_disk_counters *now, uint64_t now_ns, uint64_t stuck_after_ns)
{
	bool known = fp_disk_has(now, FP_DISK_IN_FLIGHT);

	progress->completed = before && has_completed(before, now);
	if (known ? now->value[FP_DISK_IN_FLIGHT] == 0 : progress->completed) {
		progress->waiting = progress->stuck = false;
		return false;
	}
	if (!known)
		return progress->stuck;
	if (!progress->waiting || !before || progress->completed) {
		progress->waiting = true;
		progress->since_ns = now_ns;
	}
	progress->stuck = now_ns - progress->since_ns >= stuck_after_ns;
	return progress->stuck;
}

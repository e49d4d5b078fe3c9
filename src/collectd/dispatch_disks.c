#include "collectd/dispatch.h"
#include "collectd/tell.h"

#include <inttypes.h>

static const struct {
	const char *type;
	enum fp_disk_field first, second;
	uint64_t unit;
} disk_pairs[] = {
	{"disk_ops", FP_DISK_READS, FP_DISK_WRITES, 1},
	{"disk_octets", FP_DISK_READ_SECTORS, FP_DISK_WRITE_SECTORS, 512},
	{"disk_merged", FP_DISK_READS_MERGED, FP_DISK_WRITES_MERGED, 1},
	{"disk_time", FP_DISK_READ_MS, FP_DISK_WRITE_MS, 1},
	{"disk_io_time", FP_DISK_IO_MS, FP_DISK_WEIGHTED_MS, 1},
};

static const struct {
	const char *type, *instance;
	enum fp_disk_field field;
	uint64_t unit;
} disk_singles[] = {
	{"total_operations", "discard", FP_DISK_DISCARDS, 1},
	{"total_operations", "discard_merged", FP_DISK_DISCARDS_MERGED, 1},
	{"total_operations", "flush", FP_DISK_FLUSHES, 1},
	{"total_bytes", "discard", FP_DISK_DISCARD_SECTORS, 512},
	{"total_time_in_ms", "discard", FP_DISK_DISCARD_MS, 1},
	{"total_time_in_ms", "flush", FP_DISK_FLUSH_MS, 1},
};

static const struct {
	const char *type, *instance;
} disk_rates[FP_DISK_RATES] = {
	[FP_DISK_UTIL_PERCENT] = {"percent", "util"},
	[FP_DISK_READ_AWAIT_MS] = {"latency", "read"},
	[FP_DISK_WRITE_AWAIT_MS] = {"latency", "write"},
	[FP_DISK_DISCARD_AWAIT_MS] = {"latency", "discard"},
	[FP_DISK_FLUSH_AWAIT_MS] = {"latency", "flush"},
	[FP_DISK_QUEUE_LENGTH] = {"queue_length", "average"},
	[FP_DISK_READ_REQUEST_BYTES] = {"bytes", "read_request"},
	[FP_DISK_WRITE_REQUEST_BYTES] = {"bytes", "write_request"},
	[FP_DISK_DISCARD_REQUEST_BYTES] = {"bytes", "discard_request"},
};

/* A counter in the daemon's signed 64 bits; false where it is unknown or does not fit. */
static bool counter(const struct fp_disk_counters *counters, enum fp_disk_field field,
	uint64_t unit, value_t *out)
{
	if (!fp_disk_has(counters, field) || counters->value[field] > INT64_MAX / unit)
		return false;
	out->derive = (derive_t)(counters->value[field] * unit);
	return true;
}

static void tell_counters(const value_list_t *base, const struct fp_disk_counters *counters)
{
	value_t values[2];

	for (size_t i = 0; i < STATIC_ARRAY_SIZE(disk_pairs); i++) {
		if (counter(counters, disk_pairs[i].first, disk_pairs[i].unit, &values[0]) &&
			counter(counters, disk_pairs[i].second, disk_pairs[i].unit, &values[1]))
			tell(base, disk_pairs[i].type, "", values, 2);
	}
	for (size_t i = 0; i < STATIC_ARRAY_SIZE(disk_singles); i++) {
		if (counter(counters, disk_singles[i].field, disk_singles[i].unit, &values[0]))
			tell(base, disk_singles[i].type, disk_singles[i].instance, values, 1);
	}
}

static void tell_disk(const value_list_t *base, const struct fp_disk_result *disk)
{
	tell_counters(base, disk->counters);
	if (fp_disk_has(disk->counters, FP_DISK_IN_FLIGHT)) {
		tell_gauge(base, "pending_operations", "",
			(double)disk->counters->value[FP_DISK_IN_FLIGHT]);
		tell_gauge(base, "count", "stuck", disk->stuck);
	}
	for (size_t k = 0; k < FP_DISK_RATES; k++)
		if ((disk->rates->has >> k) & 1)
			tell_gauge(base, disk_rates[k].type, disk_rates[k].instance,
				disk->rates->value[k]);
}

/* To whom it is told: what is configured to take notifications, and the log. */
static void notify(const struct fp_disk_notice *notice, const struct fp_log *log)
{
	notification_t notification = {
		.severity = notice->stuck ? NOTIF_FAILURE : NOTIF_OKAY,
		.time = cdtime(),
		.plugin = "footprint_disk",
		.type = "count",
		.type_instance = "stuck",
	};

	sstrncpy(notification.host, hostname_g, sizeof(notification.host));
	sstrncpy(notification.plugin_instance, notice->name, sizeof(notification.plugin_instance));
	if (notice->stuck)
		snprintf(notification.message, sizeof(notification.message),
			"disk %s is stuck: it has %" PRIu64
			" I/O in flight and has finished none for %.0f seconds",
			notice->name, notice->in_flight, notice->waited_s);
	else
		snprintf(notification.message, sizeof(notification.message),
			notice->gone ? "disk %s was stuck and is no longer there"
				     : "disk %s is no longer stuck",
			notice->name);
	plugin_dispatch_notification(&notification);
	fp_log(log, notice->stuck ? FP_WARNING : FP_NOTICE, "%s", notification.message);
}

void fp_dispatch_disks(const struct fp_disk_round *round, const struct fp_log *log)
{
	value_list_t base = VALUE_LIST_INIT;

	base.time = cdtime();
	base.interval = plugin_get_interval();
	sstrncpy(base.plugin, "footprint_disk", sizeof(base.plugin));
	for (size_t i = 0; i < round->results.len; i++) {
		sstrncpy(base.plugin_instance, round->results.at[i].name,
			sizeof(base.plugin_instance));
		tell_disk(&base, &round->results.at[i]);
	}
	for (size_t i = 0; i < round->notices.len; i++)
		notify(&round->notices.at[i], log);
}

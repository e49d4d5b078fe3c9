#include "collectd/dispatch.h"
#include "collectd/headers.h"
#include "collectd/tell.h"

/* The ranges of stock types that have an end; the others take every value that is not negative. */
static const uint64_t memory_max = UINT64_C(1) << 48;
static const uint64_t ps_count_max = 1000000;

static const struct {
	enum fp_metric metric;
	bool detail;
	const char *type, *instance;
} group_values[] = {
	{FP_RSS, false, "memory", "rss"},
	{FP_USS, false, "memory", "uss"},
	{FP_PSS, false, "memory", "pss"},
	{FP_SWAP, false, "memory", "swap"},
	{FP_SWAP_PSS, false, "memory", "swap_pss"},
	{FP_PAGE_TABLES, false, "memory", "page_tables"},
	{FP_PSS_ANON, true, "memory", "pss_anon"},
	{FP_PSS_FILE, true, "memory", "pss_file"},
	{FP_PSS_SHMEM, true, "memory", "pss_shmem"},
	{FP_PSS_DIRTY, true, "memory", "pss_dirty"},
	{FP_SHARED, true, "memory", "shared"},
	{FP_LOCKED, true, "memory", "locked"},
	{FP_ANON_HUGE, true, "memory", "anon_huge"},
	{FP_HUGETLB, true, "memory", "hugetlb"},
	{FP_LAZYFREE, true, "memory", "lazyfree"},
	{FP_KSM, true, "memory", "ksm"},
	{FP_VMS, true, "bytes", "vms"},
	{FP_TEXT, true, "bytes", "text"},
	{FP_DATA, true, "bytes", "data"},
};

static const struct {
	const char *type, *instance;
	enum fp_activity first, second; /* the same twice: a type of one value */
} activity_values[] = {
	{"ps_cputime", "", FP_CPU_USER_US, FP_CPU_SYSTEM_US},
	{"ps_pagefaults", "", FP_FAULTS_MINOR, FP_FAULTS_MAJOR},
	{"ps_disk_octets", "", FP_IO_READ_BYTES, FP_IO_WRITE_BYTES},
	{"ps_disk_ops", "", FP_IO_READ_OPS, FP_IO_WRITE_OPS},
	{"contextswitch", "voluntary", FP_SWITCHES_VOLUNTARY, FP_SWITCHES_VOLUNTARY},
	{"contextswitch", "involuntary", FP_SWITCHES_INVOLUNTARY, FP_SWITCHES_INVOLUNTARY},
};

static void warn_range(
	const struct fp_log *log, const char *group, const char *type, const char *instance)
{
	static bool said;

	if (said)
		return;
	said = true;
	fp_log(log, FP_WARNING,
		"<Group \"%s\">: %s-%s is beyond the range of its type, so it is not dispatched; "
		"this is said once",
		group, type, instance);
}

/* Sizes that are sums; false where the sum is not complete. */
static void tell_size(const value_list_t *base, const struct fp_log *log, const char *type,
	const char *instance, uint64_t bytes)
{
	if (strcmp(type, "memory") == 0 && bytes > memory_max)
		warn_range(log, base->plugin_instance, type, instance);
	else
		tell_gauge(base, type, instance, (double)bytes);
}

static void tell_absolute(
	const value_list_t *base, const struct fp_group_result *result, const struct fp_log *log)
{
	const struct fp_group_options *options = &result->group->options;
	bool partial = options->report_partial;
	uint64_t bytes;

	for (size_t i = 0; i < STATIC_ARRAY_SIZE(group_values); i++) {
		if (group_values[i].detail && !options->detail)
			continue;
		if (fp_account_sum(&result->account, group_values[i].metric, partial, &bytes))
			tell_size(base, log, group_values[i].type, group_values[i].instance, bytes);
	}
	if (fp_account_sum(&result->account, FP_USS, partial, &bytes))
		tell_size(base, log, "memory", "uss_max", result->account.uss_max_bytes);
}

static void tell_percentage(const value_list_t *base, const struct fp_group_result *result,
	const struct fp_snapshot *snapshot)
{
	static const struct {
		enum fp_metric metric;
		const char *type, *instance;
	} shares[] = {
		{FP_USS, "percent", "uss"}, {FP_PSS, "percent", "pss"},
		{FP_RSS, "gauge", "rss_percent"}, /* can pass 100, which percent cannot */
	};
	uint64_t bytes;

	if (!snapshot->has_mem_total || snapshot->mem_total_bytes == 0)
		return;
	for (size_t i = 0; i < STATIC_ARRAY_SIZE(shares); i++) {
		if (!fp_account_sum(&result->account, shares[i].metric,
			    result->group->options.report_partial, &bytes))
			continue;
		double share = 100.0 * (double)bytes / (double)snapshot->mem_total_bytes;
		if (strcmp(shares[i].type, "percent") == 0 && share > 100)
			share = 100;
		tell_gauge(base, shares[i].type, shares[i].instance, share);
	}
}

/* A counter in the daemon's signed 64 bits, in which it can go round only after centuries. */
static value_t activity_value(
	const struct fp_activity_counters *counters, enum fp_activity activity)
{
	return (value_t){.derive = (derive_t)(counters->value[activity] & INT64_MAX)};
}

static void tell_activity(const value_list_t *base, const struct fp_activity_counters *counters)
{
	for (size_t i = 0; i < STATIC_ARRAY_SIZE(activity_values); i++) {
		enum fp_activity first = activity_values[i].first;
		enum fp_activity second = activity_values[i].second;
		value_t values[] = {
			activity_value(counters, first), activity_value(counters, second)};
		if (fp_activity_has(counters, first) && fp_activity_has(counters, second))
			tell(base, activity_values[i].type, activity_values[i].instance, values,
				first == second ? 1 : 2);
	}
	if (counters->has_handles)
		tell_gauge(base, "file_handles", "", (double)counters->handles);
}

static void tell_coverage(const value_list_t *base, const struct fp_group_result *result,
	uint64_t now_ns, const struct fp_log *log)
{
	const struct fp_account *account = &result->account;
	double age_s = 0;

	if (account->oldest_ns && now_ns > account->oldest_ns)
		age_s = (double)(now_ns - account->oldest_ns) / 1e9;
	if (fp_account_countable(account, result->group->options.report_partial)) {
		value_t values[] = {
			{.gauge = (double)account->processes}, {.gauge = (double)account->threads}};
		if (account->processes > ps_count_max || account->threads > ps_count_max)
			warn_range(log, base->plugin_instance, "ps_count", "");
		else
			tell(base, "ps_count", "", values, 2);
	}
	tell_gauge(base, "count", "denied", (double)account->denied);
	tell_gauge(base, "count", "deferred", (double)account->deferred);
	tell_gauge(base, "count", "stuck", (double)account->stuck);
	tell_gauge(base, "duration", "age", age_s);
}

static void tell_counter(
	const value_list_t *base, const char *type, const char *instance, uint64_t value)
{
	tell(base, type, instance, &(value_t){.derive = (derive_t)(value & INT64_MAX)}, 1);
}

/* What the plugin itself does and costs. */
static void tell_self(const value_list_t *groups, const struct fp_snapshot *snapshot)
{
	const struct fp_self *self = &snapshot->self;
	value_list_t base = *groups;

	base.interval = plugin_get_interval();
	sstrncpy(base.plugin_instance, "_self", sizeof(base.plugin_instance));
	tell_counter(&base, "total_time_in_ms", "cpu", self->cpu_ns / 1000000);
	tell_gauge(&base, "duration", "longest_read", (double)self->longest_read_ns / 1e9);
	tell_counter(&base, "total_operations", "walk", self->walks);
	tell_counter(&base, "total_operations", "rollup", self->rollups);
	tell_counter(&base, "total_operations", "fast", self->fasts);
	tell_counter(&base, "total_events", "lost", self->lost_events);
	tell_gauge(&base, "count", "processes", (double)snapshot->processes);
	tell_gauge(&base, "count", "matched", (double)snapshot->matched);
	tell_gauge(&base, "count", "kept_files", (double)self->kept_files);
	tell_gauge(&base, "count", "deferred", (double)self->deferred);
	tell_gauge(&base, "count", "stuck", (double)self->stuck);
	if (!self->has_verify)
		return;
	tell_gauge(&base, "bytes", "verify_uss", (double)self->verify_uss_bytes);
	tell_gauge(&base, "bytes", "verify_pss", (double)self->verify_pss_bytes);
}

void fp_dispatch_groups(
	const struct fp_snapshot *snapshot, uint64_t now_ns, const struct fp_log *log)
{
	value_list_t base = VALUE_LIST_INIT;

	base.time = NS_TO_CDTIME_T(snapshot->taken_real_ns);
	sstrncpy(base.plugin, "footprint", sizeof(base.plugin));
	for (size_t i = 0; i < snapshot->group_count; i++) {
		const struct fp_group_result *result = &snapshot->groups[i];
		const struct fp_group_options *options = &result->group->options;
		sstrncpy(base.plugin_instance, result->name, sizeof(base.plugin_instance));
		base.interval = options->interval_s > 0 ? DOUBLE_TO_CDTIME_T(options->interval_s)
							: plugin_get_interval();
		if (options->values_absolute)
			tell_absolute(&base, result, log);
		if (options->values_percentage)
			tell_percentage(&base, result, snapshot);
		if (options->activity)
			tell_activity(&base, &result->activity);
		tell_coverage(&base, result, now_ns, log);
	}
	tell_self(&base, snapshot);
}

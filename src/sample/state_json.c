#include "sample/state_json.h"
#include "util/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

/* Everything goes through here, so that what fails is remembered in one place. */
struct writer {
	yajl_gen gen;
	struct fp_buf *out;
	int status;
};

const char *fp_state_json_metric(enum fp_metric metric)
{
	static const char *const names[FP_METRICS] = {
		[FP_RSS] = "rss",
		[FP_USS] = "uss",
		[FP_PSS] = "pss",
		[FP_SWAP] = "swap",
		[FP_SWAP_PSS] = "swap_pss",
		[FP_PSS_ANON] = "pss_anon",
		[FP_PSS_FILE] = "pss_file",
		[FP_PSS_SHMEM] = "pss_shmem",
		[FP_PSS_DIRTY] = "pss_dirty",
		[FP_LOCKED] = "locked",
		[FP_ANON_HUGE] = "anon_huge",
		[FP_HUGETLB] = "hugetlb",
		[FP_LAZYFREE] = "lazyfree",
		[FP_KSM] = "ksm",
		[FP_PAGE_TABLES] = "page_tables",
		[FP_SHARED] = "shared",
		[FP_VMS] = "vms",
		[FP_TEXT] = "text",
		[FP_DATA] = "data",
	};

	return names[metric];
}

static const char *const activities[FP_ACTIVITIES] = {
	[FP_CPU_USER_US] = "cpu_user_us",
	[FP_CPU_SYSTEM_US] = "cpu_system_us",
	[FP_FAULTS_MINOR] = "faults_minor",
	[FP_FAULTS_MAJOR] = "faults_major",
	[FP_IO_READ_BYTES] = "io_read_bytes",
	[FP_IO_WRITE_BYTES] = "io_write_bytes",
	[FP_IO_READ_OPS] = "io_read_ops",
	[FP_IO_WRITE_OPS] = "io_write_ops",
	[FP_SWITCHES_VOLUNTARY] = "switches_voluntary",
	[FP_SWITCHES_INVOLUNTARY] = "switches_involuntary",
};

/* The generator's own buffer does not survive a lack of memory; this one does. */
static void take_text(void *context, const char *text, size_t len)
{
	struct writer *writer = context;

	if (writer->status == 0)
		writer->status = fp_buf_append(writer->out, text, len);
}

static void check(struct writer *writer, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok && writer->status == 0)
		writer->status = -EINVAL;
}

static void put_text(struct writer *writer, const char *text, size_t len)
{
	check(writer, yajl_gen_string(writer->gen, (const unsigned char *)text, len));
}

static void put_key(struct writer *writer, const char *key)
{
	put_text(writer, key, strlen(key));
}

/* As text: the generator's integers end at 2^63 - 1. */
static void put_u64(struct writer *writer, const char *key, uint64_t value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRIu64, value);

	put_key(writer, key);
	check(writer, yajl_gen_number(writer->gen, text, (size_t)len));
}

/* Thousandths, without printf's fractions: some locales have a comma in them. */
static void put_milli(struct writer *writer, const char *key, uint64_t milli)
{
	char text[32];
	int len =
		snprintf(text, sizeof(text), "%" PRIu64 ".%03" PRIu64, milli / 1000, milli % 1000);

	put_key(writer, key);
	check(writer, yajl_gen_number(writer->gen, text, (size_t)len));
}

static void put_seconds(struct writer *writer, const char *key, double seconds)
{
	put_milli(writer, key, (uint64_t)(seconds * 1000 + 0.5));
}

/* Text that somebody else wrote, so that it may be no text at all. */
static void put_foreign(struct writer *writer, const char *key, const char *text, size_t len)
{
	struct fp_buf valid = {0};
	int status = 0;

	for (size_t i = 0; i < len && status == 0;) {
		size_t used = fp_utf8_length(text + i, len - i);
		status = used ? fp_buf_append(&valid, text + i, used)
			      : fp_buf_append(&valid, "\xef\xbf\xbd", 3);
		i += used ? used : 1;
	}
	if (status < 0 && writer->status == 0)
		writer->status = status;
	put_key(writer, key);
	put_text(writer, valid.len ? valid.data : "", valid.len);
	fp_buf_fini(&valid);
}

static void open_map(struct writer *writer, const char *key)
{
	if (key)
		put_key(writer, key);
	check(writer, yajl_gen_map_open(writer->gen));
}

static void close_map(struct writer *writer)
{
	check(writer, yajl_gen_map_close(writer->gen));
}

static void open_array(struct writer *writer, const char *key)
{
	put_key(writer, key);
	check(writer, yajl_gen_array_open(writer->gen));
}

static void close_array(struct writer *writer)
{
	check(writer, yajl_gen_array_close(writer->gen));
}

static void put_member(struct writer *writer, const struct fp_member *member)
{
	open_map(writer, NULL);
	put_u64(writer, "pid", (uint64_t)member->pid);
	put_u64(writer, "starttime", member->starttime_ticks);
	put_foreign(writer, "comm", member->comm, strnlen(member->comm, sizeof(member->comm)));
	if (member->has_uid)
		put_u64(writer, "uid", member->uid);
	put_u64(writer, "threads", member->threads);
	if (member->denied) {
		put_key(writer, "denied");
		check(writer, yajl_gen_bool(writer->gen, 1));
	}
	open_map(writer, "memory");
	for (unsigned i = 0; i < FP_METRICS; i++)
		if (fp_memory_has(&member->memory, (enum fp_metric)i))
			put_u64(writer, fp_state_json_metric((enum fp_metric)i),
				member->memory.bytes[i]);
	close_map(writer);
	close_map(writer);
}

static void put_sums(struct writer *writer, const struct fp_account *account, bool partial)
{
	uint64_t bytes;

	open_map(writer, "memory");
	for (unsigned i = 0; i < FP_METRICS; i++)
		if (fp_account_sum(account, (enum fp_metric)i, partial, &bytes))
			put_u64(writer, fp_state_json_metric((enum fp_metric)i), bytes);
	if (fp_account_sum(account, FP_USS, partial, &bytes))
		put_u64(writer, "uss_max", account->uss_max_bytes);
	close_map(writer);
}

static void put_activity(struct writer *writer, const struct fp_activity_counters *counters)
{
	open_map(writer, "activity");
	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		if ((counters->has >> i) & 1)
			put_u64(writer, activities[i], counters->value[i]);
	if (counters->has_handles)
		put_u64(writer, "file_handles", counters->handles);
	close_map(writer);
}

static uint64_t age_ms(const struct fp_account *account, uint64_t taken_ns)
{
	if (account->oldest_ns == 0 || taken_ns < account->oldest_ns)
		return 0;
	return (taken_ns - account->oldest_ns) / 1000000;
}

static void put_group(
	struct writer *writer, const struct fp_group_result *result, uint64_t taken_ns)
{
	const struct fp_account *account = &result->account;
	const struct fp_group *group = result->group;
	bool partial = group->options.report_partial;

	open_map(writer, NULL);
	put_foreign(writer, "name", result->name, strlen(result->name));
	if (group->template_text)
		put_foreign(writer, "template", group->template_text, strlen(group->template_text));
	if (group->options.interval_s > 0)
		put_seconds(writer, "interval", group->options.interval_s);
	if (fp_account_countable(account, partial)) {
		put_u64(writer, "processes", account->processes);
		put_u64(writer, "threads", account->threads);
	}
	put_u64(writer, "denied", account->denied);
	put_u64(writer, "undecided", account->undecided);
	put_u64(writer, "deferred", account->deferred);
	put_u64(writer, "stuck", account->stuck);
	put_milli(writer, "age_seconds", age_ms(account, taken_ns));
	put_sums(writer, account, partial);
	if (group->options.activity)
		put_activity(writer, &result->activity);
	open_array(writer, "members");
	for (size_t i = 0; i < result->members.len; i++)
		put_member(writer, &result->members.at[i]);
	close_array(writer);
	close_map(writer);
}

static void put_self(struct writer *writer, const struct fp_snapshot *snapshot)
{
	const struct fp_self *self = &snapshot->self;

	open_map(writer, "self");
	put_u64(writer, "cpu_ns", snapshot->cpu_ns);
	put_u64(writer, "processes", snapshot->processes);
	put_u64(writer, "matched", snapshot->matched);
	put_u64(writer, "total_cpu_ns", self->cpu_ns);
	put_u64(writer, "longest_read_ns", self->longest_read_ns);
	put_u64(writer, "walks", self->walks);
	put_u64(writer, "rollups", self->rollups);
	put_u64(writer, "fasts", self->fasts);
	put_u64(writer, "lost_events", self->lost_events);
	put_u64(writer, "kept_files", self->kept_files);
	put_u64(writer, "deferred", self->deferred);
	put_u64(writer, "stuck", self->stuck);
	if (self->has_verify) {
		put_u64(writer, "verify_uss_bytes", self->verify_uss_bytes);
		put_u64(writer, "verify_pss_bytes", self->verify_pss_bytes);
	}
	close_map(writer);
}

static void put_snapshot(
	struct writer *writer, const struct fp_snapshot *snapshot, double interval_s)
{
	open_map(writer, NULL);
	put_u64(writer, "version", 1);
	put_milli(writer, "time", snapshot->taken_real_ns / 1000000);
	put_seconds(writer, "interval", interval_s);
	open_array(writer, "groups");
	for (size_t i = 0; i < snapshot->group_count; i++)
		put_group(writer, &snapshot->groups[i], snapshot->taken_ns);
	close_array(writer);
	put_self(writer, snapshot);
	close_map(writer);
}

int fp_state_json_write(const struct fp_snapshot *snapshot, double interval_s, struct fp_buf *out)
{
	struct writer writer = {.gen = yajl_gen_alloc(NULL), .out = out};

	if (!writer.gen)
		return -ENOMEM;
	out->len = 0;
	yajl_gen_config(writer.gen, yajl_gen_print_callback, take_text, &writer);
	put_snapshot(&writer, snapshot, interval_s);
	yajl_gen_free(writer.gen);
	take_text(&writer, "\n", 1);
	return writer.status;
}

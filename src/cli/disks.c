#include "cli/disks.h"
#include "cli/exit.h"
#include "cli/say.h"
#include "cli/session.h"
#include "cli/writer.h"
#include "sample/disks.h"

#include <stdlib.h>
#include <time.h>

enum { SECONDS_MAX = 86400, COUNT_MAX = 1000000000, SECTOR_BYTES = 512 };

/* Ids of columns: an enum fp_disk_rate, or what a counter went up in a second, or one of the rest. */
enum {
	COLUMN_SPEED = FP_DISK_RATES, /* and enum fp_disk_field behind it */
	COLUMN_NAME = COLUMN_SPEED + FP_DISK_FIELDS,
	COLUMN_KERNEL,
	COLUMN_PENDING,
	COLUMN_STUCK,
	COLUMN_TIME
};

#define SPEED(field) (COLUMN_SPEED + FP_DISK_##field)

static const struct fp_column columns[] = {
	{"time", "TIME", COLUMN_TIME, false, false, 3, 0},
	{"name", "DISK", COLUMN_NAME, true, true, 0, 0},
	{"kernel", "KERNEL", COLUMN_KERNEL, true, true, 0, 0},
	{"read_ops", "R/S", SPEED(READS), false, false, 2, 0},
	{"read_bytes", "READ/S", SPEED(READ_SECTORS), false, false, 0, 0},
	{"read_merged", "RMRG/S", SPEED(READS_MERGED), false, false, 2, 0},
	{"read_latency", "R-MS", FP_DISK_READ_AWAIT_MS, false, false, 2, 0},
	{"read_request", "R-SIZE", FP_DISK_READ_REQUEST_BYTES, false, false, 0, 3},
	{"write_ops", "W/S", SPEED(WRITES), false, false, 2, 0},
	{"write_bytes", "WRITE/S", SPEED(WRITE_SECTORS), false, false, 0, 0},
	{"write_merged", "WMRG/S", SPEED(WRITES_MERGED), false, false, 2, 0},
	{"write_latency", "W-MS", FP_DISK_WRITE_AWAIT_MS, false, false, 2, 0},
	{"write_request", "W-SIZE", FP_DISK_WRITE_REQUEST_BYTES, false, false, 0, 4},
	{"discard_ops", "D/S", SPEED(DISCARDS), false, false, 2, 6},
	{"discard_bytes", "DISC/S", SPEED(DISCARD_SECTORS), false, false, 0, 0},
	{"discard_merged", "DMRG/S", SPEED(DISCARDS_MERGED), false, false, 2, 0},
	{"discard_latency", "D-MS", FP_DISK_DISCARD_AWAIT_MS, false, false, 2, 7},
	{"discard_request", "D-SIZE", FP_DISK_DISCARD_REQUEST_BYTES, false, false, 0, 0},
	{"flush_ops", "F/S", SPEED(FLUSHES), false, false, 2, 8},
	{"flush_latency", "F-MS", FP_DISK_FLUSH_AWAIT_MS, false, false, 2, 5},
	{"queue_length", "QUEUE", FP_DISK_QUEUE_LENGTH, false, false, 2, 2},
	{"pending", "NOW", COLUMN_PENDING, false, false, 0, 9},
	{"util", "UTIL%", FP_DISK_UTIL_PERCENT, false, false, 2, 0},
	{"stuck", "STUCK", COLUMN_STUCK, true, false, 0, 0},
};

static const struct fp_columns disk_columns = {
	.name = "disks",
	.at = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
	.usual = "name,read_ops,read_bytes,read_latency,read_request,write_ops,write_bytes,"
		 "write_latency,write_request,discard_ops,discard_latency,flush_ops,flush_latency,"
		 "queue_length,pending,util",
	.usual_sort = "name",
};

struct watching {
	const struct fp_argv *argv;
	const struct fp_host *host;
	struct fp_disks *disks;
	struct fp_report report;
	uint64_t seconds, count; /* count 0: for ever */
	const struct fp_disk_round *now;
	uint64_t before_ns, now_ns;
	double real_s; /* since 1970 */
	bool shown;    /* once at least */
};

/* How much a counter went up in a second; nothing where it is another device, or one that began anew. */
static void set_speed(
	const struct fp_disk_result *disk, enum fp_disk_field field, struct fp_cell *out)
{
	const struct fp_disk_delta *delta = disk->delta;
	bool sectors = field == FP_DISK_READ_SECTORS || field == FP_DISK_WRITE_SECTORS ||
		       field == FP_DISK_DISCARD_SECTORS;

	if (!((delta->has >> field) & 1) || disk->elapsed_ns == 0)
		return;
	double speed = (double)delta->came[field] * 1e9 / (double)disk->elapsed_ns;
	if (sectors)
		*out = (struct fp_cell){
			.kind = FP_CELL_BYTES, .number = (uint64_t)(speed * SECTOR_BYTES + 0.5)};
	else
		*out = (struct fp_cell){.kind = FP_CELL_REAL, .real = speed};
}

static void set_rate(const struct fp_disk_result *disk, enum fp_disk_rate rate, struct fp_cell *out)
{
	bool size = rate == FP_DISK_READ_REQUEST_BYTES || rate == FP_DISK_WRITE_REQUEST_BYTES ||
		    rate == FP_DISK_DISCARD_REQUEST_BYTES;

	if (!((disk->rates->has >> rate) & 1))
		return;
	if (size)
		*out = (struct fp_cell){.kind = FP_CELL_BYTES,
			.number = (uint64_t)(disk->rates->value[rate] + 0.5)};
	else
		*out = (struct fp_cell){.kind = FP_CELL_REAL, .real = disk->rates->value[rate]};
}

static void disk_cell(
	void *context, size_t row, const struct fp_column *column, struct fp_cell *out)
{
	const struct watching *watching = context;
	const struct fp_disk_result *disk = &watching->now->results.at[row];
	const struct fp_disk_counters *counters = disk->counters;

	*out = (struct fp_cell){.kind = FP_CELL_UNKNOWN};
	if (column->id < COLUMN_SPEED)
		set_rate(disk, (enum fp_disk_rate)column->id, out);
	else if (column->id < COLUMN_NAME)
		set_speed(disk, (enum fp_disk_field)(column->id - COLUMN_SPEED), out);
	else if (column->id == COLUMN_NAME)
		*out = (struct fp_cell){.kind = FP_CELL_TEXT, .text = disk->name};
	else if (column->id == COLUMN_TIME && watching->argv->view.format != FP_FORMAT_JSON)
		*out = (struct fp_cell){.kind = FP_CELL_REAL, .real = watching->real_s};
	else if (column->id == COLUMN_KERNEL)
		*out = (struct fp_cell){.kind = FP_CELL_TEXT, .text = disk->kernel_name};
	else if (column->id == COLUMN_STUCK)
		*out = (struct fp_cell){.kind = FP_CELL_FLAG, .flag = disk->stuck};
	else if (column->id == COLUMN_PENDING && fp_disk_has(counters, FP_DISK_IN_FLIGHT))
		*out = (struct fp_cell){
			.kind = FP_CELL_NUMBER, .number = counters->value[FP_DISK_IN_FLIGHT]};
}

static int show(struct watching *watching)
{
	struct fp_view view = watching->argv->view;
	const struct fp_source source = {
		.count = watching->now->results.len, .cell = disk_cell, .context = watching};
	struct fp_document document = {.reports = {&watching->report}, .report_count = 1};
	int status = fp_report_fill(&watching->report, &source, &view);

	if (status < 0)
		return fp_say_trouble("cannot show it", status);
	fp_document_note(&document, "time",
		(struct fp_cell){.kind = FP_CELL_REAL, .real = watching->real_s});
	fp_document_note(&document, "interval",
		(struct fp_cell){.kind = FP_CELL_REAL,
			.real = (double)(watching->now_ns - watching->before_ns) / 1e9});
	/* of all that is written it is one table */
	view.header = view.header && !(watching->shown && view.format == FP_FORMAT_CSV);
	watching->shown = true;
	int code = fp_document_write(&document, &view);
	fp_report_fini(&watching->report);
	return code;
}

static int take(struct watching *watching)
{
	const struct fp_host *host = watching->host;

	watching->now_ns = host->backend->monotonic_ns(host->os);
	watching->real_s = (double)host->backend->realtime_ns(host->os) / 1e9;
	/* what is wrong with a reading is said already */
	return fp_disks_take(watching->disks, &watching->now) < 0 ? FP_EXIT_TROUBLE : 0;
}

/* Readings keep to the beat, however long each takes. */
static void wait_until(uint64_t ns)
{
	const struct timespec until = {
		.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

static int repeat(struct watching *watching)
{
	const struct fp_view *view = &watching->argv->view;
	int code = take(watching);
	uint64_t beat_ns = watching->now_ns;
	bool any = false;

	for (uint64_t i = 0; code == 0 && (watching->count == 0 || i < watching->count); i++) {
		watching->before_ns = watching->now_ns;
		beat_ns += watching->seconds * 1000000000;
		wait_until(beat_ns);
		if (i && view->format == FP_FORMAT_TEXT)
			code = fp_out_tell_text("\n");
		if (code == 0)
			code = take(watching);
		/* beats that passed while it was stopped are not made up for */
		if (watching->now_ns - beat_ns >= watching->seconds * 1000000000)
			beat_ns = watching->now_ns;
		if (code == 0)
			code = show(watching);
		any = any || (code == 0 && watching->now->results.len);
	}
	return code ? code : any ? EXIT_SUCCESS : FP_EXIT_NONE;
}

/* What it is asked for: 0 or FP_EXIT_WRONG, told. */
static int take_operands(struct watching *watching)
{
	const struct fp_argv *argv = watching->argv;

	watching->seconds = watching->count = 1;
	if (argv->operand_count > 2)
		return fp_say_usage("disks", "SECONDS and COUNT were expected, not more");
	if (argv->operand_count == 1)
		watching->count = 0;
	if (argv->operand_count > 0 &&
		fp_argv_number(argv->operands[0], 1, SECONDS_MAX, &watching->seconds) < 0)
		return fp_say_usage("disks", "SECONDS is a whole number from 1 to 86400");
	if (argv->operand_count > 1 &&
		fp_argv_number(argv->operands[1], 1, COUNT_MAX, &watching->count) < 0)
		return fp_say_usage("disks", "COUNT is a whole number from 1");
	return 0;
}

static int watch(struct watching *watching, const struct fp_session *session)
{
	watching->host = &session->host;
	int status = fp_disks_new(&session->host, &session->settings->disks, &watching->disks);
	if (status < 0)
		return fp_say_trouble("cannot start", status);
	fp_disks_keep_deltas(watching->disks);
	int code = repeat(watching);
	fp_disks_free(watching->disks);
	return code;
}

int fp_disks(const struct fp_argv *argv)
{
	struct watching watching = {.argv = argv};
	struct fp_session session;
	char message[1024];
	int code = take_operands(&watching);

	if (code)
		return code;
	if (fp_report_choose(
		    &watching.report, &disk_columns, &argv->view, message, sizeof(message)) < 0)
		return fp_say_usage("disks", message);
	code = fp_session_open(argv, &fp_say_log, &session);
	if (code == 0)
		code = watch(&watching, &session);
	fp_session_close(&session);
	return code;
}

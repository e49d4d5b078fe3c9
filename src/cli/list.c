#include "cli/list.h"
#include "cli/columns.h"
#include "cli/exit.h"
#include "cli/say.h"
#include "cli/session.h"
#include "cli/writer.h"
#include "sample/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One reading and what is made of it. */
struct listing {
	const struct fp_argv *argv;
	const struct fp_host *host;
	struct fp_engine *engine;
	const struct fp_snapshot *snapshot;
	struct fp_report *report;
	struct fp_users *users;
	struct fp_recall *recall; /* NULL: nothing is asked for later */
	uint64_t processes, denied, stuck;
	uint64_t unread;  /* of those who are denied */
	char reason[256]; /* why they are */
};

/* Are command lines read of those alone that are shown? */
static bool is_late(const struct fp_argv *argv, const struct fp_report *report)
{
	return argv->view.top && report->sort->id != FP_COLUMN_CMDLINE &&
	       fp_columns_want(report, FP_COLUMN_CMDLINE);
}

/* Members of some group, and those that nobody can place, who are the same ones for each. */
static uint64_t count_stuck(const struct fp_snapshot *snapshot)
{
	uint64_t members = 0, undecided = 0;

	for (size_t i = 0; i < snapshot->group_count; i++) {
		const struct fp_account *account = &snapshot->groups[i].account;
		members += account->stuck - account->stuck_undecided;
		if (account->stuck_undecided > undecided)
			undecided = account->stuck_undecided;
	}
	return members + undecided;
}

static uint64_t count_unread(const struct fp_snapshot *snapshot)
{
	uint64_t unread = 0;

	for (size_t i = 0; i < snapshot->group_count; i++)
		unread += snapshot->groups[i].account.unread;
	return unread;
}

static void explain_denied(struct listing *listing)
{
	static const char unread[] = "smaps_rollup or smaps is missing, empty or makes no sense";
	const char *denial = fp_engine_denial(listing->engine);

	if (listing->unread == 0)
		snprintf(listing->reason, sizeof(listing->reason), "%s", denial);
	else if (listing->unread >= listing->denied)
		snprintf(listing->reason, sizeof(listing->reason), "%s", unread);
	else
		snprintf(listing->reason, sizeof(listing->reason), "%s; of %" PRIu64 ", %s", denial,
			listing->unread, unread);
}

/* How many of all lack, and why. */
static void tell_missing(uint64_t count, const char *what, const char *why)
{
	char text[128];

	if (count == 0)
		return;
	snprintf(text, sizeof(text), "%" PRIu64 " %s %s and %s in the total", count,
		count == 1 ? "process" : "processes", what, count == 1 ? "is not" : "are not");
	fp_say(0, text, why);
}

static void add_notes(const struct listing *listing, struct fp_document *document)
{
	const struct fp_host *host = listing->host;
	double now_s = (double)host->backend->realtime_ns(host->os) / 1e9;

	fp_document_note(document, "time", (struct fp_cell){.kind = FP_CELL_REAL, .real = now_s});
	fp_document_note(document, "matched",
		(struct fp_cell){.kind = FP_CELL_NUMBER, .number = listing->processes});
	fp_document_note(document, "denied",
		(struct fp_cell){.kind = FP_CELL_NUMBER, .number = listing->denied});
	fp_document_note(document, "stuck",
		(struct fp_cell){.kind = FP_CELL_NUMBER, .number = listing->stuck});
	if (listing->denied)
		fp_document_note(document, "denied_reason",
			(struct fp_cell){.kind = FP_CELL_TEXT, .text = listing->reason});
}

static int write_report(struct listing *listing, const struct fp_source *source)
{
	const struct fp_view *view = &listing->argv->view;
	struct fp_document document = {.reports = {listing->report}, .report_count = 1};
	int status = fp_report_fill(listing->report, source, view);

	if (status < 0)
		return fp_say_trouble("cannot show it", status);
	explain_denied(listing);
	add_notes(listing, &document);
	int code = fp_document_write(&document, view);
	fp_report_fini(listing->report);
	if (code)
		return code;
	tell_missing(listing->denied, "could not be read", listing->reason);
	tell_missing(listing->stuck, "did not answer", "they are named above");
	if (listing->denied || listing->stuck)
		return FP_EXIT_PARTLY;
	return listing->processes == 0 ? FP_EXIT_NONE : EXIT_SUCCESS;
}

static int show_processes(struct listing *listing)
{
	const struct fp_group_result *result = &listing->snapshot->groups[0];
	struct fp_process_row *rows = calloc(result->members.len + 1, sizeof(*rows));
	struct fp_tally total;

	if (!rows)
		return fp_say_trouble("cannot show it", -ENOMEM);
	for (size_t i = 0; i < result->members.len; i++)
		rows[i].member = &result->members.at[i];
	fp_tally_make(result, listing->snapshot->taken_ns, &total);
	listing->processes = fp_tally_count(&total, FP_COUNT_PROCESSES);
	listing->denied = fp_tally_count(&total, FP_COUNT_DENIED);
	snprintf(total.name, sizeof(total.name), "%" PRIu64 " %s", listing->processes,
		listing->processes == 1 ? "process" : "processes");
	struct fp_process_rows of = {
		.at = rows,
		.count = result->members.len,
		.users = listing->users,
		.host = listing->host,
		.recall = listing->recall,
		.engine = listing->engine,
		.total = &total,
		.format = listing->argv->view.format,
	};
	struct fp_source source = fp_process_source(&of);
	int code = write_report(listing, &source);
	free(rows);
	return code;
}

static int show_groups(struct listing *listing)
{
	const struct fp_snapshot *snapshot = listing->snapshot;
	struct fp_tally *tallies = calloc(snapshot->group_count + 1, sizeof(*tallies));
	struct fp_group_row *rows = calloc(snapshot->group_count + 1, sizeof(*rows));
	struct fp_group_rows of = {.at = rows, .format = listing->argv->view.format};
	struct fp_tally total;
	int code = FP_EXIT_TROUBLE;

	if (tallies && rows) {
		for (size_t i = 0; i < snapshot->group_count; i++) {
			fp_tally_make(&snapshot->groups[i], snapshot->taken_ns, &tallies[i]);
			rows[of.count++].tally = &tallies[i];
		}
		fp_tally_total(snapshot, &total);
		of.total = &total;
		listing->processes = fp_tally_count(&total, FP_COUNT_PROCESSES);
		listing->denied = fp_tally_count(&total, FP_COUNT_DENIED);
		struct fp_source source = fp_group_source(&of);
		code = write_report(listing, &source);
	} else {
		fp_say_trouble("cannot show it", -ENOMEM);
	}
	free(tallies);
	free(rows);
	return code;
}

static int show(struct listing *listing)
{
	if (listing->argv->groups)
		return show_groups(listing);
	int status = fp_users_new(&listing->users);
	if (status == 0 && is_late(listing->argv, listing->report))
		status = fp_recall_new(fp_engine_host(listing->engine), &listing->recall);
	int code = status < 0 ? fp_say_trouble("cannot show it", status) : show_processes(listing);
	fp_recall_free(listing->recall);
	fp_users_free(listing->users);
	return code;
}

static int sample(const struct fp_argv *argv, struct fp_session *session, struct fp_report *report,
	struct fp_engine **engine)
{
	const struct fp_sampler_options options = {
		.interval_s = 1,
		.keep_members = !argv->groups,
		.keep_cmdline =
			fp_columns_want(report, FP_COLUMN_CMDLINE) && !is_late(argv, report),
		.say_missing = true,
		.all_once = argv->takes_all,
		.skip_tables = !fp_columns_want(report, FP_PAGE_TABLES),
		.keep_sizes = fp_columns_want_sizes(report),
	};
	struct fp_snapshot *snapshot = NULL;
	int status = fp_engine_start(&session->host, session->settings, &options, engine);

	if (status < 0)
		return fp_say_trouble("cannot start", status);
	/* what goes wrong is said */
	if (fp_engine_take(*engine, &snapshot) < 0)
		return FP_EXIT_TROUBLE;
	/* this program itself would be there, and a capture without anybody is none */
	if (snapshot->processes == 0) {
		fp_snapshot_free(snapshot);
		return fp_say(FP_EXIT_TROUBLE, session->settings->proc_path,
			"no process is there, so this is neither procfs nor a capture of it");
	}
	struct listing listing = {
		.argv = argv,
		.host = &session->host,
		.engine = *engine,
		.snapshot = snapshot,
		.report = report,
		.stuck = count_stuck(snapshot),
		.unread = count_unread(snapshot),
	};
	int code = show(&listing);
	fp_snapshot_free(snapshot);
	return code;
}

int fp_list(const struct fp_argv *argv)
{
	const struct fp_columns *columns = argv->groups ? &fp_group_columns : &fp_process_columns;
	char message[1024];
	struct fp_engine *engine = NULL;
	struct fp_report report;
	struct fp_session session;

	if (fp_report_choose(&report, columns, &argv->view, message, sizeof(message)) < 0)
		return fp_say_usage("", message);
	int code = fp_session_open(argv, &fp_say_log_without_group, &session);
	if (code == 0)
		code = sample(argv, &session, &report, &engine);
	/* a reading that does not come back holds on to all of this until the program ends */
	if (fp_engine_stop(engine, fp_session_patience_ns) < 0)
		_exit(code);
	fp_session_close(&session);
	return code;
}

#include "cli/check_report.h"
#include "cli/columns.h"
#include "cli/escape.h"
#include "cli/exit.h"
#include "cli/saved_json.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "cli/writer.h"
#include "util/number.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char comma[] = ", line ";
static const char ours[] = "footprint: ";
static const char unknown_user[] = " is not known on this host";

/* A line of the log and where it is written. */
struct line {
	const char *text, *end;
};

static bool begins(const struct line *line, const char *with)
{
	size_t len = strlen(with);

	return (size_t)(line->end - line->text) >= len && memcmp(line->text, with, len) == 0;
}

static const char *find(const struct line *line, const char *what)
{
	return memmem(line->text, (size_t)(line->end - line->text), what, strlen(what));
}

/* Passes "[...] " at the beginning; is it a severity that an operator has to read? */
static bool take_severity(struct line *line)
{
	static const char *const quiet[] = {"[info]", "[debug]", "[notice]"};
	bool loud = true;

	for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
		loud = loud && !begins(line, quiet[i]);
	const char *close = begins(line, "[") ? find(line, "] ") : NULL;
	if (close)
		line->text = close + 2;
	return loud;
}

static size_t count_lines(const struct fp_buf *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->len; i++)
		count += text->data[i] == '\n';
	return count;
}

static void put(const char *text, const char *end)
{
	struct fp_out out = {0};

	fp_escape_put(&out, text, (size_t)(end - text), SIZE_MAX);
	fwrite(out.buf.data, 1, out.buf.len, stderr);
	fp_out_fini(&out);
}

/* Passes ", line N" and writes it with what has to be taken off. */
static void put_number(struct line *tail, size_t before)
{
	uint64_t number;

	tail->text += sizeof(comma) - 1;
	size_t len = 0;
	while (tail->text + len < tail->end && isdigit((unsigned char)tail->text[len]))
		len++;
	if (fp_number_u64(tail->text, len, &number) == 0 && number > before)
		fprintf(stderr, "%s%" PRIu64, comma, number - before);
	tail->text += len;
}

/*
 * Writes a line with the file that the operator knows in place of the piece's. The daemon goes on
 * counting lines from file to file, so those before are taken off its number.
 */
static void put_line(
	const struct line *line, const struct fp_check_run *run, const struct fp_conf *conf)
{
	size_t before = run->config_lines;
	char name[32], quoted[40];

	for (size_t i = 0; i < conf->pieces.len; i++) {
		const struct fp_conf_piece *piece = &conf->pieces.at[i];
		fp_check_piece_name(i, name);
		snprintf(quoted, sizeof(quoted), "`%s'", name);
		const char *at = find(line, quoted);
		if (!at) {
			before += count_lines(&piece->text);
			continue;
		}
		struct line tail = {at + strlen(quoted), line->end};
		put(line->text, at);
		put(piece->path, piece->path + strlen(piece->path));
		if (begins(&tail, comma))
			put_number(&tail, before);
		put(tail.text, tail.end);
		fputc('\n', stderr);
		return;
	}
	put(line->text, line->end);
	fputc('\n', stderr);
}

static bool is_told(const struct line *line, bool loud, bool all)
{
	if (line->text == line->end || !loud)
		return false;
	if (begins(line, ours))
		return true;
	/* of its own file, and what goes well, the operator has to know nothing */
	return all && !find(line, "dry-run.conf") && !find(line, "yyparse returned") &&
	       !find(line, "successfully loaded") && !find(line, "Exiting normally");
}

bool fp_check_report_log(const struct fp_check_run *run, const struct fp_conf *conf, bool all)
{
	const char *at = run->log.data;
	const char *end = run->log.len ? at + run->log.len : at;
	bool unknown = false;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		struct line line = {at, newline ? newline : end};
		at = newline ? newline + 1 : end;
		bool loud = take_severity(&line);
		if (!is_told(&line, loud, all))
			continue;
		unknown = unknown || (begins(&line, ours) && find(&line, ": User: ") &&
					     find(&line, unknown_user));
		if (!begins(&line, ours))
			fputs("collectd: ", stderr);
		put_line(&line, run, conf);
	}
	return unknown;
}

/* What is shown of the groups, and where it is put together. */
struct shown {
	struct fp_out out;
	struct fp_report report;
	struct fp_users *users;
	const struct fp_host *host;
	const struct fp_view *view;
};

static void put_name(struct shown *shown, const char *name)
{
	fp_out_text(&shown->out, "<Group \"");
	fp_escape_put(&shown->out, name, strlen(name), SIZE_MAX);
	fp_out_text(&shown->out, "\">");
}

/* How many are missing, where it is so. */
static void put_lacking(struct shown *shown, const struct fp_tally *tally)
{
	uint64_t denied = fp_tally_count(tally, FP_COUNT_DENIED);
	uint64_t undecided = fp_tally_count(tally, FP_COUNT_UNDECIDED);
	uint64_t deferred = fp_tally_count(tally, FP_COUNT_DEFERRED);
	uint64_t stuck = fp_tally_count(tally, FP_COUNT_STUCK);

	if (denied > undecided)
		fp_out_format(&shown->out, "  %" PRIu64 " of them could not be read\n",
			denied - undecided);
	if (undecided)
		fp_out_format(&shown->out, "  %" PRIu64 " more could not be told to match or not\n",
			undecided);
	if (deferred)
		fp_out_format(&shown->out,
			"  %" PRIu64
			" of them would be read in the next intervals, as Budget lets them\n",
			deferred);
	if (stuck)
		fp_out_format(&shown->out, "  %" PRIu64 " of them did not answer\n", stuck);
}

static int put_table(struct shown *shown, const struct fp_saved_group *group)
{
	const struct fp_text_part part = {.count = SIZE_MAX,
		.width = fp_terminal_width(),
		.color = fp_terminal_color(shown->view->color)};
	struct fp_process_row *rows = calloc(group->members.len + 1, sizeof(*rows));
	struct fp_tally total = group->tally;
	uint64_t count = (total.has >> FP_COUNT_PROCESSES) & 1 ? total.count[FP_COUNT_PROCESSES]
							       : group->members.len;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < group->members.len; i++)
		rows[i].member = &group->members.at[i];
	snprintf(total.name, sizeof(total.name), "%" PRIu64 " %s", count,
		count == 1 ? "process" : "processes");
	struct fp_process_rows of = {
		.at = rows,
		.count = group->members.len,
		.users = shown->users,
		.host = shown->host,
		.total = &total,
	};
	struct fp_source source = fp_process_source(&of);
	int status = fp_report_fill(&shown->report, &source, shown->view);
	if (status == 0)
		fp_text_write(&shown->report, shown->view, &part, &shown->out);
	fp_report_fini(&shown->report);
	free(rows);
	return status;
}

static int put_group(struct shown *shown, const struct fp_saved_group *group)
{
	int status = 0;

	put_name(shown, group->configured ? group->configured : group->tally.name);
	if (group->configured) {
		fp_out_text(&shown->out, ": ");
		fp_escape_put(&shown->out, group->tally.name, strlen(group->tally.name), SIZE_MAX);
	}
	if (group->members.len || fp_tally_count(&group->tally, FP_COUNT_UNDECIDED) ||
		fp_tally_count(&group->tally, FP_COUNT_STUCK)) {
		fp_out_text(&shown->out, "\n");
		status = put_table(shown, group);
		put_lacking(shown, &group->tally);
	} else {
		fp_out_text(&shown->out, ": no process matches\n");
	}
	fp_out_text(&shown->out, "\n");
	return status;
}

static bool is_there(const struct fp_saved *saved, const char *name)
{
	for (size_t i = 0; i < saved->group_count; i++) {
		const struct fp_saved_group *group = &saved->groups[i];
		if (strcmp(group->configured ? group->configured : group->tally.name, name) == 0)
			return true;
	}
	return false;
}

/* Names that would be made of what a process has, if there were one. Each is told once. */
static bool put_missing(
	struct shown *shown, const struct fp_saved *saved, const struct fp_conf *conf)
{
	bool any = false;

	for (size_t i = 0; i < conf->groups.len; i++) {
		const char *name = conf->groups.at[i];
		bool again = is_there(saved, name);
		for (size_t k = 0; k < i && !again; k++)
			again = strcmp(conf->groups.at[k], name) == 0;
		if (again)
			continue;
		any = true;
		put_name(shown, name);
		fp_out_text(&shown->out, ": no process matches\n\n");
	}
	return any;
}

static int put_state(struct shown *shown, const struct fp_saved *saved, const struct fp_conf *conf)
{
	bool lacking = false, empty = false;

	for (size_t i = 0; i < saved->group_count; i++) {
		const struct fp_saved_group *group = &saved->groups[i];
		int status = put_group(shown, group);
		if (status < 0)
			return status;
		lacking = lacking || fp_tally_count(&group->tally, FP_COUNT_DENIED) ||
			  fp_tally_count(&group->tally, FP_COUNT_STUCK);
		empty = empty || group->members.len == 0;
	}
	empty = put_missing(shown, saved, conf) || empty;
	fp_out_format(&shown->out, "%" PRIu64 " %s, %" PRIu64 " in some group\n", saved->seen,
		saved->seen == 1 ? "process" : "processes", saved->matched);
	return lacking ? FP_EXIT_PARTLY : empty ? FP_EXIT_NONE : EXIT_SUCCESS;
}

static int show(const struct fp_saved *saved, const struct fp_conf *conf,
	const struct fp_host *host, bool bytes)
{
	const struct fp_view view = {.bytes = bytes, .header = true};
	struct shown shown = {.host = host, .view = &view};
	char message[64];
	int status = fp_report_choose(
		&shown.report, &fp_process_columns, &view, message, sizeof(message));

	if (status == 0)
		status = fp_users_new(&shown.users);
	if (status == 0)
		status = put_state(&shown, saved, conf);
	int code = status < 0 ? 0 : fp_out_tell(&shown.out);
	fp_out_fini(&shown.out);
	fp_users_free(shown.users);
	return code ? code : status;
}

int fp_check_report_state(const struct fp_check_run *run, const struct fp_conf *conf, bool bytes)
{
	struct fp_session session;
	struct fp_saved saved;
	int status = fp_saved_json_read(run->state.data, run->state.len, &saved, NULL);

	if (status < 0)
		return status;
	status = fp_session_open_names(&session);
	if (status == 0)
		status = show(&saved, conf, &session.host, bytes);
	fp_session_close(&session);
	fp_saved_json_free(&saved);
	return status;
}

#include "cli/check_report.h"
#include "cli/exit.h"
#include "cli/state_json.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "util/number.h"

#include <ctype.h>
#include <inttypes.h>
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
	fp_terminal_write(stderr, text, (size_t)(end - text), 0);
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

static void put_name(const char *name)
{
	fputs("<Group \"", stdout);
	fp_terminal_write(stdout, name, strlen(name), 0);
	fputs("\">", stdout);
}

/* How many are missing, where it is so. */
static void put_lacking(const struct fp_account *account)
{
	uint64_t unread =
		account->denied > account->undecided ? account->denied - account->undecided : 0;

	if (unread)
		printf("  %" PRIu64 " of them could not be read\n", unread);
	if (account->undecided)
		printf("  %" PRIu64 " more could not be told to match or not\n",
			account->undecided);
}

static int put_group(const struct fp_group_result *result, const struct fp_host *host, bool bytes)
{
	const struct fp_text_options options = {.bytes = bytes, .width = fp_terminal_width()};
	const char *configured = result->group->template_text;
	int status = 0;

	put_name(configured ? configured : result->name);
	if (configured)
		printf(": %s", result->name);
	if (result->members.len || result->account.undecided) {
		fputc('\n', stdout);
		status = fp_text_write(stdout, result, host, &options);
		put_lacking(&result->account);
	} else {
		fputs(": no process matches\n", stdout);
	}
	fputc('\n', stdout);
	return status;
}

static bool is_there(const struct fp_snapshot *snapshot, const char *name)
{
	for (size_t i = 0; i < snapshot->group_count; i++) {
		const struct fp_group_result *result = &snapshot->groups[i];
		const char *configured = result->group->template_text;
		if (strcmp(configured ? configured : result->name, name) == 0)
			return true;
	}
	return false;
}

/* Names that would be made of what a process has, if there were one. Each is told once. */
static bool put_missing(const struct fp_snapshot *snapshot, const struct fp_conf *conf)
{
	bool any = false;

	for (size_t i = 0; i < conf->groups.len; i++) {
		const char *name = conf->groups.at[i];
		bool again = is_there(snapshot, name);
		for (size_t k = 0; k < i && !again; k++)
			again = strcmp(conf->groups.at[k], name) == 0;
		if (again)
			continue;
		any = true;
		put_name(name);
		fputs(": no process matches\n\n", stdout);
	}
	return any;
}

static int put_state(const struct fp_snapshot *snapshot, const struct fp_conf *conf,
	const struct fp_host *host, bool bytes)
{
	bool denied = false, empty = false;

	for (size_t i = 0; i < snapshot->group_count; i++) {
		const struct fp_group_result *result = &snapshot->groups[i];
		int status = put_group(result, host, bytes);
		if (status < 0)
			return status;
		denied = denied || result->account.denied;
		empty = empty || result->members.len == 0;
	}
	empty = put_missing(snapshot, conf) || empty;
	printf("%" PRIu64 " %s, %" PRIu64 " in some group\n", snapshot->processes,
		snapshot->processes == 1 ? "process" : "processes", snapshot->matched);
	return denied ? FP_EXIT_PARTLY : empty ? FP_EXIT_NONE : EXIT_SUCCESS;
}

int fp_check_report_state(const struct fp_check_run *run, const struct fp_conf *conf, bool bytes)
{
	struct fp_host host = {.backend = fp_os_default()};
	struct fp_state_text state;
	int status = fp_state_json_read(run->state.data, run->state.len, &state);

	if (status < 0)
		return status;
	/* for the names of users alone */
	status = host.backend->open("/proc", "/sys", &host.os);
	if (status == 0)
		status = put_state(state.snapshot, conf, &host, bytes);
	host.backend->close(host.os);
	fp_state_json_free(&state);
	return status;
}

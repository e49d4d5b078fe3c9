#include "cli/escape.h"
#include "cli/watching.h"
#include "cli/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Beside the rows: what is watched, titles, the total, keys. */
enum { OTHER_LINES = 4 };

void fp_watching_drop(struct fp_watching *state)
{
	fp_snapshot_free(state->snapshot);
	free(state->tallies);
	state->snapshot = NULL;
	state->tallies = NULL;
	state->row_count = 0;
}

static int take_processes(struct fp_watching *state)
{
	const struct fp_group_result *result = &state->snapshot->groups[0];

	fp_tally_make(result, state->snapshot->taken_ns, &state->total);
	return fp_growth_processes(state->growth, result, &state->processes, &state->row_count);
}

static int take_groups(struct fp_watching *state)
{
	const struct fp_snapshot *snapshot = state->snapshot;

	state->tallies = calloc(snapshot->group_count + 1, sizeof(state->tallies[0]));
	if (!state->tallies)
		return -ENOMEM;
	fp_tally_total(snapshot, &state->total);
	for (size_t i = 0; i < snapshot->group_count; i++)
		fp_tally_make(&snapshot->groups[i], snapshot->taken_ns, &state->tallies[i]);
	return fp_growth_groups(state->growth, state->tallies, snapshot->group_count,
		&state->groups, &state->row_count);
}

int fp_watching_take(struct fp_watching *state, struct fp_snapshot *snapshot)
{
	const struct fp_host *host = state->host;

	fp_watching_drop(state);
	if (state->forget)
		fp_growth_forget(state->growth);
	state->forget = false;
	state->snapshot = snapshot;
	state->read_s = host->backend->realtime_ns(host->os) / 1000000000;
	int status = state->argv->groups ? take_groups(state) : take_processes(state);
	if (status == 0)
		state->total_before = fp_growth_total(state->growth, &state->total);
	return status;
}

static bool holds(const char *text, const char *filter)
{
	return text && strcasestr(text, filter);
}

static bool passes(const struct fp_watching *state, const struct fp_member *member)
{
	const char *user = NULL;
	char pid[16];

	if (!state->filter[0] || holds(member->cmdline, state->filter) ||
		holds(member->comm, state->filter))
		return true;
	snprintf(pid, sizeof(pid), "%d", (int)member->pid);
	if (strcmp(pid, state->filter) == 0)
		return true;
	if (member->has_uid && fp_users_name(state->users, state->host, member->uid, &user) < 0)
		return false;
	return holds(user, state->filter);
}

/* Fills the report with the rows that pass the filter. */
static int fill_processes(struct fp_watching *state, struct fp_process_row *kept)
{
	struct fp_process_rows rows = {
		.at = kept,
		.users = state->users,
		.host = state->host,
		.total = &state->total,
		.total_before = state->total_before,
	};

	for (size_t i = 0; i < state->row_count; i++)
		if (passes(state, state->processes[i].member))
			kept[rows.count++] = state->processes[i];
	snprintf(state->total.name, sizeof(state->total.name), "%" PRIu64 " %s",
		fp_tally_count(&state->total, FP_COUNT_PROCESSES),
		fp_tally_count(&state->total, FP_COUNT_PROCESSES) == 1 ? "process" : "processes");
	struct fp_source source = fp_process_source(&rows);
	return fp_report_fill(&state->report, &source, &state->argv->view);
}

static int fill_groups(struct fp_watching *state, struct fp_group_row *kept)
{
	struct fp_group_rows rows = {
		.at = kept, .total = &state->total, .total_before = state->total_before};

	for (size_t i = 0; i < state->row_count; i++)
		if (!state->filter[0] || holds(state->groups[i].tally->name, state->filter))
			kept[rows.count++] = state->groups[i];
	struct fp_source source = fp_group_source(&rows);
	return fp_report_fill(&state->report, &source, &state->argv->view);
}

static void put_line(struct fp_out *out, size_t columns, const char *style, const char *text)
{
	if (style)
		fp_out_text(out, style);
	fp_escape_put(out, text, strlen(text), columns);
	if (style)
		fp_out_text(out, "\x1b[0m");
	fp_out_text(out, "\n");
}

static void put_head(
	const struct fp_watching *state, size_t columns, bool color, struct fp_out *out)
{
	const time_t when = (time_t)state->read_s;
	char text[512], clock[16] = "";
	struct tm local;

	if (localtime_r(&when, &local))
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	int len = snprintf(text, sizeof(text), "footprint  %s  every %" PRIu64 " s%s", clock,
		state->seconds, state->paused ? "  stopped" : "");
	uint64_t denied = fp_tally_count(&state->total, FP_COUNT_DENIED);
	if (denied)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
			"  %" PRIu64 " could not be read", denied);
	if (state->filter[0] && state->mode != FP_WATCHING_FILTER)
		snprintf(text + len, sizeof(text) - (size_t)len, "  %zu with %s",
			state->report.row_count, state->filter);
	put_line(out, columns, color ? "\x1b[1m" : NULL, text);
}

static void put_foot(
	const struct fp_watching *state, size_t columns, bool color, struct fp_out *out)
{
	char text[FP_FILTER_SIZE + 16];

	if (state->mode == FP_WATCHING_FILTER) {
		snprintf(text, sizeof(text), "filter: %s_", state->filter);
		put_line(out, columns, NULL, text);
	} else if (state->message[0]) {
		put_line(out, columns, NULL, state->message);
	} else {
		put_line(out, columns, color ? "\x1b[2m" : NULL,
			"q end  u p s r g sort  R turn  / filter  0 growth from now  space stop  h "
			"help");
	}
}

/* Holds the first row to where there are some, and the lines to the screen's height. */
static void put_table(
	struct fp_watching *state, size_t lines, size_t columns, bool color, struct fp_out *out)
{
	size_t rows = state->report.row_count;

	state->page = lines > OTHER_LINES ? lines - OTHER_LINES : 0;
	if (state->first + state->page > rows)
		state->first = rows > state->page ? rows - state->page : 0;
	const struct fp_text_part part = {.first = state->first,
		.count = state->page,
		.width = columns,
		.color = color,
		.mark_sort = true};
	fp_text_write(&state->report, &state->argv->view, &part, out);
	size_t shown = rows - state->first < state->page ? rows - state->first : state->page;
	fp_out_fill(out, '\n', state->page - shown);
}

static void put_help(size_t lines, size_t columns, struct fp_out *out)
{
	size_t used = 2; /* the first and the last line of the screen */

	for (size_t i = 0; fp_watching_help[i] && used < lines; i++, used++)
		put_line(out, columns, NULL, fp_watching_help[i]);
	fp_out_fill(out, '\n', used < lines ? lines - used : 0);
}

static int fill(struct fp_watching *state)
{
	size_t size =
		state->argv->groups ? sizeof(struct fp_group_row) : sizeof(struct fp_process_row);
	void *kept = calloc(state->row_count + 1, size);

	if (!kept)
		return -ENOMEM;
	int status = state->argv->groups ? fill_groups(state, kept) : fill_processes(state, kept);
	free(kept);
	return status;
}

int fp_watching_draw(
	struct fp_watching *state, size_t rows, size_t columns, bool color, struct fp_out *out)
{
	if (!state->snapshot) {
		put_line(out, columns, NULL, "footprint: the first reading goes on");
		return 0;
	}
	int status = fill(state);
	if (status < 0)
		return status;
	put_head(state, columns, color, out);
	if (rows > 1 && state->mode == FP_WATCHING_HELP)
		put_help(rows, columns, out);
	else if (rows > OTHER_LINES)
		put_table(state, rows, columns, color, out);
	if (rows > 1)
		put_foot(state, columns, color, out);
	fp_report_fini(&state->report);
	return 0;
}

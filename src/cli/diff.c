#include "cli/diff.h"
#include "cli/columns.h"
#include "cli/exit.h"
#include "cli/file.h"
#include "cli/saved_json.h"
#include "cli/say.h"
#include "cli/session.h"
#include "cli/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

FP_VEC(refs, const struct fp_member *);
FP_VEC(process_rows, struct fp_process_row);
FP_VEC(group_rows, struct fp_group_row);

struct comparison {
	const struct fp_argv *argv;
	struct fp_saved saved[2]; /* before, after */
	struct process_rows processes;
	struct group_rows groups;
	struct fp_users *users;
	struct fp_session session;
};

static int compare_members(const struct fp_member *a, const struct fp_member *b)
{
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->starttime_ticks > b->starttime_ticks) -
	       (a->starttime_ticks < b->starttime_ticks);
}

static int by_identity(const void *a, const void *b)
{
	return compare_members(
		*(const struct fp_member *const *)a, *(const struct fp_member *const *)b);
}

static int add_members(struct refs *refs, const struct fp_members *members)
{
	int status = 0;

	for (size_t i = 0; i < members->len && status == 0; i++)
		status = refs_add(refs, &members->at[i]);
	return status;
}

/* Every process of a file once, in the order of its identity. */
static int collect(const struct fp_saved *saved, struct refs *refs)
{
	size_t kept = 0;
	int status = add_members(refs, &saved->processes);

	for (size_t i = 0; i < saved->group_count && status == 0; i++)
		status = add_members(refs, &saved->groups[i].members);
	if (refs->len)
		qsort(refs->at, refs->len, sizeof(refs->at[0]), by_identity);
	for (size_t i = 0; i < refs->len; i++)
		if (kept == 0 || compare_members(refs->at[kept - 1], refs->at[i]) != 0)
			refs->at[kept++] = refs->at[i];
	refs->len = kept;
	return status;
}

/* Did one of the sizes that are shown change? What is not known in both did not. */
static bool is_changed(const struct fp_memory *before, const struct fp_memory *now)
{
	static const enum fp_metric shown[] = {FP_USS, FP_PSS, FP_SWAP, FP_RSS};

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (fp_memory_has(before, shown[i]) && fp_memory_has(now, shown[i]) &&
			before->bytes[shown[i]] != now->bytes[shown[i]])
			return true;
	return false;
}

static int add_process(
	struct comparison *comparison, const struct fp_member *before, const struct fp_member *now)
{
	struct fp_process_row row = {
		.member = now ? now : before,
		.before = before ? &before->memory : NULL,
		.change = !before ? FP_CHANGE_NEW
			  : !now  ? FP_CHANGE_ENDED
				  : FP_CHANGE_NONE,
	};

	if (before && now && !is_changed(&before->memory, &now->memory))
		return 0;
	if ((!before && comparison->saved[0].is_cut) || (!now && comparison->saved[1].is_cut))
		return 0;
	return process_rows_add(&comparison->processes, row);
}

/* A file that was written without the time of the start knows processes by their ids alone. */
static int match(const struct fp_member *before, const struct fp_member *now)
{
	if (before->pid == now->pid && (!before->starttime_ticks || !now->starttime_ticks))
		return 0;
	return compare_members(before, now);
}

/* Both in the order of identity. */
static int merge(struct comparison *comparison, const struct refs *before, const struct refs *now)
{
	size_t b = 0, n = 0;
	int status = 0;

	while ((b < before->len || n < now->len) && status == 0) {
		int order = b == before->len ? 1
			    : n == now->len  ? -1
					     : match(before->at[b], now->at[n]);
		status = add_process(comparison, order <= 0 ? before->at[b] : NULL,
			order >= 0 ? now->at[n] : NULL);
		b += order <= 0;
		n += order >= 0;
	}
	return status;
}

static int compare_processes(struct comparison *comparison)
{
	struct refs refs[2] = {{0}};
	int status = collect(&comparison->saved[0], &refs[0]);

	if (status == 0)
		status = collect(&comparison->saved[1], &refs[1]);
	if (status == 0)
		status = merge(comparison, &refs[0], &refs[1]);
	free(refs[0].at);
	free(refs[1].at);
	return status;
}

static const struct fp_tally *find_group(const struct fp_saved *saved, const char *name)
{
	for (size_t i = 0; i < saved->group_count; i++)
		if (strcmp(saved->groups[i].tally.name, name) == 0)
			return &saved->groups[i].tally;
	return NULL;
}

static int compare_groups(struct comparison *comparison)
{
	const struct fp_saved *before = &comparison->saved[0], *now = &comparison->saved[1];
	int status = 0;

	for (size_t i = 0; i < now->group_count && status == 0; i++) {
		const struct fp_tally *tally = &now->groups[i].tally;
		struct fp_group_row row = {
			.tally = tally, .before = find_group(before, tally->name)};
		row.change = row.before ? FP_CHANGE_NONE : FP_CHANGE_NEW;
		if (row.before ? is_changed(&row.before->sum, &tally->sum) : !before->is_cut)
			status = group_rows_add(&comparison->groups, row);
	}
	for (size_t i = 0; i < before->group_count && status == 0 && !now->is_cut; i++) {
		const struct fp_tally *tally = &before->groups[i].tally;
		if (!find_group(now, tally->name))
			status = group_rows_add(
				&comparison->groups, (struct fp_group_row){.tally = tally,
							     .before = tally,
							     .change = FP_CHANGE_ENDED});
	}
	return status;
}

static int write_reports(struct comparison *comparison, struct fp_report *groups,
	struct fp_report *processes, struct fp_document *document)
{
	const struct fp_view *view = &comparison->argv->view;
	struct fp_group_rows of_groups = {.at = comparison->groups.at,
		.count = comparison->groups.len,
		.format = view->format};
	struct fp_process_rows of_processes = {.at = comparison->processes.at,
		.count = comparison->processes.len,
		.users = comparison->users,
		.host = &comparison->session.host,
		.format = view->format};
	struct fp_source group_source = fp_group_source(&of_groups);
	struct fp_source process_source = fp_process_source(&of_processes);
	bool always = view->format == FP_FORMAT_JSON;
	int status = 0;

	if (groups && (always || of_groups.count)) {
		status = fp_report_fill(groups, &group_source, view);
		document->reports[document->report_count++] = groups;
	}
	if (processes && status == 0 && (always || of_processes.count)) {
		status = fp_report_fill(processes, &process_source, view);
		document->reports[document->report_count++] = processes;
	}
	int code = status < 0 ? fp_say_trouble("cannot show it", status)
			      : fp_document_write(document, view);
	if (groups)
		fp_report_fini(groups);
	if (processes)
		fp_report_fini(processes);
	return code;
}

/* A table that lacks a field which is asked for is left out, unless both do. */
static int show(struct comparison *comparison)
{
	const struct fp_view *view = &comparison->argv->view;
	struct fp_report groups, processes;
	struct fp_document document = {0};
	char message[1024], other[1024];
	bool has_groups =
		fp_report_choose(&groups, &fp_group_growth, view, other, sizeof(other)) == 0;
	bool has_processes = fp_report_choose(&processes, &fp_process_growth, view, message,
				     sizeof(message)) == 0;

	if (!has_groups && !has_processes)
		return fp_say_usage("diff", message);
	int code = write_reports(comparison, has_groups ? &groups : NULL,
		has_processes ? &processes : NULL, &document);
	if (code)
		return code;
	bool any = comparison->groups.len || comparison->processes.len;
	return any ? EXIT_SUCCESS : FP_EXIT_NONE;
}

static int say_lacking(const char *path, const char *lacking)
{
	char text[160];

	snprintf(text, sizeof(text),
		"this JSON lacks %s, without which nothing can be compared; footprint --json "
		"without --fields and --total has it",
		lacking);
	return fp_say(FP_EXIT_TROUBLE, path, text);
}

/* Of whom a file does not tell that was cut, nobody knows whether they were there. */
static void tell_cut(const struct comparison *comparison)
{
	static const char *const texts[] = {
		"--top cut it, so that nobody can be told to be new",
		"--top cut it, so that nobody can be told to have ended",
	};

	for (int i = 0; i < 2; i++)
		if (comparison->saved[i].is_cut)
			fp_say(0, comparison->argv->operands[i], texts[i]);
}

/* 0, or an exit status with the trouble told. */
static int read_saved(const char *path, struct fp_saved *out)
{
	const char *lacking = NULL;
	struct fp_buf text = {0};
	int status = fp_file_read(path, &text);

	if (status == 0)
		status = fp_saved_json_read(text.data, text.len, out, &lacking);
	fp_buf_fini(&text);
	if (status == -EBADMSG && lacking)
		return say_lacking(path, lacking);
	if (status == -EBADMSG)
		return fp_say(FP_EXIT_TROUBLE, path,
			"this is neither what footprint --json writes nor a state file of "
			"version 1");
	return status < 0 ? fp_say_trouble(path, status) : 0;
}

static int compare(struct comparison *comparison)
{
	int code = read_saved(comparison->argv->operands[0], &comparison->saved[0]);

	if (code == 0)
		code = read_saved(comparison->argv->operands[1], &comparison->saved[1]);
	if (code == 0)
		code = fp_session_open_names(&comparison->session);
	if (code)
		return code;
	tell_cut(comparison);
	int status = compare_processes(comparison);
	if (status == 0)
		status = compare_groups(comparison);
	if (status == 0)
		status = fp_users_new(&comparison->users);
	return status < 0 ? fp_say_trouble("cannot compare", status) : show(comparison);
}

int fp_diff(const struct fp_argv *argv)
{
	struct comparison comparison = {.argv = argv};

	if (argv->operand_count != 2)
		return fp_say_usage("diff", "two files are expected, such as A.json B.json");
	int code = compare(&comparison);
	fp_users_free(comparison.users);
	fp_session_close(&comparison.session);
	free(comparison.processes.at);
	free(comparison.groups.at);
	fp_saved_json_free(&comparison.saved[0]);
	fp_saved_json_free(&comparison.saved[1]);
	return code;
}

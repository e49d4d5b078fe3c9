#include "cli/groups.h"
#include "cli/columns.h"
#include "cli/conffile.h"
#include "cli/exit.h"
#include "cli/file.h"
#include "cli/saved_json.h"
#include "cli/say.h"
#include "cli/session.h"
#include "cli/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Intervals after which a daemon that runs should have written again. */
enum { INTERVALS_LATE = 3, INTERVAL_S = 10 };

/* Where distributions keep the daemon's configuration. */
static const char *const usual_files[] = {"/etc/collectd/collectd.conf", "/etc/collectd.conf"};

struct showing {
	const struct fp_argv *argv;
	const struct fp_saved *saved;
	const struct fp_host *host;
	struct fp_report report;
};

/* The path of the state file, to be freed, or NULL with what lacks told. */
static char *find_state_file(void)
{
	char message[FP_CONF_MESSAGE_SIZE];
	char *path = NULL;

	for (size_t i = 0; i < sizeof(usual_files) / sizeof(usual_files[0]) && !path; i++) {
		struct fp_conf conf = {0};
		int status = fp_conffile_read(&conf, usual_files[i], message);
		if (status == 0 && conf.state_file)
			path = strdup(conf.state_file);
		else if (status < 0 && status != -ENOENT)
			fp_say(0, message, NULL);
		fp_conffile_fini(&conf);
	}
	if (!path)
		fp_say(0,
			"the daemon's configuration names no StateFile that can be found; --state "
			"FILE says where it is",
			NULL);
	return path;
}

/* 0, or an exit status with the trouble told. */
static int read_state(const char *path, struct fp_saved *out)
{
	struct fp_buf text = {0};
	int status = fp_file_read(path, &text);

	if (status == 0)
		status = fp_saved_json_read(text.data, text.len, out, NULL);
	fp_buf_fini(&text);
	if (status == 0 && !out->is_list)
		return 0;
	if (status == 0) {
		fp_saved_json_free(out);
		status = -EBADMSG;
	}
	if (status == -EBADMSG)
		return fp_say(FP_EXIT_TROUBLE, path, "this is no state file of version 1");
	return fp_say_trouble(path, status);
}

static double age_s(const struct showing *showing)
{
	const struct fp_host *host = showing->host;

	return (double)host->backend->realtime_ns(host->os) / 1e9 - showing->saved->time_s;
}

static void tell_age(const struct showing *showing)
{
	const struct fp_saved *saved = showing->saved;
	double interval_s =
		saved->has_interval && saved->interval_s > 0 ? saved->interval_s : INTERVAL_S;
	char text[128];

	if (!saved->has_time || age_s(showing) <= INTERVALS_LATE * interval_s)
		return;
	snprintf(text, sizeof(text),
		"the reading is %.0f seconds old, and the daemon should read every %g: it may not "
		"run any more",
		age_s(showing), interval_s);
	fp_say(0, text, NULL);
}

static int write_report(struct showing *showing, const struct fp_source *source)
{
	const struct fp_view *view = &showing->argv->view;
	struct fp_document document = {.reports = {&showing->report}, .report_count = 1};
	int status = fp_report_fill(&showing->report, source, view);

	if (status < 0)
		return fp_say_trouble("cannot show it", status);
	if (showing->saved->has_time)
		fp_document_note(&document, "time",
			(struct fp_cell){.kind = FP_CELL_REAL, .real = showing->saved->time_s});
	if (showing->saved->has_interval)
		fp_document_note(&document, "interval",
			(struct fp_cell){.kind = FP_CELL_REAL, .real = showing->saved->interval_s});
	int code = fp_document_write(&document, view);
	fp_report_fini(&showing->report);
	return code;
}

/* Is somebody not read, or not told to be a member or not? */
static bool is_partial(const struct fp_tally *tally)
{
	return fp_tally_count(tally, FP_COUNT_DENIED) || fp_tally_count(tally, FP_COUNT_STUCK);
}

static int show_groups(struct showing *showing)
{
	const struct fp_saved *saved = showing->saved;
	struct fp_group_row *rows = calloc(saved->group_count + 1, sizeof(*rows));
	bool partial = false;

	if (!rows)
		return fp_say_trouble("cannot show it", -ENOMEM);
	for (size_t i = 0; i < saved->group_count; i++) {
		rows[i].tally = &saved->groups[i].tally;
		partial = partial || is_partial(rows[i].tally);
	}
	struct fp_group_rows of = {
		.at = rows, .count = saved->group_count, .format = showing->argv->view.format};
	struct fp_source source = fp_group_source(&of);
	int code = write_report(showing, &source);
	free(rows);
	if (code)
		return code;
	return partial ? FP_EXIT_PARTLY : saved->group_count ? EXIT_SUCCESS : FP_EXIT_NONE;
}

static bool is_asked(const struct fp_argv *argv, const struct fp_saved_group *group)
{
	for (size_t i = 0; i < argv->operand_count; i++)
		if (strcmp(argv->operands[i], group->tally.name) == 0 ||
			(group->configured && strcmp(argv->operands[i], group->configured) == 0))
			return true;
	return false;
}

/* Groups that were asked for and are not there. */
static bool tell_missing(const struct showing *showing)
{
	const struct fp_argv *argv = showing->argv;
	bool missing = false;

	for (size_t i = 0; i < argv->operand_count; i++) {
		const struct fp_argv one = {.operands = &argv->operands[i], .operand_count = 1};
		bool found = false;
		for (size_t k = 0; k < showing->saved->group_count && !found; k++)
			found = is_asked(&one, &showing->saved->groups[k]);
		if (!found)
			fp_say(0, "the daemon told of no such group", argv->operands[i]);
		missing = missing || !found;
	}
	return missing;
}

static int by_identity(const void *a, const void *b)
{
	const struct fp_member *x = ((const struct fp_process_row *)a)->member;
	const struct fp_member *y = ((const struct fp_process_row *)b)->member;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->starttime_ticks > y->starttime_ticks) -
	       (x->starttime_ticks < y->starttime_ticks);
}

/* Members of the groups that were asked for, each once, in rows that are freed by the caller. */
static struct fp_process_row *collect(const struct showing *showing, size_t *count)
{
	const struct fp_saved *saved = showing->saved;
	size_t most = 0, kept = 0;

	for (size_t i = 0; i < saved->group_count; i++)
		most += saved->groups[i].members.len;
	struct fp_process_row *rows = calloc(most + 1, sizeof(*rows));
	*count = 0;
	for (size_t i = 0; rows && i < saved->group_count; i++)
		for (size_t k = 0; is_asked(showing->argv, &saved->groups[i]) &&
				   k < saved->groups[i].members.len;
			k++)
			rows[(*count)++].member = &saved->groups[i].members.at[k];
	if (rows)
		qsort(rows, *count, sizeof(*rows), by_identity);
	for (size_t i = 0; rows && i < *count; i++)
		if (kept == 0 || by_identity(&rows[kept - 1], &rows[i]) != 0)
			rows[kept++] = rows[i];
	*count = kept;
	return rows;
}

static int show_members(struct showing *showing)
{
	struct fp_users *users = NULL;
	size_t count;
	struct fp_process_row *rows = collect(showing, &count);
	int status = rows ? fp_users_new(&users) : -ENOMEM;
	int code = FP_EXIT_TROUBLE;
	bool partial = false;

	if (status == 0) {
		struct fp_process_rows of = {.at = rows,
			.count = count,
			.users = users,
			.host = showing->host,
			.format = showing->argv->view.format};
		struct fp_source source = fp_process_source(&of);
		code = write_report(showing, &source);
	} else {
		fp_say_trouble("cannot show it", status);
	}
	for (size_t i = 0; status == 0 && i < count; i++)
		partial = partial || rows[i].member->denied;
	for (size_t i = 0; i < showing->saved->group_count; i++)
		partial = partial || (is_asked(showing->argv, &showing->saved->groups[i]) &&
					     is_partial(&showing->saved->groups[i].tally));
	fp_users_free(users);
	free(rows);
	if (code)
		return code;
	if (tell_missing(showing))
		return FP_EXIT_NONE;
	return partial ? FP_EXIT_PARTLY : count == 0 ? FP_EXIT_NONE : EXIT_SUCCESS;
}

static int show(struct showing *showing)
{
	const struct fp_argv *argv = showing->argv;
	bool members = argv->operand_count > 0;
	struct fp_session session;
	char message[1024];

	if (fp_report_choose(&showing->report, members ? &fp_process_columns : &fp_saved_columns,
		    &argv->view, message, sizeof(message)) < 0)
		return fp_say_usage("groups", message);
	int code = fp_session_open_names(&session);
	showing->host = &session.host;
	if (code == 0)
		code = members ? show_members(showing) : show_groups(showing);
	if (code != FP_EXIT_TROUBLE)
		tell_age(showing);
	fp_session_close(&session);
	return code;
}

int fp_groups(const struct fp_argv *argv)
{
	char *found = argv->state_file ? NULL : find_state_file();
	const char *path = argv->state_file ? argv->state_file : found;
	struct fp_saved saved;

	if (!path)
		return FP_EXIT_TROUBLE;
	struct showing showing = {.argv = argv, .saved = &saved};
	int code = read_state(path, &saved);
	if (code == 0) {
		code = show(&showing);
		fp_saved_json_free(&saved);
	}
	free(found);
	return code;
}

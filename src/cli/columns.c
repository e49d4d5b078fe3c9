#include "cli/columns.h"

#include <stdio.h>
#include <string.h>

#define METRICS                                                                                    \
	{"uss", "USS", FP_USS, false, false, 0, 0}, {"pss", "PSS", FP_PSS, false, false, 0, 2},    \
		{"swap", "SWAP", FP_SWAP, false, false, 0, 4},                                     \
		{"rss", "RSS", FP_RSS, false, false, 0, 5},                                        \
		{"swap_pss", "SWAPPSS", FP_SWAP_PSS, false, false, 0, 0},                          \
		{"pss_anon", "ANON", FP_PSS_ANON, false, false, 0, 0},                             \
		{"pss_file", "FILE", FP_PSS_FILE, false, false, 0, 0},                             \
		{"pss_shmem", "SHMEM", FP_PSS_SHMEM, false, false, 0, 0},                          \
		{"pss_dirty", "DIRTY", FP_PSS_DIRTY, false, false, 0, 0},                          \
		{"shared", "SHARED", FP_SHARED, false, false, 0, 0},                               \
		{"locked", "LOCKED", FP_LOCKED, false, false, 0, 0},                               \
		{"anon_huge", "HUGE", FP_ANON_HUGE, false, false, 0, 0},                           \
		{"hugetlb", "HUGETLB", FP_HUGETLB, false, false, 0, 0},                            \
		{"lazyfree", "LAZYFREE", FP_LAZYFREE, false, false, 0, 0},                         \
		{"ksm", "KSM", FP_KSM, false, false, 0, 0},                                        \
		{"page_tables", "TABLES", FP_PAGE_TABLES, false, false, 0, 0},                     \
		{"vms", "VMS", FP_VMS, false, false, 0, 0},                                        \
		{"text", "TEXT", FP_TEXT, false, false, 0, 0},                                     \
	{                                                                                          \
		"data", "DATA", FP_DATA, false, false, 0, 0                                        \
	}

#define PROCESS                                                                                    \
	{"pid", "PID", FP_COLUMN_PID, false, true, 0, 0},                                          \
		{"starttime", "STARTTIME", FP_COLUMN_STARTTIME, false, true, 0, 0},                \
		{"user", "USER", FP_COLUMN_USER, true, true, 0, 3},                                \
		{"uid", "UID", FP_COLUMN_UID, false, true, 0, 0},                                  \
		{"comm", "NAME", FP_COLUMN_COMM, true, true, 0, 0},                                \
		{"threads", "THREADS", FP_COLUMN_THREADS, false, false, 0, 0},                     \
	{                                                                                          \
		"denied", "DENIED", FP_COLUMN_DENIED, true, false, 0, 0                            \
	}

#define GROUP                                                                                      \
	{"name", "GROUP", FP_COLUMN_NAME, true, true, 0, 0},                                       \
		{"processes", "PROCS", FP_COLUMN_COUNT + FP_COUNT_PROCESSES, false, false, 0, 3},  \
		{"threads", "THREADS", FP_COLUMN_COUNT + FP_COUNT_THREADS, false, false, 0, 0},    \
		{"denied", "DENIED", FP_COLUMN_COUNT + FP_COUNT_DENIED, false, false, 0, 6},       \
		{"undecided", "UNDECIDED", FP_COLUMN_COUNT + FP_COUNT_UNDECIDED, false, false, 0,  \
			0},                                                                        \
		{"deferred", "DEFERRED", FP_COLUMN_COUNT + FP_COUNT_DEFERRED, false, false, 0, 0}, \
		{"stuck", "STUCK", FP_COLUMN_COUNT + FP_COUNT_STUCK, false, false, 0, 7},          \
		{"age_seconds", "AGE", FP_COLUMN_AGE, false, false, 3, 8},                         \
	{                                                                                          \
		"uss_max", "MAX", FP_COLUMN_USS_MAX, false, false, 0, 5                            \
	}

#define CHANGES                                                                                    \
	{"uss_change", "USS+", FP_COLUMN_CHANGE + FP_USS, false, false, 0, 0},                     \
		{"pss_change", "PSS+", FP_COLUMN_CHANGE + FP_PSS, false, false, 0, 6},             \
		{"swap_change", "SWAP+", FP_COLUMN_CHANGE + FP_SWAP, false, false, 0, 7},          \
		{"rss_change", "RSS+", FP_COLUMN_CHANGE + FP_RSS, false, false, 0, 8},             \
	{                                                                                          \
		"state", "STATE", FP_COLUMN_STATE, true, true, 0, 9                                \
	}

#define CMDLINE                                                                                    \
	{                                                                                          \
		"cmdline", "COMMAND", FP_COLUMN_CMDLINE, true, true, 0, 0                          \
	}

static const struct fp_column process_columns[] = {PROCESS, METRICS, CMDLINE};
static const struct fp_column process_changes[] = {PROCESS, METRICS, CHANGES, CMDLINE};
static const struct fp_column group_columns[] = {GROUP, METRICS};
static const struct fp_column group_changes[] = {GROUP, METRICS, CHANGES};

#define ALL_OF(table) .at = (table), .count = sizeof(table) / sizeof((table)[0])

const struct fp_columns fp_process_columns = {
	.name = "processes",
	ALL_OF(process_columns),
	.usual = "pid,user,uss,pss,swap,rss,cmdline",
	.usual_sort = "uss",
};

const struct fp_columns fp_process_changes = {
	.name = "processes",
	ALL_OF(process_changes),
	.usual = "pid,user,uss,uss_change,pss,pss_change,swap,rss,cmdline",
	.usual_sort = "uss",
};

const struct fp_columns fp_group_columns = {
	.name = "groups",
	ALL_OF(group_columns),
	.usual = "name,processes,uss,pss,swap,rss,uss_max,denied",
	.usual_sort = "pss",
};

const struct fp_columns fp_saved_columns = {
	.name = "groups",
	ALL_OF(group_columns),
	.usual = "name,processes,uss,pss,swap,rss,uss_max,denied,stuck,age_seconds",
	.usual_sort = "pss",
};

const struct fp_columns fp_group_changes = {
	.name = "groups",
	ALL_OF(group_changes),
	.usual = "name,processes,uss,uss_change,pss,pss_change,swap,rss,denied",
	.usual_sort = "pss",
};

const struct fp_columns fp_process_growth = {
	.name = "processes",
	ALL_OF(process_changes),
	.usual = "pid,user,state,uss_change,pss_change,swap_change,rss_change,uss,cmdline",
	.usual_sort = "uss_change",
};

const struct fp_columns fp_group_growth = {
	.name = "groups",
	ALL_OF(group_changes),
	.usual = "name,state,uss_change,pss_change,swap_change,rss_change,uss,pss",
	.usual_sort = "uss_change",
};

bool fp_columns_want(const struct fp_report *report, int id)
{
	if (report->sort->id == id)
		return true;
	for (size_t i = 0; i < report->column_count; i++)
		if (report->columns[i]->id == id)
			return true;
	return false;
}

bool fp_columns_want_sizes(const struct fp_report *report)
{
	return fp_columns_want(report, FP_SHARED) || fp_columns_want(report, FP_VMS) ||
	       fp_columns_want(report, FP_TEXT) || fp_columns_want(report, FP_DATA);
}

static struct fp_cell number(uint64_t value)
{
	return (struct fp_cell){.kind = FP_CELL_NUMBER, .number = value};
}

static struct fp_cell text(const char *value)
{
	return (struct fp_cell){.kind = FP_CELL_TEXT, .text = value};
}

static struct fp_cell bytes(const struct fp_memory *memory, int metric)
{
	if (!fp_memory_has(memory, (enum fp_metric)metric))
		return (struct fp_cell){.kind = FP_CELL_UNKNOWN};
	return (struct fp_cell){.kind = FP_CELL_BYTES, .number = memory->bytes[metric]};
}

/* Who was there before and is there now has nothing to say, and says that in a table only. */
static struct fp_cell state(enum fp_change change, enum fp_format format)
{
	static const char *const words[] = {"", "new", "ended"};

	if (change == FP_CHANGE_NONE && format == FP_FORMAT_JSON)
		return (struct fp_cell){.kind = FP_CELL_UNKNOWN};
	return text(words[change]);
}

/* How far it came since before; all of it where it is new, and back to nothing where it ended. */
static struct fp_cell difference(const struct fp_memory *before, const struct fp_memory *now,
	int metric, enum fp_change change)
{
	struct fp_cell cell = {.kind = FP_CELL_UNKNOWN};
	enum fp_metric known = (enum fp_metric)metric;
	uint64_t from = 0, to = 0;

	if ((change != FP_CHANGE_NEW && (!before || !fp_memory_has(before, known))) ||
		(change != FP_CHANGE_ENDED && !fp_memory_has(now, known)))
		return cell;
	if (change != FP_CHANGE_NEW)
		from = before->bytes[metric];
	if (change != FP_CHANGE_ENDED)
		to = now->bytes[metric];
	uint64_t far = to > from ? to - from : from - to;
	if (far > INT64_MAX)
		return cell;
	cell.kind = FP_CELL_CHANGE;
	cell.change = to > from ? (int64_t)far : -(int64_t)far;
	return cell;
}

static struct fp_cell user(struct fp_process_rows *rows, const struct fp_member *member)
{
	const char *name = "";

	if (member->has_uid && rows->status == 0)
		rows->status = fp_users_name(rows->users, rows->host, member->uid, &name);
	if (!member->has_uid || rows->status < 0)
		return (struct fp_cell){.kind = FP_CELL_UNKNOWN};
	return text(name);
}

struct question {
	struct fp_recall *recall;
	const struct fp_member *member;
	const char *line; /* the answer; NULL: there is none */
};

static void ask(void *context)
{
	struct question *question = context;

	if (fp_recall_cmdline(question->recall, question->member, &question->line) < 0)
		question->line = NULL;
}

/* One that has ended meanwhile has none, nor one that may not be read or does not answer. */
static const char *find_cmdline(const struct fp_process_rows *rows, const struct fp_member *member)
{
	struct question question = {.recall = rows->recall, .member = member};

	if (member->cmdline || !rows->recall)
		return member->cmdline;
	return fp_engine_run(rows->engine, ask, &question) < 0 ? NULL : question.line;
}

static struct fp_cell cmdline(const struct fp_process_rows *rows, const struct fp_member *member)
{
	const char *line = find_cmdline(rows, member);

	/* a table always has something to call it by */
	if (!line && rows->format != FP_FORMAT_TEXT)
		return (struct fp_cell){.kind = FP_CELL_UNKNOWN};
	struct fp_cell cell = text(line ? line : "");
	cell.instead = member->comm;
	return cell;
}

static void process_cell(
	void *context, size_t row, const struct fp_column *column, struct fp_cell *out)
{
	struct fp_process_rows *rows = context;
	const struct fp_process_row *at = &rows->at[row];
	const struct fp_member *member = at->member;

	*out = (struct fp_cell){.kind = FP_CELL_UNKNOWN};
	if (column->id < FP_METRICS && at->change != FP_CHANGE_ENDED)
		*out = bytes(&member->memory, column->id);
	else if (column->id >= FP_COLUMN_CHANGE)
		*out = difference(
			at->before, &member->memory, column->id - FP_COLUMN_CHANGE, at->change);
	else if (column->id == FP_COLUMN_PID)
		*out = number((uint64_t)member->pid);
	else if (column->id == FP_COLUMN_STARTTIME && member->starttime_ticks)
		*out = number(member->starttime_ticks);
	else if (column->id == FP_COLUMN_USER)
		*out = user(rows, member);
	else if (column->id == FP_COLUMN_UID && member->has_uid)
		*out = number(member->uid);
	else if (column->id == FP_COLUMN_COMM && member->comm[0])
		*out = text(member->comm);
	else if (column->id == FP_COLUMN_CMDLINE)
		*out = cmdline(rows, member);
	else if (column->id == FP_COLUMN_THREADS && member->threads)
		*out = number(member->threads);
	else if (column->id == FP_COLUMN_DENIED)
		*out = (struct fp_cell){
			.kind = FP_CELL_FLAG, .flag = member->denied || member->unread};
	else if (column->id == FP_COLUMN_STATE)
		*out = state(at->change, rows->format);
}

/* In JSON it has its own place; elsewhere it stands in a row and says so. */
static void process_total(void *context, const struct fp_column *column, struct fp_cell *out)
{
	struct fp_process_rows *rows = context;
	const struct fp_tally *total = rows->total;

	*out = (struct fp_cell){.kind = FP_CELL_UNKNOWN};
	if (column->id < FP_METRICS)
		*out = bytes(&total->sum, column->id);
	else if (column->id >= FP_COLUMN_CHANGE && rows->total_before)
		*out = difference(&rows->total_before->sum, &total->sum,
			column->id - FP_COLUMN_CHANGE, FP_CHANGE_NONE);
	else if (column->id == FP_COLUMN_THREADS)
		*out = number(fp_tally_count(total, FP_COUNT_THREADS));
	else if (rows->format == FP_FORMAT_JSON)
		return;
	else if (column->id == FP_COLUMN_PID)
		*out = text("total");
	else if (column->id == FP_COLUMN_CMDLINE)
		*out = text(total->name);
	else
		*out = text("");
}

struct fp_source fp_process_source(struct fp_process_rows *rows)
{
	return (struct fp_source){
		.count = rows->count,
		.cell = process_cell,
		.total = rows->total ? process_total : NULL,
		.context = rows,
	};
}

static void group_cell(
	void *context, size_t row, const struct fp_column *column, struct fp_cell *out)
{
	const struct fp_group_rows *rows = context;
	const struct fp_group_row *at = &rows->at[row];
	const struct fp_tally *tally = at->tally;
	int count = column->id - FP_COLUMN_COUNT;

	*out = (struct fp_cell){.kind = FP_CELL_UNKNOWN};
	if (column->id < FP_METRICS && at->change != FP_CHANGE_ENDED)
		*out = bytes(&tally->sum, column->id);
	else if (column->id >= FP_COLUMN_CHANGE)
		*out = difference(at->before ? &at->before->sum : NULL, &tally->sum,
			column->id - FP_COLUMN_CHANGE, at->change);
	else if (count >= 0 && ((tally->has >> count) & 1))
		*out = number(tally->count[count]);
	else if (column->id == FP_COLUMN_NAME)
		*out = text(tally->name);
	else if (column->id == FP_COLUMN_AGE && tally->has_age)
		*out = (struct fp_cell){.kind = FP_CELL_REAL, .real = tally->age_s};
	else if (column->id == FP_COLUMN_USS_MAX && tally->has_uss_max)
		*out = (struct fp_cell){.kind = FP_CELL_BYTES, .number = tally->uss_max_bytes};
	else if (column->id == FP_COLUMN_STATE)
		*out = state(at->change, rows->format);
}

static void group_total(void *context, const struct fp_column *column, struct fp_cell *out)
{
	const struct fp_group_rows *rows = context;
	const struct fp_group_row row = {.tally = rows->total, .before = rows->total_before};
	struct fp_group_rows one = {.at = &row, .count = 1, .format = rows->format};

	if (column->id == FP_COLUMN_NAME && rows->format == FP_FORMAT_JSON)
		*out = (struct fp_cell){.kind = FP_CELL_UNKNOWN};
	else
		group_cell(&one, 0, column, out);
}

struct fp_source fp_group_source(struct fp_group_rows *rows)
{
	return (struct fp_source){
		.count = rows->count,
		.cell = group_cell,
		.total = rows->total ? group_total : NULL,
		.context = rows,
	};
}

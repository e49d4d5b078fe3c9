/* The columns that tables of processes and of groups can have, and where their cells come from. */
#ifndef FP_CLI_COLUMNS_H
#define FP_CLI_COLUMNS_H

#include "cli/report.h"
#include "cli/tally.h"
#include "sample/engine.h"
#include "sample/recall.h"
#include "sample/users.h"

/* Ids of columns: an enum fp_metric, or one of these. */
enum {
	FP_COLUMN_PID = FP_METRICS,
	FP_COLUMN_STARTTIME,
	FP_COLUMN_USER,
	FP_COLUMN_UID,
	FP_COLUMN_COMM,
	FP_COLUMN_CMDLINE,
	FP_COLUMN_THREADS,
	FP_COLUMN_DENIED,
	FP_COLUMN_STATE,
	FP_COLUMN_NAME,
	FP_COLUMN_AGE,
	FP_COLUMN_USS_MAX,
	FP_COLUMN_COUNT,                               /* and enum fp_count behind it */
	FP_COLUMN_CHANGE = FP_COLUMN_COUNT + FP_COUNTS /* and enum fp_metric behind it */
};

/* What became of a process or a group since the reading before. */
enum fp_change { FP_CHANGE_NONE, FP_CHANGE_NEW, FP_CHANGE_ENDED };

struct fp_process_row {
	const struct fp_member *member;
	const struct fp_memory *before; /* NULL: there is no reading before */
	enum fp_change change;
};

struct fp_process_rows {
	const struct fp_process_row *at;
	size_t count;
	struct fp_users *users; /* names of uids that were asked for already */
	const struct fp_host *host;
	struct fp_recall *recall; /* to be asked for command lines; NULL: members have them */
	struct fp_engine *engine; /* that asks it */
	const struct fp_tally *total, *total_before; /* of the row below all; before may be NULL */
	enum fp_format format;
	int status; /* 0; why the name of a user could not be had: then nobody is asked for more */
};

struct fp_group_row {
	const struct fp_tally *tally, *before; /* before as above */
	enum fp_change change;
};

struct fp_group_rows {
	const struct fp_group_row *at;
	size_t count;
	const struct fp_tally *total, *total_before; /* NULL: a process may be in several groups */
	enum fp_format format;
};

/* All of them, with those of changes where there is a reading before. */
extern const struct fp_columns fp_process_columns, fp_group_columns;
extern const struct fp_columns fp_process_changes, fp_group_changes;

/* The same, with what grew before what is there. */
extern const struct fp_columns fp_process_growth, fp_group_growth;

/* Those of groups with how far the daemon's numbers are to be trusted. */
extern const struct fp_columns fp_saved_columns;

/* Sources over rows, which have to live as long as a report that is filled from them. */
struct fp_source fp_process_source(struct fp_process_rows *rows);
struct fp_source fp_group_source(struct fp_group_rows *rows);

/* Was this column chosen, to be shown or to be sorted by? */
bool fp_columns_want(const struct fp_report *report, int id);

/* One of the sizes that statm tells? */
bool fp_columns_want_sizes(const struct fp_report *report);

#endif

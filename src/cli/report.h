/* A table of what was found out, as any of the writers takes it. */
#ifndef FP_CLI_REPORT_H
#define FP_CLI_REPORT_H

#include "cli/view.h"

#include <stdint.h>

enum fp_cell_kind {
	FP_CELL_UNKNOWN,
	FP_CELL_TEXT,
	FP_CELL_NUMBER,
	FP_CELL_BYTES,
	FP_CELL_CHANGE, /* of bytes, up or down */
	FP_CELL_REAL,
	FP_CELL_FLAG
};

struct fp_cell {
	enum fp_cell_kind kind;
	union {
		struct {
			const char *text;
			const char *instead; /* what a table shows in brackets of an empty text */
		};
		uint64_t number; /* and bytes */
		int64_t change;
		double real;
		bool flag;
	};
};

struct fp_column {
	const char *name;  /* for --fields, --sort, JSON and CSV */
	const char *title; /* of a table */
	int id;            /* for the source */
	bool left;         /* text of a table stands left */
	bool rising;       /* sorted with the least first */
	unsigned decimals;
	unsigned
		yields; /* of the usual ones, the highest leaves a narrow terminal first; 0: never */
};

/* All the columns that a kind of table can have. */
struct fp_columns {
	const char *name; /* of the array in JSON, such as "processes" */
	const struct fp_column *at;
	size_t count;
	const char *usual, *usual_sort; /* as fields and sort of a view */
};

/* Where cells come from. Their text has to live as long as the report. */
struct fp_source {
	size_t count;
	void (*cell)(
		void *context, size_t row, const struct fp_column *column, struct fp_cell *out);
	/* of the row below all others; NULL: there is none */
	void (*total)(void *context, const struct fp_column *column, struct fp_cell *out);
	void *context;
};

enum { FP_REPORT_COLUMNS = 64 };

struct fp_report {
	const char *name;
	const struct fp_column *columns[FP_REPORT_COLUMNS];
	size_t column_count;
	bool usual; /* nobody asked for just these columns */
	const struct fp_column *sort;
	bool backwards;
	size_t row_count; /* cells has one row more if there is a total */
	struct fp_cell *cells;
	bool has_total;
	bool is_cut; /* the source had more rows than the view took */
};

/*
 * Chooses columns: for a table those of the view or the usual ones, elsewhere all unless the view says.
 * 0; -EINVAL with the mistake in message.
 */
int fp_report_choose(struct fp_report *report, const struct fp_columns *columns,
	const struct fp_view *view, char *message, size_t size);

/* The column of that name, or NULL. */
const struct fp_column *fp_columns_find(const struct fp_columns *columns, const char *name);

/* Sorts what the source has, and takes what the view wants of it. 0 or -ENOMEM. */
int fp_report_fill(
	struct fp_report *report, const struct fp_source *source, const struct fp_view *view);

/* Frees the rows; the columns stay chosen. */
void fp_report_fini(struct fp_report *report);

/* The cells of a row; of the total behind the last. */
const struct fp_cell *fp_report_row(const struct fp_report *report, size_t row);

#endif

#include "cli/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row while it is sorted. */
struct key {
	struct fp_cell cell;
	size_t row;
	bool rising, backwards;
};

static const struct fp_column *find(const struct fp_columns *columns, const char *name, size_t len)
{
	for (size_t i = 0; i < columns->count; i++)
		if (strlen(columns->at[i].name) == len &&
			memcmp(columns->at[i].name, name, len) == 0)
			return &columns->at[i];
	return NULL;
}

const struct fp_column *fp_columns_find(const struct fp_columns *columns, const char *name)
{
	return find(columns, name, strlen(name));
}

static int fail(const struct fp_columns *columns, const char *option, const char *name, size_t len,
	char *message, size_t size)
{
	int used = snprintf(message, size, "%s: there is no field \"%.*s\" here; there are", option,
		len > 40 ? 40 : (int)len, name);

	for (size_t i = 0; i < columns->count && used > 0 && (size_t)used < size; i++)
		used += snprintf(message + used, size - (size_t)used, "%s %s", i ? "," : "",
			columns->at[i].name);
	return -EINVAL;
}

static bool has_column(const struct fp_report *report, const struct fp_column *column)
{
	for (size_t i = 0; i < report->column_count; i++)
		if (report->columns[i] == column)
			return true;
	return false;
}

/* In JSON, one of two values under the same key would be lost. */
static int fail_twice(const struct fp_column *column, char *message, size_t size)
{
	snprintf(message, size, "--fields: the field \"%s\" is named twice", column->name);
	return -EINVAL;
}

static int choose_named(struct fp_report *report, const struct fp_columns *columns,
	const char *fields, char *message, size_t size)
{
	for (const char *at = fields;; at++) {
		size_t len = strcspn(at, ",");
		const struct fp_column *column = find(columns, at, len);
		if (!column)
			return fail(columns, "--fields", at, len, message, size);
		if (has_column(report, column))
			return fail_twice(column, message, size);
		report->columns[report->column_count++] = column;
		at += len;
		if (!*at)
			return 0;
	}
}

static int choose_sort(struct fp_report *report, const struct fp_columns *columns, const char *name,
	char *message, size_t size)
{
	report->backwards = *name == '-';
	name += report->backwards;
	report->sort = fp_columns_find(columns, name);
	return report->sort ? 0 : fail(columns, "--sort", name, strlen(name), message, size);
}

int fp_report_choose(struct fp_report *report, const struct fp_columns *columns,
	const struct fp_view *view, char *message, size_t size)
{
	int status = 0;

	*report = (struct fp_report){.name = columns->name, .usual = !view->fields};
	if (view->fields || view->format == FP_FORMAT_TEXT)
		status = choose_named(report, columns, view->fields ? view->fields : columns->usual,
			message, size);
	else
		for (size_t i = 0; i < columns->count; i++)
			report->columns[report->column_count++] = &columns->at[i];
	if (status == 0)
		status = choose_sort(report, columns, view->sort ? view->sort : columns->usual_sort,
			message, size);
	return status;
}

/* As a number; whole ones past 2^53 may be taken for equal, which is near enough for an order. */
static double amount(const struct fp_cell *cell)
{
	switch (cell->kind) {
	case FP_CELL_NUMBER:
	case FP_CELL_BYTES:
		return (double)cell->number;
	case FP_CELL_CHANGE:
		return (double)cell->change;
	case FP_CELL_REAL:
		return cell->real;
	case FP_CELL_FLAG:
		return cell->flag;
	case FP_CELL_UNKNOWN:
	case FP_CELL_TEXT:
		break;
	}
	return 0;
}

/* An empty text is shown as the other. */
static const char *shown_text(const struct fp_cell *cell)
{
	return *cell->text || !cell->instead ? cell->text : cell->instead;
}

static int compare_cells(const struct fp_cell *a, const struct fp_cell *b)
{
	if (a->kind != b->kind)
		return (a->kind > b->kind) - (a->kind < b->kind);
	if (a->kind == FP_CELL_TEXT)
		return strcmp(shown_text(a), shown_text(b));
	double x = amount(a), y = amount(b);
	return (x > y) - (x < y);
}

/* What is not known comes last in either direction, and what is equal stays in the source's order. */
static int compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	bool x_known = x->cell.kind != FP_CELL_UNKNOWN, y_known = y->cell.kind != FP_CELL_UNKNOWN;
	int order = 0;

	if (x_known != y_known)
		return x_known ? -1 : 1;
	if (x_known)
		order = compare_cells(&x->cell, &y->cell);
	if (x->rising == x->backwards)
		order = -order;
	return order ? order : (x->row > y->row) - (x->row < y->row);
}

static struct key *sort_rows(const struct fp_report *report, const struct fp_source *source)
{
	struct key *keys = calloc(source->count + 1, sizeof(*keys));

	for (size_t i = 0; keys && i < source->count; i++) {
		keys[i].row = i;
		keys[i].rising = report->sort->rising;
		keys[i].backwards = report->backwards;
		source->cell(source->context, i, report->sort, &keys[i].cell);
	}
	if (keys)
		qsort(keys, source->count, sizeof(*keys), compare_keys);
	return keys;
}

int fp_report_fill(
	struct fp_report *report, const struct fp_source *source, const struct fp_view *view)
{
	size_t rows = view->total == FP_TOTAL_ALONE ? 0 : source->count;
	struct key *keys = sort_rows(report, source);

	fp_report_fini(report);
	report->is_cut = view->top && view->top < rows;
	if (report->is_cut)
		rows = view->top;
	report->cells = calloc((rows + 1) * report->column_count, sizeof(report->cells[0]));
	if (!keys || !report->cells) {
		free(keys);
		fp_report_fini(report);
		return -ENOMEM;
	}
	struct fp_cell *cell = report->cells;
	report->row_count = rows;
	report->has_total = source->total && view->total != FP_TOTAL_NONE;
	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < report->column_count; k++)
			source->cell(source->context, keys[i].row, report->columns[k], cell++);
	for (size_t k = 0; report->has_total && k < report->column_count; k++)
		source->total(source->context, report->columns[k], cell++);
	free(keys);
	return 0;
}

void fp_report_fini(struct fp_report *report)
{
	free(report->cells);
	report->cells = NULL;
	report->row_count = 0;
	report->has_total = false;
}

const struct fp_cell *fp_report_row(const struct fp_report *report, size_t row)
{
	return report->cells + row * report->column_count;
}

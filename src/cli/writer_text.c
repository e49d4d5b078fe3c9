/* A report as a table for people. */
#include "cli/escape.h"
#include "cli/terminal.h"
#include "cli/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	SIZE_COLUMNS = 7,   /* of most in units, 999.9M, and one to keep them apart */
	CHANGE_COLUMNS = 8, /* the same with its sign */
	TEXT_COLUMNS = 40,  /* at most, of a text that is not the last column */
	LAST_COLUMNS = 16   /* at least, of the last column, before others yield */
};

/* Of a cell that is no text, its sign and its end. */
enum { CELL_SIZE = 1 + FP_SIZE_TEXT };

/* Elsewhere than on a terminal lines have no end. */
static const size_t endless = SIZE_MAX;

/* What is bold, faint or in a colour (ECMA-48). */
static const char bold[] = "\x1b[1m", faint[] = "\x1b[2m", reverse[] = "\x1b[7m";
static const char large[] = "\x1b[33m", grown[] = "\x1b[31m", shrunk[] = "\x1b[32m";
static const char plain[] = "\x1b[0m";

static const uint64_t large_bytes = UINT64_C(1) << 30;

struct table {
	const struct fp_report *report;
	const struct fp_view *view;
	const struct fp_text_part *part;
	struct fp_out *out;
	size_t shown[FP_REPORT_COLUMNS]; /* indexes of columns */
	size_t widths[FP_REPORT_COLUMNS];
	size_t count;
};

/* A cell that is no text, in less than CELL_SIZE bytes. Returns its length. */
static size_t format(const struct table *table, const struct fp_cell *cell,
	const struct fp_column *column, char text[CELL_SIZE])
{
	bool exact = table->view->bytes;
	uint64_t size;

	switch (cell->kind) {
	case FP_CELL_NUMBER:
		return (size_t)snprintf(text, CELL_SIZE, "%" PRIu64, cell->number);
	case FP_CELL_BYTES:
		return fp_terminal_size(exact, cell->number, text);
	case FP_CELL_CHANGE:
		if (cell->change == 0)
			return (size_t)snprintf(text, CELL_SIZE, "0");
		size = cell->change < 0 ? -(uint64_t)cell->change : (uint64_t)cell->change;
		text[0] = cell->change < 0 ? '-' : '+';
		return 1 + fp_terminal_size(exact, size, text + 1);
	case FP_CELL_REAL:
		return (size_t)snprintf(text, CELL_SIZE, "%.*f", (int)column->decimals, cell->real);
	case FP_CELL_FLAG:
		return (size_t)snprintf(text, CELL_SIZE, "%s", cell->flag ? "yes" : "");
	case FP_CELL_UNKNOWN:
	case FP_CELL_TEXT:
		break;
	}
	return (size_t)snprintf(text, CELL_SIZE, "-");
}

static bool is_bracketed(const struct fp_cell *cell)
{
	return !*cell->text && cell->instead;
}

static size_t text_width(const struct fp_cell *cell)
{
	const char *text = is_bracketed(cell) ? cell->instead : cell->text;

	return fp_escape_width(text, strlen(text), TEXT_COLUMNS) + 2 * is_bracketed(cell);
}

static size_t cell_width(
	const struct table *table, const struct fp_cell *cell, const struct fp_column *column)
{
	char text[CELL_SIZE];

	if (cell->kind == FP_CELL_TEXT)
		return text_width(cell);
	/* these need not be looked at one by one */
	if (cell->kind == FP_CELL_BYTES && !table->view->bytes)
		return SIZE_COLUMNS;
	if (cell->kind == FP_CELL_CHANGE && !table->view->bytes)
		return CHANGE_COLUMNS;
	return format(table, cell, column, text);
}

static size_t rows_with_total(const struct fp_report *report)
{
	return report->row_count + report->has_total;
}

static size_t column_width(const struct table *table, size_t index)
{
	const struct fp_report *report = table->report;
	const struct fp_column *column = report->columns[index];
	size_t width = strlen(column->title);

	for (size_t row = 0; row < rows_with_total(report); row++) {
		size_t own = cell_width(table, &fp_report_row(report, row)[index], column);
		if (own > width)
			width = own;
	}
	return width > TEXT_COLUMNS && column->left ? TEXT_COLUMNS : width;
}

/* The columns before the last, and the spaces between all. */
static size_t fixed_width(const struct table *table)
{
	size_t width = table->count - 1;

	for (size_t i = 0; i + 1 < table->count; i++)
		width += table->widths[i];
	return width;
}

/* The usual columns that matter least leave a terminal that is too narrow. */
static void fit(struct table *table)
{
	while (table->report->usual && table->part->width &&
		fixed_width(table) + LAST_COLUMNS > table->part->width) {
		size_t least = 0;
		for (size_t i = 0; i < table->count; i++)
			if (table->report->columns[table->shown[i]]->yields >
				table->report->columns[table->shown[least]]->yields)
				least = i;
		if (table->report->columns[table->shown[least]]->yields == 0)
			return;
		table->count--;
		for (size_t i = least; i < table->count; i++) {
			table->shown[i] = table->shown[i + 1];
			table->widths[i] = table->widths[i + 1];
		}
	}
}

/* A column that has no room for its numbers is left out, and those behind it; text may be cut. */
static void cut(struct table *table)
{
	size_t start = 0;

	for (size_t i = 0; i < table->count && table->part->width; i++) {
		bool text = table->report->columns[table->shown[i]]->left;
		if (i && start + (text ? 1 : table->widths[i]) > table->part->width) {
			table->count = i;
			return;
		}
		start += table->widths[i] + 1;
	}
}

static void lay_out(struct table *table)
{
	table->count = table->report->column_count;
	for (size_t i = 0; i < table->count; i++) {
		bool last = i + 1 == table->count && table->report->columns[i]->left;
		table->shown[i] = i;
		/* text at the end of a line takes what is left */
		table->widths[i] = last ? 0 : column_width(table, i);
	}
	fit(table);
	cut(table);
}

static void put_style(struct table *table, const char *style)
{
	if (table->part->color && style)
		fp_out_text(table->out, style);
}

static const char *cell_style(const struct fp_cell *cell)
{
	if (cell->kind == FP_CELL_BYTES)
		return cell->number >= large_bytes ? large : cell->number == 0 ? faint : NULL;
	if (cell->kind == FP_CELL_CHANGE)
		return cell->change > 0 ? grown : cell->change < 0 ? shrunk : faint;
	if (cell->kind == FP_CELL_UNKNOWN || (cell->kind == FP_CELL_TEXT && is_bracketed(cell)))
		return faint;
	return NULL;
}

/* Text in at most so many columns; returns how many it took. */
static size_t put_text(struct table *table, const struct fp_cell *cell, size_t width)
{
	if (!is_bracketed(cell))
		return fp_escape_put(table->out, cell->text, strlen(cell->text), width);
	if (width < 2)
		return 0;
	fp_out_text(table->out, "[");
	size_t used = fp_escape_put(table->out, cell->instead, strlen(cell->instead), width - 2);
	fp_out_text(table->out, "]");
	return used + 2;
}

/* One cell of a line of which left columns are left. Returns how many it took. */
static size_t put_cell(struct table *table, const struct fp_cell *cell, size_t shown, size_t left,
	const char *line_style)
{
	const struct fp_column *column = table->report->columns[table->shown[shown]];
	const char *style = line_style ? line_style : cell_style(cell);
	bool last = shown + 1 == table->count;
	size_t width = table->widths[shown], used;
	char text[CELL_SIZE];

	if (width == 0 || width > left)
		width = left;
	if (cell->kind == FP_CELL_TEXT) {
		used = text_width(cell);
		if (!column->left && used < width)
			fp_out_fill(table->out, ' ', width - used);
		put_style(table, style);
		used = put_text(table, cell, width);
		put_style(table, style ? plain : NULL);
		if (column->left && !last)
			fp_out_fill(table->out, ' ', width - used);
		return last ? used : width;
	}
	used = format(table, cell, column, text);
	/* part of a number would be another number */
	if (used > width)
		used = 0;
	if (!column->left)
		fp_out_fill(table->out, ' ', width - used);
	put_style(table, style);
	fp_out_bytes(table->out, text, used);
	put_style(table, style ? plain : NULL);
	if (column->left && !last)
		fp_out_fill(table->out, ' ', width - used);
	return width;
}

static void put_line(struct table *table, const struct fp_cell *cells, const char *style)
{
	size_t left = table->part->width ? table->part->width : endless;

	for (size_t i = 0; i < table->count && left; i++) {
		if (i) {
			fp_out_text(table->out, " ");
			left--;
		}
		size_t used = put_cell(table, &cells[table->shown[i]], i, left, style);
		if (table->part->width)
			left -= used;
	}
	fp_out_text(table->out, "\n");
}

static void put_header(struct table *table)
{
	size_t left = table->part->width ? table->part->width : endless;

	for (size_t i = 0; i < table->count && left; i++) {
		const struct fp_column *column = table->report->columns[table->shown[i]];
		bool sorted = table->part->mark_sort && column == table->report->sort;
		size_t len = strlen(column->title), width = table->widths[i];
		if (i) {
			fp_out_text(table->out, " ");
			left--;
		}
		width = width && width < left ? width : width ? left : len < left ? len : left;
		len = len < width ? len : width;
		if (!column->left)
			fp_out_fill(table->out, ' ', width - len);
		put_style(table, sorted ? reverse : bold);
		fp_out_bytes(table->out, column->title, len);
		put_style(table, plain);
		if (column->left && i + 1 < table->count)
			fp_out_fill(table->out, ' ', width - len);
		left -= width;
	}
	fp_out_text(table->out, "\n");
}

void fp_text_write(const struct fp_report *report, const struct fp_view *view,
	const struct fp_text_part *part, struct fp_out *out)
{
	struct table table = {.report = report, .view = view, .part = part, .out = out};

	lay_out(&table);
	if (view->header)
		put_header(&table);
	for (size_t i = 0; i < part->count && part->first + i < report->row_count; i++)
		put_line(&table, fp_report_row(report, part->first + i), NULL);
	if (report->has_total)
		put_line(&table, fp_report_row(report, report->row_count), bold);
}

static void write_text(
	const struct fp_document *document, const struct fp_view *view, struct fp_out *out)
{
	const struct fp_text_part part = {
		.count = SIZE_MAX, .width = document->width, .color = document->color};

	for (size_t i = 0; i < document->report_count; i++) {
		if (i)
			fp_out_text(out, "\n");
		fp_text_write(document->reports[i], view, &part, out);
	}
}

const struct fp_writer fp_writer_text = {.name = "text", .write = write_text};

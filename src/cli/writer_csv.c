/*
 * A report as comma-separated values (RFC 4180, but lines end in LF), one line a row: what controls a
 * terminal is escaped as in a table. What is unknown is empty.
 */
#include "cli/escape.h"
#include "cli/writer.h"

#include <inttypes.h>
#include <string.h>

static void put_text(struct fp_out *out, const char *text)
{
	bool quoted = text[strcspn(text, ",\"")] != '\0';

	if (!quoted) {
		fp_escape_put(out, text, strlen(text), SIZE_MAX);
		return;
	}
	fp_out_text(out, "\"");
	while (*text) {
		size_t len = strcspn(text, "\"");
		fp_escape_put(out, text, len, SIZE_MAX);
		text += len;
		if (*text == '"') {
			fp_out_text(out, "\"\"");
			text++;
		}
	}
	fp_out_text(out, "\"");
}

static void put_cell(struct fp_out *out, const struct fp_cell *cell, const struct fp_column *column)
{
	switch (cell->kind) {
	case FP_CELL_TEXT:
		put_text(out, cell->text);
		break;
	case FP_CELL_NUMBER:
	case FP_CELL_BYTES:
		fp_out_format(out, "%" PRIu64, cell->number);
		break;
	case FP_CELL_CHANGE:
		fp_out_format(out, "%" PRId64, cell->change);
		break;
	case FP_CELL_REAL:
		fp_out_format(out, "%.*f", (int)column->decimals, cell->real);
		break;
	case FP_CELL_FLAG:
		fp_out_text(out, cell->flag ? "true" : "");
		break;
	case FP_CELL_UNKNOWN:
		break;
	}
}

static void put_report(
	struct fp_out *out, const struct fp_report *report, const struct fp_view *view)
{
	/* among the rows a total would be taken for one of them */
	bool total = report->has_total && view->total == FP_TOTAL_ALONE;

	for (size_t i = 0; i < report->column_count && view->header; i++) {
		fp_out_text(out, i ? "," : "");
		fp_out_text(out, report->columns[i]->name);
	}
	if (view->header)
		fp_out_text(out, "\n");
	for (size_t row = 0; row < report->row_count + total; row++) {
		const struct fp_cell *cells = fp_report_row(report, row);
		for (size_t i = 0; i < report->column_count; i++) {
			fp_out_text(out, i ? "," : "");
			put_cell(out, &cells[i], report->columns[i]);
		}
		fp_out_text(out, "\n");
	}
}

static void write_csv(
	const struct fp_document *document, const struct fp_view *view, struct fp_out *out)
{
	for (size_t i = 0; i < document->report_count; i++) {
		if (i)
			fp_out_text(out, "\n");
		put_report(out, document->reports[i], view);
	}
}

const struct fp_writer fp_writer_csv = {.name = "csv", .write = write_csv};

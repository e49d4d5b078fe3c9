/*
 * A document as JSON, one line:
 *
 *   {"version": 1, NOTE: ..., "processes": [{FIELD: ..., ...}, ...], "total": {FIELD: ..., ...}}
 *
 * "cut": true stands before the arrays where they have not all rows. What is unknown is absent, and so is a flag that is not set. The array goes by the report's name.
 */
#include "cli/escape.h"
#include "cli/writer.h"
#include "util/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

struct json {
	yajl_gen gen;
	struct fp_out *out;
	struct fp_buf valid; /* text that is made UTF-8 */
	int status;
};

/* A character that a terminal would obey stands as \u and its number, of which JSON needs two past U+FFFF. */
static void put_escaped(struct fp_out *out, uint32_t code)
{
	if (code >= 0x10000) {
		code -= 0x10000;
		fp_out_format(out, "\\u%04" PRIx32, 0xd800 + (code >> 10));
		code = 0xdc00 + (code & 0x3ff);
	}
	fp_out_format(out, "\\u%04" PRIx32, code);
}

/* What the generator leaves as it is may still be nothing for a terminal. */
static void take_text(void *context, const char *text, size_t len)
{
	struct json *json = context;
	size_t run = 0;

	for (size_t i = 0; i < len;) {
		/* most of it by far; the generator has escaped what is below a space */
		if ((unsigned char)text[i] < 0x7f) {
			i++;
			continue;
		}
		size_t used = fp_utf8_length(text + i, len - i);
		if (used == 0)
			used = 1;
		uint32_t code = fp_utf8_code(text + i, used);
		if (fp_escape_is_needed(code)) {
			fp_out_bytes(json->out, text + run, i - run);
			put_escaped(json->out, code);
			run = i + used;
		}
		i += used;
	}
	fp_out_bytes(json->out, text + run, len - run);
}

static void check(struct json *json, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok && json->status == 0)
		json->status = -EINVAL;
}

static void put_key(struct json *json, const char *key)
{
	check(json, yajl_gen_string(json->gen, (const unsigned char *)key, strlen(key)));
}

/* What is not UTF-8 becomes U+FFFD, byte by byte. */
static void put_text(struct json *json, const char *text)
{
	size_t len = strlen(text);

	json->valid.len = 0;
	for (size_t i = 0; i < len && json->status == 0;) {
		size_t used = fp_utf8_length(text + i, len - i);
		json->status = used ? fp_buf_append(&json->valid, text + i, used)
				    : fp_buf_append(&json->valid, "\xef\xbf\xbd", 3);
		i += used ? used : 1;
	}
	check(json, yajl_gen_string(
			    json->gen, (const unsigned char *)json->valid.data, json->valid.len));
}

static void put_number(struct json *json, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As text: the generator's integers end at 2^63 - 1. */
static void put_number(struct json *json, const char *format, ...)
{
	char text[64];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	check(json, yajl_gen_number(json->gen, text, (size_t)len));
}

static void put_cell(
	struct json *json, const char *name, const struct fp_cell *cell, unsigned decimals)
{
	if (cell->kind == FP_CELL_UNKNOWN || (cell->kind == FP_CELL_FLAG && !cell->flag))
		return;
	put_key(json, name);
	switch (cell->kind) {
	case FP_CELL_TEXT:
		put_text(json, cell->text);
		break;
	case FP_CELL_NUMBER:
	case FP_CELL_BYTES:
		put_number(json, "%" PRIu64, cell->number);
		break;
	case FP_CELL_CHANGE:
		put_number(json, "%" PRId64, cell->change);
		break;
	case FP_CELL_REAL:
		put_number(json, "%.*f", (int)decimals, cell->real);
		break;
	case FP_CELL_FLAG:
		check(json, yajl_gen_bool(json->gen, 1));
		break;
	case FP_CELL_UNKNOWN:
		break;
	}
}

static void put_row(struct json *json, const struct fp_report *report, size_t row)
{
	const struct fp_cell *cells = fp_report_row(report, row);

	check(json, yajl_gen_map_open(json->gen));
	for (size_t i = 0; i < report->column_count; i++)
		put_cell(json, report->columns[i]->name, &cells[i], report->columns[i]->decimals);
	check(json, yajl_gen_map_close(json->gen));
}

static void put_report(struct json *json, const struct fp_report *report, bool rows)
{
	if (rows) {
		put_key(json, report->name);
		check(json, yajl_gen_array_open(json->gen));
		for (size_t row = 0; row < report->row_count; row++)
			put_row(json, report, row);
		check(json, yajl_gen_array_close(json->gen));
	}
	if (report->has_total) {
		put_key(json, "total");
		put_row(json, report, report->row_count);
	}
}

static void put_cut(struct json *json, const struct fp_document *document)
{
	struct fp_cell cut = {.kind = FP_CELL_FLAG};

	for (size_t i = 0; i < document->report_count; i++)
		cut.flag = cut.flag || document->reports[i]->is_cut;
	put_cell(json, "cut", &cut, 0);
}

static void put_document(
	struct json *json, const struct fp_document *document, const struct fp_view *view)
{
	check(json, yajl_gen_map_open(json->gen));
	put_key(json, "version");
	put_number(json, "1");
	for (size_t i = 0; i < document->note_count; i++)
		put_cell(json, document->notes[i].name, &document->notes[i].cell, 3);
	put_cut(json, document);
	for (size_t i = 0; i < document->report_count; i++)
		put_report(json, document->reports[i], view->total != FP_TOTAL_ALONE);
	check(json, yajl_gen_map_close(json->gen));
}

static void write_json(
	const struct fp_document *document, const struct fp_view *view, struct fp_out *out)
{
	struct json json = {.gen = yajl_gen_alloc(NULL), .out = out};

	if (!json.gen) {
		out->status = -ENOMEM;
		return;
	}
	yajl_gen_config(json.gen, yajl_gen_print_callback, take_text, &json);
	put_document(&json, document, view);
	yajl_gen_free(json.gen);
	fp_buf_fini(&json.valid);
	if (json.status < 0)
		out->status = json.status;
	fp_out_text(out, "\n");
}

const struct fp_writer fp_writer_json = {.name = "json", .write = write_json};

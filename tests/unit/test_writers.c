/* What the writers make of one report, byte by byte. */
#include "cli/terminal.h"
#include "cli/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { COLUMNS = 7, ROWS = 3 };

static const struct fp_column columns[COLUMNS] = {
	{"pid", "PID", 0, false, true, 0, 0},
	{"user", "USER", 1, true, true, 0, 3},
	{"uss", "USS", 2, false, false, 0, 0},
	{"grown", "USS+", 3, false, false, 0, 2},
	{"share", "SHARE", 4, false, false, 2, 1},
	{"denied", "DENIED", 5, true, false, 0, 4},
	{"cmdline", "COMMAND", 6, true, true, 0, 0},
};

#define TEXT(t)                                                                                    \
	{                                                                                          \
		.kind = FP_CELL_TEXT, .text = (t)                                                  \
	}
#define NUMBER(n)                                                                                  \
	{                                                                                          \
		.kind = FP_CELL_NUMBER, .number = (n)                                              \
	}
#define BYTES(n)                                                                                   \
	{                                                                                          \
		.kind = FP_CELL_BYTES, .number = (n)                                               \
	}
#define UP(n)                                                                                      \
	{                                                                                          \
		.kind = FP_CELL_CHANGE, .change = (n)                                              \
	}
#define REAL(r)                                                                                    \
	{                                                                                          \
		.kind = FP_CELL_REAL, .real = (r)                                                  \
	}
#define FLAG(f)                                                                                    \
	{                                                                                          \
		.kind = FP_CELL_FLAG, .flag = (f)                                                  \
	}
#define UNKNOWN                                                                                    \
	{                                                                                          \
		.kind = FP_CELL_UNKNOWN                                                            \
	}

/* The last row is the total. */
static struct fp_cell cells[(ROWS + 1) * COLUMNS] = {
	NUMBER(1),
	TEXT("root"),
	BYTES(1073741824),
	UP(0),
	REAL(12.345),
	FLAG(false),
	TEXT("/sbin/init \"a,b\" \x1b[31m\xff"),
	NUMBER(4194304),
	TEXT("\xe4\xb8\xad\xe6\x96\x87"),
	BYTES(1023897),
	UP(-2048),
	UNKNOWN,
	FLAG(true),
	{.kind = FP_CELL_TEXT, .text = "", .instead = "k\nw"},
	NUMBER(30),
	UNKNOWN,
	UNKNOWN,
	UP(1536),
	REAL(0),
	FLAG(false),
	UNKNOWN,
	TEXT("total"),
	TEXT(""),
	BYTES(UINT64_MAX),
	UNKNOWN,
	UNKNOWN,
	TEXT(""),
	TEXT("3 processes"),
};

static struct fp_report report = {
	.name = "processes",
	.columns = {&columns[0], &columns[1], &columns[2], &columns[3], &columns[4], &columns[5],
		&columns[6]},
	.column_count = COLUMNS,
	.usual = true,
	.sort = &columns[2],
	.row_count = ROWS,
	.cells = cells,
	.has_total = true,
};

static void assert_written(
	const struct fp_view *view, const struct fp_document *document, const char *wanted)
{
	struct fp_out out = {0};

	fp_writers[view->format]->write(document, view, &out);
	fp_out_bytes(&out, "", 1);
	assert_int_equal(out.status, 0);
	assert_string_equal(out.buf.data, wanted);
	fp_out_fini(&out);
}

static void test_sizes(void **unused)
{
	static const struct {
		uint64_t bytes;
		const char *shown;
	} sizes[] = {
		{0, "0K"},
		{1, "1B"},
		{1023, "1023B"},
		{1024, "1K"},
		{1536, "1.5K"},
		{1023 * 1024, "1.0M"},
		{999 * 1024, "999K"},
		{1048576, "1.0M"},
		{UINT64_C(1073741824) * 1000, "1.0T"},
		{UINT64_MAX, "16.0E"},
	};
	char text[FP_SIZE_TEXT];

	(void)unused;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t len = fp_terminal_size(false, sizes[i].bytes, text);
		assert_string_equal(text, sizes[i].shown);
		assert_int_equal(len, strlen(text));
	}
	fp_terminal_size(true, UINT64_MAX, text);
	assert_string_equal(text, "18446744073709551615");
}

static void test_text(void **unused)
{
	const struct fp_document document = {.reports = {&report}, .report_count = 1};
	struct fp_view view = {.header = true};

	(void)unused;
	assert_written(&view, &document,
		"    PID USER     USS     USS+ SHARE DENIED COMMAND\n"
		"      1 root    1.0G        0 12.35        /sbin/init \"a,b\" "
		"\\x1b[31m\xef\xbf\xbd\n"
		"4194304 \xe4\xb8\xad\xe6\x96\x87  999.9K      -2K     - yes    [k\\nw]\n"
		"     30 -          -    +1.5K  0.00        -\n"
		"  total        16.0E        -     -        3 processes\n");
	view.header = false;
	view.bytes = true;
	assert_written(&view, &document,
		"      1 root           1073741824     0 12.35        /sbin/init \"a,b\" "
		"\\x1b[31m\xef\xbf\xbd\n"
		"4194304 \xe4\xb8\xad\xe6\x96\x87              1023897 -2048     - yes    [k\\nw]\n"
		"     30 -                       - +1536  0.00        -\n"
		"  total      18446744073709551615     -     -        3 processes\n");
}

/* A narrow terminal: what yields first goes first, and no line is longer. */
static void test_narrow(void **unused)
{
	const struct fp_view view = {.header = true};
	struct fp_document document = {.reports = {&report}, .report_count = 1, .width = 52};

	(void)unused;
	/* DENIED goes first, and the command line is cut */
	assert_written(&view, &document,
		"    PID USER     USS     USS+ SHARE COMMAND\n"
		"      1 root    1.0G        0 12.35 /sbin/init \"a,b\"\n"
		"4194304 \xe4\xb8\xad\xe6\x96\x87  999.9K      -2K     - [k\\nw]\n"
		"     30 -          -    +1.5K  0.00 -\n"
		"  total        16.0E        -     - 3 processes\n");
	document.width = 20;
	assert_written(&view, &document,
		"    PID     USS COMM\n"
		"      1    1.0G /sbi\n"
		"4194304  999.9K [k]\n"
		"     30       - -\n"
		"  total   16.0E 3 pr\n");
	document.width = 1;
	assert_written(&view, &document, "P\n1\n \n \nt\n");
	/* of columns that were asked for none is left out */
	report.usual = false;
	document.width = 24;
	assert_written(&view, &document,
		"    PID USER     USS\n"
		"      1 root    1.0G\n"
		"4194304 \xe4\xb8\xad\xe6\x96\x87  999.9K\n"
		"     30 -          -\n"
		"  total        16.0E\n");
	report.usual = true;
}

static void test_color(void **unused)
{
	const struct fp_view view = {0};
	const struct fp_document document = {
		.reports = {&report}, .report_count = 1, .width = 20, .color = true};

	(void)unused;
	assert_written(&view, &document,
		"      1    \x1b[33m1.0G\x1b[0m /sbi\n"
		"4194304  999.9K \x1b[2m[k]\x1b[0m\n"
		"     30       \x1b[2m-\x1b[0m \x1b[2m-\x1b[0m\n"
		"  \x1b[1mtotal\x1b[0m   \x1b[1m16.0E\x1b[0m \x1b[1m3 pr\x1b[0m\n");
}

static void test_part(void **unused)
{
	const struct fp_view view = {.header = true};
	const struct fp_text_part part = {
		.first = 1, .count = 1, .width = 22, .color = true, .mark_sort = true};
	struct fp_out out = {0};

	(void)unused;
	fp_text_write(&report, &view, &part, &out);
	fp_out_bytes(&out, "", 1);
	assert_string_equal(out.buf.data,
		"    \x1b[1mPID\x1b[0m     \x1b[7mUSS\x1b[0m \x1b[1mCOMMAN\x1b[0m\n"
		"4194304  999.9K \x1b[2m[k\\nw]\x1b[0m\n"
		"  \x1b[1mtotal\x1b[0m   \x1b[1m16.0E\x1b[0m \x1b[1m3 proc\x1b[0m\n");
	fp_out_fini(&out);
}

static void test_json(void **unused)
{
	struct fp_document document = {.reports = {&report}, .report_count = 1};
	struct fp_view view = {.format = FP_FORMAT_JSON};

	(void)unused;
	fp_document_note(&document, "time", (struct fp_cell)REAL(1.5));
	fp_document_note(&document, "why", (struct fp_cell)TEXT("a\xc2\x9b\xf3\xa0\x81\x81\x7f"));
	fp_document_note(&document, "not", (struct fp_cell)UNKNOWN);
	assert_written(&view, &document,
		"{\"version\":1,\"time\":1.500,\"why\":\"a\\u009b\\udb40\\udc41\\u007f\","
		"\"processes\":[{\"pid\":1,\"user\":\"root\",\"uss\":1073741824,\"grown\":0,"
		"\"share\":12.35,\"cmdline\":\"/sbin/init \\\"a,b\\\" "
		"\\u001B[31m\xef\xbf\xbd\"},{\"pid\":4194304,\"user\":\"\xe4\xb8\xad\xe6\x96\x87\","
		"\"uss\":1023897,\"grown\":-2048,\"denied\":true,\"cmdline\":\"\"},{\"pid\":30,"
		"\"grown\":1536,\"share\":0.00}],\"total\":{\"pid\":\"total\",\"user\":\"\","
		"\"uss\":18446744073709551615,\"denied\":\"\",\"cmdline\":\"3 processes\"}}\n");
}

static void test_csv(void **unused)
{
	const struct fp_document document = {.reports = {&report}, .report_count = 1};
	struct fp_view view = {.format = FP_FORMAT_CSV, .header = true};

	(void)unused;
	assert_written(&view, &document,
		"pid,user,uss,grown,share,denied,cmdline\n"
		"1,root,1073741824,0,12.35,,\"/sbin/init \"\"a,b\"\" \\x1b[31m\xef\xbf\xbd\"\n"
		"4194304,\xe4\xb8\xad\xe6\x96\x87,1023897,-2048,,true,\n"
		"30,,,1536,0.00,,\n");
	view.header = false;
	view.total = FP_TOTAL_ALONE;
	report.row_count = 0;
	report.cells = cells + ROWS * COLUMNS;
	assert_written(&view, &document, "total,,18446744073709551615,,,,3 processes\n");
	report.row_count = ROWS;
	report.cells = cells;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_csv),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "cli/report.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NAME, SIZE, CHANGE, SHARE, FLAG };

static const struct fp_column columns[] = {
	{"name", "NAME", NAME, true, true, 0, 0},
	{"size", "SIZE", SIZE, false, false, 0, 0},
	{"change", "CHANGE", CHANGE, false, false, 0, 0},
	{"share", "SHARE", SHARE, false, false, 1, 0},
	{"flag", "FLAG", FLAG, true, false, 0, 0},
};
static const struct fp_columns all = {
	.name = "things",
	.at = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
	.usual = "name,size",
	.usual_sort = "size",
};

static const struct row {
	const char *name, *instead;
	uint64_t size; /* 0: unknown */
	int64_t change;
	double share;
	bool flag;
} rows[] = {
	{"m", NULL, 10, -5, 0.25, true},
	{"", "z", 30, 5, 0.5, false},
	{"a", NULL, 0, 0, 0.75, false},
	{"b", NULL, 20, -6, 0.125, true},
	{"c", NULL, 20, 9, 0, false},
};

static void cell(void *context, size_t row, const struct fp_column *column, struct fp_cell *out)
{
	const struct row *at = (const struct row *)context + row;

	*out = (struct fp_cell){.kind = FP_CELL_UNKNOWN};
	if (column->id == NAME)
		*out = (struct fp_cell){
			.kind = FP_CELL_TEXT, .text = at->name, .instead = at->instead};
	if (column->id == SIZE && at->size)
		*out = (struct fp_cell){.kind = FP_CELL_BYTES, .number = at->size};
	if (column->id == CHANGE)
		*out = (struct fp_cell){.kind = FP_CELL_CHANGE, .change = at->change};
	if (column->id == SHARE)
		*out = (struct fp_cell){.kind = FP_CELL_REAL, .real = at->share};
	if (column->id == FLAG)
		*out = (struct fp_cell){.kind = FP_CELL_FLAG, .flag = at->flag};
}

static void total(void *context, const struct fp_column *column, struct fp_cell *out)
{
	(void)context;
	(void)column;
	*out = (struct fp_cell){.kind = FP_CELL_NUMBER, .number = 99};
}

static struct fp_source source(void)
{
	return (struct fp_source){
		.count = 5, .cell = cell, .total = total, .context = (void *)rows};
}

/* The first letters of the names, in order. */
static void assert_order(const char *sort, size_t top, const char *order)
{
	const struct fp_view view = {.fields = "name", .sort = sort, .top = top};
	struct fp_source from = source();
	struct fp_report report;
	char message[256], found[8] = "";

	assert_int_equal(fp_report_choose(&report, &all, &view, message, sizeof(message)), 0);
	assert_int_equal(fp_report_fill(&report, &from, &view), 0);
	for (size_t i = 0; i < report.row_count; i++) {
		const struct fp_cell *name = fp_report_row(&report, i);
		found[i] = *name->text ? *name->text : *name->instead;
	}
	assert_string_equal(found, order);
	assert_true(report.has_total);
	assert_int_equal(fp_report_row(&report, report.row_count)->number, 99);
	fp_report_fini(&report);
}

static void test_order(void **unused)
{
	(void)unused;
	/* unknown sizes last either way, and equal ones as they came */
	assert_order(NULL, 0, "zbcma");
	assert_order("size", 0, "zbcma");
	assert_order("-size", 0, "mbcza");
	assert_order("size", 2, "zb");
	assert_order("size", 9, "zbcma");
	assert_order("name", 0, "abcmz");
	assert_order("-name", 0, "zmcba");
	assert_order("change", 0, "czamb");
	assert_order("-change", 0, "bmazc");
	assert_order("share", 0, "azmbc");
	assert_order("flag", 0, "mbzac");
}

static void assert_columns(const char *fields, enum fp_format format, const char *wanted)
{
	const struct fp_view view = {.fields = fields, .format = format};
	struct fp_report report;
	char message[256], found[64] = "";

	assert_int_equal(fp_report_choose(&report, &all, &view, message, sizeof(message)), 0);
	for (size_t i = 0; i < report.column_count; i++) {
		strcat(found, i ? "," : "");
		strcat(found, report.columns[i]->name);
	}
	assert_string_equal(found, wanted);
	assert_int_equal(report.usual, !fields);
}

static void test_columns(void **unused)
{
	(void)unused;
	assert_columns(NULL, FP_FORMAT_TEXT, "name,size");
	assert_columns(NULL, FP_FORMAT_JSON, "name,size,change,share,flag");
	assert_columns(NULL, FP_FORMAT_CSV, "name,size,change,share,flag");
	assert_columns("flag,name", FP_FORMAT_JSON, "flag,name");
}

static void assert_mistake(const char *fields, const char *sort, const char *wanted)
{
	const struct fp_view view = {.fields = fields, .sort = sort};
	struct fp_report report;
	char message[256];

	assert_int_equal(fp_report_choose(&report, &all, &view, message, sizeof(message)), -EINVAL);
	assert_string_equal(message, wanted);
}

static void test_mistakes(void **unused)
{
	static const char there[] = " here; there are name, size, change, share, flag";
	char message[256];

	(void)unused;
	snprintf(message, sizeof(message), "--fields: there is no field \"\"%s", there);
	assert_mistake("", NULL, message);
	assert_mistake("name,", NULL, message);
	snprintf(message, sizeof(message), "--fields: there is no field \"nam\"%s", there);
	assert_mistake("size,nam", NULL, message);
	assert_mistake("flag,name,flag", NULL, "--fields: the field \"flag\" is named twice");
	snprintf(message, sizeof(message), "--sort: there is no field \"x\"%s", there);
	assert_mistake(NULL, "-x", message);
	/* a message is cut, however long its words are */
	const struct fp_view view = {.sort = "y"};
	struct fp_report report;
	char small[20];
	assert_int_equal(fp_report_choose(&report, &all, &view, small, sizeof(small)), -EINVAL);
	assert_string_equal(small, "--sort: there is no");
}

static void test_totals(void **unused)
{
	struct fp_view view = {.total = FP_TOTAL_ALONE};
	struct fp_source from = source();
	struct fp_report report;
	char message[256];

	(void)unused;
	assert_int_equal(fp_report_choose(&report, &all, &view, message, sizeof(message)), 0);
	assert_int_equal(fp_report_fill(&report, &from, &view), 0);
	assert_int_equal(report.row_count, 0);
	assert_true(report.has_total);
	view.total = FP_TOTAL_NONE;
	assert_int_equal(fp_report_fill(&report, &from, &view), 0);
	assert_int_equal(report.row_count, 5);
	assert_false(report.has_total);
	fp_report_fini(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_totals),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "util/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct heard {
	int lines;
	enum fp_level level;
	char line[4096];
};

static void hear(void *context, enum fp_level level, const char *line)
{
	struct heard *heard = context;

	heard->lines++;
	heard->level = level;
	snprintf(heard->line, sizeof(heard->line), "%s", line);
}

static void test_a_line_is_formatted_and_said_once(void **state)
{
	static const enum fp_level levels[] = {FP_ERROR, FP_WARNING, FP_NOTICE, FP_INFO};
	struct heard heard = {0};
	struct fp_log log = {hear, &heard};

	(void)state;
	for (int i = 0; i < 4; i++) {
		fp_log(&log, levels[i], "group \"%s\": %d of %u", "shop", -1, 4294967295u);
		assert_int_equal(heard.lines, i + 1);
		assert_int_equal(heard.level, levels[i]);
		assert_string_equal(heard.line, "group \"shop\": -1 of 4294967295");
	}
	fp_log(&log, FP_INFO, "%s", "");
	assert_int_equal(heard.lines, 5);
	assert_string_equal(heard.line, "");
}

static void test_a_name_cannot_break_the_line(void **state)
{
	struct heard heard = {0};
	struct fp_log log = {hear, &heard};
	char name[2] = "";

	(void)state;
	fp_log(&log, FP_WARNING, "[%s]", "a\nb\r\n\x1b[31mc\td\x7f");
	assert_string_equal(heard.line, "[a?b???[31mc?d?]");
	fp_log(&log, FP_WARNING, "caf\xc3\xa9 ~!");
	assert_string_equal(heard.line, "caf\xc3\xa9 ~!");
	for (int byte = 1; byte < 256; byte++) {
		name[0] = (char)byte;
		fp_log(&log, FP_WARNING, "%s", name);
		assert_int_equal(heard.line[0], byte < 32 || byte == 127 ? '?' : (char)byte);
		assert_int_equal(heard.line[1], '\0');
	}
}

static void test_long_lines_are_cut(void **state)
{
	struct heard heard = {0};
	struct fp_log log = {hear, &heard};
	char text[2000];

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)('a' + i % 26);
	text[sizeof(text) - 1] = '\0';
	fp_log(&log, FP_ERROR, "%s", text);
	assert_int_equal(strlen(heard.line), 1023);
	assert_memory_equal(heard.line, text, 1023);
	fp_log(&log, FP_ERROR, "%.1023s", text);
	assert_int_equal(strlen(heard.line), 1023);
	fp_log(&log, FP_ERROR, "%.1022s", text);
	assert_int_equal(strlen(heard.line), 1022);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_is_formatted_and_said_once),
		cmocka_unit_test(test_a_name_cannot_break_the_line),
		cmocka_unit_test(test_long_lines_are_cut),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "cli/argv.h"

#include <errno.h>
#include <stdlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ARGUMENTS = 40 };

/* Takes words with blanks between them apart. */
static int parse(enum fp_command command, const char *line, struct fp_argv *out, char *message)
{
	static char text[512];
	char *argv[ARGUMENTS + 1] = {text}, *state = NULL;
	int argc = 1;

	snprintf(text, sizeof(text), "footprint %s", line);
	argv[0] = strtok_r(text, " ", &state);
	while (argc < ARGUMENTS && (argv[argc] = strtok_r(NULL, " ", &state)))
		argc++;
	return fp_argv_parse(command, argc, argv, out, message, 256);
}

static void put_item(const struct fp_item *item, char *out, size_t size)
{
	size_t len = strlen(out);

	len += (size_t)snprintf(out + len, size - len, "%s", item->key);
	for (size_t i = 0; i < item->value_count; i++) {
		const struct fp_value *value = &item->values[i];
		if (value->type == FP_STRING)
			len += (size_t)snprintf(out + len, size - len, " '%s'", value->string);
		else if (value->type == FP_BOOLEAN)
			len += (size_t)snprintf(
				out + len, size - len, " %s", value->boolean ? "true" : "false");
		else
			len += (size_t)snprintf(out + len, size - len, " %g", value->number);
	}
	snprintf(out + len, size - len, ";");
	for (size_t i = 0; i < item->child_count; i++)
		put_item(&item->children[i], out, size);
}

/* The configuration that a command line stands for, item behind item. */
static void assert_items(enum fp_command command, const char *line, const char *wanted)
{
	char message[256], found[1024] = "";
	struct fp_argv argv;

	assert_int_equal(parse(command, line, &argv, message), 0);
	put_item(&argv.plugin, found, sizeof(found));
	assert_string_equal(found, wanted);
	fp_argv_fini(&argv);
}

#define GROUP(lines) "Plugin;Group 'selected';" lines

static void test_selectors(void **unused)
{
	(void)unused;
	assert_items(FP_COMMAND_LIST, "", GROUP("Comm '/./';"));
	assert_items(FP_COMMAND_LIST,
		"--comm a --exe /b --cmdline c --user d --pid 1,2 --pidfile /e --cgroup /f --unit "
		"g --container h",
		GROUP("Comm 'a';Exe '/b';Cmdline 'c';User 'd';Pid '1,2';PidFile '/e';Cgroup "
		      "'/f';Unit 'g';Container 'h';"));
	assert_items(FP_COMMAND_WATCH, "--env A --env B=c=d --env E=",
		"Plugin;Budget 100;MaxAge 10;Group 'selected';"
		"Env 'A';Env 'B' 'c=d';Env 'E' '';");
	assert_items(FP_COMMAND_LIST, "--not --comm a --descendants --not --env B=c",
		GROUP("Not 'Comm' 'a';Not 'Env' 'B' 'c';Descendants true;"));
	assert_items(FP_COMMAND_LIST, "--proc /a --sys /b --proc /c",
		"Plugin;ProcPath '/c';SysPath '/b';Group 'selected';Comm '/./';");
	assert_items(FP_COMMAND_DISKS, "--disk a --disk b --partitions --proc /p",
		"Plugin;ProcPath '/p';Disks;Disk 'a';Disk 'b';Partitions true;");
	assert_items(FP_COMMAND_DISKS, "", "Plugin;Disks;");
}

#define MANY "MaxGroups 10000;"

static void test_by(void **unused)
{
	(void)unused;
	assert_items(FP_COMMAND_LIST, "--by user", "Plugin;Group '%{user}';Comm '/./';" MANY);
	assert_items(FP_COMMAND_LIST, "--comm a --by env:APP",
		"Plugin;Group '%{env:APP}';Comm 'a';Env 'APP';" MANY);
	assert_items(FP_COMMAND_LIST, "--by env:A_KEY --allow-secret-name",
		"Plugin;Group '%{env:A_KEY}';Env 'A_KEY';" MANY "AllowSecretName true;");
	/* a capture is of the first Cgroup line */
	assert_items(FP_COMMAND_LIST, "--cgroup /a --by cgroup",
		"Plugin;Group '%{cgroup:1}';Cgroup '/^[/].*?(.{0,63})$/';Cgroup '/a';" MANY);
	assert_items(FP_COMMAND_LIST, "--by cgroup",
		"Plugin;Group '%{cgroup:1}';Cgroup '/^[/].*?(.{0,63})$/';" MANY);
	assert_items(FP_COMMAND_LIST, "--cgroup /(a)/ --by x-%{cgroup:1}",
		"Plugin;Group 'x-%{cgroup:1}';Cgroup '/(a)/';" MANY);
	assert_items(
		FP_COMMAND_LIST, "--by nonsense", "Plugin;Group '%{nonsense}';Comm '/./';" MANY);
}

static void test_view(void **unused)
{
	char message[256];
	struct fp_argv argv;

	(void)unused;
	assert_int_equal(parse(FP_COMMAND_LIST, "", &argv, message), 0);
	assert_true(argv.view.header);
	assert_int_equal(argv.view.format, FP_FORMAT_TEXT);
	fp_argv_fini(&argv);
	assert_int_equal(parse(FP_COMMAND_LIST,
				 "--sort -pss --fields pid,uss --top 7 --bytes --no-header --csv "
				 "--no-total --color never",
				 &argv, message),
		0);
	assert_string_equal(argv.view.sort, "-pss");
	assert_string_equal(argv.view.fields, "pid,uss");
	assert_int_equal(argv.view.top, 7);
	assert_true(argv.view.bytes);
	assert_false(argv.view.header);
	assert_int_equal(argv.view.format, FP_FORMAT_CSV);
	assert_int_equal(argv.view.total, FP_TOTAL_NONE);
	assert_int_equal(argv.view.color, FP_WHEN_NEVER);
	fp_argv_fini(&argv);
	assert_int_equal(
		parse(FP_COMMAND_LIST, "--json --total --color=always", &argv, message), 0);
	assert_int_equal(argv.view.format, FP_FORMAT_JSON);
	assert_int_equal(argv.view.total, FP_TOTAL_ALONE);
	assert_int_equal(argv.view.color, FP_WHEN_ALWAYS);
	fp_argv_fini(&argv);
	assert_int_equal(parse(FP_COMMAND_GROUPS, "one --state /s two", &argv, message), 0);
	assert_string_equal(argv.state_file, "/s");
	assert_int_equal(argv.operand_count, 2);
	assert_string_equal(argv.operands[0], "one");
	assert_string_equal(argv.operands[1], "two");
	fp_argv_fini(&argv);
}

static const struct {
	enum fp_command command;
	const char *line, *message;
} mistakes[] = {
	{FP_COMMAND_LIST, "--nonsense", "unknown option: --nonsense"},
	{FP_COMMAND_LIST, "-x", "unknown option: -x"},
	{FP_COMMAND_LIST, "-xy", "unknown option: -x"},
	{FP_COMMAND_LIST, "--pid 1 -ab", "unknown option: -a"},
	{FP_COMMAND_LIST, "--bytes=5", "this option takes no value: --bytes=5"},
	{FP_COMMAND_LIST, "x", "an option was expected, such as --comm NAME, not x"},
	{FP_COMMAND_LIST, "--comm", "a value is missing after --comm"},
	{FP_COMMAND_LIST, "--not", "a selector has to follow --not, such as --not --comm sh"},
	{FP_COMMAND_LIST, "--not --bytes",
		"a selector has to follow --not, such as --not --comm sh"},
	{FP_COMMAND_LIST, "--not --not --comm a",
		"a selector has to follow --not, such as --not --comm sh"},
	{FP_COMMAND_LIST, "--top 0", "--top takes a whole number from 1, not 0"},
	{FP_COMMAND_LIST, "--top -1", "--top takes a whole number from 1, not -1"},
	{FP_COMMAND_LIST, "--color red", "--color takes auto, always or never, not red"},
	{FP_COMMAND_LIST, "--by user --by comm", "--by is there already; a second one: comm"},
	{FP_COMMAND_LIST, "--allow-secret-name", "--allow-secret-name is of no use without --by"},
	{FP_COMMAND_LIST, "--state x", "an option of another command: --state"},
	{FP_COMMAND_DISKS, "--comm=x", "an option of another command: --comm=x"},
	{FP_COMMAND_WATCH, "--json", "an option of another command: --json"},
	{FP_COMMAND_DIFF, "--pid 1", "an option of another command: --pid"},
};

static void test_mistakes(void **unused)
{
	char message[256];
	struct fp_argv argv;

	(void)unused;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		assert_int_equal(
			parse(mistakes[i].command, mistakes[i].line, &argv, message), -EINVAL);
		assert_string_equal(message, mistakes[i].message);
		fp_argv_fini(&argv);
	}
}

/* As many selectors as fit, and one more. */
static void test_many(void **unused)
{
	static char word[] = "--env=A=b";
	char *argv[FP_ARGV_ITEMS + 2] = {word}, message[256] = "";
	struct fp_argv *out = malloc(sizeof(*out));
	int status = 0, count = 1;

	(void)unused;
	assert_non_null(out);
	while (status == 0 && count <= FP_ARGV_ITEMS) {
		argv[count++] = word;
		status = fp_argv_parse(FP_COMMAND_LIST, count, argv, out, message, sizeof(message));
		fp_argv_fini(out);
	}
	assert_int_equal(status, -EINVAL);
	assert_string_equal(message, "more selectors than can be taken: A=b");
	assert_true(count > 200);
	free(out);
}

static void test_numbers(void **unused)
{
	uint64_t number;

	(void)unused;
	assert_int_equal(fp_argv_number("5", 1, 5, &number), 0);
	assert_int_equal(number, 5);
	assert_int_equal(fp_argv_number("6", 1, 5, &number), -EINVAL);
	assert_int_equal(fp_argv_number("0", 1, 5, &number), -EINVAL);
	assert_int_equal(fp_argv_number("1.5", 1, 5, &number), -EINVAL);
	assert_int_equal(fp_argv_number("", 0, 5, &number), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selectors),
		cmocka_unit_test(test_by),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_numbers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What settings makes of names with %{} in them. */
#include "../lib/readtext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A name's parts, each as "[kind]text/capture"; kinds are the first letters of their names. */
static void check_parts(const char *name, const char *lines, const char *rest, const char *expected)
{
	static const char kinds[] = {
		[FP_PART_TEXT] = 't',
		[FP_PART_ENV] = 'e',
		[FP_PART_EXE] = 'x',
		[FP_PART_USER] = 'u',
		[FP_PART_COMM] = 'c',
		[FP_PART_UNIT] = 'n',
		[FP_PART_CONTAINER] = 'k',
		[FP_PART_CGROUP] = 'g',
		[FP_PART_CMDLINE] = 'l',
	};
	struct readtext read;
	char text[512], found[512] = "";

	snprintf(text, sizeof(text), "<Group \"%s\">\n%s\n</Group>", name, lines);
	readtext_good(text, &read);
	const struct fp_group *group = readtext_group(&read, rest);
	assert_string_equal(group->template_text, name);
	for (size_t i = 0; i < group->part_count; i++) {
		size_t len = strlen(found);
		const struct fp_part *part = &group->parts[i];
		snprintf(found + len, sizeof(found) - len, "[%c]%s/%u", kinds[part->kind],
			part->text, part->capture);
	}
	assert_string_equal(found, expected);
	readtext_fini(&read);
}

static void test_names(void **state)
{
	static const char fifty[] = "a1234567890123456789b1234567890123456789c123456789";
	char name[256], rest[FP_NAME_SIZE], parts[256];

	(void)state;
	check_parts("%{comm}", "Comm \"/./\"", "other", "[c]/0");
	check_parts("app-%{env:APP}", "Env \"APP\"", "app-other", "[t]app-/0[e]APP/0");
	check_parts("%{User}.%{EXE}", "Comm \"/./\"", ".other", "[u]/0[t]./0[x]/0");
	check_parts("a%{unit}b%{container}c", "Comm \"/./\"", "abcother",
		"[t]a/0[n]/0[t]b/0[k]/0[t]c/0");
	check_parts("%{cgroup:12}%{cmdline:02}",
		"Cgroup \"/()()()()()()()()()()()()/\"\nCmdline \"/()()/\"", "other",
		"[g]12/12[l]02/2");
	/* names that begin with '_' are the plugin's own */
	check_parts("%{comm}_x", "Comm \"/./\"", "-xother", "[c]/0[t]_x/0");
	/* what is cut is the fixed parts, not "other" */
	snprintf(name, sizeof(name), "%s%%{comm}%s", fifty, fifty);
	snprintf(rest, sizeof(rest), "%s%.8sother", fifty, fifty);
	snprintf(parts, sizeof(parts), "[t]%s/0[c]/0[t]%s/0", fifty, fifty);
	check_parts(name, "Comm \"/./\"", rest, parts);
}

static void test_options_of_names(void **state)
{
	struct readtext read;

	(void)state;
	readtext_good("<Group \"a%{comm}\">\nComm \"a\"\n</Group>\n"
		      "<Group \"b%{comm}\">\nComm \"a\"\nMaxGroups 7\n</Group>\n"
		      "<Group \"b%{comm}\">\nComm \"b\"\nExpire 60\nDescendants true\n</Group>",
		&read);
	const struct fp_group_options *options = &readtext_group(&read, "aother")->options;
	assert_int_equal(options->max_groups, 50);
	assert_float_equal(options->expire_s, 300, 0);
	assert_false(options->descendants);
	options = &readtext_group(&read, "bother")->options;
	assert_int_equal(options->max_groups, 7);
	assert_float_equal(options->expire_s, 60, 0);
	assert_true(options->descendants);
	assert_int_equal(readtext_group(&read, "bother")->count, 2);
	readtext_fini(&read);
}

/* What is kept of a process is found by these numbers. */
static void test_lines_and_parts_are_numbered(void **state)
{
	struct readtext read;
	size_t line = 0, part = 0;

	(void)state;
	readtext_good("<Group \"a\">\nUser 1\nComm \"a\"\n</Group>\n"
		      "<Group \"b%{comm}%{user}\">\nComm \"a\"\n</Group>\n"
		      "<Group \"a\">\nComm \"b\"\n</Group>\n"
		      "<Group \"c%{unit}\">\nComm \"a\"\nUser 1\nUnit \"a.service\"\n</Group>",
		&read);
	for (size_t g = 0; g < read.settings->group_count; g++) {
		const struct fp_group *group = &read.settings->groups[g];
		for (size_t b = 0; b < group->count; b++)
			for (size_t i = 0; i < group->blocks[b].count; i++)
				assert_int_equal(group->blocks[b].lines[i].index, line++);
		for (size_t i = 0; i < group->part_count; i++)
			assert_int_equal(group->parts[i].index, part++);
	}
	assert_int_equal(read.settings->line_count, 7);
	assert_int_equal(line, 7);
	assert_int_equal(read.settings->part_count, 5);
	assert_int_equal(part, 5);
	readtext_fini(&read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_options_of_names),
		cmocka_unit_test(test_lines_and_parts_are_numbered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

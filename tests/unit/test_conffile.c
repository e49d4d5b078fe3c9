#include "cli/conffile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct scene {
	struct fp_conf conf;
	char message[FP_CONF_MESSAGE_SIZE];
};

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct scene));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	fp_conffile_fini(&scene->conf);
	free(scene);
	return 0;
}

/* Takes a text as of a file named "x". */
static int take(struct scene *scene, const char *text)
{
	struct fp_buf buf = {0};

	fp_conffile_fini(&scene->conf);
	scene->message[0] = '\0';
	assert_int_equal(fp_buf_append(&buf, text, strlen(text)), 0);
	int status = fp_conffile_take(&scene->conf, "x", &buf, 0, scene->message);
	fp_buf_fini(&buf);
	return status;
}

static void assert_piece(
	const struct scene *scene, size_t index, const char *path, const char *text)
{
	assert_true(index < scene->conf.pieces.len);
	const struct fp_conf_piece *piece = &scene->conf.pieces.at[index];
	assert_string_equal(piece->path, path);
	assert_int_equal(piece->text.len, strlen(text));
	assert_memory_equal(piece->text.data, text, strlen(text));
}

/* The only piece of a text; NULL: there is none. */
static void assert_taken(struct scene *scene, const char *text, const char *wanted)
{
	int status = take(scene, text);

	if (status < 0)
		print_message("%s\n", scene->message);
	assert_int_equal(status, 0);
	assert_int_equal(scene->conf.pieces.len, wanted != NULL);
	if (wanted)
		assert_piece(scene, 0, "x", wanted);
}

static void assert_mistake(struct scene *scene, const char *text, const char *message)
{
	assert_int_equal(take(scene, text), -EINVAL);
	assert_string_equal(scene->message, message);
}

/* Blocks stay byte by byte, and on their lines. */
static void test_blocks_as_they_stand(void **state)
{
	assert_taken(*state, "", NULL);
	assert_taken(*state, "# <Plugin footprint>\n\nHostname \"x\"\n", NULL);
	assert_taken(*state,
		"Hostname x\n"
		"<Plugin cpu>\n  ReportByCpu true\n</Plugin>\n"
		"<Plugin footprint>\n  # note\n\n  <Group \"a\">\n\tComm \"x\" # y\n  </Group>\n"
		"</Plugin>\n"
		"LoadPlugin cpu\n",
		"\n\n\n\n"
		"<Plugin footprint>\n  # note\n\n  <Group \"a\">\n\tComm \"x\" # y\n  </Group>\n"
		"</Plugin>\n"
		"\n");
	assert_taken(*state,
		"<Plugin footprint>\nA 1\n</Plugin>\nx 1\n<Plugin footprint>\nB 2\n</Plugin>\n",
		"<Plugin footprint>\nA 1\n</Plugin>\n\n<Plugin footprint>\nB 2\n</Plugin>\n");
}

static void test_ways_to_write_the_name(void **state)
{
	static const char *const ours[] = {"<Plugin footprint>\nA 1\n</Plugin>\n",
		"<Plugin \"footprint\">\nA 1\n</Plugin>\n", "<plugin FootPrint>\nA 1\n</plugin>\n",
		"  <  PLUGIN\t\"FOOTPRINT\" >  # yes\nA 1\n < / PLUGIN >\t\n",
		"<Plugin \"foot\\print\">\nA 1\n</Plugin>\n",
		"<Plugin \"foot\\\n   print\">\nA 1\n</Plugin>\n",
		"<Plugin \\\n footprint>\nA 1\n</Plugin>\n",
		"<Plugin footprint \"more\">\nA 1\n</Plugin>\n",
		"<Plugin \\\r\n footprint>\r\nA 1\r\n</Plugin>\r\n"};
	static const char *const others[] = {"<Plugin footprints>\nA 1\n</Plugin>\n",
		"<Plugin foot print>\nA 1\n</Plugin>\n", "<Plugin foot\\\nprint>\nA 1\n</Plugin>\n",
		"<Plugin \"foot print\">\nA 1\n</Plugin>\n", "<Plugin>\nA 1\n</Plugin>\n",
		"<Chain footprint>\nA 1\n</Chain>\n",
		"<Plugin \"footprint\\\\\">\nA 1\n</Plugin>\n", "Plugin footprint\n"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		assert_taken(*state, ours[i], ours[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_taken(*state, others[i], NULL);
}

/* What looks like a block's start or end in a string or a comment is none. */
static void test_strings_and_comments(void **state)
{
	assert_taken(*state,
		"<Plugin exec>\n  Exec \"a\\\"\n<Plugin footprint>\n\\\\\" # \"\n</Plugin>\n",
		NULL);
	assert_taken(*state,
		"<Plugin footprint>\n  A \"</Plugin>\n\" # </Plugin>\n  #</Plugin>\n  B \"\\\"#\"\n"
		"</Plugin>\nrest 1\n",
		"<Plugin footprint>\n  A \"</Plugin>\n\" # </Plugin>\n  #</Plugin>\n  B \"\\\"#\"\n"
		"</Plugin>\n\n");
	/* a comment does not go on behind a backslash */
	assert_taken(*state, "# \\\n<Plugin footprint>\nA 1\n</Plugin>\n",
		"\n<Plugin footprint>\nA 1\n</Plugin>\n");
	assert_taken(*state, "A 1 \\\n 2 \\\n 3\n<Plugin footprint>\nA 1\n</Plugin>\n",
		"\n\n\n<Plugin footprint>\nA 1\n</Plugin>\n");
	assert_taken(*state, "A \"1\n\n\\\\\n2\"\n<Plugin footprint>\nA 1\n</Plugin>\n",
		"\n\n\n\n<Plugin footprint>\nA 1\n</Plugin>\n");
}

/* The daemon looks for plugins' blocks at the outermost level only. */
static void test_nested_blocks(void **state)
{
	assert_taken(*state, "<Plugin x>\n<Plugin footprint>\nA 1\n</Plugin>\n</Plugin>\n", NULL);
	assert_taken(*state,
		"<Plugin footprint>\n<Plugin x>\nA 1\n<Plugin y>\nB "
		"1\n</Plugin>\n</Plugin>\n</Plugin>\nC 1\n",
		"<Plugin footprint>\n<Plugin x>\nA 1\n<Plugin y>\nB "
		"1\n</Plugin>\n</Plugin>\n</Plugin>\n\n");
}

static void test_state_file_is_left_out(void **state)
{
	struct scene *scene = *state;

	assert_taken(scene,
		"<Plugin footprint>\n  StateFile \"/run/a\" # note\n  ProcPath \"/p\"\n"
		"  stateFILEgroup \\\n adm\n</Plugin>\n<Plugin footprint>\n"
		"  <Group \"a\">\n    StateFile \"kept\"\n  </Group>\n</Plugin>\n",
		"<Plugin footprint>\n\n  ProcPath \"/p\"\n\n\n</Plugin>\n<Plugin footprint>\n"
		"  <Group \"a\">\n    StateFile \"kept\"\n  </Group>\n</Plugin>\n");
	assert_string_equal(scene->conf.state_file, "/run/a");
	assert_string_equal(scene->conf.state_group, "adm");
	assert_taken(scene, "<Plugin footprint>\nSTATEFILE \"/run/\\\"b\"\n</Plugin>\n",
		"<Plugin footprint>\n\n</Plugin>\n");
	assert_string_equal(scene->conf.state_file, "/run/\"b");
	assert_taken(scene, "<Plugin other>\nStateFile \"/run/a\"\n</Plugin>\n", NULL);
	assert_null(scene->conf.state_file);
}

/* What the daemon would refuse of them is for the one that reads the rest, or is said here. */
static void test_wrong_state_file(void **state)
{
	static const char *const kept[] = {
		"<Plugin footprint>\nStateFile \"/run/a\" \"/run/b\"\n</Plugin>\n",
		"<Plugin footprint>\nStateFile 5\n</Plugin>\n",
		"<Plugin footprint>\nStateFileGroup 0\n</Plugin>\n",
		"<Plugin footprint>\nStateFileGroup adm adm\n</Plugin>\n",
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		assert_taken(scene, kept[i], kept[i]);
	assert_mistake(scene,
		"<Plugin footprint>\nStateFile \"/run/a\"\n</Plugin>\n<Plugin footprint>\n"
		"statefile \"/run/a\"\n</Plugin>\n",
		"x:5: <Plugin footprint>: StateFile: given twice; leave one of them out");
	assert_mistake(scene,
		"<Plugin footprint>\nStateFileGroup \"a\"\nStateFileGroup \"b\"\n</Plugin>\n",
		"x:3: <Plugin footprint>: StateFileGroup: given twice; leave one of them out");
}

/* The daemon's parser passes over bytes that begin nothing. */
static void test_bytes_that_begin_nothing(void **state)
{
	static const char *const ours[] = {
		"\xef\xbb\xbf<Plugin footprint>\nA 1\n</Plugin>\n",
		"\xef\xbb\xbf# A\n<Plugin footprint>\nA 1\n</Plugin>\n",
		"<Plugin footprint>\n\xc2\xa0 A 1\n\xc2\xa0</Plugin>\n",
		"<Plugin\302\240\342\200\234footprint\342\200\235>\nA 1\n</Plugin>\n",
		"<Plugin 'footprint';>\nA = 1\n</Plugin>\n",
		"+<Plugin footprint>\n+ A -1\n- B [::1]:80\n+</Plugin+>\n",
		"<-Plugin -footprint>\nA +1.5\n</Plugin>\n+",
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		assert_int_equal(take(scene, ours[i]), 0);
		assert_int_equal(scene->conf.pieces.len, 1);
	}
	assert_int_equal(take(scene, "\xef\xbb\xbfLoadPlugin footprint\n"), 0);
	assert_true(scene->conf.loads);
}

static void test_groups(void **state)
{
	struct scene *scene = *state;

	assert_taken(scene,
		"<Plugin footprint>\n<Group \"a-%{env:X}\">\nA 1\n<Group \"in\">\nA 1\n</Group>\n"
		"</Group>\n<group b>\nA 1\n</group>\nGroup 1\n</Plugin>\n",
		"<Plugin footprint>\n<Group \"a-%{env:X}\">\nA 1\n<Group \"in\">\nA 1\n</Group>\n"
		"</Group>\n<group b>\nA 1\n</group>\nGroup 1\n</Plugin>\n");
	assert_int_equal(scene->conf.groups.len, 2);
	assert_string_equal(scene->conf.groups.at[0], "a-%{env:X}");
	assert_string_equal(scene->conf.groups.at[1], "b");
}

static void test_intervals(void **state)
{
	static const struct {
		const char *text;
		long milli;
	} cases[] = {
		{"", 10000},
		{"Interval 5\n", 5000},
		{"interval 0.25\nLoadPlugin footprint\n", 250},
		{"Interval \"7\"\nLoadPlugin \"FOOTPRINT\"\n", 7000},
		{"Interval 5\nLoadPlugin footprint\nInterval 6\n", 5000},
		{"LoadPlugin footprint\nInterval 6\n", 10000},
		{"Interval 5\nInterval 6\nLoadPlugin footprint\n", 6000},
		{"Interval 5\n<LoadPlugin footprint>\n  Interval 60\n</LoadPlugin>\n", 60000},
		{"Interval 5\n<LoadPlugin cpu>\n  Interval 60\n</LoadPlugin>\nLoadPlugin "
		 "footprint\n",
			5000},
		/* the daemon wants a number there, and goes on without */
		{"Interval 5\n<LoadPlugin footprint>\n  Interval \"60\"\n</LoadPlugin>\n", 5000},
		{"Interval 5\n<LoadPlugin footprint>\n  Globals false\n</LoadPlugin>\n", 5000},
		{"LoadPlugin footprint\n<LoadPlugin footprint>\n  Globals 1\n</LoadPlugin>\n",
			10000},
		{"<Plugin x>\nInterval 3\n</Plugin>\nLoadPlugin footprint\n", 10000},
		{"Interval 0\nLoadPlugin footprint\n", 10000},
		{"Interval -1\nLoadPlugin footprint\n", 10000},
		{"Interval 5x\nLoadPlugin footprint\n", 10000},
		{"Interval = 5\nLoadPlugin footprint\n", 5000},
		{"Interval .5\nLoadPlugin footprint\n", 500},
		{"Interval +5.0e+0\nLoadPlugin footprint\n", 5000},
		{"Interval inf\nLoadPlugin footprint\n", 10000},
		{"Interval nan\nLoadPlugin footprint\n", 10000},
		{"AutoLoadPlugin true\nInterval 4\n<Plugin footprint>\nA 1\n</Plugin>\nInterval "
		 "5\n",
			4000},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(take(scene, cases[i].text), 0);
		assert_int_equal(
			(long)(fp_conffile_interval(&scene->conf) * 1000 + 0.5), cases[i].milli);
	}
}

/* A block before its LoadPlugin is one that the daemon passes over. */
static void test_order(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(
		take(scene, "\n<Plugin footprint>\nA 1\n</Plugin>\nLoadPlugin footprint\n"), 0);
	assert_true(scene->conf.loads);
	assert_string_equal(scene->conf.early, "x:2");
	assert_int_equal(
		take(scene, "LoadPlugin footprint\n<Plugin footprint>\nA 1\n</Plugin>\n"), 0);
	assert_true(scene->conf.loads);
	assert_null(scene->conf.early);
	assert_int_equal(take(scene, "<Plugin footprint>\nA 1\n</Plugin>\nLoadPlugin cpu\n"), 0);
	assert_false(scene->conf.loads);
	assert_null(scene->conf.early);
	assert_int_equal(take(scene, "AutoLoadPlugin \"Yes\"\n<Plugin footprint>\nA 1\n</Plugin>\n"
				     "LoadPlugin footprint\n"),
		0);
	assert_true(scene->conf.loads);
	assert_null(scene->conf.early);
}

static void test_mistakes(void **state)
{
	struct scene *scene = *state;

	assert_mistake(scene, "A 1\nB \"x\n\n", "x:2: a string is not closed");
	assert_mistake(scene, "B \"x\\", "x:1: a string is not closed");
	assert_mistake(scene, "A 1\n\n<Plugin x>\nA 1\n", "x:3: <Plugin> is not closed");
	assert_mistake(scene, "</Plugin>\n", "x:1: no block is open that this could end");
	assert_mistake(scene, "<Plugin x>\n</plugin>\n",
		"x:2: </Plugin> was expected, in the same letters");
	assert_mistake(scene, "<Plugin x\n</Plugin>\n",
		"x:1: the start of a block is <Key Value> and the end of its line");
	assert_mistake(scene, "<Plugin x> A 1\n</Plugin>\n",
		"x:1: the start of a block is <Key Value> and the end of its line");
	assert_mistake(scene, "<Plugin x>\n</Plugin x>\n",
		"x:2: the end of a block is </Key> and the end of its line");
	assert_mistake(scene, "\"A\" 1\n", "x:1: a line begins with a key, <Key> or </Key>");
	assert_mistake(scene, "A 1 </B>\n",
		"x:1: a line holds a key and its values, and no '<', '>' or '/'");
	assert_mistake(scene, "A /run/x\n",
		"x:1: a line holds a key and its values, and no '<', '>' or '/'");
	assert_mistake(scene, "A\n", "x:1: a key without a value");
	assert_mistake(scene, "A 1\nB 2", "x:2: the last line has no newline at its end");
	assert_mistake(scene, "A 1 \\\n2 \\\n\"x", "x:3: a string is not closed");
	static const char *const with_one[] = {"LoadPlugin footprint cpu\n",
		"LoadPlugin foot-print\n",
		"<LoadPlugin footprint cpu>\nInterval 1\n</LoadPlugin>\n",
		"<LoadPlugin>\nInterval 1\n</LoadPlugin>\n", "Interval 4 5\n",
		"AutoLoadPlugin true true\n"};
	for (size_t i = 0; i < sizeof(with_one) / sizeof(with_one[0]); i++)
		assert_mistake(
			scene, with_one[i], "x:1: the daemon takes this with one value only");
	assert_mistake(scene, "Include \"a\" \"b\"\n", "x:1: Include takes one path in quotes");
	assert_mistake(scene, "<Include \"a\">\nFoo 1\n</Include>\n",
		"x:2: <Include> takes Filter with one pattern, and nothing else");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_blocks_as_they_stand),
		TEST(test_ways_to_write_the_name),
		TEST(test_strings_and_comments),
		TEST(test_nested_blocks),
		TEST(test_state_file_is_left_out),
		TEST(test_wrong_state_file),
		TEST(test_bytes_that_begin_nothing),
		TEST(test_groups),
		TEST(test_intervals),
		TEST(test_order),
		TEST(test_mistakes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "../lib/readtext.h"
#include "util/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_line(const struct fp_line *line, const char *expected)
{
	static const char *const keys[FP_SELECTORS] = {
		[FP_SEL_COMM] = "comm",
		[FP_SEL_PIDFILE] = "pidfile",
		[FP_SEL_USER] = "user",
		[FP_SEL_CGROUP] = "cgroup",
		[FP_SEL_UNIT] = "unit",
		[FP_SEL_CONTAINER] = "container",
		[FP_SEL_EXE] = "exe",
		[FP_SEL_CMDLINE] = "cmdline",
		[FP_SEL_ENV] = "env",
	};
	char text[256], uid[32] = "";
	const struct fp_pattern *pattern = line->pattern;

	if (line->has_uid)
		snprintf(uid, sizeof(uid), " uid=%u", line->uid);
	snprintf(text, sizeof(text), "%s%s%s%s%s%s%s", line->negate ? "not " : "",
		keys[line->selector], line->name ? " name=" : "", line->name ? line->name : "", uid,
		!pattern                       ? ""
		: fp_pattern_is_regex(pattern) ? " regex="
					       : " exact=",
		pattern ? fp_pattern_text(pattern) : "");
	assert_string_equal(text, expected);
}

/* The lines of a block, each as "[not ]selector[ name=][ uid=][ exact=| regex=]". */
static void check_block(const struct fp_block *block, const char *const expected[])
{
	size_t count = 0;

	while (expected[count])
		count++;
	assert_int_equal(block->count, count);
	for (size_t i = 0; i < count; i++)
		check_line(&block->lines[i], expected[i]);
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_defaults(void **state)
{
	struct readtext read;

	(void)state;
	readtext_good("<Group \"shop\">\nComm \"php\"\n</Group>", &read);
	assert_string_equal(read.settings->proc_path, "/proc");
	assert_string_equal(read.settings->sys_path, "/sys");
	assert_string_equal(read.settings->docker_path, "/var/lib/docker");
	assert_string_equal(read.settings->podman_path, "/var/lib/containers/storage");
	assert_null(read.settings->state_file);
	assert_null(read.settings->state_group);
	assert_float_equal(read.settings->read_timeout_s, 2, 0);
	assert_float_equal(read.settings->budget_percent, 1, 0);
	assert_float_equal(read.settings->max_age_s, 300, 0);
	assert_false(read.settings->verify);
	assert_int_equal(read.settings->group_count, 1);
	const struct fp_group *shop = readtext_group(&read, "shop");
	assert_true(shop->options.values_absolute);
	assert_false(shop->options.values_percentage);
	assert_false(shop->options.detail);
	assert_false(shop->options.activity);
	assert_false(shop->options.report_partial);
	assert_false(shop->options.descendants);
	assert_float_equal(shop->options.interval_s, 0, 0);
	assert_null(shop->template_text);
	assert_int_equal(shop->part_count, 0);
	assert_int_equal(shop->count, 1);
	check_block(&shop->blocks[0], LINES("comm exact=php"));
	assert_false(read.settings->disks.enabled);
	readtext_fini(&read);
}

static void test_plugin_options(void **state)
{
	struct readtext read;

	(void)state;
	readtext_good(
		"procpath \"/host/proc\"\nSYSPATH \"/host/sys\"\nReadTimeout 0.5\n"
		"budget 2.5\nMAXAGE 60\nverify true\n"
		"DevPath \"/host/dev\"\nrunpath \"/host/run\"\n"
		"DOCKERPATH \"/d\"\npodmanpath \"/p\"\nStateFile \"/s\"\nstatefilegroup \"4\"\n"
		"<group \"a\">\ncomm \"a\"\n</group>",
		&read);
	assert_string_equal(read.settings->proc_path, "/host/proc");
	assert_string_equal(read.settings->sys_path, "/host/sys");
	assert_string_equal(read.settings->disks.dev_path, "/host/dev");
	assert_string_equal(read.settings->disks.run_path, "/host/run");
	assert_string_equal(read.settings->docker_path, "/d");
	assert_string_equal(read.settings->podman_path, "/p");
	assert_string_equal(read.settings->state_file, "/s");
	assert_string_equal(read.settings->state_group, "4");
	assert_float_equal(read.settings->read_timeout_s, 0.5, 0);
	assert_float_equal(read.settings->budget_percent, 2.5, 0);
	assert_float_equal(read.settings->max_age_s, 60, 0);
	assert_true(read.settings->verify);
	assert_int_equal(read.settings->group_count, 1);
	readtext_fini(&read);
}

/* absolute, percentage, detail, partial, activity as letters, capital when on */
static void check_options(const struct readtext *read, const char *name, const char *letters)
{
	const struct fp_group_options *options = &readtext_group(read, name)->options;
	char text[] = "apdrc";

	if (options->values_absolute)
		text[0] = 'A';
	if (options->values_percentage)
		text[1] = 'P';
	if (options->detail)
		text[2] = 'D';
	if (options->report_partial)
		text[3] = 'R';
	if (options->activity)
		text[4] = 'C';
	assert_string_equal(text, letters);
}

static void test_groups_inherit_from_the_plugin(void **state)
{
	struct readtext read;

	(void)state;
	readtext_good("ValuesAbsolute false\nValuesPercentage true\n"
		      "<Group \"plain\">\nComm \"a\"\n</Group>\n"
		      "<Group \"own\">\nComm \"a\"\nValuesAbsolute true\nDetail false\n"
		      "ReportPartial true\nActivity false\n</Group>\n"
		      "<Group \"other\">\nComm \"a\"\nValuesPercentage false\n</Group>\n"
		      "Detail true\nReportPartial no\nActivity true",
		&read);
	check_options(&read, "plain", "aPDrC");
	check_options(&read, "own", "APdRc");
	check_options(&read, "other", "apDrC");
	readtext_fini(&read);
}

static void test_plugin_blocks_add_up(void **state)
{
	struct readtext read;

	(void)state;
	readtext_good("<Plugin footprint>\n<Group \"a\">\nComm \"a\"\n</Group>\n</Plugin>\n"
		      "<Plugin footprint>\nDetail true\n</Plugin>\n"
		      "<Plugin footprint>\nProcPath \"/p\"\n<Group \"a\">\nComm \"b\"\n</Group>\n"
		      "<Disks>\nPartitions true\n</Disks>\n</Plugin>",
		&read);
	check_options(&read, "a", "ApDrc");
	assert_string_equal(read.settings->proc_path, "/p");
	assert_int_equal(readtext_group(&read, "a")->count, 2);
	assert_true(read.settings->disks.partitions);
	readtext_fini(&read);
}

static void test_blocks_of_one_name_are_alternatives(void **state)
{
	struct readtext read;

	(void)state;
	readtext_good("<Group \"shop\">\nComm \"a\"\nDetail true\n</Group>\n"
		      "<Group \"Shop\">\nComm \"b\"\n</Group>\n"
		      "<Group \"shop\">\nComm \"c\"\nInterval 60\nDetail true\n</Group>\n"
		      "<Group \"shop\">\nComm \"d\"\nInterval 60\n</Group>",
		&read);
	assert_int_equal(read.settings->group_count, 2);
	const struct fp_group *shop = readtext_group(&read, "shop");
	assert_int_equal(shop->count, 3);
	check_block(&shop->blocks[0], LINES("comm exact=a"));
	check_block(&shop->blocks[1], LINES("comm exact=c"));
	check_block(&shop->blocks[2], LINES("comm exact=d"));
	check_options(&read, "shop", "ApDrc");
	assert_float_equal(shop->options.interval_s, 60, 0);
	/* names are told apart by case */
	assert_int_equal(readtext_group(&read, "Shop")->count, 1);
	check_options(&read, "Shop", "Apdrc");
	assert_float_equal(readtext_group(&read, "Shop")->options.interval_s, 0, 0);
	readtext_fini(&read);
}

static void test_lines_are_sorted_cheapest_first(void **state)
{
	struct readtext read;

	(void)state;
	readtext_good(
		"<Group \"g\">\nEnv \"APP\" \"shop\"\nCmdline \"/--pool/\"\nNot Exe \"/bin/sh\"\n"
		"Container \"c\"\nUnit \"u.service\"\nCgroup \"/c\"\n"
		"User \"www-data\"\nPidFile \"/run/a.pid\"\nNot Comm \"sh\"\nDetail true\n</Group>",
		&read);
	check_block(&readtext_group(&read, "g")->blocks[0],
		LINES("not comm exact=sh", "pidfile name=/run/a.pid", "user name=www-data",
			"cgroup exact=/c", "unit exact=u.service", "container exact=c",
			"not exe exact=/bin/sh", "cmdline regex=/--pool/",
			"env name=APP exact=shop"));
	readtext_fini(&read);
}

/* A capture is of the first expression, so the order of equally dear lines is the operator's. */
static void test_lines_of_one_cost_keep_their_order(void **state)
{
	struct readtext read;

	(void)state;
	readtext_good(
		"<Group \"g\">\nCmdline \"/5/\"\nCmdline \"/1/\"\nComm \"/b/\"\n"
		"Cmdline \"/4/\"\nNot Cmdline \"/2/\"\nCmdline \"/3/\"\nComm \"/a/\"\n</Group>",
		&read);
	check_block(&readtext_group(&read, "g")->blocks[0],
		LINES("comm regex=/b/", "comm regex=/a/", "cmdline regex=/5/", "cmdline regex=/1/",
			"cmdline regex=/4/", "not cmdline regex=/2/", "cmdline regex=/3/"));
	readtext_fini(&read);
}

/* The one line of a group. */
static void check_one(const char *line, const char *expected)
{
	struct readtext read;
	char text[256];

	snprintf(text, sizeof(text), "<Group \"g\">\n%s\n</Group>", line);
	readtext_good(text, &read);
	check_block(&readtext_group(&read, "g")->blocks[0], LINES(expected));
	readtext_fini(&read);
}

static void test_lines(void **state)
{
	(void)state;
	check_one("Comm \"a b\"", "comm exact=a b");
	check_one("COMM \"/^a.*b$/\"", "comm regex=/^a.*b$/");
	check_one("Comm php", "comm exact=php");
	check_one("Comm \"/\"", "comm exact=/");
	check_one("Comm \"/a\"", "comm exact=/a");
	check_one("Comm \"a/\"", "comm exact=a/");
	check_one("Exe \"/usr/sbin/nginx\"", "exe exact=/usr/sbin/nginx");
	check_one("Exe \"/[/]nginx$/\"", "exe regex=/[/]nginx$/");
	check_one("Cmdline \"\"", "cmdline exact=");
	check_one("Cmdline \"/\\\\d+/\"", "cmdline regex=/\\d+/");
	/* what the daemon makes of a lone backslash is another expression */
	check_one("Cmdline \"/\\d+/\"", "cmdline regex=/d+/");
	check_one("User 0", "user uid=0");
	check_one("User 4294967294", "user uid=4294967294");
	check_one("User \"33\"", "user uid=33");
	check_one("User \"root\"", "user name=root");
	check_one("User \"/^www-/\"", "user regex=/^www-/");
	check_one("User \"0x10\"", "user name=0x10");
	check_one("User 0x10", "user uid=16");
	check_one("Cgroup \"/system.slice/a.service\"", "cgroup exact=/system.slice/a.service");
	check_one("cgroup \"/kubepods.*/\"", "cgroup regex=/kubepods.*/");
	check_one("Cgroup \"/\"", "cgroup exact=/");
	check_one("Unit \"php-fpm.service\"", "unit exact=php-fpm.service");
	check_one("Not Unit \"/^user@/\"", "not unit regex=/^user@/");
	check_one("Container \"shop\"", "container exact=shop");
	check_one("Container \"/^shop-/\"", "container regex=/^shop-/");
	check_one("PidFile \"/run/a.pid\"", "pidfile name=/run/a.pid");
	/* a path, also where it looks like an expression */
	check_one("PidFile \"/run/a/\"", "pidfile name=/run/a/");
	check_one("Env \"APP\"", "env name=APP");
	check_one("Env \"APP\" \"\"", "env name=APP exact=");
	check_one("Env \"APP\" \"shop\"", "env name=APP exact=shop");
	check_one("Env APP shop", "env name=APP exact=shop");
	check_one("Env \"APP\" \"a=b\"", "env name=APP exact=a=b");
	check_one("Env \"APP\" \"/^shop-/\"", "env name=APP regex=/^shop-/");
	check_one("Not Env \"APP\"", "not env name=APP");
	check_one("not env \"APP\" \"/./\"", "not env name=APP regex=/./");
	check_one("NOT USER 5", "not user uid=5");
	check_one("Not User \"nobody\"", "not user name=nobody");
	check_one("Not PidFile \"/run/a\"", "not pidfile name=/run/a");
}

static void test_patterns_work(void **state)
{
	struct readtext read;

	(void)state;
	readtext_good("<Group \"g\">\nCmdline \"/^a.c$/\"\n</Group>", &read);
	struct fp_pattern *pattern = readtext_group(&read, "g")->blocks[0].lines[0].pattern;
	assert_int_equal(fp_pattern_match(pattern, "abc", 3), 1);
	assert_int_equal(fp_pattern_match(pattern, "abcd", 4), 0);
	readtext_fini(&read);
}

static void check_interval(const char *interval, double plugin_s, double expected_s)
{
	struct readtext read;
	char text[128];

	snprintf(text, sizeof(text), "<Group \"g\">\nComm \"a\"\nInterval %s\n</Group>", interval);
	readtext(text, plugin_s, &read);
	assert_string_equal(read.message, "");
	assert_float_equal(readtext_group(&read, "g")->options.interval_s, expected_s, 1e-9);
	readtext_fini(&read);
}

static void test_intervals(void **state)
{
	(void)state;
	check_interval("10", 10, 10);
	check_interval("300", 10, 300);
	check_interval("0.3", 0.1, 0.3);
	check_interval("86400", 60, 86400);
	/* the daemon keeps its interval in 2^-30 s */
	check_interval("1", 107374182. / 1073741824, 1);
}

static void test_disk_defaults(void **state)
{
	struct readtext read;

	(void)state;
	/* the daemon passes on a block with an empty line */
	readtext_good("<Disks>\n\n</Disks>", &read);
	const struct fp_disk_settings *disks = &read.settings->disks;
	assert_true(disks->enabled);
	assert_int_equal(disks->count, 0);
	assert_false(disks->ignore_selected);
	assert_false(disks->partitions);
	assert_int_equal(disks->name_count, 2);
	assert_int_equal(disks->names[0], FP_DISK_NAME_DM);
	assert_int_equal(disks->names[1], FP_DISK_NAME_KERNEL);
	assert_float_equal(disks->stuck_after_s, 30, 0);
	assert_string_equal(disks->dev_path, "/dev");
	assert_string_equal(disks->run_path, "/run");
	assert_int_equal(read.settings->group_count, 0);
	readtext_fini(&read);
}

static void test_disk_options(void **state)
{
	struct readtext read;

	(void)state;
	readtext_good("<Disks>\nDisk \"sda\"\nname kernel\nDisk \"/^nvme/\"\nIgnoreSelected true\n"
		      "Partitions on\nStuckAfter 86400\n</Disks>",
		&read);
	const struct fp_disk_settings *disks = &read.settings->disks;
	assert_true(disks->enabled);
	assert_int_equal(disks->count, 2);
	assert_string_equal(fp_pattern_text(disks->disks[0]), "sda");
	assert_false(fp_pattern_is_regex(disks->disks[0]));
	assert_string_equal(fp_pattern_text(disks->disks[1]), "/^nvme/");
	assert_true(fp_pattern_is_regex(disks->disks[1]));
	assert_true(disks->ignore_selected);
	assert_true(disks->partitions);
	assert_int_equal(disks->name_count, 1);
	assert_int_equal(disks->names[0], FP_DISK_NAME_KERNEL);
	assert_float_equal(disks->stuck_after_s, 86400, 0);
	readtext_fini(&read);

	readtext_good("<Disks>\nName \"kernel\" \"dm\"\n</Disks>", &read);
	disks = &read.settings->disks;
	assert_int_equal(disks->name_count, 2);
	assert_int_equal(disks->names[0], FP_DISK_NAME_KERNEL);
	assert_int_equal(disks->names[1], FP_DISK_NAME_DM);
	readtext_fini(&read);

	readtext_good(
		"<Disks>\nName dm md label partlabel uuid id path wwn serial kernel\n</Disks>",
		&read);
	disks = &read.settings->disks;
	assert_int_equal(disks->name_count, FP_DISK_NAMES);
	for (size_t i = 0; i < FP_DISK_NAMES; i++)
		assert_int_equal(disks->names[i], i);
	readtext_fini(&read);
}

static void test_nothing_to_free(void **state)
{
	(void)state;
	fp_settings_free(NULL);
	fp_reader_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_plugin_options),
		cmocka_unit_test(test_groups_inherit_from_the_plugin),
		cmocka_unit_test(test_plugin_blocks_add_up),
		cmocka_unit_test(test_blocks_of_one_name_are_alternatives),
		cmocka_unit_test(test_lines_are_sorted_cheapest_first),
		cmocka_unit_test(test_lines_of_one_cost_keep_their_order),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_patterns_work),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_disk_defaults),
		cmocka_unit_test(test_disk_options),
		cmocka_unit_test(test_nothing_to_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

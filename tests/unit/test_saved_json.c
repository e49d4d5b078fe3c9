#include "cli/saved_json.h"
#include "sample/state_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_bad(const char *text)
{
	struct fp_saved saved;

	assert_int_equal(fp_saved_json_read(text, strlen(text), &saved, NULL), -EBADMSG);
	assert_null(saved.groups);
}

static void assert_lacks(const char *text, const char *wanted)
{
	struct fp_saved saved;
	const char *lacking = "nothing";

	assert_int_equal(fp_saved_json_read(text, strlen(text), &saved, &lacking), -EBADMSG);
	if (!wanted)
		assert_null(lacking);
	else
		assert_string_equal(lacking ? lacking : "", wanted);
}

/* Whoever left it out when the file was written has to be told. */
static void test_what_lacks(void **unused)
{
	(void)unused;
	assert_lacks("{\"version\":1,\"processes\":[{\"uss\":1}]}", "pid");
	assert_lacks("{\"version\":1,\"groups\":[{\"uss\":1}]}", "name");
	assert_lacks("{\"version\":1,\"total\":{\"uss\":1}}", "processes and groups");
	assert_lacks("{\"version\":1,\"processes\":[{\"pid\":-1}]}", NULL);
	assert_lacks("{\"version\":1,\"processes\":[7]}", NULL);
	assert_lacks("{\"version\":2,\"total\":{}}", NULL);
	assert_lacks("{", NULL);
}

/* What was written is read again, sums and members alike. */
static void test_round_trip(void **unused)
{
	static char configured[] = "app-%{env:APP}";
	struct fp_group group = {.template_text = configured};
	struct fp_member members[2] = {
		{.pid = 2147483647,
			.starttime_ticks = UINT64_MAX,
			.comm = "a \"b\"\n",
			.has_uid = true,
			.uid = 4294967294,
			.threads = 3},
		{.pid = 7, .comm = "denied", .denied = true, .threads = 1},
	};
	struct fp_group_result result = {.name = "app-shop",
		.group = &group,
		.members = {.at = members, .len = 2, .cap = 2}};
	struct fp_snapshot snapshot = {.taken_ns = 9,
		.taken_real_ns = 1,
		.cpu_ns = 5,
		.processes = 6,
		.matched = 2,
		.groups = &result,
		.group_count = 1};
	struct fp_buf json = {0};
	struct fp_saved saved;

	(void)unused;
	for (unsigned i = 0; i < FP_METRICS; i++)
		fp_memory_set(&members[0].memory, (enum fp_metric)i, UINT64_MAX - i);
	fp_memory_set(&members[1].memory, FP_VMS, 0);
	fp_account_member(&result.account, 3, &members[0].memory, 1, false);
	fp_account_member(&result.account, 1, &members[1].memory, 1, true);
	assert_int_equal(fp_state_json_write(&snapshot, 10, &json), 0);
	assert_int_equal(fp_saved_json_read(json.data, json.len, &saved, NULL), 0);
	fp_buf_fini(&json);

	assert_int_equal(saved.group_count, 1);
	assert_false(saved.is_list);
	assert_int_equal(saved.seen, 6);
	assert_int_equal(saved.matched, 2);
	assert_true(saved.has_interval && saved.interval_s == 10);
	const struct fp_saved_group *read = &saved.groups[0];
	const struct fp_tally *tally = &read->tally;
	assert_string_equal(tally->name, "app-shop");
	assert_string_equal(read->configured, configured);
	assert_int_equal(fp_tally_count(tally, FP_COUNT_PROCESSES), 2);
	assert_int_equal(fp_tally_count(tally, FP_COUNT_THREADS), 4);
	assert_int_equal(fp_tally_count(tally, FP_COUNT_DENIED), 1);
	assert_int_equal(fp_tally_count(tally, FP_COUNT_UNDECIDED), 0);
	assert_true(tally->has_age && tally->age_s == 0);
	assert_int_equal(fp_tally_count(tally, FP_COUNT_DEFERRED), 0);
	assert_int_equal(fp_tally_count(tally, FP_COUNT_STUCK), 0);
	assert_false(tally->has_uss_max);
	/* only what both members had has a sum */
	assert_int_equal(tally->sum.has, UINT32_C(1) << FP_VMS);
	assert_true(tally->sum.bytes[FP_VMS] == UINT64_MAX - FP_VMS);
	assert_int_equal(read->members.len, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct fp_member *member = &read->members.at[i];
		assert_int_equal(member->pid, members[i].pid);
		assert_true(member->starttime_ticks == members[i].starttime_ticks);
		assert_string_equal(member->comm, members[i].comm);
		assert_int_equal(member->has_uid, members[i].has_uid);
		assert_true(member->uid == members[i].uid);
		assert_int_equal(member->denied, members[i].denied);
		assert_int_equal(member->threads, members[i].threads);
		assert_int_equal(member->memory.has, members[i].memory.has);
		assert_memory_equal(member->memory.bytes, members[i].memory.bytes,
			sizeof(member->memory.bytes));
		assert_null(member->cmdline);
	}
	fp_saved_json_free(&saved);
}

/* What is not known yet is passed over, and what is told beside the sums is taken. */
static void test_later_versions(void **unused)
{
	static const char text[] =
		"{\"version\":1,\"time\":12.5,\"what\":[{}],\"groups\":[{\"name\":\"who\","
		"\"denied\":2,\"undecided\":1,\"deferred\":3,\"stuck\":4,\"age_seconds\":1.25,"
		"\"x\":{\"y\":[]},\"memory\":{\"uss\":5,\"uss_max\":6,\"later\":7},\"members\":[{"
		"\"pid\":5}]},{\"name\":\"bare\"}],\"_self\":{\"cpu_ns\":1}}";
	struct fp_saved saved;

	(void)unused;
	assert_int_equal(fp_saved_json_read(text, strlen(text), &saved, NULL), 0);
	const struct fp_tally *tally = &saved.groups[0].tally;
	assert_int_equal(saved.group_count, 2);
	assert_true(saved.has_time && saved.time_s == 12.5);
	assert_false(saved.has_interval);
	assert_int_equal(fp_tally_count(tally, FP_COUNT_DENIED), 2);
	assert_int_equal(fp_tally_count(tally, FP_COUNT_UNDECIDED), 1);
	assert_int_equal(fp_tally_count(tally, FP_COUNT_DEFERRED), 3);
	assert_int_equal(fp_tally_count(tally, FP_COUNT_STUCK), 4);
	assert_false((tally->has >> FP_COUNT_PROCESSES) & 1);
	assert_true(tally->has_age && tally->age_s == 1.25);
	assert_true(tally->has_uss_max && tally->uss_max_bytes == 6);
	assert_int_equal(tally->sum.has, UINT32_C(1) << FP_USS);
	assert_int_equal(tally->sum.bytes[FP_USS], 5);
	assert_int_equal(saved.groups[0].members.len, 1);
	assert_int_equal(saved.groups[1].members.len, 0);
	fp_saved_json_free(&saved);
}

/* What the command writes itself has memory among the rest. */
static void test_list(void **unused)
{
	static const char text[] =
		"{\"version\":1,\"processes\":[{\"pid\":7,\"starttime\":8,\"uid\":9,\"denied\":"
		"true,\"cmdline\":\"a b\",\"uss\":10,\"pss_anon\":0}],\"total\":{\"uss\":10}}";
	struct fp_saved saved;

	(void)unused;
	assert_int_equal(fp_saved_json_read(text, strlen(text), &saved, NULL), 0);
	assert_true(saved.is_list);
	assert_int_equal(saved.group_count, 0);
	assert_int_equal(saved.processes.len, 1);
	const struct fp_member *member = &saved.processes.at[0];
	assert_int_equal(member->pid, 7);
	assert_int_equal(member->starttime_ticks, 8);
	assert_int_equal(member->uid, 9);
	assert_true(member->denied);
	assert_string_equal(member->cmdline, "a b");
	assert_int_equal(member->memory.has, UINT32_C(1) << FP_USS | UINT32_C(1) << FP_PSS_ANON);
	assert_int_equal(member->memory.bytes[FP_USS], 10);
	fp_saved_json_free(&saved);
}

/* The tree would be freed by recursion; brackets in a string are none. */
static void test_depth(void **unused)
{
	struct fp_saved saved;
	char deep[300];

	(void)unused;
	snprintf(deep, sizeof(deep), "{\"version\":1,\"groups\":[],\"x\":\"%.*s\"}", 100,
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
		"[[[[[[[[[[[[[[[[[[");
	assert_int_equal(fp_saved_json_read(deep, strlen(deep), &saved, NULL), 0);
	fp_saved_json_free(&saved);
	memset(deep, '[', 65);
	memset(deep + 65, ']', 65);
	deep[130] = '\0';
	char whole[400];
	snprintf(whole, sizeof(whole), "{\"version\":1,\"groups\":[],\"x\":%s}", deep);
	assert_bad(whole);
	deep[62] = '\0';
	snprintf(whole, sizeof(whole), "{\"version\":1,\"groups\":[],\"x\":%s%.*s}", deep, 62,
		"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
	assert_int_equal(fp_saved_json_read(whole, strlen(whole), &saved, NULL), 0);
	fp_saved_json_free(&saved);
}

static void test_what_is_no_state_file(void **unused)
{
	(void)unused;
	assert_bad("");
	assert_bad("{");
	assert_bad("[]");
	assert_bad("null");
	assert_bad("{}");
	assert_bad("{\"version\":2,\"groups\":[]}");
	assert_bad("{\"version\":-1,\"groups\":[]}");
	assert_bad("{\"version\":1.0,\"groups\":[]}");
	assert_bad("{\"version\":\"1\",\"groups\":[]}");
	assert_bad("{\"version\":1}");
	assert_bad("{\"version\":1,\"groups\":{}}");
	assert_bad("{\"version\":1,\"groups\":[1]}");
	assert_bad("{\"version\":1,\"groups\":[{}]}");
	assert_bad("{\"version\":1,\"groups\":[{\"members\":[]}]}");
	assert_bad("{\"version\":1,\"groups\":[{\"name\":\"a\",\"template\":\"b\",\"members\":[{}]}"
		   "]}");
	assert_bad(
		"{\"version\":1,\"groups\":[{\"name\":\"a\",\"members\":[{\"pid\":2147483648}]}]}");
	assert_bad("{\"version\":1,\"groups\":[{\"name\":\"a\",\"members\":[{\"pid\":1},{\"pid\":-"
		   "1}]}]}");
}

/* Names that are longer than ours ever are get cut. */
static void test_long_names(void **unused)
{
	struct fp_saved saved;
	char text[512], name[101];

	(void)unused;
	memset(name, 'n', 100);
	name[100] = '\0';
	snprintf(text, sizeof(text),
		"{\"version\":1,\"groups\":[{\"name\":\"%s\",\"members\":[{\"pid\":1,\"comm\":"
		"\"%s\"}]}]}",
		name, name);
	assert_int_equal(fp_saved_json_read(text, strlen(text), &saved, NULL), 0);
	assert_int_equal(strlen(saved.groups[0].tally.name), FP_NAME_MAX);
	assert_int_equal(strlen(saved.groups[0].members.at[0].comm), FP_COMM_SIZE - 1);
	fp_saved_json_free(&saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_lacks),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_later_versions),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_what_is_no_state_file),
		cmocka_unit_test(test_long_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

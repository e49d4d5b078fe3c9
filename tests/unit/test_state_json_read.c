#include "cli/state_json.h"
#include "sample/state_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_bad(const char *text)
{
	struct fp_state_text state;

	assert_int_equal(fp_state_json_read(text, strlen(text), &state), -EBADMSG);
	assert_null(state.snapshot);
}

static void assert_self(const struct fp_self *self, const struct fp_self *expected)
{
	assert_true(self->cpu_ns == expected->cpu_ns);
	assert_true(self->longest_read_ns == expected->longest_read_ns);
	assert_true(self->walks == expected->walks);
	assert_true(self->rollups == expected->rollups);
	assert_true(self->fasts == expected->fasts);
	assert_true(self->lost_events == expected->lost_events);
	assert_true(self->kept_files == expected->kept_files);
	assert_true(self->deferred == expected->deferred);
	assert_true(self->stuck == expected->stuck);
	assert_int_equal(self->has_verify, expected->has_verify);
	assert_true(self->verify_uss_bytes == expected->verify_uss_bytes);
	assert_true(self->verify_pss_bytes == expected->verify_pss_bytes);
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
		.cpu_ns = 5,
		.processes = 6,
		.matched = 2,
		.self = {.cpu_ns = 101,
			.longest_read_ns = 102,
			.walks = 103,
			.rollups = 104,
			.fasts = 105,
			.lost_events = 106,
			.kept_files = 107,
			.deferred = 108,
			.stuck = UINT64_MAX},
		.groups = &result,
		.group_count = 1};
	const struct fp_state_times times = {.taken_ns = 1, .interval_s = 10};
	struct fp_buf json = {0};
	struct fp_state_text state;
	uint64_t bytes;

	(void)unused;
	for (unsigned i = 0; i < FP_METRICS; i++)
		fp_memory_set(&members[0].memory, (enum fp_metric)i, UINT64_MAX - i);
	fp_memory_set(&members[1].memory, FP_VMS, 0);
	fp_account_member(&result.account, 3, &members[0].memory, 1, false);
	fp_account_member(&result.account, 1, &members[1].memory, 1, true);
	result.account.deferred = 3;
	result.account.stuck = 4;
	assert_int_equal(fp_state_json_write(&snapshot, &times, &json), 0);
	assert_int_equal(fp_state_json_read(json.data, json.len, &state), 0);
	fp_buf_fini(&json);

	assert_int_equal(state.snapshot->group_count, 1);
	assert_int_equal(state.snapshot->cpu_ns, 5);
	assert_int_equal(state.snapshot->processes, 6);
	assert_int_equal(state.snapshot->matched, 2);
	assert_self(&state.snapshot->self, &snapshot.self);
	const struct fp_group_result *read = &state.snapshot->groups[0];
	assert_string_equal(read->name, "app-shop");
	assert_string_equal(read->group->name, "app-shop");
	assert_string_equal(read->group->template_text, configured);
	assert_int_equal(read->account.processes, 2);
	assert_int_equal(read->account.threads, 4);
	assert_int_equal(read->account.denied, 1);
	assert_int_equal(read->account.undecided, 0);
	assert_int_equal(read->account.deferred, 3);
	assert_int_equal(read->account.stuck, 4);
	for (unsigned i = 0; i < FP_METRICS; i++)
		assert_int_equal(fp_account_sum(&read->account, (enum fp_metric)i, true, &bytes),
			i == FP_VMS);
	assert_true(fp_account_sum(&read->account, FP_VMS, true, &bytes));
	assert_true(bytes == UINT64_MAX - FP_VMS);
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
	fp_state_json_free(&state);
}

/* An empty group's sums are 0; of one with an undecided process, only members are counted. */
static void test_sums(void **unused)
{
	static const char text[] =
		"{\"version\":1,\"groups\":[{\"name\":\"empty\",\"processes\":0,\"threads\":0,"
		"\"denied\":0,\"undecided\":0,\"memory\":{\"rss\":0,\"uss\":0},\"members\":[]},"
		"{\"name\":\"who\",\"denied\":2,\"undecided\":2,\"memory\":{},"
		"\"members\":[{\"pid\":5}]}]}";
	struct fp_state_text state;
	uint64_t bytes = 1;

	(void)unused;
	assert_int_equal(fp_state_json_read(text, strlen(text), &state), 0);
	const struct fp_group_result *groups = state.snapshot->groups;
	assert_int_equal(state.snapshot->group_count, 2);
	assert_true(fp_account_sum(&groups[0].account, FP_USS, true, &bytes));
	assert_int_equal(bytes, 0);
	assert_null(groups[0].group->template_text);
	assert_int_equal(groups[1].account.processes, 1);
	assert_int_equal(groups[1].account.undecided, 2);
	assert_false(fp_account_sum(&groups[1].account, FP_USS, true, &bytes));
	fp_state_json_free(&state);
}

/* A file may lack what was told later, and have what nobody knows as yet. */
static void test_more_or_less(void **unused)
{
	static const char older[] = "{\"version\":1,\"groups\":[{\"name\":\"a\",\"members\":[]}],"
				    "\"self\":{\"cpu_ns\":5,\"processes\":6,\"matched\":7}}";
	static const char newer[] =
		"{\"version\":1,\"groups\":[],\"more\":[{}],\"self\":{\"more\":{},"
		"\"stuck\":1,\"verify_uss_bytes\":2,\"verify_pss_bytes\":3}}";
	static const char none[] = "{\"version\":1,\"groups\":[]}";
	struct fp_state_text state;

	(void)unused;
	assert_int_equal(fp_state_json_read(older, strlen(older), &state), 0);
	assert_int_equal(state.snapshot->matched, 7);
	assert_self(&state.snapshot->self, &(struct fp_self){0});
	assert_int_equal(state.snapshot->groups[0].account.deferred, 0);
	assert_int_equal(state.snapshot->groups[0].account.stuck, 0);
	fp_state_json_free(&state);
	assert_int_equal(fp_state_json_read(newer, strlen(newer), &state), 0);
	assert_self(&state.snapshot->self, &(struct fp_self){.stuck = 1,
						   .has_verify = true,
						   .verify_uss_bytes = 2,
						   .verify_pss_bytes = 3});
	fp_state_json_free(&state);
	assert_int_equal(fp_state_json_read(none, strlen(none), &state), 0);
	assert_self(&state.snapshot->self, &(struct fp_self){0});
	fp_state_json_free(&state);
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
	assert_bad("{\"version\":1,\"groups\":[{\"name\":\"a\"}]}");
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
	struct fp_state_text state;
	char text[512], name[101];

	(void)unused;
	memset(name, 'n', 100);
	name[100] = '\0';
	snprintf(text, sizeof(text),
		"{\"version\":1,\"groups\":[{\"name\":\"%s\",\"members\":[{\"pid\":1,\"comm\":"
		"\"%s\"}]}]}",
		name, name);
	assert_int_equal(fp_state_json_read(text, strlen(text), &state), 0);
	assert_int_equal(strlen(state.snapshot->groups[0].name), FP_NAME_MAX);
	assert_int_equal(strlen(state.snapshot->groups[0].members.at[0].comm), FP_COMM_SIZE - 1);
	fp_state_json_free(&state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_more_or_less),
		cmocka_unit_test(test_what_is_no_state_file),
		cmocka_unit_test(test_long_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

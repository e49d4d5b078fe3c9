#include "sample/state_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <yajl/yajl_tree.h>

/* One group of one member; the caller changes what its case is about. */
struct scene {
	struct fp_group group;
	struct fp_member member;
	struct fp_group_result result;
	struct fp_snapshot snapshot;
	struct fp_buf json;
};

static void set_up(struct scene *scene)
{
	*scene = (struct scene){0};
	scene->member = (struct fp_member){
		.pid = 42, .starttime_ticks = 12345, .has_uid = true, .uid = 33, .threads = 2};
	strcpy(scene->member.comm, "nginx");
	fp_memory_set(&scene->member.memory, FP_RSS, 4096);
	fp_memory_set(&scene->member.memory, FP_USS, 1024);
	strcpy(scene->result.name, "web");
	scene->result.group = &scene->group;
	fp_account_init(&scene->result.account);
	fp_account_member(&scene->result.account, 2, &scene->member.memory, 5000000000, false);
	scene->result.members = (struct fp_members){.at = &scene->member, .len = 1, .cap = 1};
	scene->snapshot = (struct fp_snapshot){
		.taken_ns = 6234567890,
		.taken_real_ns = 1700000000012999999,
		.processes = 7,
		.matched = 1,
		.cpu_ns = UINT64_MAX,
		.self = {.cpu_ns = 101,
			.longest_read_ns = 102,
			.walks = 103,
			.rollups = 104,
			.fasts = 105,
			.lost_events = 106,
			.kept_files = 107,
			.deferred = 108,
			.stuck = 109},
		.groups = &scene->result,
		.group_count = 1,
	};
}

#define SELF                                                                                       \
	"\"self\":{\"cpu_ns\":18446744073709551615,\"processes\":7,\"matched\":1,"                 \
	"\"total_cpu_ns\":101,\"longest_read_ns\":102,\"walks\":103,\"rollups\":104,"              \
	"\"fasts\":105,\"lost_events\":106,\"kept_files\":107,\"deferred\":108,\"stuck\":109"
#define ALL_THERE "\"denied\":0,\"undecided\":0,\"deferred\":0,\"stuck\":0,\"age_seconds\":"

static const char *text_of(struct scene *scene)
{
	assert_int_equal(fp_state_json_write(&scene->snapshot, 10, &scene->json), 0);
	assert_int_equal(fp_buf_append(&scene->json, "", 1), 0);
	return scene->json.data;
}

static void tear_down(struct scene *scene)
{
	fp_buf_fini(&scene->json);
}

static void test_whole(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	assert_string_equal(text_of(&scene),
		"{\"version\":1,\"time\":1700000000.012,\"interval\":10.000,\"groups\":[{"
		"\"name\":\"web\",\"processes\":1,\"threads\":2," ALL_THERE "1.234,"
		"\"memory\":{\"rss\":4096,\"uss\":1024,\"uss_max\":1024},"
		"\"members\":[{\"pid\":42,\"starttime\":12345,\"comm\":\"nginx\",\"uid\":33,"
		"\"threads\":2,\"memory\":{\"rss\":4096,\"uss\":1024}}]}]," SELF "}}\n");
	tear_down(&scene);
}

static void test_no_group(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	scene.snapshot.group_count = 0;
	assert_string_equal(text_of(&scene),
		"{\"version\":1,\"time\":1700000000.012,\"interval\":10.000,\"groups\":[]," SELF
		"}}\n");
	tear_down(&scene);
}

/* Each metric goes by the name under which it is dispatched. */
static void test_metric_names(void **state)
{
	static const char *const names[] = {"rss", "uss", "pss", "swap", "swap_pss", "pss_anon",
		"pss_file", "pss_shmem", "pss_dirty", "locked", "anon_huge", "hugetlb", "lazyfree",
		"ksm", "page_tables", "shared", "vms", "text", "data"};

	(void)state;
	assert_int_equal(sizeof(names) / sizeof(names[0]), FP_METRICS);
	for (unsigned i = 0; i < FP_METRICS; i++)
		assert_string_equal(fp_state_json_metric((enum fp_metric)i), names[i]);
}

static void test_what_a_group_has_of_its_own(void **state)
{
	static char configured[] = "app-%{env:APP}";
	struct scene scene;

	(void)state;
	set_up(&scene);
	scene.group.template_text = configured;
	scene.group.options.interval_s = 60.5;
	scene.group.options.activity = true;
	scene.result.activity = (struct fp_activity_counters){
		.has = (1u << FP_ACTIVITIES) - 1, .has_handles = true, .handles = 11};
	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		scene.result.activity.value[i] = i + 1;
	const char *text = text_of(&scene);
	assert_non_null(strstr(
		text, "\"name\":\"web\",\"template\":\"app-%{env:APP}\",\"interval\":60.500,"));
	assert_non_null(strstr(text,
		"\"activity\":{\"cpu_user_us\":1,\"cpu_system_us\":2,\"faults_minor\":3,"
		"\"faults_major\":4,\"io_read_bytes\":5,\"io_write_bytes\":6,\"io_read_ops\":7,"
		"\"io_write_ops\":8,\"switches_voluntary\":9,\"switches_involuntary\":10,"
		"\"file_handles\":11},\"members\""));
	scene.result.activity = (struct fp_activity_counters){.has = 1u << FP_IO_READ_OPS};
	assert_non_null(strstr(text_of(&scene), "\"activity\":{\"io_read_ops\":0},"));
	scene.group.options.activity = false;
	assert_null(strstr(text_of(&scene), "activity"));
	tear_down(&scene);
}

static void test_unknown_is_absent(void **state)
{
	struct fp_memory nothing = {0};
	struct scene scene;

	(void)state;
	set_up(&scene);
	scene.member.has_uid = false;
	scene.member.denied = true;
	scene.member.memory = nothing;
	fp_account_member(&scene.result.account, 1, &nothing, 5000000000, true);
	const char *text = text_of(&scene);
	assert_non_null(strstr(text,
		"\"processes\":2,\"threads\":3,\"denied\":1,\"undecided\":0,"
		"\"deferred\":0,\"stuck\":0,\"age_seconds\":1.234,\"memory\":{},\"members\":[{"));
	assert_non_null(strstr(text, "\"comm\":\"nginx\",\"threads\":2,\"denied\":true,"
				     "\"memory\":{}}]"));
	scene.group.options.report_partial = true;
	assert_non_null(strstr(text_of(&scene),
		"\"memory\":{\"rss\":4096,\"uss\":1024,\"uss_max\":1024},\"members\""));
	scene.group.options.report_partial = false;
	fp_account_undecided(&scene.result.account, 1);
	fp_account_stuck(&scene.result.account);
	fp_account_stuck_undecided(&scene.result.account, 2);
	assert_non_null(strstr(text_of(&scene),
		"{\"name\":\"web\",\"denied\":2,\"undecided\":1,\"deferred\":0,\"stuck\":3,"));
	tear_down(&scene);
}

/* An empty group is known to be empty: zeros, not nothing. */
static void test_empty_group(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	fp_account_init(&scene.result.account);
	scene.result.members.len = 0;
	const char *text = text_of(&scene);
	assert_non_null(strstr(text, "\"processes\":0,\"threads\":0," ALL_THERE
				     "0.000,\"memory\":{\"rss\":0,\"uss\":0,"));
	assert_non_null(strstr(text, "\"uss_max\":0},\"members\":[]}"));
	tear_down(&scene);
}

static void test_lateness(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	scene.result.account.deferred = 3;
	scene.result.account.stuck = 4;
	assert_non_null(strstr(
		text_of(&scene), "\"undecided\":0,\"deferred\":3,\"stuck\":4,\"age_seconds\":"));
	tear_down(&scene);
}

static void test_verify(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	scene.snapshot.self.verify_uss_bytes = 4096;
	assert_null(strstr(text_of(&scene), "verify"));
	scene.snapshot.self.has_verify = true;
	assert_non_null(strstr(
		text_of(&scene), SELF ",\"verify_uss_bytes\":4096,\"verify_pss_bytes\":0}}\n"));
	tear_down(&scene);
}

static const char *comm_of(yajl_val root)
{
	const char *to_groups[] = {"groups", NULL};
	const char *to_members[] = {"members", NULL};
	const char *to_comm[] = {"comm", NULL};
	yajl_val groups = yajl_tree_get(root, to_groups, yajl_t_array);
	yajl_val members = yajl_tree_get(groups->u.array.values[0], to_members, yajl_t_array);

	return YAJL_GET_STRING(yajl_tree_get(members->u.array.values[0], to_comm, yajl_t_string));
}

/* A process may call itself anything; the file stays JSON, and what is text stays that text. */
static void test_names_of_strangers(void **state)
{
	static const struct {
		const char *comm, *read;
	} cases[] = {
		{"a\"b\\c/\b\f\n\r\t\x01\x1f\x7f", "a\"b\\c/\b\f\n\r\t\x01\x1f\x7f"},
		{"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
			"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"\xff", "\xef\xbf\xbd"},
		{"\xc3", "\xef\xbf\xbd"},
		{"\x80z", "\xef\xbf\xbdz"},
		{"\xc3z", "\xef\xbf\xbdz"},
		{"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe0\x9f\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"", ""},
	};
	struct scene scene;
	char error[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up(&scene);
		strcpy(scene.member.comm, cases[i].comm);
		yajl_val root = yajl_tree_parse(text_of(&scene), error, sizeof(error));
		assert_non_null(root);
		assert_string_equal(comm_of(root), cases[i].read);
		yajl_tree_free(root);
		tear_down(&scene);
	}
}

static void test_every_pair_of_bytes(void **state)
{
	struct scene scene;
	char error[128];

	(void)state;
	for (int first = 1; first < 256; first++) {
		set_up(&scene);
		for (int second = 0x7e; second < 256; second += 13) {
			scene.member.comm[0] = (char)first;
			scene.member.comm[1] = (char)second;
			scene.member.comm[2] = '\0';
			yajl_val root = yajl_tree_parse(text_of(&scene), error, sizeof(error));
			assert_non_null(root);
			yajl_tree_free(root);
		}
		tear_down(&scene);
	}
}

/* A comm that fills its array has no NUL to end it. */
static void test_longest_name(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	memset(scene.member.comm, 'x', sizeof(scene.member.comm));
	const char *at = strstr(text_of(&scene), "\"xxx");
	assert_non_null(at);
	assert_int_equal(strspn(at + 1, "x"), FP_COMM_SIZE);
	tear_down(&scene);
}

/* The buffer is used again for each reading. */
static void test_second_text_replaces_the_first(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	size_t len = strlen(text_of(&scene));
	assert_int_equal(strlen(text_of(&scene)), len);
	tear_down(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_no_group),
		cmocka_unit_test(test_metric_names),
		cmocka_unit_test(test_what_a_group_has_of_its_own),
		cmocka_unit_test(test_unknown_is_absent),
		cmocka_unit_test(test_empty_group),
		cmocka_unit_test(test_lateness),
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_names_of_strangers),
		cmocka_unit_test(test_every_pair_of_bytes),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_second_text_replaces_the_first),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

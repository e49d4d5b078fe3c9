#include "sample/users.h"
#include "../lib/readtext.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A host of one user at a time, and of a clock. */
static struct {
	uint64_t now_s;
	int status; /* of each answer */
	const char *name;
	uint32_t uid;
	unsigned ids, names; /* asked since the last look */
	unsigned lines;
	char said[512]; /* the last line */
} world;

static int user_id(struct fp_os *os, const char *name, uint32_t *uid)
{
	(void)os;
	world.ids++;
	if (world.status < 0)
		return world.status;
	if (strcmp(name, world.name) != 0)
		return -ENOENT;
	*uid = world.uid;
	return 0;
}

static int user_name(struct fp_os *os, uint32_t uid, struct fp_buf *name)
{
	(void)os;
	world.names++;
	if (world.status < 0)
		return world.status;
	if (uid != world.uid)
		return -ENOENT;
	name->len = 0;
	return fp_buf_append(name, world.name, strlen(world.name));
}

static uint64_t monotonic(struct fp_os *os)
{
	(void)os;
	return world.now_s * UINT64_C(1000000000);
}

static void say(void *context, enum fp_level level, const char *line)
{
	(void)context, (void)level;
	world.lines++;
	snprintf(world.said, sizeof(world.said), "%s", line);
}

static struct fp_os_backend backend;
static const struct fp_host host = {.backend = &backend, .log = {.say = say}};
static struct fp_users *users;
static struct readtext read;

static int begin(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.now_s = 1000;
	world.name = "shop";
	world.uid = 61000;
	backend = fp_os_null;
	backend.user_id = user_id;
	backend.user_name = user_name;
	backend.monotonic_ns = monotonic;
	readtext_good("<Group \"a\">\nUser \"shop\"\n</Group>\n"
		      "<Group \"b\">\nUser \"42\"\n</Group>\n",
		&read);
	return fp_users_new(&users);
}

static int end(void **state)
{
	(void)state;
	fp_users_free(users);
	readtext_fini(&read);
	return 0;
}

static const struct fp_line *line_of(const char *group)
{
	return &readtext_group(&read, group)->blocks[0].lines[0];
}

/* A round so much later; how often an id was asked for in it. */
static unsigned round_after(uint64_t seconds)
{
	world.now_s += seconds;
	world.ids = 0;
	fp_users_resolve(users, &host, read.settings);
	return world.ids;
}

static void check_said(unsigned lines, const char *part)
{
	assert_int_equal(world.lines, lines);
	if (lines && !strstr(world.said, part))
		fail_msg("not said: %s; but: %s", part, world.said);
	world.lines = 0;
}

static void check_name(uint32_t uid, const char *wanted, unsigned asked)
{
	const char *name = NULL;

	world.names = 0;
	assert_int_equal(fp_users_name(users, &host, uid, &name), 0);
	assert_string_equal(name, wanted);
	assert_int_equal(world.names, asked);
}

static void test_an_id_that_changes(void **state)
{
	(void)state;
	assert_int_equal(round_after(0), 1);
	assert_true(line_of("a")->has_uid);
	assert_int_equal(line_of("a")->uid, 61000);
	world.uid = 61001;
	assert_int_equal(round_after(59), 0);
	assert_int_equal(line_of("a")->uid, 61000);
	assert_int_equal(round_after(1), 1);
	assert_int_equal(line_of("a")->uid, 61001);
	assert_true(line_of("b")->has_uid);
	assert_int_equal(line_of("b")->uid, 42);
	check_said(0, "");
}

static void test_a_user_who_goes(void **state)
{
	(void)state;
	round_after(0);
	world.name = "mail";
	round_after(60);
	assert_false(line_of("a")->has_uid);
	check_said(1, "<Group \"a\">: User: \"shop\" is not known on this host");
	round_after(60);
	check_said(0, "");
	world.name = "shop";
	world.uid = 0;
	round_after(60);
	assert_true(line_of("a")->has_uid);
	assert_int_equal(line_of("a")->uid, 0);
	world.name = "mail";
	round_after(60);
	check_said(1, "is not known");
	assert_int_equal(line_of("b")->uid, 42);
}

static void test_a_user_who_is_late(void **state)
{
	(void)state;
	world.status = -EAGAIN;
	round_after(0);
	check_said(1, "cannot be looked up now");
	assert_false(line_of("a")->has_uid);
	world.status = 0;
	round_after(60);
	assert_true(line_of("a")->has_uid);
	check_said(0, "");
}

static void test_nobody_can_tell(void **state)
{
	(void)state;
	round_after(0);
	check_name(61000, "shop", 1);
	world.status = -EAGAIN;
	round_after(300);
	assert_true(line_of("a")->has_uid);
	assert_int_equal(line_of("a")->uid, 61000);
	check_name(61000, "shop", 1);
	check_name(61000, "shop", 0);
	check_said(0, "");

	const char *name;
	assert_int_equal(fp_users_name(users, &host, 5, &name), -EAGAIN);
}

static void test_a_name_that_changes(void **state)
{
	(void)state;
	round_after(0);
	check_name(61000, "shop", 1);
	check_name(5, "5", 1);
	world.name = "mail";
	round_after(299);
	check_name(61000, "shop", 0);
	round_after(1);
	check_name(61000, "mail", 1);
	check_name(61000, "mail", 0);
	world.uid = 5;
	round_after(300);
	check_name(61000, "61000", 1);
	check_name(5, "mail", 1);
}

static void test_many_names(void **state)
{
	char number[16];

	(void)state;
	round_after(0);
	for (uint32_t uid = 0; uid < 4096; uid++) {
		snprintf(number, sizeof(number), "%u", (unsigned)uid);
		check_name(uid, number, 1);
		if (uid == 4094) {
			round_after(1);
			check_name(0, "0", 0);
		}
	}
	check_name(0, "0", 0);
	round_after(1);
	check_name(0, "0", 1);
	check_name(4095, "4095", 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_id_that_changes, begin, end),
		cmocka_unit_test_setup_teardown(test_a_user_who_goes, begin, end),
		cmocka_unit_test_setup_teardown(test_a_user_who_is_late, begin, end),
		cmocka_unit_test_setup_teardown(test_nobody_can_tell, begin, end),
		cmocka_unit_test_setup_teardown(test_a_name_that_changes, begin, end),
		cmocka_unit_test_setup_teardown(test_many_names, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

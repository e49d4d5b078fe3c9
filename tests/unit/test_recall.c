/* What a member is asked for after the reading. */
#include "../lib/fakehost.h"
#include "sample/recall.h"

#include <stdio.h>
#include <string.h>

/* The command line of a process as it was when it had this starttime, or the error. */
static const char *ask(struct fp_recall *recall, int32_t pid, uint64_t starttime_ticks, int *status)
{
	const struct fp_member member = {.pid = pid, .starttime_ticks = starttime_ticks};
	const char *line = NULL;

	*status = fp_recall_cmdline(recall, &member, &line);
	return line;
}

static void test_command_lines(void **state)
{
	struct fake_process *a = fake_start(10, 1, "a", "");
	struct fake_process *b = fake_start(11, 1, "b", "");
	struct fp_recall *recall;
	int status;

	(void)state;
	strcpy(a->cmdline, "one|two|");
	strcpy(b->cmdline, "alone|");
	assert_int_equal(fp_recall_new(&fake->host, &recall), 0);
	const char *first = ask(recall, 10, a->starttime_ticks, &status);
	assert_int_equal(status, 0);
	const char *second = ask(recall, 11, b->starttime_ticks, &status);
	assert_int_equal(status, 0);
	/* the first is still there */
	assert_string_equal(first, "one two");
	assert_string_equal(second, "alone");
	/* another process has its id by now */
	ask(recall, 10, a->starttime_ticks + 1, &status);
	assert_int_equal(status, -ESRCH);
	fake_exit(b);
	ask(recall, 11, b->starttime_ticks, &status);
	assert_int_equal(status, -ESRCH);
	a->denied = 1u << FP_OS_CMDLINE;
	ask(recall, 10, a->starttime_ticks, &status);
	assert_int_equal(status, -EACCES);
	a->denied = 1u << FP_OS_STAT;
	ask(recall, 10, a->starttime_ticks, &status);
	assert_int_equal(status, -EACCES);
	fp_recall_free(recall);
}

/* Chosen by its id, with its descendants and without. */
static void test_pids(void **state)
{
	(void)state;
	fake_start(10, 1, "a", "");
	fake_start(11, 10, "b", "");
	fake_start(100, 1, "c", "");
	fake_configure("<Group \"one\">\nPid 10\n</Group>\n"
		       "<Group \"two\">\nPid \"100,11\"\n</Group>\n"
		       "<Group \"not\">\nNot Pid 10\n</Group>\n"
		       "<Group \"family\">\nPid 10\nDescendants true\n</Group>\n"
		       "<Group \"none\">\nPid 1000\n</Group>");
	fake_round();
	fake_check("one", "10");
	fake_check("two", "11 100");
	fake_check("not", "11 100");
	fake_check("family", "10 11");
	fake_check("none", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_command_lines, fake_begin, fake_end),
		cmocka_unit_test_setup_teardown(test_pids, fake_begin, fake_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

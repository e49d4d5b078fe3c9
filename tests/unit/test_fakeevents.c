#include "../lib/fakehost.h"
#include "parse/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fp_os_stream *stream;
static struct fp_os_events events;
static uint64_t lost;

static int open_stream(void)
{
	const char *reason;

	return fake->backend.events_open(NULL, &stream, &reason);
}

/* Closes it and frees what was read. */
static void finish(void)
{
	fake->backend.events_close(stream);
	free(events.at);
	events = (struct fp_os_events){0};
}

/* Fails unless so many were lost, and these kinds and pids came, as FORK 10 is "F10". */
static void check(uint64_t lost_now, const char *wanted)
{
	static const char letters[] = {[FP_OS_EVENT_FORK] = 'F',
		[FP_OS_EVENT_EXEC] = 'E',
		[FP_OS_EVENT_EXIT] = 'X',
		[FP_OS_EVENT_COMM] = 'C',
		[FP_OS_EVENT_UID] = 'U'};
	char found[256] = "";

	lost = 5;
	assert_int_equal(fake->backend.events_drain(stream, &events, &lost), 0);
	for (size_t i = 0; i < events.len; i++) {
		size_t len = strlen(found);
		snprintf(found + len, sizeof(found) - len, "%s%c%d", len ? " " : "",
			letters[events.at[i].kind], events.at[i].pid);
	}
	assert_string_equal(found, wanted);
	assert_int_equal(lost, 5 + lost_now);
}

static void test_nothing_is_told_unasked(void **state)
{
	struct fp_buf text = {0};

	(void)state;
	assert_int_equal(open_stream(), -ENOTSUP);
	assert_int_equal(fake->backend.host_read(NULL, FP_OS_HOST_LOADAVG, &text), -ENOTSUP);
	fake_tell_events(-EACCES);
	assert_int_equal(open_stream(), -EACCES);
}

static void test_what_happens_is_told(void **state)
{
	(void)state;
	fake_start(9, 1, "early", "");
	fake_tell_events(0);
	assert_int_equal(open_stream(), 0);
	struct fake_process *shell = fake_start(10, 1, "sh", "A=1");
	struct fake_process *child = fake_fork(shell, 11);
	check(0, "F10 E10 F11");
	assert_int_equal(events.at[2].parent, 10);
	check(0, "");
	fake_exec(child, "cat", NULL);
	fake_event(FP_OS_EVENT_COMM, 11, 0);
	fake_exit(child);
	check(0, "E11 C11 X11");
	finish();
}

static void test_events_are_lost(void **state)
{
	(void)state;
	fake_tell_events(0);
	assert_int_equal(open_stream(), 0);
	fake_lose(3);
	struct fake_process *shell = fake_start(10, 1, "sh", "");
	fake_fork(shell, 11);
	fake_fork(shell, 12);
	check(3, "F12");
	fake_exit(shell);
	check(0, "X10");
	fake->drain_status = -EIO;
	assert_int_equal(fake->backend.events_drain(stream, &events, &lost), -EIO);
	finish();
}

static void test_the_last_pid_is_told(void **state)
{
	struct fp_buf text = {0};
	int32_t pid = 0;

	(void)state;
	fake_tell_last_pid();
	fake_start(10, 1, "sh", "");
	assert_int_equal(fake->backend.host_read(NULL, FP_OS_HOST_LOADAVG, &text), 0);
	assert_int_equal(fp_loadavg_last_pid(text.data, text.len, &pid), 0);
	assert_int_equal(pid, 10);
	fp_buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_nothing_is_told_unasked),
		ON_A_FAKE_HOST(test_what_happens_is_told),
		ON_A_FAKE_HOST(test_events_are_lost),
		ON_A_FAKE_HOST(test_the_last_pid_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

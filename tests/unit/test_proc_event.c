#include "os/proc_event.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EVENT_AT = NLMSG_HDRLEN + sizeof(struct cn_msg), WHOLE = sizeof(struct proc_event) };

/* A datagram as the kernel makes it; the tests write its lengths over. */
struct datagram {
	uint32_t idx, val, ack;
	uint32_t whole_len; /* as it says itself */
	uint16_t message_len;
	struct proc_event event;
};

static struct datagram make(uint32_t what)
{
	struct datagram made = {.idx = CN_IDX_PROC,
		.val = CN_VAL_PROC,
		.whole_len = EVENT_AT + WHOLE,
		.message_len = WHOLE};

	memcpy(&made.event, &what, sizeof(what));
	return made;
}

/* The first len bytes of it, at an odd address of memory that ends there; freed with free(). */
static char *put(const struct datagram *made, size_t len)
{
	const struct nlmsghdr header = {.nlmsg_len = made->whole_len, .nlmsg_type = NLMSG_DONE};
	const struct cn_msg message = {
		.id = {made->idx, made->val}, .ack = made->ack, .len = made->message_len};
	char whole[256] = {0}, *memory = malloc(len + 1);

	assert_non_null(memory);
	assert_in_range(len, 0, sizeof(whole));
	memcpy(whole, &header, sizeof(header));
	memcpy(whole + NLMSG_HDRLEN, &message, sizeof(message));
	memcpy(whole + EVENT_AT, &made->event, WHOLE);
	memcpy(memory + 1, whole, len);
	return memory;
}

static int parse_cut(const struct datagram *made, size_t len, struct fp_os_event *out)
{
	char *memory = put(made, len);
	int status = fp_proc_event_parse(memory + 1, len, out);

	free(memory);
	return status;
}

/* With the event of a kernel to which it has this length. */
static int parse_as(struct datagram made, size_t event_len, struct fp_os_event *out)
{
	made.message_len = (uint16_t)event_len;
	made.whole_len = (uint32_t)(EVENT_AT + event_len);
	return parse_cut(&made, EVENT_AT + event_len, out);
}

static struct datagram make_fork(int32_t parent, int32_t tgid, int32_t pid)
{
	struct datagram made = make(PROC_EVENT_FORK);

	made.event.event_data.fork.parent_pid = parent + 1000;
	made.event.event_data.fork.parent_tgid = parent;
	made.event.event_data.fork.child_pid = pid;
	made.event.event_data.fork.child_tgid = tgid;
	return made;
}

static struct datagram make_exit(int32_t tgid, int32_t pid)
{
	struct datagram made = make(PROC_EVENT_EXIT);

	made.event.event_data.exit.process_pid = pid;
	made.event.event_data.exit.process_tgid = tgid;
	made.event.event_data.exit.parent_pid = 77;
	made.event.event_data.exit.parent_tgid = 77;
	return made;
}

static void check_as(struct datagram made, size_t event_len, enum fp_os_event_kind kind,
	int32_t pid, int32_t parent)
{
	struct fp_os_event event = {0};

	assert_int_equal(parse_as(made, event_len, &event), 1);
	assert_int_equal(event.kind, kind);
	assert_int_equal(event.pid, pid);
	assert_int_equal(event.parent, parent);
}

static void check(struct datagram made, enum fp_os_event_kind kind, int32_t pid, int32_t parent)
{
	check_as(made, WHOLE, kind, pid, parent);
}

static void check_not_taken_as(struct datagram made, size_t event_len, int status)
{
	struct fp_os_event event, before;

	memset(&before, 0x5a, sizeof(before));
	event = before;
	assert_int_equal(parse_as(made, event_len, &event), status);
	assert_memory_equal(&event, &before, sizeof(event));
}

static void check_not_taken(struct datagram made, int status)
{
	check_not_taken_as(made, WHOLE, status);
}

static void test_events_of_processes(void **state)
{
	struct datagram made;

	(void)state;
	check(make_fork(50, 100, 100), FP_OS_EVENT_FORK, 100, 50);
	check(make_fork(0, 2, 2), FP_OS_EVENT_FORK, 2, 0);
	made = make(PROC_EVENT_EXEC);
	made.event.event_data.exec.process_pid = made.event.event_data.exec.process_tgid = 101;
	check(made, FP_OS_EVENT_EXEC, 101, 0);
	check(make_exit(4194304, 4194304), FP_OS_EVENT_EXIT, 4194304, 0);
	made = make(PROC_EVENT_COMM);
	made.event.event_data.comm.process_pid = made.event.event_data.comm.process_tgid = 103;
	memset(made.event.event_data.comm.comm, 0xff, sizeof(made.event.event_data.comm.comm));
	check(made, FP_OS_EVENT_COMM, 103, 0);
	made = make(PROC_EVENT_UID);
	made.event.event_data.id.process_pid = made.event.event_data.id.process_tgid = 104;
	made.event.event_data.id.r.ruid = made.event.event_data.id.e.euid = UINT32_MAX;
	check(made, FP_OS_EVENT_UID, 104, 0);
}

static void test_threads_are_left_out(void **state)
{
	static const uint32_t kinds[] = {PROC_EVENT_EXEC, PROC_EVENT_COMM, PROC_EVENT_UID};

	(void)state;
	check_not_taken(make_fork(100, 100, 101), 0);
	check_not_taken(make_exit(100, 101), 0);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct datagram made = make(kinds[i]);
		made.event.event_data.exec.process_pid = 101;
		made.event.event_data.exec.process_tgid = 100;
		check_not_taken(made, 0);
	}
}

static void test_other_kinds_are_left_out(void **state)
{
	static const uint32_t kinds[] = {PROC_EVENT_NONE, PROC_EVENT_GID, PROC_EVENT_SID,
		PROC_EVENT_PTRACE, PROC_EVENT_COREDUMP, 0x400, 0x20000000,
		PROC_EVENT_FORK | PROC_EVENT_EXEC, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct datagram made = make(kinds[i]);
		made.event.event_data.exec.process_pid = 100;
		made.event.event_data.exec.process_tgid = 100;
		check_not_taken(made, 0);
	}
}

static void test_kernels_differ_in_length(void **state)
{
	struct datagram made = make_exit(100, 100);

	(void)state;
	/* before 4.18 an exit did not tell the parent */
	check_as(made, offsetof(struct proc_event, event_data.exit.parent_pid), FP_OS_EVENT_EXIT,
		100, 0);
	check_as(made, offsetof(struct proc_event, event_data.exit.exit_code), FP_OS_EVENT_EXIT,
		100, 0);
	check_as(made, WHOLE + 60, FP_OS_EVENT_EXIT, 100, 0);
}

static void test_what_is_cut_is_refused(void **state)
{
	struct datagram made = make_fork(50, 100, 100);
	size_t needed = offsetof(struct proc_event, event_data.fork.child_tgid) +
			sizeof(made.event.event_data.fork.child_tgid);

	(void)state;
	for (size_t len = 0; len < needed; len++)
		check_not_taken_as(made, len, -EBADMSG);
	check_as(made, needed, FP_OS_EVENT_FORK, 100, 50);
}

static void test_lengths_that_do_not_fit_are_refused(void **state)
{
	const struct datagram good = make_exit(100, 100);
	const size_t len = EVENT_AT + WHOLE;
	struct datagram made = good;
	struct fp_os_event event;

	(void)state;
	assert_int_equal(parse_cut(&good, len, &event), 1);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(parse_cut(&good, cut, &event), -EBADMSG);
	made.whole_len = (uint32_t)len + 1;
	assert_int_equal(parse_cut(&made, len, &event), -EBADMSG);
	made.whole_len = EVENT_AT - 1;
	assert_int_equal(parse_cut(&made, len, &event), -EBADMSG);
	made = good;
	made.message_len = WHOLE + 1;
	assert_int_equal(parse_cut(&made, len, &event), -EBADMSG);
	assert_int_equal(parse_cut(&made, len + 1, &event), -EBADMSG);
}

static void test_others_of_the_connector_are_refused(void **state)
{
	struct datagram made = make_exit(100, 100);

	(void)state;
	made.idx = CN_IDX_CIFS;
	check_not_taken(made, -EBADMSG);
	made.idx = CN_IDX_PROC;
	made.val = CN_VAL_PROC + 1;
	check_not_taken(made, -EBADMSG);
	made.val = CN_VAL_PROC;
	check(made, FP_OS_EVENT_EXIT, 100, 0);
}

static void test_impossible_ids_are_refused(void **state)
{
	(void)state;
	check_not_taken(make_exit(0, 0), -EBADMSG);
	check_not_taken(make_exit(-1, -1), -EBADMSG);
	check_not_taken(make_exit(1, 0), -EBADMSG);
	check_not_taken(make_exit(INT32_MIN, 1), -EBADMSG);
	check_not_taken(make_fork(-1, 100, 100), -EBADMSG);
}

/* Is it the answer to the request of the number 41? */
static bool answers(const struct datagram *made, int *error)
{
	char *memory = put(made, EVENT_AT + WHOLE);
	bool is_answer = fp_proc_event_is_ack(memory + 1, EVENT_AT + WHOLE, 41, error);

	free(memory);
	return is_answer;
}

static void test_the_acknowledgement_is_known_by_its_number(void **state)
{
	struct datagram made = make(PROC_EVENT_NONE);
	int error = -1;

	(void)state;
	made.ack = 42;
	assert_true(answers(&made, &error));
	assert_int_equal(error, 0);
	made.event.event_data.ack.err = EPERM;
	assert_true(answers(&made, &error));
	assert_int_equal(error, EPERM);

	error = -1;
	made.ack = 41;
	assert_false(answers(&made, &error));
	made.ack = 0;
	assert_false(answers(&made, &error));
	made = make_exit(100, 100);
	made.ack = 42;
	assert_false(answers(&made, &error));
	made = make(PROC_EVENT_NONE);
	made.ack = 42;
	made.val = CN_VAL_PROC + 1;
	assert_false(answers(&made, &error));
	assert_int_equal(error, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_of_processes),
		cmocka_unit_test(test_threads_are_left_out),
		cmocka_unit_test(test_other_kinds_are_left_out),
		cmocka_unit_test(test_kernels_differ_in_length),
		cmocka_unit_test(test_what_is_cut_is_refused),
		cmocka_unit_test(test_lengths_that_do_not_fit_are_refused),
		cmocka_unit_test(test_others_of_the_connector_are_refused),
		cmocka_unit_test(test_impossible_ids_are_refused),
		cmocka_unit_test(test_the_acknowledgement_is_known_by_its_number),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

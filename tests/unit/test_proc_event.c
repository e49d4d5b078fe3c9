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

/* A datagram as the kernel makes it, with the event cut or made longer to event_len. */
struct datagram {
	struct nlmsghdr header;
	struct cn_msg message;
	struct proc_event event;
	size_t event_len;
};

static struct datagram make(uint32_t what)
{
	struct datagram made = {.event_len = WHOLE};

	made.header.nlmsg_len = EVENT_AT + WHOLE;
	made.header.nlmsg_type = NLMSG_DONE;
	made.message.id.idx = CN_IDX_PROC;
	made.message.id.val = CN_VAL_PROC;
	made.message.len = WHOLE;
	memcpy(&made.event, &what, sizeof(what));
	return made;
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

/* Of memory of exactly its size, at an odd address; lengths in it follow event_len. */
static int parse(struct datagram *made, struct fp_os_event *out)
{
	size_t len = EVENT_AT + made->event_len;
	char *memory = calloc(1, len + 1), *bytes = memory + 1;
	size_t kept = made->event_len < WHOLE ? made->event_len : WHOLE;

	assert_non_null(memory);
	made->header.nlmsg_len = (uint32_t)len;
	made->message.len = (uint16_t)made->event_len;
	memcpy(bytes, &made->header, sizeof(made->header));
	memcpy(bytes + NLMSG_HDRLEN, &made->message, sizeof(made->message));
	memcpy(bytes + EVENT_AT, &made->event, kept);
	int status = fp_proc_event_parse(bytes, len, out);
	free(memory);
	return status;
}

static void check(struct datagram made, enum fp_os_event_kind kind, int32_t pid, int32_t parent)
{
	struct fp_os_event event = {0};

	assert_int_equal(parse(&made, &event), 1);
	assert_int_equal(event.kind, kind);
	assert_int_equal(event.pid, pid);
	assert_int_equal(event.parent, parent);
}

static void check_not_taken(struct datagram made, int status)
{
	struct fp_os_event event, before;

	memset(&before, 0x5a, sizeof(before));
	event = before;
	assert_int_equal(parse(&made, &event), status);
	assert_memory_equal(&event, &before, sizeof(event));
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
	made.event_len = offsetof(struct proc_event, event_data.exit.parent_pid);
	check(made, FP_OS_EVENT_EXIT, 100, 0);
	made.event_len = offsetof(struct proc_event, event_data.exit.exit_code);
	check(made, FP_OS_EVENT_EXIT, 100, 0);
	made.event_len = WHOLE + 60;
	check(made, FP_OS_EVENT_EXIT, 100, 0);
}

static void test_what_is_cut_is_refused(void **state)
{
	struct datagram made = make_fork(50, 100, 100);
	size_t needed = offsetof(struct proc_event, event_data.fork.child_tgid) +
			sizeof(made.event.event_data.fork.child_tgid);

	(void)state;
	for (made.event_len = 0; made.event_len < needed; made.event_len++)
		check_not_taken(made, -EBADMSG);
	check(made, FP_OS_EVENT_FORK, 100, 50);
}

static void test_lengths_that_do_not_fit_are_refused(void **state)
{
	struct datagram made = make_exit(100, 100);
	struct fp_os_event event;
	char bytes[EVENT_AT + WHOLE];

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct nlmsghdr header = made.header;
		struct cn_msg message = made.message;
		size_t len = sizeof(bytes);
		header.nlmsg_len = i == 1   ? sizeof(bytes) + 1
				   : i == 2 ? EVENT_AT - 1
					    : sizeof(bytes);
		message.len = i == 3 ? WHOLE + 1 : WHOLE;
		len -= i == 4;
		memcpy(bytes, &header, sizeof(header));
		memcpy(bytes + NLMSG_HDRLEN, &message, sizeof(message));
		memcpy(bytes + EVENT_AT, &made.event, WHOLE);
		assert_int_equal(fp_proc_event_parse(bytes, len, &event), i == 0 ? 1 : -EBADMSG);
	}
	for (size_t len = 0; len < EVENT_AT; len++)
		assert_int_equal(fp_proc_event_parse(bytes, len, &event), -EBADMSG);
}

static void test_others_of_the_connector_are_refused(void **state)
{
	struct datagram made = make_exit(100, 100);

	(void)state;
	made.message.id.idx = CN_IDX_CIFS;
	check_not_taken(made, -EBADMSG);
	made.message.id.idx = CN_IDX_PROC;
	made.message.id.val = CN_VAL_PROC + 1;
	check_not_taken(made, -EBADMSG);
	made.message.id.val = CN_VAL_PROC;
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

/* 1: it is the answer to 41, *error told; 0: it is not. */
static int answers(struct datagram *made, int *error)
{
	char bytes[EVENT_AT + WHOLE];

	memcpy(bytes, &made->header, sizeof(made->header));
	memcpy(bytes + NLMSG_HDRLEN, &made->message, sizeof(made->message));
	memcpy(bytes + EVENT_AT, &made->event, WHOLE);
	return fp_proc_event_is_ack(bytes, sizeof(bytes), 41, error);
}

static void test_the_acknowledgement_is_known_by_its_number(void **state)
{
	struct datagram made = make(PROC_EVENT_NONE);
	int error = -1;

	(void)state;
	made.message.ack = 42;
	assert_int_equal(answers(&made, &error), 1);
	assert_int_equal(error, 0);
	made.event.event_data.ack.err = EPERM;
	assert_int_equal(answers(&made, &error), 1);
	assert_int_equal(error, EPERM);

	error = -1;
	made.message.ack = 41;
	assert_int_equal(answers(&made, &error), 0);
	made.message.ack = 0;
	assert_int_equal(answers(&made, &error), 0);
	made = make_exit(100, 100);
	made.message.ack = 42;
	assert_int_equal(answers(&made, &error), 0);
	made = make(PROC_EVENT_NONE);
	made.message.ack = 42;
	made.message.id.val = CN_VAL_PROC + 1;
	assert_int_equal(answers(&made, &error), 0);
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

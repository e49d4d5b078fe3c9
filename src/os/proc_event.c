#include "os/proc_event.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <string.h>

enum { MESSAGE_AT = NLMSG_HDRLEN, EVENT_AT = MESSAGE_AT + sizeof(struct cn_msg) };

/*
 * The two parts of a datagram. Kernels differ in the length of an event: a word that is missing or
 * cut becomes 0, which is no process's id. 0 or -EBADMSG.
 */
static int split(const char *bytes, size_t len, struct cn_msg *message, struct proc_event *event)
{
	struct nlmsghdr header;

	if (len < EVENT_AT)
		return -EBADMSG;
	memcpy(&header, bytes, sizeof(header));
	memcpy(message, bytes + MESSAGE_AT, sizeof(*message));
	if (header.nlmsg_len < EVENT_AT || header.nlmsg_len > len ||
		message->len > header.nlmsg_len - EVENT_AT ||
		message->len < offsetof(struct proc_event, event_data))
		return -EBADMSG;
	if (message->id.idx != CN_IDX_PROC || message->id.val != CN_VAL_PROC)
		return -EBADMSG;
	size_t whole_words = message->len - message->len % sizeof(uint32_t);
	memset(event, 0, sizeof(*event));
	memcpy(event, bytes + EVENT_AT,
		whole_words < sizeof(*event) ? whole_words : sizeof(*event));
	return 0;
}

/* Of a task of these two ids: its own, and that of its process, which is its first thread's own. */
static int take(enum fp_os_event_kind kind, int32_t pid, int32_t tgid, int32_t parent,
	struct fp_os_event *out)
{
	if (pid <= 0 || tgid <= 0 || parent < 0)
		return -EBADMSG;
	if (pid != tgid)
		return 0;
	*out = (struct fp_os_event){.kind = kind, .pid = pid, .parent = parent};
	return 1;
}

int fp_proc_event_parse(const void *bytes, size_t len, struct fp_os_event *out)
{
	struct cn_msg message;
	struct proc_event event;
	int status = split(bytes, len, &message, &event);

	if (status < 0)
		return status;
	switch ((uint32_t)event.what) {
	case PROC_EVENT_FORK:
		return take(FP_OS_EVENT_FORK, event.event_data.fork.child_pid,
			event.event_data.fork.child_tgid, event.event_data.fork.parent_tgid, out);
	case PROC_EVENT_EXEC:
		return take(FP_OS_EVENT_EXEC, event.event_data.exec.process_pid,
			event.event_data.exec.process_tgid, 0, out);
	case PROC_EVENT_EXIT:
		return take(FP_OS_EVENT_EXIT, event.event_data.exit.process_pid,
			event.event_data.exit.process_tgid, 0, out);
	case PROC_EVENT_COMM:
		return take(FP_OS_EVENT_COMM, event.event_data.comm.process_pid,
			event.event_data.comm.process_tgid, 0, out);
	case PROC_EVENT_UID:
		return take(FP_OS_EVENT_UID, event.event_data.id.process_pid,
			event.event_data.id.process_tgid, 0, out);
	default:
		return 0;
	}
}

bool fp_proc_event_is_ack(const void *bytes, size_t len, uint32_t number, int *error)
{
	struct cn_msg message;
	struct proc_event event;

	if (split(bytes, len, &message, &event) < 0 || event.what != PROC_EVENT_NONE ||
		message.ack != number + 1)
		return false;
	*error = (int)event.event_data.ack.err;
	return true;
}

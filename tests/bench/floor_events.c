/* Process events come from the kernel's proc connector (drivers/connector/cn_proc.c). */
#include "floor.h"
#include "meter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, MESSAGE_SIZE = 256, ACK_MS = 1000, BUFFER_BYTES = 32 << 20 };

struct events {
	uint64_t forks, execs, exits, others, lost;
};

struct message {
	_Alignas(struct nlmsghdr) char bytes[MESSAGE_SIZE];
};

static int ask(int fd, enum proc_cn_mcast_op op)
{
	struct message message = {{0}};
	struct nlmsghdr *header = (struct nlmsghdr *)message.bytes;
	struct cn_msg *connector = NLMSG_DATA(header);

	header->nlmsg_len = NLMSG_LENGTH(sizeof(*connector) + sizeof(op));
	header->nlmsg_type = NLMSG_DONE;
	connector->id = (struct cb_id){.idx = CN_IDX_PROC, .val = CN_VAL_PROC};
	connector->ack = 1;
	connector->len = sizeof(op);
	memcpy(connector->data, &op, sizeof(op));
	return send(fd, message.bytes, header->nlmsg_len, 0) < 0 ? -errno : 0;
}

static void count_event(struct events *events, const struct message *message)
{
	const struct cn_msg *connector = NLMSG_DATA((const struct nlmsghdr *)message->bytes);
	struct proc_event event;

	memcpy(&event, connector->data, sizeof(event));
	if (event.what == PROC_EVENT_FORK)
		events->forks +=
			event.event_data.fork.child_pid == event.event_data.fork.child_tgid;
	else if (event.what == PROC_EVENT_EXEC)
		events->execs++;
	else if (event.what == PROC_EVENT_EXIT)
		events->exits +=
			event.event_data.exit.process_pid == event.event_data.exit.process_tgid;
	else
		events->others++;
}

static void drain(int fd, struct events *events)
{
	static struct message messages[BATCH];
	struct mmsghdr headers[BATCH];
	struct iovec parts[BATCH];
	int got;

	memset(headers, 0, sizeof(headers));
	for (size_t i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){messages[i].bytes, sizeof(messages[i].bytes)};
		headers[i].msg_hdr.msg_iov = &parts[i];
		headers[i].msg_hdr.msg_iovlen = 1;
	}
	for (;;) {
		got = recvmmsg(fd, headers, BATCH, MSG_DONTWAIT, NULL);
		if (got < 0 && errno == ENOBUFS) {
			events->lost++;
			continue;
		}
		if (got <= 0)
			return;
		for (int i = 0; i < got; i++)
			count_event(events, &messages[i]);
	}
}

/* In a namespace of its own the kernel takes the request and stays silent. */
static bool is_acknowledged(int fd)
{
	struct pollfd input = {.fd = fd, .events = POLLIN};
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + (uint64_t)ACK_MS * 1000000;
	struct message message;

	while (clock_ns(CLOCK_MONOTONIC) < end_ns) {
		if (poll(&input, 1, ACK_MS) <= 0)
			continue;
		if (recv(fd, message.bytes, sizeof(message.bytes), MSG_DONTWAIT) <= 0)
			continue;
		const struct cn_msg *connector = NLMSG_DATA((const struct nlmsghdr *)message.bytes);
		struct proc_event event;
		memcpy(&event, connector->data, sizeof(event));
		if (event.what == PROC_EVENT_NONE && connector->ack == 2)
			return true;
	}
	return false;
}

/* -1, with the reason said, where there are no events. */
static int listen_to_events(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	int bytes = BUFFER_BYTES;
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	const char *reason = "the kernel does not answer, as in a namespace";

	if (fd < 0) {
		fprintf(stderr, "no process events: %s\n", strerror(errno));
		return -1;
	}
	/* without the right to it, the usual size has to do */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		fprintf(stderr, "bench: SO_RCVBUFFORCE: %s\n", strerror(errno));
	int status = bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	if (status == 0)
		status = ask(fd, PROC_CN_MCAST_LISTEN);
	if (status == 0 && is_acknowledged(fd))
		return fd;
	fprintf(stderr, "no process events: %s\n", status < 0 ? strerror(-status) : reason);
	close(fd);
	return -1;
}

static int open_kept(char *const *pids, int count, int *kept)
{
	char path[64];

	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/proc/%.15s/statm", pids[i]);
		kept[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (kept[i] < 0)
			return -errno;
	}
	kept[count] = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	return kept[count] < 0 ? -errno : 0;
}

static void read_kept(const int *kept, int count)
{
	char text[256];

	for (int i = 0; i <= count; i++)
		if (pread(kept[i], text, sizeof(text), 0) <= 0)
			die("a kept file");
}

int floor_idle(long rounds, long pause_ms, char *const *pids, int count)
{
	int fd = listen_to_events();
	int *kept = calloc((size_t)count + 1, sizeof(kept[0]));

	if (fd < 0) {
		free(kept);
		return BENCH_IMPOSSIBLE;
	}
	if (!kept || open_kept(pids, count, kept) < 0)
		die("a file to be kept");
	for (long round = 0; round < rounds; round++) {
		struct events events = {0};
		sleep_ms(pause_ms);
		struct meter meter = meter_begin();
		drain(fd, &events);
		read_kept(kept, count);
		meter_end(&meter);
		printf(" kept=%d forks=%" PRIu64 " execs=%" PRIu64 " exits=%" PRIu64
		       " others=%" PRIu64 " lost=%" PRIu64 "\n",
			count, events.forks, events.execs, events.exits, events.others,
			events.lost);
		fflush(stdout);
	}
	/* older kernels count listeners that only say so themselves */
	if (ask(fd, PROC_CN_MCAST_IGNORE) < 0)
		die("PROC_CN_MCAST_IGNORE");
	for (int i = 0; i <= count; i++)
		close(kept[i]);
	close(fd);
	free(kept);
	return 0;
}

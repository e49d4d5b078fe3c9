#include "os/linux_events.h"

#include "os/proc_event.h"
#include "os/procfs.h"

#include <arpa/inet.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
	BATCH = 128,
	DATAGRAM_BYTES = 128, /* 76 today */
	BUFFER_BYTES = 32 * 1024 * 1024,
	EVENT_BYTES = 832, /* what one takes of the buffer, of which the kernel gives double */
	ANSWER_NS = 200 * 1000 * 1000
};

struct fp_os_stream {
	int fd;
	bool asked;        /* the kernel has to be told of the end */
	bool counts_drops; /* Linux 4.12 */
	uint32_t drops;    /* when last looked at; runs over */
	size_t capacity;   /* how many events the buffer holds */
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	struct sockaddr_nl senders[BATCH];
	char bytes[BATCH][DATAGRAM_BYTES];
};

/* ---- The filter ---- */

/* Where a datagram has a field of an event, and a comparison's jump to one of the lines below. */
#define AT(field)             (NLMSG_HDRLEN + sizeof(struct cn_msg) + offsetof(struct proc_event, field))
#define LOAD(field)           BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(field))
#define IF_EQUAL(value, jump) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(value), (jump), 0)
#define KEEP                  UINT32_MAX
#define DROP                  0

/* Threads come and go far more often than processes: what is of them alone is not even queued. */
static int attach_filter(int fd)
{
	struct sock_filter lines[] = {
		LOAD(what),
		IF_EQUAL(PROC_EVENT_FORK, 5),
		IF_EQUAL(PROC_EVENT_EXEC, 8),
		IF_EQUAL(PROC_EVENT_EXIT, 7),
		IF_EQUAL(PROC_EVENT_COMM, 6),
		IF_EQUAL(PROC_EVENT_UID, 5),
		BPF_STMT(BPF_RET | BPF_K, DROP),
		/* fork */
		LOAD(event_data.fork.child_pid),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		LOAD(event_data.fork.child_tgid),
		BPF_STMT(BPF_JMP | BPF_JA, 3),
		/* the others have their ids in one place */
		LOAD(event_data.exec.process_pid),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		LOAD(event_data.exec.process_tgid),
		/* is the thread the first of its process? */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, KEEP),
		BPF_STMT(BPF_RET | BPF_K, DROP),
	};
	struct sock_fprog program = {.len = sizeof(lines) / sizeof(lines[0]), .filter = lines};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return fp_posix_error();
	return 0;
}

/* ---- Opening ---- */

static int send_request(int fd, uint32_t operation, uint32_t ack)
{
	const size_t message_at = NLMSG_HDRLEN, operation_at = message_at + sizeof(struct cn_msg);
	char bytes[NLMSG_HDRLEN + sizeof(struct cn_msg) + sizeof(operation)] = {0};
	const struct nlmsghdr header = {.nlmsg_len = sizeof(bytes), .nlmsg_type = NLMSG_DONE};
	const struct cn_msg message = {.id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC},
		.ack = ack,
		.len = sizeof(operation)};

	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + message_at, &message, sizeof(message));
	memcpy(bytes + operation_at, &operation, sizeof(operation));
	return send(fd, bytes, sizeof(bytes), 0) < 0 ? fp_posix_error() : 0;
}

/* Anybody may send to the socket; the kernel is the sender 0. */
static bool is_of_kernel(const struct sockaddr_nl *sender)
{
	return sender->nl_pid == 0;
}

/* 1: this datagram was the answer, which is in *error; 0: another; -EAGAIN: none is there; -errno. */
static int receive_answer(int fd, uint32_t number, int *error)
{
	char bytes[DATAGRAM_BYTES];
	struct sockaddr_nl sender = {0};
	socklen_t sender_len = sizeof(sender);
	ssize_t n = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&sender, &sender_len);

	if (n < 0)
		return errno == ENOBUFS ? 0 : fp_posix_error();
	return is_of_kernel(&sender) && fp_proc_event_is_ack(bytes, (size_t)n, number, error);
}

/* Events of others may come before it. -ETIMEDOUT: there was no answer. */
static int wait_for_answer(int fd, uint32_t number)
{
	const uint64_t end_ns = fp_posix_monotonic_ns(NULL) + ANSWER_NS;
	struct pollfd waited = {.fd = fd, .events = POLLIN};

	for (;;) {
		int error, status = receive_answer(fd, number, &error);
		if (status > 0)
			return error == EPERM ? -EACCES : -error;
		if (status < 0 && status != -EAGAIN)
			return status;
		uint64_t now_ns = fp_posix_monotonic_ns(NULL);
		if (now_ns >= end_ns)
			return -ETIMEDOUT;
		if (status == -EAGAIN)
			poll(&waited, 1, (int)((end_ns - now_ns) / 1000000) + 1);
	}
}

/* Only the answer proves that there will be events. */
static int subscribe(struct fp_os_stream *stream, const char **reason)
{
	uint32_t number;

	*reason = "the kernel refuses";
	if (getentropy(&number, sizeof(number)) < 0)
		return fp_posix_error();
	int status = send_request(stream->fd, PROC_CN_MCAST_LISTEN, number);
	if (status == -ECONNREFUSED) {
		*reason = "this is not the initial network namespace";
		return -ENOTSUP;
	}
	if (status < 0)
		return status;
	stream->asked = true;
	status = wait_for_answer(stream->fd, number);
	if (status == -ETIMEDOUT) {
		*reason = "this is not the initial pid and user namespace";
		return -ENOTSUP;
	}
	if (status == -EACCES)
		*reason = "CAP_NET_ADMIN is missing";
	return status;
}

/* Without the right to more, as much as anybody may have. 0 or -errno. */
static int enlarge(struct fp_os_stream *stream, const char **small)
{
	const int wanted = BUFFER_BYTES;
	int got;
	socklen_t len = sizeof(got);

	*small = NULL;
	if (setsockopt(stream->fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof(wanted)) < 0 &&
		setsockopt(stream->fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted)) < 0)
		return fp_posix_error();
	if (getsockopt(stream->fd, SOL_SOCKET, SO_RCVBUF, &got, &len) < 0)
		return fp_posix_error();
	if (got < BUFFER_BYTES)
		*small = "without CAP_NET_ADMIN few events fit the buffer";
	stream->capacity = (size_t)got / EVENT_BYTES + 1;
	return 0;
}

static bool read_drops(int fd, uint32_t *drops)
{
	uint32_t values[SK_MEMINFO_VARS];
	socklen_t len = sizeof(values);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &len) < 0 ||
		len <= SK_MEMINFO_DROPS * sizeof(values[0]))
		return false;
	*drops = values[SK_MEMINFO_DROPS];
	return true;
}

static int start(struct fp_os_stream *stream, const char **reason)
{
	const struct sockaddr_nl place = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	const char *small;

	*reason = "this kernel has no proc connector";
	stream->fd =
		socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (stream->fd < 0)
		return errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT ? -ENOTSUP
									 : fp_posix_error();
	*reason = "CAP_NET_ADMIN is missing";
	if (bind(stream->fd, (const struct sockaddr *)&place, sizeof(place)) < 0)
		return fp_posix_error();
	*reason = "the socket's buffer cannot be set";
	int status = enlarge(stream, &small);
	if (status == 0)
		status = subscribe(stream, reason);
	/* not before: the answer would not pass it */
	if (status == 0)
		status = attach_filter(stream->fd);
	if (status == 0)
		*reason = small;
	return status;
}

static void prepare_batch(struct fp_os_stream *stream)
{
	for (size_t i = 0; i < BATCH; i++) {
		stream->parts[i] = (struct iovec){stream->bytes[i], DATAGRAM_BYTES};
		stream->messages[i].msg_hdr = (struct msghdr){.msg_name = &stream->senders[i],
			.msg_namelen = sizeof(stream->senders[i]),
			.msg_iov = &stream->parts[i],
			.msg_iovlen = 1};
	}
}

/* Events are of the initial pid namespace, which the kernel's answer proves to be this process's. */
static bool is_told_of(struct fp_os *os)
{
	struct fp_os_process self;
	struct statfs fs;

	if (!fp_procfs_is_own_namespace(os) || fp_procfs_process_open(os, getpid(), &self) < 0)
		return false;
	/* a captured tree may name any id */
	bool live = fstatfs(self.fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
	fp_procfs_process_close(&self);
	return live;
}

int fp_linux_events_open(struct fp_os *os, struct fp_os_stream **out, const char **reason)
{
	if (!is_told_of(os)) {
		*reason = "ProcPath is not the live /proc of this pid namespace";
		return -ENOTSUP;
	}
	struct fp_os_stream *stream = calloc(1, sizeof(*stream));
	*reason = "there is no memory";
	if (!stream)
		return -ENOMEM;
	int status = start(stream, reason);
	if (status < 0) {
		fp_linux_events_close(stream);
		return status;
	}
	prepare_batch(stream);
	stream->counts_drops = read_drops(stream->fd, &stream->drops);
	*out = stream;
	return 0;
}

void fp_linux_events_close(struct fp_os_stream *stream)
{
	if (!stream)
		return;
	/* kernels before 6.6 would else go on making events for nobody */
	if (stream->asked)
		send_request(stream->fd, PROC_CN_MCAST_IGNORE, 0);
	if (stream->fd >= 0)
		close(stream->fd);
	free(stream);
}

/* ---- Draining ---- */

static int take(
	const struct fp_os_stream *stream, size_t count, struct fp_os_events *out, uint64_t *lost)
{
	for (size_t i = 0; i < count; i++) {
		struct fp_os_event event;
		if (!is_of_kernel(&stream->senders[i]))
			continue;
		int status =
			fp_proc_event_parse(stream->bytes[i], stream->messages[i].msg_len, &event);
		/* what cannot be read was an event all the same */
		if (status < 0)
			++*lost;
		if (status > 0 && fp_os_events_add(out, event) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* After the queue was read: what is thrown away later is seen the next time. */
static void count_drops(struct fp_os_stream *stream, uint64_t *lost)
{
	uint32_t drops;

	if (!stream->counts_drops || !read_drops(stream->fd, &drops))
		return;
	*lost += drops - stream->drops;
	stream->drops = drops;
}

int fp_linux_events_drain(struct fp_os_stream *stream, struct fp_os_events *out, uint64_t *lost)
{
	int status = 0, count;

	out->len = 0;
	for (size_t taken = 0; status == 0 && taken < stream->capacity; taken += (size_t)count) {
		count = recvmmsg(stream->fd, stream->messages, BATCH, 0, NULL);
		if (count < 0 && errno == EAGAIN)
			break;
		if (count < 0 && errno != ENOBUFS)
			return fp_posix_error();
		if (count < 0) {
			/* some were thrown away: how many, the socket's counter may tell */
			*lost += !stream->counts_drops;
			count = 1;
			continue;
		}
		status = take(stream, (size_t)count, out, lost);
	}
	count_drops(stream, lost);
	return status;
}

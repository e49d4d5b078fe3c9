#include "parse/status.h"
#include "sample/guard_thread.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STATUS_LIMIT = 1024 * 1024 };

static const struct {
	enum fp_guard_kind kind;
	const char *name;
} files[FP_OS_FILES] = {
	[FP_OS_STAT] = {FP_GUARD_IMAGE, "stat"},
	[FP_OS_STATUS] = {FP_GUARD_PLACE, "status"},
	[FP_OS_STATM] = {FP_GUARD_PLACE, "statm"},
	[FP_OS_CMDLINE] = {FP_GUARD_MEMORY, "cmdline"},
	[FP_OS_ENVIRON] = {FP_GUARD_MEMORY, "environ"},
	[FP_OS_CGROUP] = {FP_GUARD_PLACE, "cgroup"},
	[FP_OS_SMAPS_ROLLUP] = {FP_GUARD_MEMORY, "smaps_rollup"},
	[FP_OS_SMAPS] = {FP_GUARD_MEMORY, "smaps"},
	[FP_OS_IO] = {FP_GUARD_IMAGE, "io"},
	[FP_OS_MAPS] = {FP_GUARD_MEMORY, "maps"},
};

/* Slots have no context of their own; see the header. */
static struct fp_guard *guard;
static _Thread_local struct fp_guard_thread *mine;

struct fp_guard_thread *fp_guard_mine(void)
{
	return mine;
}

const struct fp_os_backend *fp_guard_inner(void)
{
	return guard->inner;
}

void fp_guard_allow(uint64_t ns)
{
	if (mine)
		mine->allowed_ns = ns;
}

/* To the kernel's tick, which is a tenth of the price. */
static uint64_t tick_ns(void)
{
	struct timespec now;

#ifdef CLOCK_MONOTONIC_COARSE
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
#else
	clock_gettime(CLOCK_MONOTONIC, &now);
#endif
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- Whom not to ask ---- */

static bool sleeps(struct fp_guard_thread *thread, const struct fp_os_process *place)
{
	struct fp_status status;

	return guard->inner->read(place, FP_OS_STATUS, STATUS_LIMIT, &thread->text) == 0 &&
	       fp_status_parse(thread->text.data, thread->text.len, &status) == 0 &&
	       status.state == 'D';
}

static bool has_sleeper(struct fp_guard_thread *thread, const struct fp_os_process *process)
{
	bool found = sleeps(thread, process);

	if (found || guard->inner->threads(process, &thread->ids) < 0)
		return found;
	for (size_t i = 0; i < thread->ids.len && !found; i++) {
		struct fp_os_process place;
		if (guard->inner->thread_open(process, thread->ids.at[i], &place) < 0)
			continue;
		found = sleeps(thread, &place);
		guard->inner->process_close(&place);
	}
	return found;
}

/*
 * Nobody is left to take over: then it is better to do without a process that might wait than to wait
 * with it. Whoever holds up readers of a memory map has a thread that waits for it itself, and most of
 * those that do not come out of exec wait for a disk: both are asleep so that nothing wakes them.
 */
static bool is_asleep(struct fp_guard_thread *thread, int32_t pid)
{
	struct fp_os_process process;

	if (thread->seen_pid == pid)
		return thread->seen_asleep;
	thread->seen_pid = pid;
	thread->seen_asleep = false;
	if (guard->inner->process_open(guard->host.os, pid, &process) < 0)
		return false;
	thread->seen_asleep = has_sleeper(thread, &process);
	guard->inner->process_close(&process);
	return thread->seen_asleep;
}

static bool refuses(struct fp_guard_thread *thread, int32_t pid, enum fp_guard_kind kind)
{
	unsigned left = atomic_load_explicit(&guard->left_count, memory_order_acquire);

	if (left == 0 || pid == 0)
		return false;
	return fp_guard_is_stuck(guard, pid, kind) ||
	       (left == FP_GUARD_LEFT_MAX && kind < FP_GUARD_PLACE && is_asleep(thread, pid));
}

/* ---- Into a call, and out of it ---- */

int fp_guard_enter(struct fp_guard_thread *thread, const struct fp_os_process *process, int32_t pid,
	enum fp_guard_kind kind, const char *what)
{
	uint64_t may_take_ns = guard->timeout_ns + thread->allowed_ns;

	thread->allowed_ns = 0;
	if (refuses(thread, pid, kind))
		return -EBUSY;
	thread->process = process ? *process : (struct fp_os_process){.fd = -1};
	thread->pid = pid;
	thread->kind = kind;
	thread->what = what;
	/* a slot may leave what it overwrites as it was when it fails */
	thread->text.len = thread->ids.len = 0;
	atomic_store_explicit(&thread->call, tick_ns() + may_take_ns, memory_order_release);
	return 0;
}

/* Does another thread that is left behind use the place that this one gives up? Then that closes it. */
static bool hand_on(const struct fp_os_process *process)
{
	for (size_t i = 0; i < FP_GUARD_LEFT_MAX; i++) {
		struct fp_guard_thread *other = guard->left[i];
		if (!other || other->back || other->process.fd != process->fd)
			continue;
		other->closes = true;
		return true;
	}
	return false;
}

_Noreturn void fp_guard_come_back(struct fp_guard_thread *thread, bool made)
{
	pthread_mutex_lock(&guard->lock);
	thread->back = true;
	bool closes = thread->closes && !hand_on(&thread->process);
	pthread_mutex_unlock(&guard->lock);
	if (closes)
		guard->inner->process_close(&thread->process);
	if (made)
		guard->inner->process_close(&thread->made);
	longjmp(thread->home, 1);
}

void fp_guard_leave_call(struct fp_guard_thread *thread, bool made)
{
	if (atomic_exchange(&thread->call, FP_GUARD_NO_CALL) == FP_GUARD_LEFT)
		fp_guard_come_back(thread, made);
}

static void swap_texts(struct fp_buf *a, struct fp_buf *b)
{
	struct fp_buf text = *a;

	*a = *b;
	*b = text;
}

/* ---- The slots ---- */

static int guarded_process_open(struct fp_os *os, int32_t pid, struct fp_os_process *out)
{
	struct fp_guard_thread *thread = mine;

	if (!thread)
		return guard->inner->process_open(os, pid, out);
	thread->seen_pid = 0;
	int status = fp_guard_enter(thread, NULL, pid, FP_GUARD_PLACE, "its directory");
	if (status < 0)
		return status;
	status = guard->inner->process_open(os, pid, &thread->made);
	fp_guard_leave_call(thread, status == 0);
	*out = thread->made;
	return status;
}

static int guarded_thread_open(
	const struct fp_os_process *process, int32_t tid, struct fp_os_process *out)
{
	struct fp_guard_thread *thread = mine;

	if (!thread)
		return guard->inner->thread_open(process, tid, out);
	int status = fp_guard_enter(
		thread, process, process->pid, FP_GUARD_PLACE, "a thread's directory");
	if (status < 0)
		return status;
	status = guard->inner->thread_open(&thread->process, tid, &thread->made);
	fp_guard_leave_call(thread, status == 0);
	*out = thread->made;
	return status;
}

static void guarded_process_close(struct fp_os_process *process)
{
	bool handed = false;

	if (atomic_load_explicit(&guard->left_count, memory_order_acquire) > 0) {
		pthread_mutex_lock(&guard->lock);
		handed = hand_on(process);
		pthread_mutex_unlock(&guard->lock);
	}
	if (handed)
		process->fd = -1;
	else
		guard->inner->process_close(process);
}

static int guarded_compare_memory(struct fp_os *os, int32_t pid_a, int32_t pid_b, int *order)
{
	struct fp_guard_thread *thread = mine;

	if (!thread)
		return guard->inner->compare_memory(os, pid_a, pid_b, order);
	if (refuses(thread, pid_b, FP_GUARD_PAIR))
		return -EBUSY;
	thread->other_pid = pid_b;
	int status = fp_guard_enter(thread, NULL, pid_a, FP_GUARD_PAIR, "its address space");
	if (status == 0) {
		status = guard->inner->compare_memory(os, pid_a, pid_b, &thread->order);
		fp_guard_leave_call(thread, false);
	}
	thread->other_pid = 0;
	if (status == 0)
		*order = thread->order;
	return status;
}

static int guarded_threads(const struct fp_os_process *process, struct fp_pids *tids)
{
	struct fp_guard_thread *thread = mine;

	if (!thread)
		return guard->inner->threads(process, tids);
	int status = fp_guard_enter(
		thread, process, process->pid, FP_GUARD_PLACE, "its list of threads");
	if (status < 0)
		return status;
	status = guard->inner->threads(&thread->process, &thread->ids);
	fp_guard_leave_call(thread, false);
	struct fp_pids ids = *tids;
	*tids = thread->ids;
	thread->ids = ids;
	return status;
}

static int guarded_read(
	const struct fp_os_process *process, enum fp_os_file file, size_t limit, struct fp_buf *out)
{
	struct fp_guard_thread *thread = mine;

	if (!thread)
		return guard->inner->read(process, file, limit, out);
	/* a process that is looked at anew, also where it stays open, may be asleep by now */
	if (file == FP_OS_STAT)
		thread->seen_pid = 0;
	int status =
		fp_guard_enter(thread, process, process->pid, files[file].kind, files[file].name);
	if (status < 0)
		return status;
	status = guard->inner->read(&thread->process, file, limit, &thread->text);
	fp_guard_leave_call(thread, false);
	swap_texts(out, &thread->text);
	/* what an earlier try left there may be a secret */
	if (file == FP_OS_ENVIRON)
		fp_buf_wipe(&thread->text);
	return status;
}

static int guarded_count_files(const struct fp_os_process *process, uint64_t *count)
{
	struct fp_guard_thread *thread = mine;

	if (!thread)
		return guard->inner->count_files(process, count);
	int status = fp_guard_enter(
		thread, process, process->pid, FP_GUARD_IMAGE, "its list of open files");
	if (status < 0)
		return status;
	status = guard->inner->count_files(&thread->process, &thread->number);
	fp_guard_leave_call(thread, false);
	*count = thread->number;
	return status;
}

static int guarded_exe(const struct fp_os_process *process, struct fp_buf *out)
{
	struct fp_guard_thread *thread = mine;

	if (!thread)
		return guard->inner->exe(process, out);
	int status = fp_guard_enter(thread, process, process->pid, FP_GUARD_IMAGE, "exe");
	if (status < 0)
		return status;
	status = guard->inner->exe(&thread->process, &thread->text);
	fp_guard_leave_call(thread, false);
	swap_texts(out, &thread->text);
	return status;
}

int fp_guard_wrap(struct fp_guard *wrapped)
{
	if (guard)
		return -EBUSY;
	guard = wrapped;
	guard->table = *guard->inner;
	guard->table.process_open = guarded_process_open;
	guard->table.thread_open = guarded_thread_open;
	guard->table.process_close = guarded_process_close;
	guard->table.compare_memory = guarded_compare_memory;
	guard->table.threads = guarded_threads;
	guard->table.read = guarded_read;
	guard->table.count_files = guarded_count_files;
	guard->table.exe = guarded_exe;
	fp_guard_wrap_pages(&guard->table);
	return 0;
}

void fp_guard_unwrap(void)
{
	guard = NULL;
}

/* ---- The thread ---- */

void fp_guard_thread_begin(struct fp_guard_thread *thread)
{
	mine = thread;
}

void fp_guard_thread_end(struct fp_guard_thread *thread)
{
	mine = NULL;
	/* it may have been left behind with an environment */
	fp_buf_wipe(&thread->text);
	fp_buf_fini(&thread->text);
	fp_buf_fini(&thread->words);
	free(thread->ids.at);
	thread->ids = (struct fp_pids){0};
}

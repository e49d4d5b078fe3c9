#include "sample/ahead_records.h"
#include "sample/pids.h"
#include "sample/process.h"
#include "util/wait.h"

enum {
	/* With fewer processes, threads cost more than they save. */
	WORTH_IT = 64,
	READY_NS = 5000000,
	/* Who asks for what takes longer asks itself: it may be watched whether it works or waits. */
	PART_NS = 50000000
};

/* Slots have no context of their own; see the header. */
static struct fp_ahead *ahead;

/* ---- Waiting ---- */

static bool is_done(size_t index, unsigned done)
{
	const struct fp_ahead_record *record = fp_ahead_record(ahead, index);

	/* of one that was passed over there will be no record */
	return record->index == index ? record->done >= done : index < ahead->next;
}

/* For so long at most. Are so many parts done? */
static bool await(size_t index, unsigned done, uint64_t most_ns)
{
	int error = 0;

	if (is_done(index, done))
		return true;
	const struct timespec until = fp_wait_after(most_ns);
	while (!is_done(index, done) && error == 0) {
		ahead->awaited = index;
		ahead->awaited_done = done;
		error = pthread_cond_timedwait(&ahead->done, &ahead->lock, &until);
	}
	ahead->awaited = FP_AHEAD_NONE;
	return is_done(index, done);
}

/* For a moment, which is none at all for one that does not answer. */
static void await_some(size_t index)
{
	size_t end = index + ahead->ready;

	await((end < ahead->pids.len ? end : ahead->pids.len) - 1, FP_AHEAD_PARTS, READY_NS);
}

/* ---- From one process to the next ---- */

static void give_up(struct fp_ahead_record *record)
{
	record->given = false;
	record->over = true;
	fp_ahead_settle(ahead, record);
}

static void make_room(void)
{
	size_t end = fp_ahead_window_end(ahead);

	/* for some time, or else they would wait for each */
	if (ahead->waiting && (ahead->next + ahead->ready <= end || end == ahead->pids.len))
		pthread_cond_broadcast(&ahead->room);
}

static void move_to(size_t index)
{
	size_t first = ahead->current == FP_AHEAD_NONE ? 0 : ahead->current;

	ahead->current = index;
	for (size_t i = first; i < index; i++)
		if (fp_ahead_record(ahead, i)->index == i)
			give_up(fp_ahead_record(ahead, i));
	/* whom no helper has taken yet, the caller reads itself */
	if (ahead->next <= index)
		ahead->next = index + 1;
	make_room();
}

/* Behind the current one. */
static size_t find(int32_t pid)
{
	size_t first = ahead->current == FP_AHEAD_NONE ? 0 : ahead->current + 1;
	size_t end = ahead->pids.len;

	while (first < end) {
		size_t middle = first + (end - first) / 2;
		if (ahead->pids.at[middle] == pid)
			return middle;
		if (ahead->pids.at[middle] < pid)
			first = middle + 1;
		else
			end = middle;
	}
	return FP_AHEAD_NONE;
}

/* The record of a process that is to be opened; NULL: it was not read ahead. */
static struct fp_ahead_record *reach(int32_t pid)
{
	size_t index = ahead->over ? FP_AHEAD_NONE : find(pid);

	if (index == FP_AHEAD_NONE)
		return NULL;
	move_to(index);
	struct fp_ahead_record *record = fp_ahead_record(ahead, index);
	if (record->index != index)
		return NULL;
	if (record->done != FP_AHEAD_PARTS)
		await_some(index);
	if (!await(index, FP_AHEAD_PLACE + 1, PART_NS))
		return NULL;
	/* what the helpers lacked may be there for who asks */
	return fp_process_is_fatal(record->place_status) ? NULL : record;
}

/* The record that an opened process came out of, this part of it done; NULL: it came out of none. */
static struct fp_ahead_record *record_of(
	const struct fp_os_process *process, enum fp_ahead_part part)
{
	if (ahead->over || ahead->current == FP_AHEAD_NONE)
		return NULL;
	struct fp_ahead_record *record = fp_ahead_record(ahead, ahead->current);
	if (!record->given || record->pid != process->pid || record->place.fd != process->fd)
		return NULL;
	return await(record->index, part + 1, PART_NS) ? record : NULL;
}

/* ---- The slots ---- */

/* The first list is that of who will be asked for; another one says that it all begins anew. */
static void take_list(const struct fp_pids *pids)
{
	bool over = ahead->listed || pids->len < WORTH_IT;

	for (size_t i = 0; i < pids->len && !over; i++)
		over = fp_pids_add(&ahead->pids, pids->at[i]) < 0;
	if (!over) {
		fp_pids_sort(&ahead->pids);
		fp_ahead_start(ahead);
	}
	ahead->listed = true;
	ahead->over = over || ahead->helper_count == 0;
	pthread_cond_broadcast(&ahead->room);
}

static int ahead_list(struct fp_os *os, struct fp_pids *pids)
{
	int status = ahead->inner->list(os, pids);

	if (status < 0)
		return status;
	pthread_mutex_lock(&ahead->lock);
	take_list(pids);
	pthread_mutex_unlock(&ahead->lock);
	return 0;
}

static int ahead_process_open(struct fp_os *os, int32_t pid, struct fp_os_process *out)
{
	int status = 0;

	pthread_mutex_lock(&ahead->lock);
	struct fp_ahead_record *record = reach(pid);
	if (record) {
		status = record->place_status;
		*out = record->place;
		record->given = status == 0;
	}
	pthread_mutex_unlock(&ahead->lock);
	return record ? status : ahead->inner->process_open(os, pid, out);
}

/* A helper may still read what nobody waited for. */
static void ahead_process_close(struct fp_os_process *process)
{
	struct fp_ahead_record *record = NULL;

	pthread_mutex_lock(&ahead->lock);
	if (ahead->current != FP_AHEAD_NONE)
		record = fp_ahead_record(ahead, ahead->current);
	bool own = record && record->given && record->place.fd == process->fd;
	if (own) {
		give_up(record);
		process->fd = -1;
	}
	pthread_mutex_unlock(&ahead->lock);
	if (!own)
		ahead->inner->process_close(process);
}

static enum fp_ahead_part part_of(enum fp_os_file file)
{
	unsigned part = 0;

	while (part < FP_AHEAD_PARTS && fp_ahead_files[part] != file)
		part++;
	return (enum fp_ahead_part)part;
}

/* Once: who asks again wants to know how it is now. */
static bool take_text(struct fp_ahead_text *text, size_t limit, int *status, struct fp_buf *out)
{
	struct fp_buf bytes = *out;

	if (!text->there || text->status == -EFBIG || fp_process_is_fatal(text->status) ||
		text->bytes.len > limit)
		return false;
	text->there = false;
	*status = text->status;
	*out = text->bytes;
	text->bytes = bytes;
	return true;
}

static int ahead_read(
	const struct fp_os_process *process, enum fp_os_file file, size_t limit, struct fp_buf *out)
{
	enum fp_ahead_part part = part_of(file);
	bool taken = false;
	int status = 0;

	if (part < FP_AHEAD_PARTS) {
		pthread_mutex_lock(&ahead->lock);
		struct fp_ahead_record *record = record_of(process, part);
		taken = record && take_text(&record->texts[part], limit, &status, out);
		pthread_mutex_unlock(&ahead->lock);
	}
	return taken ? status : ahead->inner->read(process, file, limit, out);
}

static int ahead_owner(const struct fp_os_process *process, uint32_t *uid)
{
	int status = 0;

	pthread_mutex_lock(&ahead->lock);
	struct fp_ahead_record *record = record_of(process, FP_AHEAD_OWNER);
	bool taken = record && record->has_owner;
	if (taken) {
		record->has_owner = false;
		status = record->owner_status;
		*uid = record->uid;
	}
	pthread_mutex_unlock(&ahead->lock);
	return taken ? status : ahead->inner->owner(process, uid);
}

int fp_ahead_wrap(struct fp_ahead *wrapped)
{
	if (ahead)
		return -EBUSY;
	ahead = wrapped;
	ahead->table = *ahead->inner;
	ahead->table.list = ahead_list;
	ahead->table.process_open = ahead_process_open;
	ahead->table.process_close = ahead_process_close;
	ahead->table.read = ahead_read;
	ahead->table.owner = ahead_owner;
	ahead->host.backend = &ahead->table;
	return 0;
}

void fp_ahead_unwrap(void)
{
	ahead = NULL;
}

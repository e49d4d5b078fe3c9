#include "sample/activity.h"
#include "parse/io.h"

#include <stdlib.h>

enum { FILE_LIMIT = 1024 * 1024 };

static const uint64_t second_us = UINT64_C(1000000);

/* Lets only those errors through that end the reading; of the others, something stays unknown. */
static int settle(int status)
{
	return status == -ESRCH || fp_process_is_fatal(status) ? status : 0;
}

static void set_time(struct fp_activity_counters *counters, enum fp_activity activity,
	uint64_t ticks, uint64_t hz)
{
	if (hz == 0 || hz > second_us || ticks / hz >= UINT64_MAX / second_us)
		return;
	fp_activity_set(counters, activity, ticks / hz * second_us + ticks % hz * second_us / hz);
}

static void take_stat(const struct fp_process *process, struct fp_activity_reading *now)
{
	const struct fp_host *host = process->host;
	const struct fp_stat *stat = &process->stat;
	uint64_t hz = host->backend->ticks_per_second(host->os);

	now->startcode = stat->startcode;
	now->startstack = stat->startstack;
	if (!stat->has_usage)
		return;
	now->reaped = stat->cminflt;
	set_time(&now->whole, FP_CPU_USER_US, stat->utime_ticks, hz);
	set_time(&now->whole, FP_CPU_SYSTEM_US, stat->stime_ticks, hz);
	fp_activity_set(&now->whole, FP_FAULTS_MINOR, stat->minflt);
	fp_activity_set(&now->whole, FP_FAULTS_MAJOR, stat->majflt);
}

static int count_files(const struct fp_process *process, struct fp_activity_counters *out)
{
	if (!process->has_body)
		return 0;
	int status = process->host->backend->count_files(&process->body, &out->handles);
	out->has_handles = status == 0;
	return settle(status);
}

static int read_io(struct fp_process *process, const struct fp_os_process *place,
	struct fp_activity_counters *out)
{
	struct fp_buf *text = &process->scratch;
	int status = process->host->backend->read(place, FP_OS_IO, FILE_LIMIT, text);

	if (status == 0)
		status = fp_io_parse(text->data, text->len, out);
	return status;
}

static void take_switches(const struct fp_status *status, struct fp_activity_counters *out)
{
	if (status->has_voluntary)
		fp_activity_set(out, FP_SWITCHES_VOLUNTARY, status->voluntary_switches);
	if (status->has_involuntary)
		fp_activity_set(out, FP_SWITCHES_INVOLUNTARY, status->involuntary_switches);
}

/* The only thread's own I/O: not that of the process, in which children are counted. */
static int read_only_io(struct fp_process *process, struct fp_activity_counters *out)
{
	int status = fp_process_thread_open(process, process->pid);

	if (status == 0) {
		status = read_io(process, &process->thread, out);
		fp_process_thread_close(process);
		return settle(status);
	}
	if (status != -ESRCH)
		return settle(status);
	/* ended, or a captured tree without threads */
	struct fp_activity_counters whole = {0};
	status = read_io(process, &process->self, &whole);
	if (status == 0 && process->stat.has_usage && process->stat.cminflt == 0)
		*out = whole;
	return settle(status);
}

static int read_only_thread(struct fp_process *process, struct fp_activity_reading *now)
{
	struct fp_activity_thread thread = {
		.tid = process->pid, .starttime_ticks = process->stat.starttime_ticks};
	int status = read_only_io(process, &thread.own);

	if (status < 0)
		return status;
	status = fp_process_status(process);
	if (status == 0)
		take_switches(&process->status, &thread.own);
	status = settle(status);
	now->has_threads = status == 0;
	return status < 0 ? status : fp_activity_threads_add(&now->threads, thread);
}

static bool is_idle(const struct fp_activity_thread *before, const struct fp_activity_thread *now)
{
	if (!before || before->own.has != now->own.has || now->own.has == 0)
		return false;
	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		if (((now->own.has >> i) & 1) && before->own.value[i] != now->own.value[i])
			return false;
	return true;
}

/*
 * Which thread it is that has the id. While nothing of it moved, there is nothing that would have to
 * be told apart, and one reading less of most threads of most processes.
 */
static int identify(struct fp_process *process, const struct fp_os_process *place,
	const struct fp_activity_threads *before, struct fp_activity_thread *thread)
{
	const struct fp_activity_thread *known = fp_activity_find(before, thread->tid);
	struct fp_buf *text = &process->scratch;
	struct fp_stat stat;

	if (is_idle(known, thread)) {
		thread->starttime_ticks = known->starttime_ticks;
		return 0;
	}
	int status = process->host->backend->read(place, FP_OS_STAT, FILE_LIMIT, text);
	if (status == 0)
		status = fp_stat_parse(text->data, text->len, &stat);
	if (status == 0)
		thread->starttime_ticks = stat.starttime_ticks;
	return status;
}

/* 0 also where some counter is unknown; an error other than -ESRCH where it is unknown whose they are. */
static int read_thread(struct fp_process *process, const struct fp_os_process *place,
	const struct fp_activity_threads *before, struct fp_activity_thread *thread)
{
	struct fp_buf *text = &process->scratch;
	struct fp_status parsed;
	int status = settle(read_io(process, place, &thread->own));

	if (status < 0)
		return status;
	status = process->host->backend->read(place, FP_OS_STATUS, FILE_LIMIT, text);
	if (status == 0)
		status = fp_status_parse(text->data, text->len, &parsed);
	if (status == 0)
		take_switches(&parsed, &thread->own);
	status = settle(status);
	return status < 0 ? status : identify(process, place, before, thread);
}

static int compare_ids(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* Ascending, and each once. */
static void put_in_order(struct fp_pids *ids)
{
	size_t kept = 0;

	if (ids->len)
		qsort(ids->at, ids->len, sizeof(ids->at[0]), compare_ids);
	for (size_t i = 0; i < ids->len; i++)
		if (kept == 0 || ids->at[i] != ids->at[kept - 1])
			ids->at[kept++] = ids->at[i];
	ids->len = kept;
}

/* One that ends meanwhile is gone; one that cannot be told makes the list worth nothing. */
static int read_listed(struct fp_process *process, const struct fp_pids *tids,
	const struct fp_activity_threads *before, struct fp_activity_reading *now)
{
	for (size_t i = 0; i < tids->len; i++) {
		struct fp_activity_thread thread = {.tid = tids->at[i]};
		int status = fp_process_thread_open(process, thread.tid);
		if (status == 0) {
			status = read_thread(process, &process->thread, before, &thread);
			fp_process_thread_close(process);
		}
		if (status == -ESRCH)
			continue;
		if (status == 0)
			status = fp_activity_threads_add(&now->threads, thread);
		if (status < 0)
			return status;
	}
	return 0;
}

/*
 * The I/O of the whole, if no child was waited for between the two looks at stat: else nobody knows
 * whether that child is in it. The image is that of the second look, since the threads were read
 * before.
 */
static int read_whole_io(struct fp_process *process, struct fp_activity_reading *now)
{
	struct fp_activity_counters whole = {0};
	struct fp_buf *text = &process->scratch;
	struct fp_stat stat;
	int status = settle(read_io(process, &process->self, &whole));

	if (status < 0)
		return status;
	status = process->host->backend->read(&process->self, FP_OS_STAT, FILE_LIMIT, text);
	if (status == 0)
		status = fp_stat_parse(text->data, text->len, &stat);
	if (status < 0)
		return settle(status);
	now->startcode = stat.startcode;
	now->startstack = stat.startstack;
	if (stat.cminflt == now->reaped) {
		now->whole.has |= whole.has;
		for (unsigned i = 0; i < FP_ACTIVITIES; i++)
			if (fp_activity_has(&whole, (enum fp_activity)i))
				now->whole.value[i] = whole.value[i];
	}
	return 0;
}

static int read_threads(struct fp_process *process, struct fp_activity_book *book,
	const struct fp_activity_threads *before)
{
	int status = process->host->backend->threads(&process->self, &book->tids);

	if (status < 0)
		return settle(status);
	put_in_order(&book->tids);
	status = read_listed(process, &book->tids, before, &book->now);
	book->now.has_threads = status == 0;
	status = settle(status);
	return status < 0 ? status : read_whole_io(process, &book->now);
}

static int read_now(struct fp_activity_book *book, struct fp_process *process,
	const struct fp_activity_threads *before)
{
	struct fp_activity_reading *now = &book->now;

	*now = (struct fp_activity_reading){
		.threads = {.at = now->threads.at, .cap = now->threads.cap}};
	take_stat(process, now);
	int status = count_files(process, &now->whole);
	if (status < 0)
		return status;
	if (process->stat.threads > 1)
		return read_threads(process, book, before);
	return read_only_thread(process, now);
}

/* The place of a process among the entries, or where it would be. */
static size_t find_place(
	const struct fp_activity_entries *entries, int32_t pid, uint64_t starttime_ticks)
{
	size_t low = 0, high = entries->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct fp_activity_entry *entry = entries->at[middle];
		bool before = entry->pid != pid ? entry->pid < pid
						: entry->starttime_ticks < starttime_ticks;
		if (before)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int add_entry(struct fp_activity_entries *entries, size_t at,
	const struct fp_process *process, bool is_new, struct fp_activity_entry **out)
{
	struct fp_activity_entry *entry = calloc(1, sizeof(*entry));

	if (!entry || fp_activity_entries_add(entries, entry) < 0) {
		free(entry);
		return -ENOMEM;
	}
	for (size_t i = entries->len - 1; i > at; i--)
		entries->at[i] = entries->at[i - 1];
	entries->at[at] = entry;
	entry->pid = process->pid;
	entry->starttime_ticks = process->stat.starttime_ticks;
	if (is_new)
		fp_activity_birth(&entry->base);
	*out = entry;
	return 0;
}

static int find_entry(struct fp_activity_book *book, const struct fp_process *process, bool is_new,
	struct fp_activity_entry **out)
{
	struct fp_activity_entries *entries = &book->entries;
	size_t at = find_place(entries, process->pid, process->stat.starttime_ticks);

	if (at == entries->len || entries->at[at]->pid != process->pid ||
		entries->at[at]->starttime_ticks != process->stat.starttime_ticks)
		return add_entry(entries, at, process, is_new, out);
	*out = entries->at[at];
	return 0;
}

/* Whoever has the pid is not forgotten in this round. */
static void keep(struct fp_activity_book *book, int32_t pid)
{
	for (size_t i = find_place(&book->entries, pid, 0);
		i < book->entries.len && book->entries.at[i]->pid == pid; i++)
		book->entries.at[i]->seen = true;
}

int fp_activity_book_read(struct fp_activity_book *book, struct fp_process *process, bool is_new,
	struct fp_activity_counters *delta)
{
	struct fp_activity_entry *entry;

	*delta = (struct fp_activity_counters){0};
	/* without its stat nobody knows who it is; what it did meanwhile is told once it answers */
	if (process->stuck)
		keep(book, process->pid);
	if (!process->readable || process->stuck)
		return 0;
	int status = find_entry(book, process, is_new, &entry);
	if (status < 0)
		return status;
	status = read_now(book, process, &entry->base.threads);
	if (status < 0)
		return status;
	entry->seen = true;
	return fp_activity_advance(&entry->base, &book->now, delta);
}

static void free_entry(struct fp_activity_entry *entry)
{
	fp_activity_reading_fini(&entry->base);
	free(entry);
}

void fp_activity_book_begin(struct fp_activity_book *book)
{
	for (size_t i = 0; i < book->entries.len; i++)
		book->entries.at[i]->seen = false;
}

void fp_activity_book_end(struct fp_activity_book *book)
{
	size_t kept = 0;

	for (size_t i = 0; i < book->entries.len; i++) {
		struct fp_activity_entry *entry = book->entries.at[i];
		if (entry->seen)
			book->entries.at[kept++] = entry;
		else
			free_entry(entry);
	}
	book->entries.len = kept;
}

void fp_activity_book_fini(struct fp_activity_book *book)
{
	for (size_t i = 0; i < book->entries.len; i++)
		free_entry(book->entries.at[i]);
	free(book->entries.at);
	fp_activity_reading_fini(&book->now);
	free(book->tids.at);
	*book = (struct fp_activity_book){0};
}

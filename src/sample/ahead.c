#include "parse/stat.h"
#include "sample/ahead_records.h"
#include "util/wait.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	/* Whose walk takes longer than some milliseconds is read by who asks, and seen at work there. */
	ROLLUP_PAGES = 1 << 18,
	STACK_BYTES = 256 * 1024
};

const enum fp_os_file fp_ahead_files[FP_AHEAD_PARTS] = {
	[FP_AHEAD_PLACE] = FP_OS_FILES,
	[FP_AHEAD_STAT] = FP_OS_STAT,
	[FP_AHEAD_OWNER] = FP_OS_FILES,
	[FP_AHEAD_CMDLINE] = FP_OS_CMDLINE,
	[FP_AHEAD_ROLLUP] = FP_OS_SMAPS_ROLLUP,
	[FP_AHEAD_STATM] = FP_OS_STATM,
	[FP_AHEAD_STATUS] = FP_OS_STATUS,
};

/* Without which bit a part is left out. */
static const unsigned wants[FP_AHEAD_PARTS] = {
	[FP_AHEAD_CMDLINE] = FP_AHEAD_WANT_CMDLINE,
	[FP_AHEAD_STATM] = FP_AHEAD_WANT_STATM,
	[FP_AHEAD_STATUS] = FP_AHEAD_WANT_STATUS,
};

/* ---- One process ---- */

static void read_text(
	const struct fp_ahead *ahead, struct fp_ahead_record *record, enum fp_ahead_part part)
{
	struct fp_ahead_text *text = &record->texts[part];

	text->status = ahead->inner->read(
		&record->place, fp_ahead_files[part], FP_AHEAD_TEXT_LIMIT, &text->bytes);
	text->there = true;
}

/* Has it memory of its own, and not so much that a walk takes long? */
static bool is_small(const struct fp_ahead_record *record)
{
	const struct fp_ahead_text *text = &record->texts[FP_AHEAD_STAT];
	struct fp_stat stat;

	return text->status == 0 && fp_stat_parse(text->bytes.data, text->bytes.len, &stat) == 0 &&
	       fp_stat_classify(&stat) == FP_KIND_USER && stat.rss_pages < ROLLUP_PAGES;
}

static void read_part(const struct fp_ahead *ahead, struct fp_ahead_record *record,
	enum fp_ahead_part part, bool *small)
{
	if (part == FP_AHEAD_PLACE)
		record->place_status =
			ahead->inner->process_open(ahead->host.os, record->pid, &record->place);
	if (part == FP_AHEAD_PLACE || record->place_status < 0)
		return;
	if (part == FP_AHEAD_STAT) {
		read_text(ahead, record, part);
		*small = is_small(record);
	} else if (part == FP_AHEAD_OWNER) {
		record->owner_status = ahead->inner->owner(&record->place, &record->uid);
		record->has_owner = true;
	} else if (*small && (wants[part] & ~ahead->wanted) == 0) {
		read_text(ahead, record, part);
	}
}

void fp_ahead_settle(const struct fp_ahead *ahead, struct fp_ahead_record *record)
{
	if (record->done != FP_AHEAD_PARTS || !record->over || record->closed)
		return;
	record->closed = true;
	if (record->place_status == 0)
		ahead->inner->process_close(&record->place);
}

static void finish_part(struct fp_ahead *ahead, struct fp_ahead_record *record, unsigned done)
{
	pthread_mutex_lock(&ahead->lock);
	record->done = done;
	if (ahead->awaited == record->index && done >= ahead->awaited_done)
		pthread_cond_broadcast(&ahead->done);
	fp_ahead_settle(ahead, record);
	pthread_mutex_unlock(&ahead->lock);
}

static void read_process(struct fp_ahead *ahead, struct fp_ahead_record *record)
{
	bool small = false;

	for (unsigned part = 0; part < FP_AHEAD_PARTS; part++) {
		read_part(ahead, record, (enum fp_ahead_part)part, &small);
		finish_part(ahead, record, part + 1);
	}
}

/* ---- The helpers ---- */

size_t fp_ahead_window_end(const struct fp_ahead *ahead)
{
	size_t first = ahead->current == FP_AHEAD_NONE ? 0 : ahead->current;

	return first + ahead->window < ahead->pids.len ? first + ahead->window : ahead->pids.len;
}

static bool is_at_end(const struct fp_ahead *ahead)
{
	return ahead->over || ahead->next >= ahead->pids.len;
}

static void wait_for_room(struct fp_ahead *ahead)
{
	ahead->waiting++;
	while (!is_at_end(ahead) && ahead->next >= fp_ahead_window_end(ahead))
		pthread_cond_wait(&ahead->room, &ahead->lock);
	ahead->waiting--;
}

static void begin(const struct fp_ahead *ahead, struct fp_ahead_record *record, size_t index)
{
	record->index = index;
	record->pid = ahead->pids.at[index];
	record->done = 0;
	record->given = record->over = record->closed = record->has_owner = false;
	for (unsigned i = 0; i < FP_AHEAD_PARTS; i++)
		record->texts[i].there = false;
}

/* The record of the next process; NULL: there is nothing more to do. */
static struct fp_ahead_record *take_next(struct fp_ahead *ahead)
{
	for (;;) {
		wait_for_room(ahead);
		if (is_at_end(ahead))
			return NULL;
		size_t index = ahead->next++;
		struct fp_ahead_record *record = fp_ahead_record(ahead, index);
		/* one that does not answer keeps its record: who comes there is not read ahead */
		if (record->done != FP_AHEAD_PARTS)
			continue;
		begin(ahead, record, index);
		return record;
	}
}

static void *help(void *context)
{
	struct fp_ahead *ahead = context;
	struct fp_ahead_record *record;

	pthread_mutex_lock(&ahead->lock);
	while ((record = take_next(ahead))) {
		pthread_mutex_unlock(&ahead->lock);
		read_process(ahead, record);
		pthread_mutex_lock(&ahead->lock);
	}
	ahead->running--;
	pthread_cond_broadcast(&ahead->done);
	pthread_mutex_unlock(&ahead->lock);
	return NULL;
}

/* As many as there are processors. */
void fp_ahead_start(struct fp_ahead *ahead)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_attr_t attributes;
	sigset_t all, before;

	if (processors < 2 || pthread_attr_init(&attributes) != 0)
		return;
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	/* signals are for the threads that know what to do with them */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (ahead->helper_count < FP_AHEAD_HELPERS && ahead->helper_count < processors &&
		pthread_create(&ahead->helpers[ahead->helper_count], &attributes, help, ahead) == 0)
		ahead->running = ++ahead->helper_count;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
}

/* ---- Life ---- */

static int init(struct fp_ahead *ahead)
{
	int status = fp_wait_init(&ahead->done);

	if (status < 0)
		return status;
	status = fp_ahead_wrap(ahead);
	if (status < 0) {
		pthread_cond_destroy(&ahead->done);
		return status;
	}
	pthread_cond_init(&ahead->room, NULL);
	pthread_mutex_init(&ahead->lock, NULL);
	uint64_t limit = ahead->inner->descriptor_limit(ahead->host.os) / FP_AHEAD_SHARE;
	ahead->window = limit < FP_AHEAD_WINDOW ? (size_t)limit + 1 : FP_AHEAD_WINDOW;
	ahead->ready = ahead->window / 2 < FP_AHEAD_READY ? ahead->window / 2 : FP_AHEAD_READY;
	ahead->current = ahead->awaited = FP_AHEAD_NONE;
	for (size_t i = 0; i < FP_AHEAD_WINDOW; i++)
		ahead->records[i] = (struct fp_ahead_record){
			.index = FP_AHEAD_NONE, .done = FP_AHEAD_PARTS, .closed = true};
	return 0;
}

int fp_ahead_new(const struct fp_host *inner, unsigned wanted, struct fp_ahead **out)
{
	struct fp_ahead *ahead = calloc(1, sizeof(*ahead));

	if (!ahead)
		return -ENOMEM;
	ahead->host = *inner;
	ahead->inner = inner->backend;
	ahead->wanted = wanted;
	int status = init(ahead);
	if (status < 0)
		free(ahead);
	else
		*out = ahead;
	return status;
}

const struct fp_host *fp_ahead_host(const struct fp_ahead *ahead)
{
	return &ahead->host;
}

static bool end_helpers(struct fp_ahead *ahead, uint64_t timeout_ns)
{
	const struct timespec until = fp_wait_after(timeout_ns);
	int error = 0;

	pthread_mutex_lock(&ahead->lock);
	ahead->over = true;
	pthread_cond_broadcast(&ahead->room);
	while (ahead->running && error == 0)
		error = pthread_cond_timedwait(&ahead->done, &ahead->lock, &until);
	bool ended = ahead->running == 0;
	pthread_mutex_unlock(&ahead->lock);
	for (unsigned i = 0; ended && i < ahead->helper_count; i++)
		pthread_join(ahead->helpers[i], NULL);
	return ended;
}

int fp_ahead_free(struct fp_ahead *ahead, uint64_t timeout_ns)
{
	if (!ahead)
		return 0;
	if (!end_helpers(ahead, timeout_ns))
		return -ETIMEDOUT;
	for (size_t i = 0; i < FP_AHEAD_WINDOW; i++) {
		struct fp_ahead_record *record = &ahead->records[i];
		record->over = true;
		fp_ahead_settle(ahead, record);
		for (unsigned part = 0; part < FP_AHEAD_PARTS; part++)
			fp_buf_fini(&record->texts[part].bytes);
	}
	fp_ahead_unwrap();
	free(ahead->pids.at);
	pthread_mutex_destroy(&ahead->lock);
	pthread_cond_destroy(&ahead->done);
	pthread_cond_destroy(&ahead->room);
	free(ahead);
	return 0;
}

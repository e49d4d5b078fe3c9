#include "sample/watch.h"
#include "compute/select.h"
#include "parse/host.h"
#include "sample/kin.h"
#include "sample/pids.h"

#include <stdlib.h>

static const uint64_t second_ns = UINT64_C(1000000000);

enum {
	ROTATION_S = 240,   /* in which everybody is asked again what can change without a sign */
	LIST_AGAIN_S = 240, /* and what the events or the last id said is held against the list */
	YOUNG_MORE = 64,    /* who have ended may be in their list */
	LOOKS = 500         /* in a round, where only a look tells of an exec */
};

static void open_stream(struct fp_watch *watch)
{
	const struct fp_os_backend *backend = watch->host->backend;
	const char *reason = NULL;
	int status = backend->events_open(watch->host->os, &watch->stream, &reason);

	if (status < 0)
		watch->stream = NULL;
	if (status == 0 && !reason)
		fp_log(&watch->host->log, FP_INFO,
			"the kernel tells of processes as they come, go and change");
	else if (status == 0)
		fp_log(&watch->host->log, FP_NOTICE, "the kernel tells of processes, but %s",
			reason);
	else
		fp_log(&watch->host->log, FP_INFO,
			"processes are listed when new ones came, and %d are looked at in a round "
			"to see what they became, since the kernel does not tell: %s",
			LOOKS, reason ? reason : "this system has no such events");
}

int fp_watch_init(struct fp_watch *watch, const struct fp_host *host,
	const struct fp_settings *settings, struct fp_table *table, bool follow)
{
	struct fp_os_abilities abilities = {0};

	watch->host = host;
	watch->settings = settings;
	watch->table = table;
	watch->rescan = true;
	watch->is_live = host->backend->probe(host->os, &abilities) == 0 && abilities.is_live;
	if (follow)
		open_stream(watch);
	watch->volatile_facts = fp_watch_has_volatile(settings, watch->stream != NULL);
	return 0;
}

void fp_watch_fini(struct fp_watch *watch)
{
	if (watch->stream)
		watch->host->backend->events_close(watch->stream);
	free(watch->events.at);
	free(watch->dirty.at);
	fp_pids_free(&watch->listed);
	fp_buf_fini(&watch->text);
	fp_pidmap_fini(&watch->pending);
	*watch = (struct fp_watch){0};
}

/* ---- Events ---- */

int fp_watch_mark(struct fp_watch *watch, struct fp_entry *entry)
{
	entry->to_place = true;
	if (entry->is_dirty)
		return 0;
	entry->is_dirty = true;
	return fp_pids_add(&watch->dirty, entry->pid);
}

/* The kin of who forks: of an entry, or of a fork that is pending itself. */
static uint32_t kin_of_parent(struct fp_watch *watch, int32_t pid)
{
	struct fp_entry *parent = fp_table_find(watch->table, pid);
	uint32_t *pending = fp_pidmap_get(&watch->pending, pid);

	if (pending && *pending == FP_NOBODY)
		*pending = fp_kin_found(watch->table, pid);
	if (pending)
		return *pending;
	return parent ? fp_kin_of(watch->table, parent) : FP_NOBODY;
}

static void forget_pending(struct fp_watch *watch, int32_t pid)
{
	const uint32_t *kin = fp_pidmap_get(&watch->pending, pid);

	if (!kin)
		return;
	fp_kin_unexpect(watch->table, *kin);
	fp_pidmap_remove(&watch->pending, pid);
}

static int take_fork(struct fp_watch *watch, const struct fp_os_event *event)
{
	uint32_t kin = kin_of_parent(watch, event->parent);

	forget_pending(watch, event->pid);
	int status = fp_pidmap_put(&watch->pending, event->pid, kin);
	if (status == 0)
		fp_kin_expect(watch->table, kin);
	return status;
}

/* The end of a first thread need not be that of its process, nor of the one that has its pid now. */
static bool is_there(const struct fp_watch *watch, int32_t pid)
{
	const struct fp_host *host = watch->host;
	struct fp_os_process process;
	uint64_t used_ns;
	int status = host->backend->cpu_clock(host->os, pid, &used_ns);

	/* who tells of processes tells it by these ids, and that is cheaper than to look for a folder */
	if (status == 0 || status == -ESRCH)
		return status == 0;
	if (host->backend->process_open(host->os, pid, &process) < 0)
		return false;
	host->backend->process_close(&process);
	return true;
}

static int take_other(struct fp_watch *watch, const struct fp_os_event *event)
{
	struct fp_entry *entry = fp_table_find(watch->table, event->pid);
	uint32_t *pending = fp_pidmap_get(&watch->pending, event->pid);

	if (pending && event->kind == FP_OS_EVENT_EXIT) {
		if (!is_there(watch, event->pid))
			forget_pending(watch, event->pid);
	} else if (pending && event->kind == FP_OS_EVENT_EXEC) {
		fp_kin_unexpect(watch->table, *pending);
		*pending = FP_NOBODY;
	}
	/* of whom no fork was seen, or whose end was only its first thread's */
	if (!entry && !pending && event->kind != FP_OS_EVENT_EXIT)
		return fp_pidmap_put(&watch->pending, event->pid, FP_NOBODY);
	if (!entry)
		return 0;
	if (event->kind == FP_OS_EVENT_EXEC)
		entry->has_execed = true;
	else if (event->kind == FP_OS_EVENT_UID)
		fp_table_forget(watch->table, entry, false);
	return fp_watch_mark(watch, entry);
}

static int take_events(struct fp_watch *watch)
{
	int status = 0;

	for (size_t i = 0; i < watch->events.len && status == 0; i++) {
		const struct fp_os_event *event = &watch->events.at[i];
		status = event->kind == FP_OS_EVENT_FORK ? take_fork(watch, event)
							 : take_other(watch, event);
	}
	return status;
}

int fp_watch_drain(struct fp_watch *watch)
{
	uint64_t lost = 0;

	if (!watch->stream)
		return 0;
	int status = watch->host->backend->events_drain(watch->stream, &watch->events, &lost);
	int taken = take_events(watch);
	watch->lost += lost;
	if (status < 0 || lost || taken < 0) {
		watch->rescan = true;
		watch->table->untold++;
	}
	/* what the kernel could not tell this time a look at everybody makes good */
	return status == -ENOMEM ? status : taken;
}

/* ---- Who is there ---- */

static bool read_last_pid(struct fp_watch *watch, int32_t *pid)
{
	const struct fp_host *host = watch->host;

	return watch->is_live &&
	       host->backend->host_read(host->os, FP_OS_HOST_LOADAVG, &watch->text) == 0 &&
	       fp_loadavg_last_pid(watch->text.data, watch->text.len, pid) == 0;
}

bool fp_watch_is_quiet(struct fp_watch *watch)
{
	int32_t pid;

	return watch->has_last_pid && read_last_pid(watch, &pid) && pid == watch->last_pid;
}

static bool list_is_due(struct fp_watch *watch, uint64_t now_ns)
{
	if (watch->rescan || !watch->was_scanned ||
		now_ns - watch->listed_ns >= LIST_AGAIN_S * second_ns)
		return true;
	return !watch->stream && !fp_watch_is_quiet(watch);
}

/* Who is in the list and not in the table, and the other way round; at a rescan everybody. */
static int compare_with_list(struct fp_watch *watch, struct fp_pids *pids)
{
	const struct fp_pids *listed = &watch->listed;
	int status = 0;

	for (size_t i = 0; i < listed->len && status == 0; i++)
		if (watch->rescan || !fp_table_find(watch->table, listed->at[i]))
			status = fp_pids_add(pids, listed->at[i]);
	for (uint32_t i = 0; i < watch->table->places && status == 0; i++) {
		const struct fp_entry *entry = fp_table_at(watch->table, i);
		if (entry && !fp_pids_has(listed, entry->pid))
			status = fp_pids_add(pids, entry->pid);
	}
	return status;
}

static int collect_listed(struct fp_watch *watch, uint64_t now_ns, struct fp_pids *pids)
{
	const struct fp_host *host = watch->host;

	if (!list_is_due(watch, now_ns))
		return 0;
	/* before the list: who comes meanwhile is in the next one at the latest */
	watch->has_last_pid = read_last_pid(watch, &watch->last_pid);
	int status = host->backend->list(host->os, &watch->listed);
	if (status < 0)
		return status;
	fp_pids_sort(&watch->listed);
	watch->listed_ns = now_ns;
	status = compare_with_list(watch, pids);
	fp_pids_free(&watch->listed);
	if (status == 0) {
		watch->rescan = false;
		watch->was_scanned = true;
	}
	return status;
}

static int collect_events(struct fp_watch *watch, struct fp_pids *pids)
{
	const struct fp_pidmap *pending = &watch->pending;
	int status = 0;

	for (size_t i = 0; pending->places && i <= pending->mask && status == 0; i++)
		if (pending->places[i].pid)
			status = fp_pids_add(pids, pending->places[i].pid);
	for (size_t i = 0; i < watch->dirty.len && status == 0; i++) {
		struct fp_entry *entry = fp_table_find(watch->table, watch->dirty.at[i]);
		if (entry)
			entry->is_dirty = false;
		status = fp_pids_add(pids, watch->dirty.at[i]);
	}
	watch->dirty.len = 0;
	return status;
}

static int ask_again(struct fp_watch *watch, struct fp_entry *entry, struct fp_pids *pids)
{
	if (!fp_watch_may_move(watch, entry))
		return 0;
	fp_table_forget(watch->table, entry, false);
	return fp_pids_add(pids, entry->pid);
}

/* Those who came first are at the front, but for who became young again where it was. */
static bool has_grown(const struct fp_watch *watch, uint64_t now_ns)
{
	const struct fp_pids *young = &watch->table->young;

	if (young->len == 0)
		return false;
	if (young->len > 2 * watch->table->count + YOUNG_MORE)
		return true;
	const struct fp_entry *oldest = fp_table_find(watch->table, young->at[0]);
	return !oldest || !fp_table_is_young(watch->table, oldest, now_ns);
}

static int collect_young(
	struct fp_watch *watch, uint64_t now_ns, bool unsettled, struct fp_pids *pids)
{
	struct fp_pids *young = &watch->table->young;
	size_t kept = 0;
	int status = 0;

	/* with nothing to ask, the list only has to be kept short */
	if (!watch->volatile_facts && !unsettled && !has_grown(watch, now_ns))
		return 0;
	for (size_t i = 0; i < young->len && status == 0; i++) {
		struct fp_entry *entry = fp_table_find(watch->table, young->at[i]);
		if (!entry || !fp_table_is_young(watch->table, entry, now_ns))
			continue;
		young->at[kept++] = young->at[i];
		status = ask_again(watch, entry, pids);
	}
	if (status == 0)
		young->len = kept;
	if (young->len == 0)
		fp_pids_free(young);
	return status;
}

/* So many places of the table after the one that was the last. */
static int collect_places(
	struct fp_watch *watch, uint32_t *next, uint32_t count, bool ask, struct fp_pids *pids)
{
	struct fp_table *table = watch->table;
	int status = 0;

	if (count > table->places)
		count = table->places;
	while (count-- && status == 0) {
		struct fp_entry *entry = fp_table_at(table, *next % table->places);
		*next = (*next + 1) % table->places;
		if (entry && ask)
			status = ask_again(watch, entry, pids);
		else if (entry)
			status = fp_pids_add(pids, entry->pid);
	}
	return status;
}

static int collect_rotation(struct fp_watch *watch, uint64_t now_ns, struct fp_pids *pids)
{
	uint64_t pause_ns = watch->collected_ns ? now_ns - watch->collected_ns : 0;

	watch->collected_ns = now_ns;
	watch->rotation +=
		(double)watch->table->places * (double)pause_ns / (ROTATION_S * (double)second_ns);
	if (watch->rotation > watch->table->places)
		watch->rotation = watch->table->places;
	uint32_t due = (uint32_t)watch->rotation;
	watch->rotation -= due;
	int status = collect_places(watch, &watch->rotation_at, due, true, pids);
	if (status == 0 && !watch->stream)
		status = collect_places(watch, &watch->look_at, LOOKS, false, pids);
	return status;
}

/* Of those whose first thread has ended, no event tells the end of the last. */
static int collect_dead_leaders(struct fp_watch *watch, struct fp_pids *pids)
{
	struct fp_table *table = watch->table;
	size_t left = table->dead_leaders;
	int status = 0;

	for (uint32_t i = 0; i < table->places && left && status == 0; i++) {
		const struct fp_entry *entry = fp_table_at(table, i);
		if (!entry || !entry->dead_leader)
			continue;
		left--;
		status = fp_pids_add(pids, entry->pid);
	}
	return status;
}

int fp_watch_collect(struct fp_watch *watch, uint64_t now_ns, bool unsettled, struct fp_pids *pids)
{
	pids->len = 0;
	int status = fp_watch_drain(watch);
	if (status == 0)
		status = collect_listed(watch, now_ns, pids);
	if (status == 0)
		status = collect_events(watch, pids);
	if (status == 0)
		status = collect_young(watch, now_ns, unsettled, pids);
	if (status == 0)
		status = collect_rotation(watch, now_ns, pids);
	if (status == 0)
		status = collect_dead_leaders(watch, pids);
	fp_pids_sort(pids);
	if (status < 0)
		fp_watch_retry(watch);
	return status;
}

void fp_watch_retry(struct fp_watch *watch)
{
	watch->rescan = true;
}

void fp_watch_seen(struct fp_watch *watch, int32_t pid, struct fp_entry *entry)
{
	const uint32_t *kin = fp_pidmap_get(&watch->pending, pid);

	if (!kin)
		return;
	if (entry && (entry->forked || fp_kin_is_founder(watch->table, *kin, pid)))
		fp_kin_join(watch->table, entry, *kin);
	forget_pending(watch, pid);
}

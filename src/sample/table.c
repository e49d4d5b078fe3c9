#include "sample/table.h"
#include "compute/select.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t second_ns = UINT64_C(1000000000);

/* A process settles in its first minute; later each is looked at again within five. */
enum { YOUNG_S = 60, LOOK_AGAIN_S = 240, LOOK_AGAIN_SPREAD_S = 61 };

struct fp_table {
	const struct fp_settings *settings;
	struct fp_entries by_pid, by_age;
	struct fp_pids pids;
	bool scanned;                  /* at least once */
	bool scanning;                 /* in the order of pids only up to where a scan began */
	uint64_t scanned_ns, pause_ns; /* between the last two scans */
};

int fp_table_new(const struct fp_settings *settings, struct fp_table **out)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->settings = settings;
	return 0;
}

static void forget_pieces(const struct fp_table *table, struct fp_entry *entry)
{
	for (size_t i = 0; entry->pieces && i < table->settings->part_count; i++) {
		free(entry->pieces[i]);
		entry->pieces[i] = NULL;
	}
}

static void free_entry(const struct fp_table *table, struct fp_entry *entry)
{
	if (!entry)
		return;
	forget_pieces(table, entry);
	free(entry->pieces);
	free(entry->known);
	free(entry->seats);
	free(entry);
}

void fp_table_free(struct fp_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->by_pid.len; i++)
		free_entry(table, table->by_pid.at[i]);
	free(table->by_pid.at);
	free(table->by_age.at);
	free(table->pids.at);
	free(table);
}

/* Forgets of an entry what may have changed: image says whether that has. */
static void forget(const struct fp_table *table, struct fp_entry *entry, bool image)
{
	for (size_t g = 0; g < table->settings->group_count; g++) {
		fp_select_forget(&table->settings->groups[g], entry->known, image);
		entry->seats[g].stale = true;
		if (image)
			entry->seats[g].matched = NULL;
	}
	if (image)
		forget_pieces(table, entry);
}

static int compare_pids(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static int compare_entry_pids(const void *a, const void *b)
{
	return compare_pids(
		&(*(struct fp_entry *const *)a)->pid, &(*(struct fp_entry *const *)b)->pid);
}

/* A parent started before its child, or in the same tick and then with the lower pid, mostly. */
static int compare_ages(const void *a, const void *b)
{
	const struct fp_entry *x = *(struct fp_entry *const *)a;
	const struct fp_entry *y = *(struct fp_entry *const *)b;

	if (x->starttime_ticks != y->starttime_ticks)
		return x->starttime_ticks < y->starttime_ticks ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* The entry of a pid among the first count, which are in the order of pids. */
static struct fp_entry *find(const struct fp_table *table, size_t count, int32_t pid)
{
	struct fp_entry key = {.pid = pid}, *key_at = &key;

	if (count == 0)
		return NULL;
	struct fp_entry **found = bsearch(
		&key_at, table->by_pid.at, count, sizeof(table->by_pid.at[0]), compare_entry_pids);
	return found ? *found : NULL;
}

static int new_entry(const struct fp_table *table, struct fp_entry **out)
{
	const struct fp_settings *settings = table->settings;
	struct fp_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	entry->known = calloc(settings->line_count + 1, sizeof(entry->known[0]));
	entry->seats = calloc(settings->group_count + 1, sizeof(entry->seats[0]));
	entry->pieces = calloc(settings->part_count + 1, sizeof(entry->pieces[0]));
	if (!entry->known || !entry->seats || !entry->pieces) {
		free_entry(table, entry);
		return -ENOMEM;
	}
	*out = entry;
	return 0;
}

static void set_name(struct fp_entry *entry, const struct fp_stat *stat)
{
	memcpy(entry->comm, stat->comm, sizeof(entry->comm));
	entry->comm_len = stat->comm_len;
}

static void set_image(struct fp_entry *entry, const struct fp_stat *stat)
{
	entry->startcode = stat->startcode;
	entry->startstack = stat->startstack;
	entry->forked = fp_stat_is_forked(stat);
}

/* The look-agains of processes that came at once are spread, so that no round has them all. */
static void plan_look(struct fp_entry *entry, uint64_t now_ns)
{
	uint64_t spread_s = (uint32_t)entry->pid * 37u % LOOK_AGAIN_SPREAD_S;

	entry->look_again_ns = now_ns + (LOOK_AGAIN_S + spread_s) * second_ns;
}

/*
 * While the first thread is dead its stat tells no addresses, and another thread may exec meanwhile:
 * so those that become known are new ones. Where addresses are not random, an exec of the same
 * program keeps them, and only the first one after a fork shows.
 */
static bool changed_image(const struct fp_entry *entry, const struct fp_stat *stat)
{
	if (entry->forked && !fp_stat_is_forked(stat))
		return true;
	return stat->startstack != 0 &&
	       (entry->startcode != stat->startcode || entry->startstack != stat->startstack);
}

static bool changed_name(const struct fp_entry *entry, const struct fp_stat *stat)
{
	return entry->comm_len != stat->comm_len ||
	       memcmp(entry->comm, stat->comm, stat->comm_len) != 0;
}

static void update(const struct fp_table *table, struct fp_entry *entry, const struct fp_stat *stat,
	uint64_t now_ns)
{
	bool image = changed_image(entry, stat);

	if (image)
		entry->young_until_ns = now_ns + YOUNG_S * second_ns;
	/* now, if the next round would be too late */
	if (image || changed_name(entry, stat) || now_ns < entry->young_until_ns ||
		now_ns + table->pause_ns > entry->look_again_ns) {
		forget(table, entry, image);
		plan_look(entry, now_ns);
	}
	set_name(entry, stat);
	set_image(entry, stat);
}

/* As long as a reader waits for a process, its pid is nobody else's. */
static bool is_same(const struct fp_entry *entry, const struct fp_process *process)
{
	if (process->stuck)
		return true;
	return !entry->unsure && entry->readable == process->readable &&
	       (!entry->readable || entry->starttime_ticks == process->stat.starttime_ticks);
}

static int add_entry(
	struct fp_table *table, const struct fp_process *process, bool is_new, uint64_t now_ns)
{
	struct fp_entry *entry;
	int status = new_entry(table, &entry);

	if (status < 0)
		return status;
	entry->pid = process->pid;
	entry->readable = process->readable;
	entry->unsure = process->stuck;
	entry->present = true;
	entry->is_new = is_new;
	entry->young_until_ns = now_ns + YOUNG_S * second_ns;
	plan_look(entry, now_ns);
	if (process->readable) {
		entry->starttime_ticks = process->stat.starttime_ticks;
		entry->parent_pid = process->stat.ppid;
		set_name(entry, &process->stat);
		set_image(entry, &process->stat);
	}
	status = fp_entries_add(&table->by_pid, entry);
	if (status < 0)
		free_entry(table, entry);
	return status;
}

/* Looks at one pid; known is how many entries are from the round before. */
static int scan_pid(struct fp_table *table, struct fp_process *process, int32_t pid, size_t known,
	uint64_t now_ns)
{
	struct fp_entry *entry = find(table, known, pid);
	int status = fp_process_open(process, pid);

	if (status < 0)
		return status;
	if (entry && is_same(entry, process)) {
		entry->present = true;
		entry->is_new = false;
		if (entry->readable && !process->stuck)
			update(table, entry, &process->stat, now_ns);
	} else {
		/* who did not answer in the round before was there all the same */
		bool is_new = table->scanned && !(entry && entry->unsure);
		status = add_entry(table, process, is_new, now_ns);
	}
	fp_process_close(process);
	return status;
}

static void drop_absent(struct fp_table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->by_pid.len; i++) {
		struct fp_entry *entry = table->by_pid.at[i];
		if (entry->present)
			table->by_pid.at[kept++] = entry;
		else
			free_entry(table, entry);
	}
	table->by_pid.len = kept;
}

static int copy_pieces(
	const struct fp_table *table, struct fp_entry *entry, const struct fp_entry *parent)
{
	for (size_t i = 0; i < table->settings->part_count; i++) {
		if (!parent->pieces[i])
			continue;
		entry->pieces[i] = malloc(sizeof(*entry->pieces[i]));
		if (!entry->pieces[i])
			return -ENOMEM;
		*entry->pieces[i] = *parent->pieces[i];
	}
	return 0;
}

/* Ties a new entry to its parent: the one that had its ppid before it was born. */
static void adopt(const struct fp_table *table, struct fp_entry *entry)
{
	struct fp_entry *parent = find(table, table->by_pid.len, entry->parent_pid);

	if (!parent || parent->starttime_ticks > entry->starttime_ticks || parent == entry)
		entry->parent_pid = 0;
	else
		entry->parent_starttime_ticks = parent->starttime_ticks;
}

int fp_table_inherit(const struct fp_table *table, struct fp_entry *entry)
{
	const struct fp_entry *parent = fp_table_image_parent(table, entry);

	if (entry->asked)
		return 0;
	entry->asked = true;
	if (!parent)
		return 0;
	for (size_t g = 0; g < table->settings->group_count; g++)
		fp_select_inherit(&table->settings->groups[g], entry->known, parent->known);
	return copy_pieces(table, entry, parent);
}

static int order_by_age(struct fp_table *table)
{
	table->by_age.len = 0;
	for (size_t i = 0; i < table->by_pid.len; i++) {
		int status = fp_entries_add(&table->by_age, table->by_pid.at[i]);
		if (status < 0)
			return status;
	}
	if (table->by_age.len)
		qsort(table->by_age.at, table->by_age.len, sizeof(table->by_age.at[0]),
			compare_ages);
	return 0;
}

static void sort_by_pid(struct fp_table *table)
{
	if (table->by_pid.len)
		qsort(table->by_pid.at, table->by_pid.len, sizeof(table->by_pid.at[0]),
			compare_entry_pids);
}

static int scan_pids(struct fp_table *table, struct fp_process *process, uint64_t now_ns)
{
	size_t known = table->by_pid.len;
	int status = 0;

	/* the scan before was never over */
	if (table->scanning)
		sort_by_pid(table);
	table->scanning = true;
	for (size_t i = 0; i < known; i++)
		table->by_pid.at[i]->present = false;
	for (size_t i = 0; i < table->pids.len && status == 0; i++) {
		status = scan_pid(table, process, table->pids.at[i], known, now_ns);
		/* who ended meanwhile is gone, and who cannot be opened is nobody else's error */
		if (!fp_process_is_fatal(status))
			status = 0;
	}
	/* whom a scan that failed did not reach is not gone */
	if (status == 0)
		drop_absent(table);
	sort_by_pid(table);
	table->scanning = false;
	return status;
}

int fp_table_scan(struct fp_table *table, const struct fp_host *host, struct fp_process *process,
	uint64_t now_ns)
{
	int status = host->backend->list(host->os, &table->pids);

	table->pause_ns = table->scanned ? now_ns - table->scanned_ns : 0;
	table->scanned_ns = now_ns;
	if (status == 0)
		status = scan_pids(table, process, now_ns);
	if (status == 0)
		status = order_by_age(table);
	for (size_t i = 0; i < table->by_pid.len && status == 0; i++)
		if (!table->by_pid.at[i]->asked)
			adopt(table, table->by_pid.at[i]);
	table->scanned = table->scanned || status == 0;
	return status;
}

const struct fp_entries *fp_table_entries(const struct fp_table *table)
{
	return &table->by_age;
}

struct fp_entry *fp_table_parent(const struct fp_table *table, const struct fp_entry *entry)
{
	struct fp_entry *parent = find(table, table->by_pid.len, entry->parent_pid);

	if (!parent || entry->parent_pid == 0 ||
		parent->starttime_ticks != entry->parent_starttime_ticks)
		return NULL;
	return parent;
}

struct fp_entry *fp_table_image_parent(const struct fp_table *table, const struct fp_entry *entry)
{
	struct fp_entry *parent = fp_table_parent(table, entry);

	/* without random addresses the same program has the same ones after an exec */
	if (!parent || !entry->forked || entry->startstack == 0 ||
		entry->startstack != parent->startstack || entry->startcode != parent->startcode)
		return NULL;
	return parent;
}

void fp_table_forget_image(const struct fp_table *table, struct fp_entry *entry)
{
	forget(table, entry, true);
}

static void leave(struct fp_seat *seat, const struct fp_instance *instance)
{
	if (seat->matched && (seat->matched == instance || seat->matched->base))
		seat->matched = NULL;
	if (seat->inherited == instance)
		seat->inherited = NULL;
	if (seat->taken == instance)
		seat->taken = NULL;
}

void fp_table_forget_instance(struct fp_table *table, const struct fp_instance *instance)
{
	for (size_t i = 0; i < table->by_pid.len; i++)
		for (size_t g = 0; g < table->settings->group_count; g++)
			leave(&table->by_pid.at[i]->seats[g], instance);
}

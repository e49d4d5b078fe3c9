#include "compute/select.h"
#include "sample/kin.h"
#include "sample/table_keys.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t second_ns = UINT64_C(1000000000);

/* A process settles in its first minute. */
enum { YOUNG_S = 60, CHUNK_ENTRIES = 64 };

int fp_table_new(const struct fp_settings *settings, struct fp_table **out)
{
	struct fp_table *table = calloc(1, sizeof(*table));
	size_t bytes = sizeof(struct fp_entry) + settings->line_count;

	if (!table)
		return -ENOMEM;
	table->settings = settings;
	table->entry_bytes = (bytes + 7) / 8 * 8;
	table->free_place = table->free_kin = FP_NOBODY;
	int status = fp_table_init_keys(table);
	if (status < 0)
		free(table);
	else
		*out = table;
	return status;
}

struct fp_entry *fp_table_place(const struct fp_table *table, uint32_t index)
{
	char *chunk = table->chunks.at[index / CHUNK_ENTRIES];

	return (struct fp_entry *)(void *)(chunk + index % CHUNK_ENTRIES * table->entry_bytes);
}

struct fp_entry *fp_table_at(const struct fp_table *table, uint32_t index)
{
	struct fp_entry *entry = fp_table_place(table, index);

	return entry->pid ? entry : NULL;
}

struct fp_entry *fp_table_find(const struct fp_table *table, int32_t pid)
{
	const uint32_t *index = fp_pidmap_get(&table->by_pid, pid);

	return index ? fp_table_place(table, *index) : NULL;
}

static void forget_pieces(const struct fp_table *table, struct fp_entry *entry)
{
	struct fp_piece **pieces = entry->more ? entry->more->pieces : NULL;

	for (size_t i = 0; pieces && i < table->settings->part_count; i++) {
		free(pieces[i]);
		pieces[i] = NULL;
	}
}

static void free_more(const struct fp_table *table, struct fp_entry *entry)
{
	if (!entry->more)
		return;
	forget_pieces(table, entry);
	free(entry->more->pieces);
	free(entry->more);
	entry->more = NULL;
}

void fp_table_free(struct fp_table *table)
{
	if (!table)
		return;
	for (uint32_t i = 0; i < table->places; i++)
		free_more(table, fp_table_place(table, i));
	for (size_t i = 0; i < table->chunks.len; i++)
		free(table->chunks.at[i]);
	free(table->chunks.at);
	free(table->by_key);
	free(table->kins.at);
	free(table->fresh.at);
	free(table->young.at);
	fp_pidmap_fini(&table->by_pid);
	free(table);
}

struct fp_entry_more *fp_table_more(const struct fp_table *table, struct fp_entry *entry)
{
	const struct fp_settings *settings = table->settings;
	struct fp_entry_more *more = entry->more;

	if (more)
		return more;
	more = calloc(1, sizeof(*more) + settings->group_count * sizeof(more->seats[0]));
	if (!more)
		return NULL;
	more->pieces = calloc(settings->part_count + 1, sizeof(more->pieces[0]));
	if (!more->pieces) {
		free(more);
		return NULL;
	}
	entry->more = more;
	return more;
}

const struct fp_seat *fp_entry_seat(const struct fp_entry *entry, size_t group)
{
	static const struct fp_seat none;

	return entry->more ? &entry->more->seats[group] : &none;
}

void fp_table_forget(const struct fp_table *table, struct fp_entry *entry, bool image)
{
	for (size_t g = 0; g < table->settings->group_count; g++) {
		fp_select_forget(&table->settings->groups[g], entry->known, image);
		if (!entry->more)
			continue;
		entry->more->seats[g].stale = true;
		if (image)
			entry->more->seats[g].matched = NULL;
	}
	if (image) {
		forget_pieces(table, entry);
		entry->placed = false;
	}
	entry->to_place = true;
}

/* ---- Places ---- */

static int add_chunk(struct fp_table *table)
{
	char *chunk = calloc(CHUNK_ENTRIES, table->entry_bytes);

	if (!chunk || fp_chunks_add(&table->chunks, chunk) < 0) {
		free(chunk);
		return -ENOMEM;
	}
	table->places += CHUNK_ENTRIES;
	for (uint32_t i = 0; i < CHUNK_ENTRIES; i++) {
		struct fp_entry *entry = fp_table_place(table, table->places - 1 - i);
		entry->index = table->places - 1 - i;
		entry->key_next = table->free_place;
		table->free_place = entry->index;
	}
	return 0;
}

static bool lacks_key(const struct fp_entry *entry)
{
	/* some hosts shield their first process from everybody */
	return entry->key == 0 && !entry->kernel && entry->pid != 1;
}

/* ---- Looks ---- */

static uint32_t hash_name(const struct fp_stat *stat)
{
	uint32_t hash = UINT32_C(2166136261);

	for (size_t i = 0; i < stat->comm_len; i++)
		hash = (hash ^ (unsigned char)stat->comm[i]) * UINT32_C(16777619);
	return hash;
}

static uint32_t clock_s(const struct fp_table *table, uint64_t now_ns)
{
	return (uint32_t)((now_ns - table->base_ns) / second_ns);
}

bool fp_table_is_young(const struct fp_table *table, const struct fp_entry *entry, uint64_t now_ns)
{
	return clock_s(table, now_ns) < entry->young_until_s;
}

static int make_young(struct fp_table *table, struct fp_entry *entry, uint64_t now_ns)
{
	bool was = fp_table_is_young(table, entry, now_ns);

	entry->young_until_s = clock_s(table, now_ns) + YOUNG_S;
	return was ? 0 : fp_pids_add(&table->young, entry->pid);
}

static int set_image(
	struct fp_table *table, struct fp_entry *entry, const struct fp_process *process)
{
	const struct fp_stat *stat = &process->stat;
	bool lacked = lacks_key(entry);

	entry->kernel = process->kind == FP_KIND_KERNEL;
	table->dead_leaders -= entry->dead_leader;
	entry->dead_leader = process->kind == FP_KIND_DEAD_LEADER;
	table->dead_leaders += entry->dead_leader;
	entry->forked = fp_stat_is_forked(stat);
	entry->name_hash = hash_name(stat);
	/* of a process whose first thread is dead, the others may not tell */
	bool stays = process->key == entry->key || (entry->dead_leader && process->key == 0);
	int status = stays ? 0 : fp_table_set_key(table, entry, process->key);
	table->unknown_keys += lacks_key(entry);
	table->unknown_keys -= lacked;
	return status;
}

/*
 * Where addresses are not random, an exec of the same program keeps them, and only the first one after
 * a fork shows, or the kernel's event.
 */
static bool changed_image(const struct fp_entry *entry, const struct fp_process *process)
{
	if (entry->has_execed || (entry->forked && !fp_stat_is_forked(&process->stat)))
		return true;
	return process->key != 0 && entry->key != process->key;
}

static int update(struct fp_table *table, struct fp_entry *entry, const struct fp_process *process,
	uint64_t now_ns, unsigned *changed)
{
	const struct fp_stat *stat = &process->stat;
	int status = 0;

	if (!process->readable || process->stuck)
		return 0;
	if (changed_image(entry, process))
		*changed |= FP_LOOK_IMAGE;
	bool is_told = entry->has_execed;
	entry->has_execed = false;
	if (entry->name_hash != hash_name(stat))
		*changed |= FP_LOOK_NAME;
	if (*changed & FP_LOOK_IMAGE) {
		table->turnover++;
		fp_kin_leave(table, entry);
		status = make_young(table, entry, now_ns);
		if (status == 0 && entry->key != 0 && process->key == entry->key)
			status = fp_table_keep_key(table, entry, is_told);
	}
	if (*changed)
		fp_table_forget(table, entry, (*changed & FP_LOOK_IMAGE) != 0);
	int next = set_image(table, entry, process);
	return status < 0 ? status : next;
}

/* Ties a new entry to its parent: the one that had its ppid before it was born. */
static void adopt(struct fp_table *table, struct fp_entry *entry)
{
	struct fp_entry *parent = fp_table_find(table, entry->parent_pid);

	if (!parent || parent->starttime_ticks > entry->starttime_ticks || parent == entry) {
		entry->parent_pid = 0;
		return;
	}
	entry->parent_start = (uint32_t)parent->starttime_ticks;
	parent->is_parent = true;
	/* it may have been forked before */
	entry->parent_images = (parent->images - parent->kept_key) & FP_IMAGES_MASK;
	/* orphans are the first process's, whoever forked them */
	if (!entry->forked || parent->pid == 1 || parent->kernel)
		return;
	uint32_t kin = fp_kin_of(table, parent);
	if (kin != FP_NOBODY)
		fp_kin_join(table, entry, kin);
}

static int fill(struct fp_table *table, struct fp_entry *entry, const struct fp_process *process,
	bool is_new, uint64_t now_ns)
{
	entry->readable = process->readable;
	entry->unsure = process->stuck;
	entry->is_new = is_new;
	entry->to_place = true;
	int status = make_young(table, entry, now_ns);
	if (status == 0 && entry->is_new)
		status = fp_pids_add(&table->fresh, entry->pid);
	table->unknown_keys += lacks_key(entry);
	if (status < 0 || !process->readable)
		return status;
	entry->starttime_ticks = process->stat.starttime_ticks;
	entry->parent_pid = process->stat.ppid;
	status = set_image(table, entry, process);
	if (status == 0)
		adopt(table, entry);
	return status;
}

static int add_entry(struct fp_table *table, const struct fp_process *process, bool is_new,
	uint64_t now_ns, struct fp_entry **out)
{
	int status = table->free_place == FP_NOBODY ? add_chunk(table) : 0;

	if (status < 0)
		return status;
	if (table->count + 1 > table->key_mask)
		fp_table_grow_keys(table);
	if (table->base_ns == 0)
		table->base_ns = now_ns;
	struct fp_entry *entry = fp_table_place(table, table->free_place);
	uint32_t index = entry->index, next = entry->key_next;
	status = fp_pidmap_put(&table->by_pid, process->pid, index);
	if (status < 0)
		return status;
	memset(entry, 0, table->entry_bytes);
	entry->index = index;
	entry->pid = process->pid;
	entry->kin = entry->kin_next = entry->kin_previous = FP_NOBODY;
	entry->key_next = entry->key_previous = FP_NOBODY;
	table->free_place = next;
	table->count++;
	table->turnover++;
	status = fill(table, entry, process, is_new, now_ns);
	if (status < 0)
		fp_table_remove(table, entry);
	*out = entry;
	return status;
}

void fp_table_remove(struct fp_table *table, struct fp_entry *entry)
{
	if (table->gone)
		table->gone(table->context, entry);
	table->unknown_keys -= lacks_key(entry);
	table->dead_leaders -= entry->dead_leader;
	fp_kin_leave(table, entry);
	fp_table_drop_key(table, entry);
	free_more(table, entry);
	fp_pidmap_remove(&table->by_pid, entry->pid);
	entry->pid = 0;
	entry->key_next = table->free_place;
	table->free_place = entry->index;
	table->count--;
	table->turnover++;
}

/* As long as a reader waits for a process, its pid is nobody else's. */
static bool is_same(const struct fp_entry *entry, const struct fp_process *process)
{
	if (process->stuck)
		return true;
	return !entry->unsure && entry->readable == process->readable &&
	       (!entry->readable || entry->starttime_ticks == process->stat.starttime_ticks);
}

int fp_table_look(struct fp_table *table, const struct fp_process *process, uint64_t now_ns,
	struct fp_entry **out, unsigned *changed)
{
	struct fp_entry *entry = fp_table_find(table, process->pid);
	/* who did not answer in the round before was there all the same */
	bool is_new = table->began && !(entry && entry->unsure);

	*changed = 0;
	if (entry && !is_same(entry, process)) {
		fp_table_remove(table, entry);
		entry = NULL;
	}
	*out = entry;
	if (entry)
		return update(table, entry, process, now_ns, changed);
	*changed = FP_LOOK_NEW;
	return add_entry(table, process, is_new, now_ns, out);
}

void fp_table_settle(struct fp_table *table)
{
	for (size_t i = 0; i < table->fresh.len; i++) {
		struct fp_entry *entry = fp_table_find(table, table->fresh.at[i]);
		if (entry)
			entry->is_new = entry->kept_key = false;
	}
	table->fresh.len = 0;
	table->began = true;
}

#include "sample/kin.h"

static struct fp_kin *at(struct fp_table *table, uint32_t kin)
{
	return &table->kins.at[kin];
}

static uint32_t new_kin(struct fp_table *table)
{
	static const struct fp_kin nobody = {.first = FP_NOBODY, .moved_to = FP_NOBODY};
	uint32_t kin = table->free_kin;

	if (kin != FP_NOBODY) {
		table->free_kin = at(table, kin)->next_free;
		uint64_t changes = at(table, kin)->changes;
		*at(table, kin) = nobody;
		/* a sample that remembers the number must not take it for the kin of before */
		at(table, kin)->changes = changes + 1;
		return kin;
	}
	if (fp_kins_add(&table->kins, nobody) < 0)
		return FP_NOBODY;
	return (uint32_t)table->kins.len - 1;
}

static void free_if_empty(struct fp_table *table, uint32_t kin)
{
	uint32_t moved_to = at(table, kin)->moved_to;

	if (at(table, kin)->count || at(table, kin)->pending)
		return;
	at(table, kin)->moved_to = FP_NOBODY;
	at(table, kin)->next_free = table->free_kin;
	table->free_kin = kin;
	fp_kin_unexpect(table, moved_to);
}

static void link_entry(struct fp_table *table, struct fp_entry *entry, uint32_t kin)
{
	uint32_t first = at(table, kin)->first;

	entry->kin = kin;
	entry->kin_next = first;
	entry->kin_previous = FP_NOBODY;
	if (first != FP_NOBODY)
		fp_table_at(table, first)->kin_previous = entry->index;
	at(table, kin)->first = entry->index;
	at(table, kin)->count++;
	at(table, kin)->changes++;
}

uint32_t fp_kin_of(struct fp_table *table, struct fp_entry *entry)
{
	if (entry->kin != FP_NOBODY)
		return entry->kin;
	uint32_t kin = new_kin(table);
	if (kin != FP_NOBODY)
		link_entry(table, entry, kin);
	return kin;
}

/*
 * Moves everybody of one kin to another. Forks that are expected know their kin by its number: as long
 * as there are some, they are expected where everybody went, too.
 */
static void move_all(struct fp_table *table, uint32_t from, uint32_t to)
{
	while (at(table, from)->count) {
		struct fp_entry *entry = fp_table_at(table, at(table, from)->first);
		at(table, from)->first = entry->kin_next;
		at(table, from)->count--;
		link_entry(table, entry, to);
	}
	at(table, from)->changes++;
	if (at(table, from)->pending) {
		at(table, from)->moved_to = to;
		fp_kin_expect(table, to);
	}
	free_if_empty(table, from);
}

/* Where those are now who were of a kin when a fork was seen. */
static uint32_t follow(struct fp_table *table, uint32_t kin)
{
	while (kin != FP_NOBODY && at(table, kin)->moved_to != FP_NOBODY)
		kin = at(table, kin)->moved_to;
	return kin;
}

void fp_kin_join(struct fp_table *table, struct fp_entry *entry, uint32_t kin)
{
	kin = follow(table, kin);
	if (kin == FP_NOBODY || entry->kin == kin)
		return;
	if (entry->kin == FP_NOBODY)
		link_entry(table, entry, kin);
	else
		move_all(table, entry->kin, kin);
}

void fp_kin_leave(struct fp_table *table, struct fp_entry *entry)
{
	uint32_t kin = entry->kin;

	if (kin == FP_NOBODY)
		return;
	if (entry->kin_previous == FP_NOBODY)
		at(table, kin)->first = entry->kin_next;
	else
		fp_table_at(table, entry->kin_previous)->kin_next = entry->kin_next;
	if (entry->kin_next != FP_NOBODY)
		fp_table_at(table, entry->kin_next)->kin_previous = entry->kin_previous;
	at(table, kin)->count--;
	at(table, kin)->changes++;
	at(table, kin)->has_left = true;
	entry->kin = entry->kin_next = entry->kin_previous = FP_NOBODY;
	free_if_empty(table, kin);
}

void fp_kin_expect(struct fp_table *table, uint32_t kin)
{
	if (kin == FP_NOBODY)
		return;
	at(table, kin)->pending++;
	at(table, kin)->forks++;
}

void fp_kin_unexpect(struct fp_table *table, uint32_t kin)
{
	if (kin == FP_NOBODY)
		return;
	at(table, kin)->pending--;
	free_if_empty(table, kin);
}

void fp_kin_touch(struct fp_table *table, uint32_t kin)
{
	kin = follow(table, kin);
	if (kin == FP_NOBODY)
		return;
	at(table, kin)->changes++;
	at(table, kin)->has_left = true;
}

uint32_t fp_kin_found(struct fp_table *table, int32_t founder)
{
	uint32_t kin = new_kin(table);

	if (kin == FP_NOBODY)
		return FP_NOBODY;
	at(table, kin)->founder = founder;
	at(table, kin)->pending = 1;
	return kin;
}

bool fp_kin_is_founder(const struct fp_table *table, uint32_t kin, int32_t pid)
{
	return kin != FP_NOBODY && table->kins.at[kin].founder == pid;
}

bool fp_kin_is_alone(const struct fp_table *table, const struct fp_entry *entry)
{
	if (entry->kin == FP_NOBODY)
		return true;
	const struct fp_kin *kin = &table->kins.at[entry->kin];
	return kin->count == 1 && kin->pending == 0;
}

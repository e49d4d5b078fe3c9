/* Who descends from whom in the table, and what that hands down. */
#include "compute/select.h"
#include "sample/table.h"

#include <stdlib.h>

struct fp_entry *fp_table_parent(const struct fp_table *table, const struct fp_entry *entry)
{
	struct fp_entry *parent =
		entry->parent_pid ? fp_table_find(table, entry->parent_pid) : NULL;

	if (!parent || (uint32_t)parent->starttime_ticks != entry->parent_start)
		return NULL;
	return parent;
}

struct fp_entry *fp_table_image_parent(const struct fp_table *table, const struct fp_entry *entry)
{
	struct fp_entry *parent = fp_table_parent(table, entry);

	/* without random addresses the same program has the same ones after an exec */
	if (!parent || !entry->forked || entry->key == 0 || entry->key != parent->key ||
		entry->parent_images != parent->images)
		return NULL;
	return parent;
}

static int copy_pieces(
	const struct fp_table *table, struct fp_entry *entry, const struct fp_entry *parent)
{
	for (size_t i = 0; parent->more && i < table->settings->part_count; i++) {
		const struct fp_piece *piece = parent->more->pieces[i];
		if (!piece)
			continue;
		struct fp_entry_more *more = fp_table_more(table, entry);
		if (!more)
			return -ENOMEM;
		more->pieces[i] = malloc(sizeof(*piece));
		if (!more->pieces[i])
			return -ENOMEM;
		*more->pieces[i] = *piece;
	}
	return 0;
}

int fp_table_inherit(const struct fp_table *table, struct fp_entry *entry)
{
	const struct fp_entry *parent = fp_table_image_parent(table, entry);

	if (entry->visited)
		return 0;
	entry->visited = true;
	if (!parent)
		return 0;
	for (size_t g = 0; g < table->settings->group_count; g++)
		fp_select_inherit(&table->settings->groups[g], entry->known, parent->known);
	return copy_pieces(table, entry, parent);
}

static bool leave(
	const struct fp_group *group, struct fp_seat *seat, const struct fp_instance *instance)
{
	bool in_rest = group->template_text && seat->matched && seat->matched->base;
	bool moves = seat->matched == instance || in_rest;

	seat->stale = seat->stale || moves;
	if (seat->matched == instance)
		seat->matched = NULL;
	if (seat->inherited == instance)
		seat->inherited = NULL;
	if (seat->taken == instance) {
		seat->taken = NULL;
		moves = true;
	}
	return moves;
}

void fp_table_forget_instance(struct fp_table *table, const struct fp_instance *instance)
{
	for (uint32_t i = 0; i < table->places; i++) {
		struct fp_entry *entry = fp_table_at(table, i);
		for (size_t g = 0; entry && entry->more && g < table->settings->group_count; g++)
			if (leave(&table->settings->groups[g], &entry->more->seats[g], instance))
				entry->to_place = true;
	}
}

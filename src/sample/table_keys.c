/* Who has the key of an image: a chain for each hash of keys. */
#include "sample/table_keys.h"
#include "sample/kin.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS_MIN = 64 };

static uint32_t *make_chains(size_t count)
{
	uint32_t *chains = malloc(count * sizeof(chains[0]));

	/* FP_NOBODY in each */
	if (chains)
		memset(chains, 0xff, count * sizeof(chains[0]));
	return chains;
}

int fp_table_init_keys(struct fp_table *table)
{
	table->by_key = make_chains(KEYS_MIN);
	table->key_mask = KEYS_MIN - 1;
	return table->by_key ? 0 : -ENOMEM;
}

static uint32_t *key_chain(const struct fp_table *table, uint64_t key)
{
	return &table->by_key[(key >> 32) & table->key_mask];
}

static void link_key(struct fp_table *table, struct fp_entry *entry)
{
	uint32_t *first = key_chain(table, entry->key);

	entry->key_previous = FP_NOBODY;
	entry->key_next = *first;
	if (*first != FP_NOBODY)
		fp_table_place(table, *first)->key_previous = entry->index;
	*first = entry->index;
}

void fp_table_grow_keys(struct fp_table *table)
{
	size_t size = (table->key_mask + 1) * 2;
	uint32_t *bigger = make_chains(size);

	/* longer chains are only slower */
	if (!bigger)
		return;
	free(table->by_key);
	table->by_key = bigger;
	table->key_mask = size - 1;
	/* the split ones last, and so in front */
	for (unsigned is_split = 0; is_split < 2; is_split++)
		for (uint32_t i = 0; i < table->places; i++) {
			struct fp_entry *entry = fp_table_at(table, i);
			if (entry && entry->key && entry->is_split == is_split)
				link_key(table, entry);
		}
}

void fp_table_drop_key(struct fp_table *table, struct fp_entry *entry)
{
	if (entry->key == 0)
		return;
	/* there may be thousands in the chain of a family, of which all may end at once */
	if (entry->key_previous == FP_NOBODY)
		*key_chain(table, entry->key) = entry->key_next;
	else
		fp_table_place(table, entry->key_previous)->key_next = entry->key_next;
	if (entry->key_next != FP_NOBODY)
		fp_table_place(table, entry->key_next)->key_previous = entry->key_previous;
	entry->key = 0;
	entry->is_split = false;
}

/* The next of this key, from here on. */
static uint32_t find_key(const struct fp_table *table, uint32_t index, uint64_t key)
{
	while (index != FP_NOBODY && fp_table_place(table, index)->key != key)
		index = fp_table_place(table, index)->key_next;
	return index;
}

/* Those of one key are of one kin; but of split ones, which are in front, each may be of its own. */
int fp_table_set_key(struct fp_table *table, struct fp_entry *entry, uint64_t key)
{
	bool goes_on = true;

	fp_table_drop_key(table, entry);
	if (key == 0)
		return 0;
	uint32_t same = find_key(table, *key_chain(table, key), key);
	entry->key = key;
	link_key(table, entry);
	while (same != FP_NOBODY && goes_on) {
		struct fp_entry *other = fp_table_place(table, same);
		uint32_t kin = fp_kin_of(table, other);
		if (kin == FP_NOBODY)
			return -ENOMEM;
		fp_kin_join(table, entry, kin);
		goes_on = other->is_split;
		other->is_split = false;
		same = goes_on ? find_key(table, other->key_next, key) : FP_NOBODY;
	}
	return 0;
}

int fp_table_keep_key(struct fp_table *table, struct fp_entry *entry, bool is_told)
{
	uint64_t key = entry->key;

	entry->kept_key = true;
	entry->images = (entry->images + 1) & FP_IMAGES_MASK;
	if (!is_told) {
		fp_table_drop_key(table, entry);
		entry->key = key;
		entry->is_split = true;
		link_key(table, entry);
	}
	return fp_pids_add(&table->fresh, entry->pid);
}

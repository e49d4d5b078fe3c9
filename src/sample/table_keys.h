/* A part of the table of who lives, for its other part: which entries have equal keys. */
#ifndef FP_SAMPLE_TABLE_KEYS_H
#define FP_SAMPLE_TABLE_KEYS_H

#include "sample/table.h"

/* The entry of an index, whether it is free or not. */
struct fp_entry *fp_table_place(const struct fp_table *table, uint32_t index);

/* 0 or -ENOMEM. */
int fp_table_init_keys(struct fp_table *table);

/* Makes the chains shorter, if there is memory for it. */
void fp_table_grow_keys(struct fp_table *table);

/* Gives an entry its key, 0 for none; those that have it already become its kin. 0 or -ENOMEM. */
int fp_table_set_key(struct fp_table *table, struct fp_entry *entry, uint64_t key);

/*
 * An exec kept the key, as without random addresses: its forks are not of its image any more. is_told:
 * events tell of that, and so of whose fork anybody is. 0 or -ENOMEM.
 */
int fp_table_keep_key(struct fp_table *table, struct fp_entry *entry, bool is_told);

void fp_table_drop_key(struct fp_table *table, struct fp_entry *entry);

#endif

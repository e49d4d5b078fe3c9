/*
 * Who may share copy-on-write memory with whom: those forked from one another without an exec since,
 * and those whose images have one key, which fork hands down and a process may forge.
 */
#ifndef FP_SAMPLE_KIN_H
#define FP_SAMPLE_KIN_H

#include "sample/table.h"

/* The kin of an entry, made if it has none yet; FP_NOBODY: out of memory. */
uint32_t fp_kin_of(struct fp_table *table, struct fp_entry *entry);

/* Joins a kin, with all of its own. */
void fp_kin_join(struct fp_table *table, struct fp_entry *entry, uint32_t kin);

/* Leaves it: it has ended or changed its image. */
void fp_kin_leave(struct fp_table *table, struct fp_entry *entry);

/* A fork that nobody looked at yet, and its end as such. FP_NOBODY is nobody's. */
void fp_kin_expect(struct fp_table *table, uint32_t kin);
void fp_kin_unexpect(struct fp_table *table, uint32_t kin);

/* Something of one who left it or is expected in it has changed: what was read of the others is old. */
void fp_kin_touch(struct fp_table *table, uint32_t kin);

/*
 * The kin of a fork that has an image of its own already, made for those that it forks before anybody
 * looked at it; it is expected there. FP_NOBODY: out of memory.
 */
uint32_t fp_kin_found(struct fp_table *table, int32_t founder);

/* Was it made so for this pid? */
bool fp_kin_is_founder(const struct fp_table *table, uint32_t kin, int32_t pid);

/* Is nobody known who may share its memory? */
bool fp_kin_is_alone(const struct fp_table *table, const struct fp_entry *entry);

#endif

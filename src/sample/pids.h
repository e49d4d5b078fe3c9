/* Lists of pids. */
#ifndef FP_SAMPLE_PIDS_H
#define FP_SAMPLE_PIDS_H

#include "os/os.h"

/* Empties a list and gives its memory back. */
void fp_pids_free(struct fp_pids *pids);

/* In ascending order, and each once. */
void fp_pids_sort(struct fp_pids *pids);

/* Of a sorted list. */
bool fp_pids_has(const struct fp_pids *pids, int32_t pid);

#endif

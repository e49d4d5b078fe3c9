/* A number for each of many process ids: a hash table with open addresses, 8 bytes a place. */
#ifndef FP_UTIL_PIDMAP_H
#define FP_UTIL_PIDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A zeroed struct is empty. Ids are above 0. */
struct fp_pidmap {
	struct fp_pidmap_place {
		int32_t pid; /* 0: free */
		uint32_t value;
	} * places;
	size_t mask, len;
};

/* Puts or replaces. 0 or -ENOMEM with the map as it was. */
int fp_pidmap_put(struct fp_pidmap *map, int32_t pid, uint32_t value);

/* The value of the id; NULL: it has none. Holds until the next change. */
uint32_t *fp_pidmap_get(const struct fp_pidmap *map, int32_t pid);

/* Whether it was there. */
bool fp_pidmap_remove(struct fp_pidmap *map, int32_t pid);

void fp_pidmap_fini(struct fp_pidmap *map);

#endif

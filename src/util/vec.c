#include "util/vec.h"

#include <stdint.h>
#include <stdlib.h>

void *fp_vec_grow(void *at, size_t len, size_t *cap, size_t size)
{
	if (len < *cap)
		return at;
	size_t more = *cap ? *cap * 2 : 8;
	if (more < *cap || more > SIZE_MAX / size)
		return NULL;
	void *grown = realloc(at, more * size);
	if (grown)
		*cap = more;
	return grown;
}

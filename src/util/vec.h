/*
 * A growable array of any type: FP_VEC(pids, int) declares struct pids { int *at; len; cap } and
 * pids_add(). A zeroed struct is an empty vector; its memory is freed with free(vec.at).
 */
#ifndef FP_UTIL_VEC_H
#define FP_UTIL_VEC_H

#include <stddef.h>

/*
 * Returns at with room for one element more than len, or NULL (at is then still valid). cap is in
 * elements and is updated.
 */
void *fp_vec_grow(void *at, size_t len, size_t *cap, size_t size);

#define FP_VEC(name, type)                                                                         \
	struct name {                                                                              \
		type *at;                                                                          \
		size_t len, cap;                                                                   \
	};                                                                                         \
	/* 0, or -ENOMEM with the vector as it was. */                                             \
	static inline int name##_add(struct name *vec, type item)                                  \
	{                                                                                          \
		type *at = (type *)fp_vec_grow(vec->at, vec->len, &vec->cap, sizeof(type));        \
		if (!at)                                                                           \
			return -ENOMEM;                                                            \
		vec->at = at;                                                                      \
		vec->at[vec->len++] = item;                                                        \
		return 0;                                                                          \
	}                                                                                          \
	struct name /* swallows the semicolon */

#endif

/* A growable run of bytes. */
#ifndef FP_UTIL_BUF_H
#define FP_UTIL_BUF_H

#include <stddef.h>

struct fp_buf {
	char *data; /* NULL while nothing was ever stored */
	size_t len, cap;
};

/* Makes room for at least extra bytes behind len. 0, or -ENOMEM with the buffer as it was. */
int fp_buf_reserve(struct fp_buf *buf, size_t extra);

/* Appends bytes. 0, or -ENOMEM with the buffer as it was. */
int fp_buf_append(struct fp_buf *buf, const void *bytes, size_t len);

/* Overwrites all that the buffer ever held and empties it; the memory is kept for reuse. */
void fp_buf_wipe(struct fp_buf *buf);

/* Frees the memory. A buffer that held secrets is wiped first by its owner. */
void fp_buf_fini(struct fp_buf *buf);

#endif

#include "util/buf.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int fp_buf_reserve(struct fp_buf *buf, size_t extra)
{
	if (extra > SIZE_MAX / 2 - buf->len)
		return -ENOMEM;
	size_t want = buf->len + extra;
	if (want <= buf->cap)
		return 0;
	size_t cap = buf->cap < 256 ? 256 : buf->cap;
	while (cap < want)
		cap *= 2;
	/* not realloc: it would leave a copy of what may be a secret behind */
	char *data = malloc(cap);
	if (!data)
		return -ENOMEM;
	if (buf->len)
		memcpy(data, buf->data, buf->len);
	if (buf->data)
		explicit_bzero(buf->data, buf->cap);
	free(buf->data);
	buf->data = data;
	buf->cap = cap;
	return 0;
}

int fp_buf_append(struct fp_buf *buf, const void *bytes, size_t len)
{
	int status = fp_buf_reserve(buf, len);
	if (status < 0)
		return status;
	if (len)
		memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	return 0;
}

void fp_buf_wipe(struct fp_buf *buf)
{
	if (buf->data)
		explicit_bzero(buf->data, buf->cap);
	buf->len = 0;
}

void fp_buf_fini(struct fp_buf *buf)
{
	free(buf->data);
	*buf = (struct fp_buf){0};
}

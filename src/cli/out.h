/* Text in the making for standard output: put together in memory, written at once. */
#ifndef FP_CLI_OUT_H
#define FP_CLI_OUT_H

#include "util/buf.h"

/* A zeroed struct is empty. What fails first stays in status, and nothing is added afterwards. */
struct fp_out {
	struct fp_buf buf;
	int status; /* 0 or -ENOMEM */
};

void fp_out_bytes(struct fp_out *out, const char *bytes, size_t len);
void fp_out_text(struct fp_out *out, const char *text);
void fp_out_fill(struct fp_out *out, char byte, size_t count);

/* Formats at most 255 bytes. */
void fp_out_format(struct fp_out *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Writes all of it and empties it. 0; what went wrong before; -EPIPE, -ENOSPC and the like. */
int fp_out_send(struct fp_out *out, int fd);

/* The same to standard output; trouble is told. 0 or FP_EXIT_TROUBLE. */
int fp_out_tell(struct fp_out *out);

/* A text of its own. */
int fp_out_tell_text(const char *text);

void fp_out_fini(struct fp_out *out);

/*
 * At the start of the program: makes sure that no file which is opened later takes the place of a
 * standard one, and that a reader who goes away is told of. 0 or FP_EXIT_TROUBLE: standard output is
 * closed, which is told.
 */
int fp_out_prepare(void);

#endif

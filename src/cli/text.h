/* A snapshot as a table for a terminal. */
#ifndef FP_CLI_TEXT_H
#define FP_CLI_TEXT_H

#include "sample/host.h"
#include "sample/snapshot.h"

#include <stdio.h>

struct fp_text_options {
	bool bytes;   /* exact, not in units of 1,024 */
	size_t width; /* of a line; 0: whatever it takes */
};

/*
 * Writes the members by falling USS, and their total. What a process calls itself is made safe for
 * a terminal: control characters and what is not UTF-8 become '?'. 0 or -ENOMEM; errors of the
 * stream stay with the stream.
 */
int fp_text_write(FILE *stream, const struct fp_group_result *result, const struct fp_host *host,
	const struct fp_text_options *options);

#endif

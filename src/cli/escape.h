/* Text of strangers, made safe for a terminal and measured in its columns. */
#ifndef FP_CLI_ESCAPE_H
#define FP_CLI_ESCAPE_H

#include "cli/out.h"

#include <stdbool.h>
#include <stdint.h>

enum { FP_GLYPH_SIZE = 12 };

/* One character as it is shown. */
struct fp_glyph {
	char text[FP_GLYPH_SIZE]; /* without a NUL */
	size_t len;
	unsigned width; /* columns */
};

/*
 * Takes the character that text begins with, len of which is not 0, and returns how many bytes it has.
 * What controls a terminal or the direction of text, or is not seen at all, is shown as \n, \x1b or
 * \u202e; a byte that is not UTF-8 as U+FFFD.
 */
size_t fp_escape_next(const char *text, size_t len, struct fp_glyph *glyph);

/* Would the character be shown in another form than its own? */
bool fp_escape_is_needed(uint32_t code);

/*
 * Adds the text, at most so many columns of it; returns how many it took. Of more than a few that join
 * the same character the rest is shown in another form, too, so that few columns have few bytes.
 */
size_t fp_escape_put(struct fp_out *out, const char *text, size_t len, size_t columns);

/* How many columns it takes, or more than most where it is longer. */
size_t fp_escape_width(const char *text, size_t len, size_t most);

#endif

/* What the kernel's text files are made of: lines, words, amounts. Only for the other parsers. */
#ifndef FP_PARSE_TEXT_H
#define FP_PARSE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fp_span {
	const char *at;
	size_t len;
};

/*
 * The line that starts at *offset, without its end; moves *offset behind it. false when no ended
 * line is left: *offset is then len, or where a last line that is cut starts.
 */
bool fp_text_line(const char *text, size_t len, size_t *offset, struct fp_span *line);

/* Takes the next word, between spaces or tabs, off the front of rest. false when there is none. */
bool fp_text_word(struct fp_span *rest, struct fp_span *word);

/* Is this span the string? */
bool fp_text_is(struct fp_span span, const char *string);

/* A decimal number of at most max. 0 or -EBADMSG. */
int fp_text_number(struct fp_span word, uint64_t max, uint64_t *out);

/* An amount of memory such as "     123 kB", in bytes. 0 or -EBADMSG. */
int fp_text_kib(struct fp_span value, uint64_t *bytes);

/* Adds without running past 2^64 - 1. 0, or -EBADMSG with *sum as it was. */
int fp_text_add(uint64_t *sum, uint64_t more);

#endif

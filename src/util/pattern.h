/*
 * What a selector's value says: a literal, compared whole, one of several, or a regular expression.
 *
 * Text whose first and last byte are '/' and that has at least three bytes is a PCRE2 expression
 * over bytes: case-sensitive, unanchored, '.' takes newlines, '$' is the very end. Everything else
 * is a literal. Subjects are written by strangers, so matching is bounded: see fp_pattern_match().
 */
#ifndef FP_UTIL_PATTERN_H
#define FP_UTIL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fp_pattern;

struct fp_pattern_error {
	char message[128]; /* PCRE2's own words */
	size_t offset;     /* byte in the expression, the opening '/' not counted */
};

/* Would this text be taken as a regular expression? */
bool fp_pattern_text_is_regex(const char *text);

/*
 * Makes a pattern of the text, which is copied. 0; -EINVAL with *error filled in for an expression
 * that PCRE2 refuses; -ENOMEM. The caller frees with fp_pattern_free().
 */
int fp_pattern_new(const char *text, struct fp_pattern **out, struct fp_pattern_error *error);

/*
 * Makes a pattern of a list of literals with commas between them, one of which has to be the whole
 * subject. As many as memory holds, at the cost of a search in order. 0 or -ENOMEM. Freed as above.
 */
int fp_pattern_new_list(const char *text, struct fp_pattern **out);
void fp_pattern_free(struct fp_pattern *pattern);

/* The text that the pattern was made of; lives as long as the pattern. */
const char *fp_pattern_text(const struct fp_pattern *pattern);

/* Is it one text, compared whole? */
bool fp_pattern_is_literal(const struct fp_pattern *pattern);
bool fp_pattern_is_regex(const struct fp_pattern *pattern);

/* The CPU time that many matches may use together. */
struct fp_pattern_allowance {
	int64_t left_ns;
};

/*
 * Matches as fp_pattern_match() and takes what a long match used off the allowance. When that is used
 * up, a subject of more than a few thousand bytes is -E2BIG at once.
 */
int fp_pattern_match_within(struct fp_pattern *pattern, const char *subject, size_t len,
	struct fp_pattern_allowance *allowance);

/* How many captures an expression has; 0 for a literal. */
unsigned fp_pattern_captures(const struct fp_pattern *pattern);

/*
 * Does the subject match? 1 or 0; -E2BIG when the bounds on backtracking, memory or CPU time (a
 * quarter of a second) were reached before that was known, which happens to no sane pair of
 * expression and subject; -ENOMEM. An empty subject may be NULL. One thread at a time for one
 * pattern.
 */
int fp_pattern_match(struct fp_pattern *pattern, const char *subject, size_t len);

/*
 * Matches as fp_pattern_match() and gives what capture number found: a part of the subject, empty
 * where it took no part in the match.
 */
int fp_pattern_capture(struct fp_pattern *pattern, const char *subject, size_t len, unsigned number,
	const char **found, size_t *found_len);

#endif

/*
 * The daemon's configuration syntax, statement by statement, with the place of each in its text: a
 * line with its key and values, the start of a block or its end (liboconfig; collectd.conf(5)).
 */
#ifndef FP_CLI_STATEMENT_H
#define FP_CLI_STATEMENT_H

#include "util/vec.h"

#include <errno.h>
#include <stdbool.h>

struct fp_conf_value {
	char *text; /* without quotes and backslashes */
	bool quoted;
};

FP_VEC(fp_conf_values, struct fp_conf_value);

enum fp_statement_kind {
	FP_STATEMENT_END, /* of the text */
	FP_STATEMENT_BLANK,
	FP_STATEMENT_OPTION,
	FP_STATEMENT_OPEN, /* <Key Value...> */
	FP_STATEMENT_CLOSE /* </Key> */
};

struct fp_statement {
	enum fp_statement_kind kind;
	char *key;
	struct fp_conf_values values;
	size_t start, end; /* its bytes, with the blanks before it and the end of its line */
	size_t line;       /* of start, from 1 */
};

/* Where a text is read; begins as {.text, .len, .line = 1}. */
struct fp_conf_scanner {
	const char *text;
	size_t len, at, line;
};

/*
 * Reads the next statement into one that is zeroed or was read before. 0; -EINVAL with *mistake
 * saying what the daemon will refuse, at scanner->line; -ENOMEM.
 */
int fp_statement_next(
	struct fp_conf_scanner *scanner, struct fp_statement *statement, const char **mistake);
void fp_statement_fini(struct fp_statement *statement);

/* Is this its key? Without regard to case, as for the daemon. */
bool fp_statement_is(const struct fp_statement *statement, const char *key);

#endif

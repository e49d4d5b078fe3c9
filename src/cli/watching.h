/* Inside watch: what its files share. */
#ifndef FP_CLI_WATCHING_H
#define FP_CLI_WATCHING_H

#include "cli/argv.h"
#include "cli/columns.h"
#include "cli/growth.h"
#include "cli/out.h"

enum { FP_FILTER_SIZE = 128, FP_KEYS_SIZE = 64 };

enum fp_watching_mode { FP_WATCHING_TABLE, FP_WATCHING_FILTER, FP_WATCHING_HELP };

struct fp_watching {
	const struct fp_argv *argv;
	const struct fp_columns *columns;
	struct fp_report report;
	struct fp_growth *growth;
	struct fp_users *users;
	const struct fp_host *host;

	/* what keys change */
	enum fp_watching_mode mode;
	bool ended, paused, forget, again; /* again: a reading is wanted at once */
	uint64_t seconds;
	size_t first, page; /* row at the top; how many there are on a page */
	char filter[FP_FILTER_SIZE];

	/* of the newest reading; NULL: there is none yet */
	struct fp_snapshot *snapshot;
	uint64_t read_s; /* when, since 1970 */
	struct fp_tally *tallies;
	struct fp_tally total;
	const struct fp_tally *total_before;
	const struct fp_process_row *processes;
	const struct fp_group_row *groups;
	size_t row_count;

	char message[256]; /* the newest of the log */
};

/* In watching_rows.c. Takes over a reading, and frees the one before. 0 or -ENOMEM. */
int fp_watching_take(struct fp_watching *state, struct fp_snapshot *snapshot);
void fp_watching_drop(struct fp_watching *state);

/* Adds the lines of a screen of that size. 0 or -ENOMEM. */
int fp_watching_draw(
	struct fp_watching *state, size_t rows, size_t columns, bool color, struct fp_out *out);

/* In watching_keys.c. Does what the bytes of some keys say. */
void fp_watching_press(struct fp_watching *state, const char *keys, size_t len);

/* What the keys do, line by line. */
extern const char *const fp_watching_help[];

#endif

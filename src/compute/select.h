/*
 * Does a process belong to a group? Three-valued: a line whose fact may not be read is unknown, and
 * so is its negation.
 */
#ifndef FP_COMPUTE_SELECT_H
#define FP_COMPUTE_SELECT_H

#include "model.h"

enum fp_truth { FP_FALSE, FP_TRUE, FP_UNKNOWN };

/* What is known of a process as far as one line asks. */
enum fp_fact_state {
	FP_FACT_NONE,  /* there is none: no such variable, no executable, another uid */
	FP_FACT_KNOWN, /* data holds it; for User with a uid and for PidFile only the state counts */
	FP_FACT_UNKNOWN /* it may not be read */
};

struct fp_fact {
	enum fp_fact_state state;
	const char *data; /* valid until the next fetch */
	size_t len;
	int reason; /* of FP_FACT_UNKNOWN: -errno */
};

struct fp_pattern_allowance; /* util/pattern.h */

/*
 * What was found out of a line earlier: an enum fp_truth and 1, or FP_NOT_ASKED. FP_STALE beside it: it
 * may have changed, so it is asked again, and holds only if the process does not answer (-EBUSY).
 */
enum { FP_NOT_ASKED = 0, FP_STALE = 0x80 };

struct fp_facts {
	/* Finds out what the line asks. 0, or -errno that ends the selection (-ESRCH: it is gone). */
	int (*fetch)(void *context, const struct fp_line *line, struct fp_fact *fact);
	void *context;
	/* Of each line by its index, asked and kept; NULL: nothing is. Comm and PidFile never are. */
	uint8_t *known;
	/* For matches against long subjects; NULL: only each match's own bounds. */
	struct fp_pattern_allowance *allowance;
	/* Where to leave why a line was unknown: -E2BIG for a match that takes too long; or NULL. */
	int *reason;
};

/*
 * The lines of a block AND, its blocks OR. Facts are fetched in the order of the lines, which
 * settings sorts cheapest first, and only until the answer is settled. A match that runs into the
 * bounds of the pattern is unknown. Returns an enum fp_truth, or what fetch returned; *block is the
 * first that is true.
 */
int fp_select(const struct fp_group *group, const struct fp_facts *facts, size_t *block);

/* What holds as long as a process keeps its image: Exe and Env. */
bool fp_selector_is_of_image(enum fp_selector selector);

/*
 * Forgets what may have changed: all (a new image), or what was unknown; what can change without one
 * becomes stale.
 */
void fp_select_forget(const struct fp_group *group, uint8_t *known, bool image);

/* Takes over what a process has of its parent's image, where that is known. */
void fp_select_inherit(const struct fp_group *group, uint8_t *known, const uint8_t *parent);

#endif

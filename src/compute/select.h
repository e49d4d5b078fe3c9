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
};

struct fp_facts {
	/* Finds out what the line asks. 0, or -errno that ends the selection (-ESRCH: it is gone). */
	int (*fetch)(void *context, const struct fp_line *line, struct fp_fact *fact);
	void *context;
};

/*
 * The lines of a block AND, its blocks OR. Facts are fetched in the order of the lines, which
 * settings sorts cheapest first, and only until the answer is settled. A match that runs into the
 * bounds of the pattern is unknown. Returns an enum fp_truth, or what fetch returned, or -ENOMEM.
 */
int fp_select(const struct fp_group *group, const struct fp_facts *facts);

#endif

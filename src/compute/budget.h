/*
 * What reading may cost: a share of one CPU's time, kept on average. What a round spends beyond its
 * share is a debt that the next ones pay. Pure: time and costs are arguments.
 */
#ifndef FP_COMPUTE_BUDGET_H
#define FP_COMPUTE_BUDGET_H

#include "model.h"

/*
 * Readings are of two kinds, each with half of the share and with debts of its own, so that neither
 * many cheap ones nor a few dear ones starve the other.
 */
enum fp_lane { FP_LANE_CHEAP, FP_LANE_DEAR, FP_LANES };

/* First readings, without which a sum would be absent, may use so many times the share. */
enum { FP_BUDGET_FIRST = 10 };

/* A zeroed struct has spent nothing yet. */
struct fp_budget {
	double percent; /* of one CPU; 0: without bounds */
	uint64_t begun_ns;
	int64_t share_ns;          /* of this round */
	int64_t fresh_ns;          /* of that, before readings */
	int64_t lane_ns[FP_LANES]; /* what each kind may still spend; below 0: its debt */
	int64_t first_ns;          /* left for first readings */
	int64_t outside_ns;        /* left for readings that are only made for others' sake */
	int64_t side_ns;           /* for what goes with them, when nothing else is left */
	bool has_spent[FP_LANES];  /* on a reading of this kind, in this round */
	bool has_spent_first, has_spent_outside;
};

/*
 * A round begins. Its share is that of the time since the last one, but at least of an interval and at
 * most of two. What one kind did not need pays what the other owes.
 */
void fp_budget_begin(struct fp_budget *budget, uint64_t now_ns, uint64_t interval_ns);

/* Before readings: what had to be done. A quarter of the share is left for readings all the same. */
void fp_budget_charge(struct fp_budget *budget, uint64_t cpu_ns);

/* Then: each kind has half of what is left, less its debt. */
void fp_budget_share(struct fp_budget *budget);

/*
 * May a reading of about this cost be done now? The first of its kind in a round may, whatever it
 * costs, as long as there is no debt: else what costs more than a share would never be read.
 */
bool fp_budget_may(const struct fp_budget *budget, enum fp_lane lane, uint64_t estimate_ns);

/* May it be done with what the other kind left, once all debts are paid? */
bool fp_budget_has(const struct fp_budget *budget, uint64_t estimate_ns);
void fp_budget_spend(struct fp_budget *budget, enum fp_lane lane, uint64_t cpu_ns);

/* The same of a member's first reading. It makes no debt, but leaves others less in this round. */
bool fp_budget_may_first(const struct fp_budget *budget, uint64_t estimate_ns);
void fp_budget_spend_first(struct fp_budget *budget, uint64_t cpu_ns);

/* The same of a reading that is only made for others' sake: these have a tenth of the share. */
bool fp_budget_may_outside(const struct fp_budget *budget, uint64_t estimate_ns);
void fp_budget_spend_outside(struct fp_budget *budget, enum fp_lane lane, uint64_t cpu_ns);

/*
 * The same of what belongs to a reading that is done, and can wait: after more than a share of first
 * readings it has a tenth of the share, else what is left.
 */
bool fp_budget_may_aside(const struct fp_budget *budget, uint64_t estimate_ns);
void fp_budget_spend_aside(struct fp_budget *budget, uint64_t cpu_ns);

#endif

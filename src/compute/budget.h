/*
 * What reading may cost: a share of one CPU's time, kept on average. What a round spends beyond its
 * share is a debt that the next ones pay: of the kind that made it, as long as the other needs its
 * half. Pure: time and costs are arguments.
 */
#ifndef FP_COMPUTE_BUDGET_H
#define FP_COMPUTE_BUDGET_H

#include "model.h"

/* Readings are of two kinds, so that neither many cheap ones nor a few dear ones starve the other. */
enum fp_lane { FP_LANE_CHEAP, FP_LANE_DEAR, FP_LANES };

/* A zeroed struct has spent nothing yet. */
struct fp_budget {
	double percent; /* of one CPU; 0: without bounds */
	uint64_t begun_ns;
	int64_t fresh_ns; /* of this round's share, before readings */
	int64_t lane_ns
		[FP_LANES]; /* what each kind may still spend in this round; below 0: its debt */
	int64_t bonus_ns;   /* how much of the share the factor added */
	bool has_spent[FP_LANES]; /* on a reading of this kind, in this round */
};

/*
 * A round begins. Its share is that of the time since the last one, but at least of an interval and at
 * most of two, times the factor, less the debt.
 */
void fp_budget_begin(
	struct fp_budget *budget, uint64_t now_ns, uint64_t interval_ns, double factor);

/* What had to be done, and is paid by what may be. */
void fp_budget_charge(struct fp_budget *budget, uint64_t cpu_ns);

/* Before readings: each kind has half of what is left, less its debt. */
void fp_budget_share(struct fp_budget *budget);

/*
 * May a reading of about this cost be done now? The first of its kind in a round may, whatever it
 * costs, as long as its kind has no debt: else what costs more than a share would never be read.
 */
bool fp_budget_may(const struct fp_budget *budget, enum fp_lane lane, uint64_t estimate_ns);

/*
 * May it be done with what the other kind left, once all debts are paid? And a cheap one, with a share
 * that no factor made larger?
 */
bool fp_budget_has(const struct fp_budget *budget, uint64_t estimate_ns);
bool fp_budget_has_plain(const struct fp_budget *budget, uint64_t estimate_ns);

/* What a reading of the kind did cost. */
void fp_budget_spend(struct fp_budget *budget, enum fp_lane lane, uint64_t cpu_ns);

#endif

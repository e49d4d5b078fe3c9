/*
 * What reading may cost: a share of one CPU's time, kept on average. What a round spends beyond its
 * share is a debt that the next ones pay. Pure: time and costs are arguments.
 */
#ifndef FP_COMPUTE_BUDGET_H
#define FP_COMPUTE_BUDGET_H

#include "model.h"

/* Readings are of two kinds, so that neither many cheap ones nor a few dear ones starve the other. */
enum fp_lane { FP_LANE_CHEAP, FP_LANE_DEAR, FP_LANES };

/* A first reading, without which a sum would be absent, may use so many times the share. */
enum { FP_BUDGET_FIRST = 10 };

/* A zeroed struct has spent nothing yet. */
struct fp_budget {
	double percent; /* of one CPU; 0: without bounds */
	uint64_t begun_ns;
	int64_t share_ns;
	int64_t left_ns;           /* of this round's share; below 0: the debt */
	int64_t first_ns;          /* left for first readings */
	int64_t side_ns;           /* for what goes with them, when nothing else is left */
	int64_t lane_ns[FP_LANES]; /* what each kind may still spend in this round */
	bool has_spent[FP_LANES];  /* on a reading of this kind, in this round */
	bool has_spent_first;
};

/*
 * A round begins. Its share is that of the time since the last one, but at least of an interval and at
 * most of two, less the debt.
 */
void fp_budget_begin(struct fp_budget *budget, uint64_t now_ns, uint64_t interval_ns);

/* What had to be done. A quarter of the share is left for readings, if it was there. */
void fp_budget_charge(struct fp_budget *budget, uint64_t cpu_ns);

/* Before readings: which kinds are wanted. Each of two has half of what is left. */
void fp_budget_share(struct fp_budget *budget, bool cheap, bool dear);

/*
 * May a reading of about this cost be done now? The first of its kind in a round may, whatever it
 * costs, as long as there is no debt: else what costs more than a share would never be read.
 */
bool fp_budget_may(const struct fp_budget *budget, enum fp_lane lane, uint64_t estimate_ns);

/* May it be done with what the other kind left? And may it, as a member's first one? */
bool fp_budget_has(const struct fp_budget *budget, uint64_t estimate_ns);
bool fp_budget_may_first(const struct fp_budget *budget, uint64_t estimate_ns);

/* May it, as what belongs to a reading that is done? A tenth of the share is left for that. */
bool fp_budget_may_aside(const struct fp_budget *budget, uint64_t estimate_ns);
void fp_budget_spend_aside(struct fp_budget *budget, uint64_t cpu_ns);

/* What a reading of the kind did cost. First ones take away one share of a later round at most. */
void fp_budget_spend(struct fp_budget *budget, enum fp_lane lane, uint64_t cpu_ns);
void fp_budget_spend_first(struct fp_budget *budget, uint64_t cpu_ns);

#endif

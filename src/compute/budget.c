#include "compute/budget.h"

enum {
	DEBT_SHARES_MAX = 3000, /* of a reading that took all day */
	LEAST_PART = 4,         /* of the share is left for readings */
	SIDE_PART = 10
};

static int64_t at_least(int64_t value, int64_t least)
{
	return value < least ? least : value;
}

/* What one kind did not need pays what the other owes, and the rest of it is gone. */
static void settle(struct fp_budget *budget, int64_t share_ns)
{
	int64_t left_ns = 0;

	for (int i = 0; i < FP_LANES; i++)
		left_ns += at_least(budget->lane_ns[i], 0);
	for (int i = 0; i < FP_LANES; i++) {
		int64_t debt_ns = budget->lane_ns[i] + left_ns;
		budget->lane_ns[i] =
			debt_ns > 0 ? 0 : at_least(debt_ns, -share_ns * DEBT_SHARES_MAX);
	}
}

void fp_budget_begin(struct fp_budget *budget, uint64_t now_ns, uint64_t interval_ns)
{
	uint64_t since_ns = budget->begun_ns ? now_ns - budget->begun_ns : 0;

	if (since_ns < interval_ns)
		since_ns = interval_ns;
	if (since_ns > 2 * interval_ns)
		since_ns = 2 * interval_ns;
	int64_t share_ns = (int64_t)((double)since_ns * budget->percent / 100);
	settle(budget, share_ns);
	budget->begun_ns = now_ns;
	budget->share_ns = budget->fresh_ns = share_ns;
	budget->first_ns = share_ns * FP_BUDGET_FIRST;
	budget->side_ns = budget->outside_ns = share_ns / SIDE_PART;
	budget->has_spent[FP_LANE_CHEAP] = budget->has_spent[FP_LANE_DEAR] = false;
	budget->has_spent_first = budget->has_spent_outside = false;
}

void fp_budget_charge(struct fp_budget *budget, uint64_t cpu_ns)
{
	int64_t least_ns = budget->share_ns / LEAST_PART;

	if (budget->fresh_ns > least_ns)
		budget->fresh_ns = at_least(budget->fresh_ns - (int64_t)cpu_ns, least_ns);
}

void fp_budget_share(struct fp_budget *budget)
{
	int64_t half_ns = budget->fresh_ns / 2;

	budget->lane_ns[FP_LANE_CHEAP] += budget->fresh_ns - half_ns;
	budget->lane_ns[FP_LANE_DEAR] += half_ns;
	budget->fresh_ns = 0;
}

static int64_t left_ns(const struct fp_budget *budget)
{
	return budget->fresh_ns + budget->lane_ns[FP_LANE_CHEAP] + budget->lane_ns[FP_LANE_DEAR];
}

bool fp_budget_may(const struct fp_budget *budget, enum fp_lane lane, uint64_t estimate_ns)
{
	if (budget->percent <= 0)
		return true;
	if (budget->lane_ns[lane] <= 0)
		return false;
	return !budget->has_spent[lane] || budget->lane_ns[lane] >= (int64_t)estimate_ns;
}

bool fp_budget_has(const struct fp_budget *budget, uint64_t estimate_ns)
{
	return budget->percent <= 0 || left_ns(budget) >= (int64_t)estimate_ns;
}

void fp_budget_spend(struct fp_budget *budget, enum fp_lane lane, uint64_t cpu_ns)
{
	budget->has_spent[lane] = true;
	budget->lane_ns[lane] -= (int64_t)cpu_ns;
}

bool fp_budget_may_first(const struct fp_budget *budget, uint64_t estimate_ns)
{
	return budget->percent <= 0 || !budget->has_spent_first ||
	       budget->first_ns >= (int64_t)estimate_ns;
}

void fp_budget_spend_first(struct fp_budget *budget, uint64_t cpu_ns)
{
	budget->has_spent_first = true;
	budget->first_ns -= (int64_t)cpu_ns;
	fp_budget_charge(budget, cpu_ns);
}

bool fp_budget_may_outside(const struct fp_budget *budget, uint64_t estimate_ns)
{
	if (budget->percent <= 0)
		return true;
	return fp_budget_has(budget, 1) &&
	       (!budget->has_spent_outside || budget->outside_ns >= (int64_t)estimate_ns);
}

void fp_budget_spend_outside(struct fp_budget *budget, enum fp_lane lane, uint64_t cpu_ns)
{
	budget->has_spent_outside = true;
	budget->outside_ns -= (int64_t)cpu_ns;
	fp_budget_spend(budget, lane, cpu_ns);
}

bool fp_budget_may_aside(const struct fp_budget *budget, uint64_t estimate_ns)
{
	bool calm = budget->first_ns >= budget->share_ns * (FP_BUDGET_FIRST - 1);

	return budget->percent <= 0 || budget->side_ns >= (int64_t)estimate_ns ||
	       (calm && fp_budget_has(budget, estimate_ns));
}

void fp_budget_spend_aside(struct fp_budget *budget, uint64_t cpu_ns)
{
	if (budget->side_ns > 0)
		budget->side_ns -= (int64_t)cpu_ns;
	else
		budget->lane_ns[FP_LANE_CHEAP] -= (int64_t)cpu_ns;
}

#include "compute/budget.h"

/* A debt is paid within this many shares, even of a reading that took all day. */
static const int64_t debt_shares_max = 3000;

static int64_t at_least(int64_t value, int64_t least)
{
	return value < least ? least : value;
}

void fp_budget_begin(struct fp_budget *budget, uint64_t now_ns, uint64_t interval_ns)
{
	uint64_t since_ns = budget->begun_ns ? now_ns - budget->begun_ns : 0;
	int64_t debt_ns = budget->left_ns < 0 ? budget->left_ns : 0;

	if (since_ns < interval_ns)
		since_ns = interval_ns;
	if (since_ns > 2 * interval_ns)
		since_ns = 2 * interval_ns;
	int64_t share_ns = (int64_t)((double)since_ns * budget->percent / 100);
	*budget = (struct fp_budget){
		.percent = budget->percent,
		.begun_ns = now_ns,
		.share_ns = share_ns,
		.left_ns = share_ns + at_least(debt_ns, -share_ns * debt_shares_max),
		.first_ns = share_ns * FP_BUDGET_FIRST,
		.side_ns = share_ns / 10,
	};
}

void fp_budget_charge(struct fp_budget *budget, uint64_t cpu_ns)
{
	int64_t least_ns = budget->share_ns / 4;

	if (budget->left_ns > least_ns)
		budget->left_ns = at_least(budget->left_ns - (int64_t)cpu_ns, least_ns);
}

void fp_budget_share(struct fp_budget *budget, bool cheap, bool dear)
{
	int64_t left_ns = at_least(budget->left_ns, 0);

	budget->lane_ns[FP_LANE_CHEAP] = dear ? left_ns / 2 : left_ns;
	budget->lane_ns[FP_LANE_DEAR] = cheap ? left_ns / 2 : left_ns;
}

bool fp_budget_may(const struct fp_budget *budget, enum fp_lane lane, uint64_t estimate_ns)
{
	if (budget->percent <= 0)
		return true;
	if (budget->left_ns <= 0)
		return false;
	return !budget->has_spent[lane] || budget->lane_ns[lane] >= (int64_t)estimate_ns;
}

bool fp_budget_has(const struct fp_budget *budget, uint64_t estimate_ns)
{
	return budget->percent <= 0 || budget->left_ns >= (int64_t)estimate_ns;
}

bool fp_budget_may_first(const struct fp_budget *budget, uint64_t estimate_ns)
{
	return budget->percent <= 0 || !budget->has_spent_first ||
	       budget->first_ns >= (int64_t)estimate_ns;
}

void fp_budget_spend(struct fp_budget *budget, enum fp_lane lane, uint64_t cpu_ns)
{
	budget->has_spent[lane] = true;
	budget->lane_ns[lane] -= (int64_t)cpu_ns;
	budget->left_ns -= (int64_t)cpu_ns;
}

void fp_budget_spend_first(struct fp_budget *budget, uint64_t cpu_ns)
{
	int64_t least_ns = -budget->share_ns;

	budget->has_spent_first = true;
	budget->first_ns -= (int64_t)cpu_ns;
	if (budget->left_ns > least_ns)
		budget->left_ns = at_least(budget->left_ns - (int64_t)cpu_ns, least_ns);
}

bool fp_budget_may_aside(const struct fp_budget *budget, uint64_t estimate_ns)
{
	return fp_budget_has(budget, estimate_ns) || budget->side_ns >= (int64_t)estimate_ns;
}

void fp_budget_spend_aside(struct fp_budget *budget, uint64_t cpu_ns)
{
	int64_t *from = budget->left_ns >= (int64_t)cpu_ns ? &budget->left_ns : &budget->side_ns;

	*from -= (int64_t)cpu_ns;
}

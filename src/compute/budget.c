#include "compute/budget.h"

/* A debt is paid within this many shares, even of a reading that took all day. */
static const double debt_shares_max = 3000;

void fp_budget_begin(struct fp_budget *budget, uint64_t now_ns, uint64_t interval_ns, double factor)
{
	uint64_t since_ns = budget->begun_ns ? now_ns - budget->begun_ns : 0;
	int64_t debt_ns = budget->left_ns < 0 ? budget->left_ns : 0;

	if (since_ns < interval_ns)
		since_ns = interval_ns;
	if (since_ns > 2 * interval_ns)
		since_ns = 2 * interval_ns;
	double share_ns = (double)since_ns * budget->percent / 100;
	if ((double)-debt_ns > share_ns * debt_shares_max)
		debt_ns = -(int64_t)(share_ns * debt_shares_max);
	*budget = (struct fp_budget){
		.percent = budget->percent,
		.begun_ns = now_ns,
		.left_ns = (int64_t)(share_ns * factor) + debt_ns,
		.plain_ns = (int64_t)share_ns + debt_ns,
	};
}

void fp_budget_charge(struct fp_budget *budget, uint64_t cpu_ns)
{
	budget->left_ns -= (int64_t)cpu_ns;
	budget->plain_ns -= (int64_t)cpu_ns;
}

void fp_budget_share(struct fp_budget *budget, bool cheap, bool dear)
{
	int64_t left_ns = budget->left_ns > 0 ? budget->left_ns : 0;

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

bool fp_budget_has_plain(const struct fp_budget *budget, uint64_t estimate_ns)
{
	return budget->percent <= 0 || budget->plain_ns >= (int64_t)estimate_ns;
}

void fp_budget_spend(struct fp_budget *budget, enum fp_lane lane, uint64_t cpu_ns)
{
	budget->has_spent[lane] = true;
	budget->lane_ns[lane] -= (int64_t)cpu_ns;
	fp_budget_charge(budget, cpu_ns);
}

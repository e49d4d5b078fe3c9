#include "compute/budget.h"

/* A debt is paid within this many shares, even of a reading that took all day. */
static const double debt_shares_max = 3000;

/* What one kind did not need pays what the other owes, and the rest of it is gone. */
static void settle(struct fp_budget *budget, double share_ns)
{
	int64_t left_ns = 0;

	for (int i = 0; i < FP_LANES; i++)
		left_ns += budget->lane_ns[i] > 0 ? budget->lane_ns[i] : 0;
	for (int i = 0; i < FP_LANES; i++) {
		int64_t *lane_ns = &budget->lane_ns[i];
		*lane_ns += left_ns;
		if (*lane_ns > 0)
			*lane_ns = 0;
		if ((double)-*lane_ns > share_ns * debt_shares_max)
			*lane_ns = -(int64_t)(share_ns * debt_shares_max);
	}
}

void fp_budget_begin(struct fp_budget *budget, uint64_t now_ns, uint64_t interval_ns, double factor)
{
	uint64_t since_ns = budget->begun_ns ? now_ns - budget->begun_ns : 0;

	if (since_ns < interval_ns)
		since_ns = interval_ns;
	if (since_ns > 2 * interval_ns)
		since_ns = 2 * interval_ns;
	double share_ns = (double)since_ns * budget->percent / 100;
	settle(budget, share_ns);
	budget->begun_ns = now_ns;
	budget->fresh_ns = (int64_t)(share_ns * factor);
	budget->bonus_ns = (int64_t)(share_ns * factor) - (int64_t)share_ns;
	for (int i = 0; i < FP_LANES; i++)
		budget->has_spent[i] = false;
}

void fp_budget_charge(struct fp_budget *budget, uint64_t cpu_ns)
{
	budget->fresh_ns -= (int64_t)cpu_ns;
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

bool fp_budget_has_plain(const struct fp_budget *budget, uint64_t estimate_ns)
{
	if (budget->percent <= 0)
		return true;
	return budget->lane_ns[FP_LANE_CHEAP] - budget->bonus_ns / 2 >= (int64_t)estimate_ns ||
	       left_ns(budget) - budget->bonus_ns >= (int64_t)estimate_ns;
}

void fp_budget_spend(struct fp_budget *budget, enum fp_lane lane, uint64_t cpu_ns)
{
	budget->has_spent[lane] = true;
	budget->lane_ns[lane] -= (int64_t)cpu_ns;
}

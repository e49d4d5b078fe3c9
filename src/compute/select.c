#include "compute/select.h"
#include "util/pattern.h"

#include <errno.h>

static int negate(int truth)
{
	if (truth == FP_UNKNOWN)
		return FP_UNKNOWN;
	return truth == FP_TRUE ? FP_FALSE : FP_TRUE;
}

/* What a fact says of a line, its Not aside. */
static int judge(const struct fp_line *line, const struct fp_fact *fact)
{
	if (fact->state == FP_FACT_UNKNOWN)
		return FP_UNKNOWN;
	if (fact->state == FP_FACT_NONE)
		return FP_FALSE;
	if (!line->pattern)
		return FP_TRUE;
	int match = fp_pattern_match(line->pattern, fact->data, fact->len);
	if (match == -E2BIG)
		return FP_UNKNOWN;
	if (match < 0)
		return match;
	return match ? FP_TRUE : FP_FALSE;
}

static int select_line(const struct fp_line *line, const struct fp_facts *facts)
{
	struct fp_fact fact = {.state = FP_FACT_UNKNOWN};
	int status = facts->fetch(facts->context, line, &fact);

	if (status < 0)
		return status;
	int truth = judge(line, &fact);
	return truth >= 0 && line->negate ? negate(truth) : truth;
}

/* undecided: an earlier block is unknown already, so that only a true one would change anything. */
static int select_block(const struct fp_block *block, const struct fp_facts *facts, bool undecided)
{
	int result = FP_TRUE;

	for (size_t i = 0; i < block->count; i++) {
		int truth = select_line(&block->lines[i], facts);
		if (truth < 0 || truth == FP_FALSE)
			return truth;
		if (truth == FP_UNKNOWN && undecided)
			return truth;
		if (truth == FP_UNKNOWN)
			result = FP_UNKNOWN;
	}
	return result;
}

int fp_select(const struct fp_group *group, const struct fp_facts *facts)
{
	int result = FP_FALSE;

	for (size_t i = 0; i < group->count; i++) {
		int truth = select_block(&group->blocks[i], facts, result == FP_UNKNOWN);
		if (truth < 0 || truth == FP_TRUE)
			return truth;
		if (truth == FP_UNKNOWN)
			result = FP_UNKNOWN;
	}
	return result;
}

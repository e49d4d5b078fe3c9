#include "compute/select.h"
#include "util/pattern.h"

#include <errno.h>

static int negate(int truth)
{
	if (truth == FP_UNKNOWN)
		return FP_UNKNOWN;
	return truth == FP_TRUE ? FP_FALSE : FP_TRUE;
}

static int be_unknown(const struct fp_facts *facts, int reason)
{
	if (facts->reason && reason < 0)
		*facts->reason = reason;
	return FP_UNKNOWN;
}

/* What a fact says of a line, its Not aside. */
static int judge(
	const struct fp_line *line, const struct fp_fact *fact, const struct fp_facts *facts)
{
	if (fact->state == FP_FACT_UNKNOWN)
		return be_unknown(facts, fact->reason);
	if (fact->state == FP_FACT_NONE)
		return FP_FALSE;
	if (!line->pattern)
		return FP_TRUE;
	int match = facts->allowance ? fp_pattern_match_within(line->pattern, fact->data, fact->len,
					       facts->allowance)
				     : fp_pattern_match(line->pattern, fact->data, fact->len);
	if (match == -E2BIG)
		return be_unknown(facts, match);
	if (match < 0)
		return match;
	return match ? FP_TRUE : FP_FALSE;
}

/* These are there in every round without asking. */
static bool is_free(enum fp_selector selector)
{
	return selector == FP_SEL_COMM || selector == FP_SEL_PIDFILE;
}

static int select_line(const struct fp_line *line, const struct fp_facts *facts)
{
	struct fp_fact fact = {.state = FP_FACT_UNKNOWN};
	uint8_t *known =
		facts->known && !is_free(line->selector) ? &facts->known[line->index] : NULL;

	if (known && *known != FP_NOT_ASKED && !(*known & FP_STALE))
		return *known - 1;
	int status = facts->fetch(facts->context, line, &fact);
	if (status < 0)
		return status;
	if (fact.state == FP_FACT_UNKNOWN && fact.reason == -EBUSY)
		return known && *known & FP_STALE ? (*known & ~FP_STALE) - 1
						  : be_unknown(facts, fact.reason);
	int truth = judge(line, &fact, facts);
	if (truth >= 0 && line->negate)
		truth = negate(truth);
	if (truth >= 0 && known)
		*known = (uint8_t)(truth + 1);
	return truth;
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

int fp_select(const struct fp_group *group, const struct fp_facts *facts, size_t *block)
{
	int result = FP_FALSE;

	for (size_t i = 0; i < group->count; i++) {
		int truth = select_block(&group->blocks[i], facts, result == FP_UNKNOWN);
		if (truth == FP_TRUE)
			*block = i;
		if (truth < 0 || truth == FP_TRUE)
			return truth;
		if (truth == FP_UNKNOWN)
			result = FP_UNKNOWN;
	}
	return result;
}

bool fp_selector_is_of_image(enum fp_selector selector)
{
	return selector == FP_SEL_EXE || selector == FP_SEL_ENV;
}

void fp_select_forget(const struct fp_group *group, uint8_t *known, bool image)
{
	for (size_t b = 0; b < group->count; b++) {
		for (size_t i = 0; i < group->blocks[b].count; i++) {
			const struct fp_line *line = &group->blocks[b].lines[i];
			uint8_t *of_line = &known[line->index];
			if (image || *of_line == FP_UNKNOWN + 1)
				*of_line = FP_NOT_ASKED;
			else if (*of_line != FP_NOT_ASKED &&
				 !fp_selector_is_of_image(line->selector))
				*of_line |= FP_STALE;
		}
	}
}

void fp_select_inherit(const struct fp_group *group, uint8_t *known, const uint8_t *parent)
{
	for (size_t b = 0; b < group->count; b++) {
		for (size_t i = 0; i < group->blocks[b].count; i++) {
			const struct fp_line *line = &group->blocks[b].lines[i];
			if (fp_selector_is_of_image(line->selector) &&
				parent[line->index] != FP_UNKNOWN + 1)
				known[line->index] = parent[line->index];
		}
	}
}

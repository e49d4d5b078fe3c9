#include "cli/tally.h"

#include <stdio.h>

const char *fp_tally_count_name(enum fp_count count)
{
	static const char *const names[FP_COUNTS] = {
		[FP_COUNT_PROCESSES] = "processes",
		[FP_COUNT_THREADS] = "threads",
		[FP_COUNT_DENIED] = "denied",
		[FP_COUNT_UNDECIDED] = "undecided",
		[FP_COUNT_DEFERRED] = "deferred",
		[FP_COUNT_STUCK] = "stuck",
	};

	return names[count];
}

static void make(
	const char *name, const struct fp_account *account, uint64_t taken_ns, struct fp_tally *out)
{
	uint64_t denied = account->denied + account->unread;
	bool partial = denied > 0 || account->stuck > 0;
	uint64_t bytes;

	*out = (struct fp_tally){0};
	snprintf(out->name, sizeof(out->name), "%s", name);
	/* those who are members for sure, where somebody is undecided */
	fp_tally_set(out, FP_COUNT_PROCESSES, account->processes);
	fp_tally_set(out, FP_COUNT_THREADS, account->threads);
	fp_tally_set(out, FP_COUNT_DENIED, denied);
	fp_tally_set(out, FP_COUNT_UNDECIDED, account->undecided);
	fp_tally_set(out, FP_COUNT_DEFERRED, account->deferred);
	fp_tally_set(out, FP_COUNT_STUCK, account->stuck);
	out->has_age = account->oldest_ns != 0 && taken_ns >= account->oldest_ns;
	if (out->has_age)
		out->age_s = (double)(taken_ns - account->oldest_ns) / 1e9;
	for (unsigned i = 0; i < FP_METRICS; i++)
		if (fp_account_sum(account, (enum fp_metric)i, partial, &bytes))
			fp_memory_set(&out->sum, (enum fp_metric)i, bytes);
	out->has_uss_max = fp_memory_has(&out->sum, FP_USS);
	out->uss_max_bytes = account->uss_max_bytes;
}

void fp_tally_make(const struct fp_group_result *result, uint64_t taken_ns, struct fp_tally *out)
{
	make(result->name, &result->account, taken_ns, out);
}

void fp_tally_total(const struct fp_snapshot *snapshot, struct fp_tally *out)
{
	struct fp_account all;

	fp_account_init(&all);
	for (size_t i = 0; i < snapshot->group_count; i++)
		fp_account_add(&all, &snapshot->groups[i].account);
	make("total", &all, snapshot->taken_ns, out);
	out->has &= ~(UINT32_C(1) << FP_COUNT_DEFERRED | UINT32_C(1) << FP_COUNT_STUCK);
}

#include "cli/tally.h"

#include <stdio.h>
#include <string.h>

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

void fp_tally_init(struct fp_tally *total, const char *name)
{
	*total = (struct fp_tally){.has_uss_max = true, .sum = {.has = FP_METRICS_ALL}};
	snprintf(total->name, sizeof(total->name), "%s", name);
	for (unsigned i = 0; i <= FP_COUNT_UNDECIDED; i++)
		fp_tally_set(total, (enum fp_count)i, 0);
}

void fp_tally_add(struct fp_tally *total, const struct fp_tally *tally)
{
	uint64_t sure = fp_tally_count(total, FP_COUNT_DENIED) - total->count[FP_COUNT_UNDECIDED];
	uint64_t undecided = fp_tally_count(tally, FP_COUNT_UNDECIDED);

	total->count[FP_COUNT_PROCESSES] += fp_tally_count(tally, FP_COUNT_PROCESSES);
	total->count[FP_COUNT_THREADS] += fp_tally_count(tally, FP_COUNT_THREADS);
	sure += fp_tally_count(tally, FP_COUNT_DENIED) - undecided;
	if (undecided > total->count[FP_COUNT_UNDECIDED])
		total->count[FP_COUNT_UNDECIDED] = undecided;
	total->count[FP_COUNT_DENIED] = sure + total->count[FP_COUNT_UNDECIDED];
	if (tally->uss_max_bytes > total->uss_max_bytes)
		total->uss_max_bytes = tally->uss_max_bytes;
	total->has_uss_max = total->has_uss_max && tally->has_uss_max;
	total->sum.has &= tally->sum.has;
	for (unsigned i = 0; i < FP_METRICS; i++)
		total->sum.bytes[i] += tally->sum.bytes[i];
	if (tally->has_age && (!total->has_age || tally->age_s > total->age_s))
		total->age_s = tally->age_s;
	total->has_age = total->has_age || tally->has_age;
}

void fp_tally_make(const struct fp_group_result *result, uint64_t taken_ns, struct fp_tally *out)
{
	const struct fp_account *account = &result->account;
	bool partial = account->denied > 0 || account->stuck > 0;
	uint64_t bytes;

	*out = (struct fp_tally){0};
	memcpy(out->name, result->name, sizeof(out->name));
	/* those who are members for sure, where somebody is undecided */
	fp_tally_set(out, FP_COUNT_PROCESSES, account->processes);
	fp_tally_set(out, FP_COUNT_THREADS, account->threads);
	fp_tally_set(out, FP_COUNT_DENIED, account->denied);
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

/* Is what is read without a walk what a walk says? Asked of one member after the other, for proof. */
#include "sample/round.h"

#include <inttypes.h>

/* Each mapping's share is rounded down by the kernel, ours by the page. */
static const uint64_t pss_grain_bytes = 4096;

static uint64_t difference(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static bool had_same_size(const struct fp_held *held, uint64_t resident, uint64_t file)
{
	return held->has_glance && held->resident_pages == resident && held->file_pages == file;
}

static void say_difference(
	const struct fp_sampler *sampler, const struct fp_held *held, const struct fp_self *self)
{
	fp_log(&sampler->host->log, FP_WARNING,
		"Verify: what was read of process %d without a walk differs from smaps_rollup by "
		"%" PRIu64 " bytes of USS and %" PRIu64 " bytes of PSS",
		(int)held->entry->pid, self->verify_uss_bytes, self->verify_pss_bytes);
}

/* Its process is open, and its sample is from just now. */
static int compare(struct fp_sampler *sampler, struct fp_held *held, struct fp_self *self)
{
	struct fp_roster *roster = &sampler->roster;
	uint64_t resident = held->resident_pages, file = held->file_pages;
	struct fp_memory walked;
	int status = fp_process_measure(&sampler->process, FP_MEASURE_WALK, &walked);

	if (status == 0)
		status = fp_roster_glance(roster, held);
	/* what moved in between proves nothing */
	if (status < 0 || !had_same_size(held, resident, file) || !fp_memory_has(&walked, FP_USS) ||
		!fp_memory_has(&held->memory, FP_USS))
		return status;
	roster->readings.rollups++;
	self->has_verify = true;
	self->verify_uss_bytes = difference(walked.bytes[FP_USS], held->memory.bytes[FP_USS]);
	/* without page frames PSS is of a walk anyway */
	if (roster->plan.has_pfns && fp_memory_has(&walked, FP_PSS) &&
		fp_memory_has(&held->memory, FP_PSS))
		self->verify_pss_bytes =
			difference(walked.bytes[FP_PSS], held->memory.bytes[FP_PSS]);
	if (self->verify_uss_bytes || self->verify_pss_bytes > pss_grain_bytes)
		say_difference(sampler, held, self);
	return 0;
}

static bool was_fast(const struct fp_held *held)
{
	return held->reader == FP_READ_FAST || held->reader == FP_READ_OWN;
}

static int verify_member(
	struct fp_sampler *sampler, struct fp_held *held, struct fp_snapshot *snapshot)
{
	struct fp_roster *roster = &sampler->roster;

	sampler->visit.entry = held->entry;
	int status = fp_visit_open(&sampler->visit);
	if (status == 0)
		status = fp_roster_glance(roster, held);
	if (status == 0)
		status = fp_roster_read(roster, held, FP_READ_FAST);
	if (status == 0 && held->reader == FP_READ_FAST)
		status = compare(sampler, held, &snapshot->self);
	fp_visit_end(&sampler->visit);
	/* who ended is seen as such in the next round */
	return fp_process_is_fatal(status) ? status : 0;
}

int fp_round_verify(struct fp_sampler *sampler, struct fp_snapshot *snapshot)
{
	struct fp_held_list *list = &sampler->roster.list;

	/* what is not right to read that way now is no proof either, and must not become a sample */
	for (size_t i = 0; i < list->len && sampler->roster.plan.has_fast; i++) {
		struct fp_held *held = list->at[sampler->verified++ % list->len];
		if (!held->is_gone && held->has_sample && was_fast(held))
			return verify_member(sampler, held, snapshot);
	}
	return 0;
}

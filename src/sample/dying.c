/*
 * Who gives up its memory, which takes some milliseconds, or seconds for hundreds of GiB. It has left
 * the table by then, but shares what it still maps: what is read of others meanwhile is not the last
 * word on them.
 */
#include "sample/kin.h"
#include "sample/round.h"

#include <string.h>

/* Longer than any memory takes: who still works is closing files, which others can draw out for ever. */
static const uint64_t most_ns = UINT64_C(120000000000);

/*
 * Of a process that could not be opened: has it begun to end, and may it have its memory? Where only its
 * first thread is through, others may still give that up.
 */
static bool is_ending(const struct fp_process *process)
{
	char state = process->stat.state;

	return state && (!strchr("ZXx", state) || process->stat.threads > 1);
}

/* What is noted of it. Another one that had its pid before was of another kin. */
static const struct fp_dying *find(const struct fp_sampler *sampler, const struct fp_dying *dying)
{
	for (size_t i = 0; i < sampler->dying.len; i++) {
		const struct fp_dying *noted = &sampler->dying.at[i];
		if (noted->pid == dying->pid &&
			(noted->kin == dying->kin || dying->kin == FP_NOBODY))
			return noted;
	}
	return NULL;
}

/* The kin of an entry, or of a fork that nobody looked at. */
static uint32_t kin_of(const struct fp_sampler *sampler, int32_t pid)
{
	const struct fp_entry *entry = fp_table_find(sampler->table, pid);
	const uint32_t *pending = fp_pidmap_get(&sampler->watch.pending, pid);

	if (entry && entry->kin != FP_NOBODY)
		return entry->kin;
	return pending ? *pending : FP_NOBODY;
}

static void read_clock(const struct fp_sampler *sampler, struct fp_dying *dying)
{
	const struct fp_host *host = sampler->host;

	dying->has_clock = sampler->roster.abilities.is_live && sampler->roster.abilities.is_own &&
			   host->backend->cpu_clock(host->os, dying->pid, &dying->clock_ns) == 0;
}

int fp_round_note_end(struct fp_sampler *sampler, int32_t pid, bool tried)
{
	struct fp_dying dying = {
		.pid = pid, .kin = kin_of(sampler, pid), .since_ns = sampler->visit.now_ns};
	const struct fp_dying *noted = find(sampler, &dying);

	if (tried && !is_ending(&sampler->process))
		return 0;
	sampler->is_dying = sampler->is_dying || !noted || !noted->is_past;
	if (noted)
		return 0;
	read_clock(sampler, &dying);
	int status = fp_dying_list_add(&sampler->dying, dying);
	if (status == 0)
		fp_kin_expect(sampler->table, dying.kin);
	return status;
}

/* Giving up memory is work: who does none is past that, and waits for something else. */
static bool stands_still(const struct fp_sampler *sampler, struct fp_dying *dying)
{
	const struct fp_dying before = *dying;

	read_clock(sampler, dying);
	return before.has_clock && dying->has_clock && before.clock_ns == dying->clock_ns;
}

/* 1: there is no such process any more, or only what its parent has to wait for; -errno of this program. */
static int is_gone(struct fp_sampler *sampler, int32_t pid)
{
	atomic_store(&sampler->current, pid);
	int status = fp_process_open(&sampler->process, pid);
	if (status == 0)
		fp_process_close(&sampler->process);
	if (fp_process_is_fatal(status))
		return status;
	return status == 0 || !is_ending(&sampler->process);
}

/*
 * As long as its memory is there, and once more when it is not: also if it only seemed to be past that,
 * since it waited with all its memory, as for reads and writes that it had begun.
 */
static void follow(struct fp_sampler *sampler, struct fp_dying *dying, bool gone)
{
	bool was_past = dying->is_past;

	fp_kin_touch(sampler->table, dying->kin);
	sampler->table->turnover++;
	if (was_past)
		return;
	dying->is_past = gone || stands_still(sampler, dying) ||
			 sampler->visit.now_ns - dying->since_ns >= most_ns;
	if (dying->is_past)
		fp_kin_unexpect(sampler->table, dying->kin);
	else
		sampler->is_dying = true;
}

int fp_round_follow_dying(struct fp_sampler *sampler)
{
	struct fp_dying_list *list = &sampler->dying;

	for (size_t i = list->len; i-- > 0;) {
		int gone = is_gone(sampler, list->at[i].pid);
		if (gone < 0)
			return gone;
		if (gone || !list->at[i].is_past)
			follow(sampler, &list->at[i], gone);
		if (gone)
			list->at[i] = list->at[--list->len];
	}
	return 0;
}

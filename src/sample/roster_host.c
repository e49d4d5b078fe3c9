/* What holds for all members in a round: what the host's numbers tell of their memory. */
#include "parse/host.h"
#include "sample/roster.h"

enum {
	/* With fewer members, to see whether the kernel meddled costs more than to look at them; */
	CLOCKS_MEMBERS = 128,
	/* or at those of them that have relatives, of which there is more to see. */
	CLOCKS_RELATIVES = 8
};

/*
 * What was swapped out can be given up while nothing else of its process changes: only the host's sum
 * tells that somebody did. And who was looked at before the first page of all went out was told to have
 * none there.
 */
static void read_swap(struct fp_roster *roster)
{
	const struct fp_host *host = roster->host;
	uint64_t swap = 0;
	bool known = host->backend->swap_used(host->os, &swap) == 0;
	bool in_use = !known || swap > 0;

	if (!known || swap != roster->swap_bytes)
		roster->swap_moves++;
	if (in_use && !roster->plan.swap_in_use)
		roster->outside++;
	roster->swap_bytes = swap;
	roster->plan.swap_in_use = in_use;
}

static void read_abilities(struct fp_roster *roster)
{
	const struct fp_host *host = roster->host;
	struct fp_plan_host *plan = &roster->plan;
	uint64_t shared = 0, sharing = 0;
	bool ksm_is_known = host->backend->ksm_pages(host->os, &shared, &sharing) == 0;

	plan->has_pfns = roster->pages && roster->can.has_pfns;
	plan->has_slices = roster->pages && roster->can.has_pagemap;
	plan->has_fast = plan->has_slices && roster->can.exact_statm && ksm_is_known &&
			 shared == 0 && roster->abilities.sees_all &&
			 roster->abilities.can_ptrace && roster->table->unknown_keys == 0;
	if (shared != roster->ksm_shared || sharing != roster->ksm_sharing)
		roster->outside++;
	roster->ksm_seen = roster->ksm_seen || shared || sharing;
	roster->ksm_shared = shared;
	roster->ksm_sharing = sharing;
}

/*
 * The memory of a process that does not run changes all the same where the kernel takes some of it back.
 * Others may do that to it, too, which nobody tells: for that everybody has a turn.
 */
static void read_meddling(struct fp_roster *roster)
{
	const struct fp_host *host = roster->host;
	bool had = roster->has_meddled;
	uint64_t before = roster->meddled;

	roster->has_clocks = roster->has_meddled = false;
	if (!roster->follows || !roster->abilities.is_live || !roster->abilities.is_own ||
		(roster->list.len < CLOCKS_MEMBERS && roster->relatives < CLOCKS_RELATIVES))
		return;
	roster->has_meddled =
		host->backend->host_read(host->os, FP_OS_HOST_VMSTAT, &roster->text) == 0 &&
		fp_vmstat_meddled(roster->text.data, roster->text.len, &roster->meddled) == 0;
	roster->has_clocks = had && roster->has_meddled && roster->meddled == before;
}

void fp_roster_read_host(struct fp_roster *roster)
{
	read_swap(roster);
	read_abilities(roster);
	read_meddling(roster);
}

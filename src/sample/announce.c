/* What is said at the start: which mechanisms serve here, and why others do not. */
#include "sample/round.h"

/* Why no process can be read without a walk of its pages; NULL: it can. */
static const char *no_fast_reason(const struct fp_roster *roster)
{
	if (!roster->can.has_pagemap)
		return "there is no pagemap";
	if (!roster->can.exact_statm)
		return "statm is not exact, which it is since Linux 6.17";
	if (!roster->abilities.can_ptrace)
		return "CAP_SYS_PTRACE is missing";
	if (!roster->abilities.sees_all)
		return "relatives may be out of sight, in another pid namespace";
	return NULL;
}

/* Which readers serve, and for each that does not, why. */
static void announce_readers(const struct fp_sampler *sampler)
{
	const struct fp_roster *roster = &sampler->roster;
	const struct fp_log *log = &sampler->host->log;
	const char *reason = no_fast_reason(roster);

	if (!roster->abilities.is_live) {
		fp_log(log, FP_INFO, "ProcPath is no running kernel's: each member is read anew");
		return;
	}
	if (reason)
		fp_log(log, FP_INFO, "large processes are walked, also those without relatives: %s",
			reason);
	else
		fp_log(log, FP_INFO,
			"large processes without relatives are read without a walk of their "
			"pages");
	if (!roster->can.has_pfns)
		fp_log(log, FP_INFO,
			"page frames may not be read, for which CAP_SYS_ADMIN is needed: PSS of "
			"large processes comes from walks, at most once in MaxAge");
}

void fp_sampler_announce(struct fp_sampler *sampler)
{
	fp_warnings_announce(sampler->host, sampler->settings->proc_path);
	if (sampler->options.follow)
		announce_readers(sampler);
}

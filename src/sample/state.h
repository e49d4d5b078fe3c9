/* The state file of a running sampler: what the newest reading found, for others to read. */
#ifndef FP_SAMPLE_STATE_H
#define FP_SAMPLE_STATE_H

#include "sample/host.h"
#include "sample/snapshot.h"

struct fp_state;

/*
 * Makes sure that the file can be kept where the settings say, and that its group is known. 0;
 * -EINVAL and the like with the mistake in the log; -ENOMEM. settings must outlive it.
 */
int fp_state_new(
	const struct fp_host *host, const struct fp_settings *settings, struct fp_state **out);
void fp_state_free(struct fp_state *state);

/* Writes the snapshot. What prevents that is said in the log when it begins and when it ends. */
void fp_state_write(struct fp_state *state, const struct fp_host *host,
	const struct fp_snapshot *snapshot, double interval_s);

#endif

/*
 * Rounds over all processes: who came or changed is asked what some group's selectors need, and
 * measured only if a group wants it; who did not is not even opened.
 */
#ifndef FP_SAMPLE_SAMPLER_H
#define FP_SAMPLE_SAMPLER_H

#include "sample/host.h"
#include "sample/snapshot.h"

#include <stdatomic.h>

struct fp_sampler;

struct fp_sampler_options {
	double interval_s; /* between rounds: groups with an Interval of their own count by it */
	bool keep_members; /* each member in the snapshot, not only the sums */
	bool keep_cmdline; /* and its command line */
	bool say_denied; /* in the log, once; unread, too; else the caller tells from the accounts */
	bool keep_state;  /* write the state file, if the settings have one */
	bool say_missing; /* PID files that are not there */
	bool follow;      /* for many rounds: what did not move is not read again, within Budget */
	bool all_once;    /* one round, whose group has all processes: see sample/ahead.h */
	bool skip_tables; /* page tables are not asked for */
	bool keep_sizes;  /* the sizes that statm tells, of members of groups without Detail too */
};

/*
 * host must outlive the sampler; settings too, and the sampler changes the resolved uids in them.
 * 0; what is wrong with the state file's place, said in the log; -ENOMEM.
 */
int fp_sampler_new(const struct fp_host *host, struct fp_settings *settings,
	const struct fp_sampler_options *options, struct fp_sampler **out);
void fp_sampler_free(struct fp_sampler *sampler);

/* Says once, at the start, what the permissions of this process will keep from it. */
void fp_sampler_announce(struct fp_sampler *sampler);

/*
 * One round. 0 with a snapshot that the caller frees; -errno when the host cannot be read at all or
 * this process lacks memory or descriptors, which is said in the log. One thread at a time.
 */
int fp_sampler_take(struct fp_sampler *sampler, struct fp_snapshot **out);

/* Between rounds, at least each second: takes in what the kernel tells. In the thread of rounds. */
void fp_sampler_tick(struct fp_sampler *sampler);

/* Why processes could not be read so far, in words; constant. */
const char *fp_sampler_denial(const struct fp_sampler *sampler);

/* The process that is being read now, 0 between rounds; from any thread. */
int32_t fp_sampler_current(const struct fp_sampler *sampler);

#endif

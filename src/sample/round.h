/* What the files of the sampler share; nobody else includes this. */
#ifndef FP_SAMPLE_ROUND_H
#define FP_SAMPLE_ROUND_H

#include "sample/activity.h"
#include "sample/roster.h"
#include "sample/sampler.h"
#include "sample/state.h"
#include "sample/visit.h"
#include "sample/warnings.h"

/* Whom to look at when others have been. */
struct fp_waiting {
	int32_t pid;
	uint64_t starttime_ticks;
};

FP_VEC(fp_waiting_list, struct fp_waiting);

/* Who left the table while its memory may be there. */
struct fp_dying {
	int32_t pid;
	uint32_t kin; /* in which it is expected, as a fork is: see sample/kin.h */
	bool is_past; /* its memory is gone, but it waits for something */
	uint64_t since_ns;
	bool has_clock;
	uint64_t clock_ns;
};

FP_VEC(fp_dying_list, struct fp_dying);

struct fp_sampler {
	const struct fp_host *host;
	struct fp_settings *settings;
	struct fp_sampler_options options;
	struct fp_pidfiles *pidfiles;
	struct fp_users *users;
	struct fp_containers *containers;
	struct fp_table *table;
	struct fp_watch watch;
	struct fp_instances *instances;
	struct fp_process process;
	struct fp_roster roster;
	struct fp_activity_book activity;
	struct fp_visit visit;
	struct fp_snapshot *snapshot; /* in the making */
	bool is_under_way;            /* a round; at its beginning: one was never over */
	struct fp_pids pids;          /* whom to look at in this round, by ascending id */
	struct fp_waiting_list later;
	uint64_t round_cpu_ns; /* of this thread, when the round began */
	uint64_t at_once_ns;   /* what first readings took while looking */
	bool is_dying;         /* somebody gives up its memory just now */
	struct fp_dying_list dying;
	bool *due;         /* of each group, in this round */
	uint64_t *told_ns; /* of each group, when it last was; 0: never */
	uint64_t cpu_ns;   /* of all rounds and what was between them */
	bool has_mem_total, has_huge_pages;
	uint64_t mem_total_bytes, mem_total_ns; /* and when it was read */
	size_t verified;                        /* the place in the roster that is next */
	struct fp_warnings warnings;
	struct fp_state *state; /* NULL: none is kept */
	_Atomic int32_t current;
};

/* In look.c. Looks at whom the watch names, and finds out where they belong. 0 or -errno. */
int fp_round_look(struct fp_sampler *sampler);

/*
 * In dying.c. A process ends, which the table still has; tried: it could not be opened just now, else
 * nobody knows how far it is. 0 or -ENOMEM.
 */
int fp_round_note_end(struct fp_sampler *sampler, int32_t pid, bool tried);

/* As a round begins: whoever shared memory with the dying is due. 0 or -errno of this program. */
int fp_round_follow_dying(struct fp_sampler *sampler);

/* What the groups of a member want of it in this round. */
void fp_round_classify(const struct fp_sampler *sampler, struct fp_held *held);

/* Looks at one; who has ended is removed. 0 or -errno of this program. */
int fp_round_look_at(struct fp_sampler *sampler, int32_t pid);

/* In read.c. Glances at the members and reads those that are due, as far as the budget goes. */
int fp_round_read(struct fp_sampler *sampler);

/* In account.c. Adds members up to groups. 0 or -ENOMEM. */
int fp_round_account(struct fp_sampler *sampler, struct fp_snapshot *snapshot);

/* In verify.c. Compares both readings of one member. 0 or -errno of this program. */
int fp_round_verify(struct fp_sampler *sampler, struct fp_snapshot *snapshot);

#endif

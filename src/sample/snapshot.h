/* What one round found out: made by the sampler, never changed afterwards, freed by its taker. */
#ifndef FP_SAMPLE_SNAPSHOT_H
#define FP_SAMPLE_SNAPSHOT_H

#include "compute/account.h"
#include "util/vec.h"

#include <errno.h>

struct fp_member {
	int32_t pid;
	uint64_t starttime_ticks; /* since boot, USER_HZ: with the pid, who it is */
	char comm[FP_COMM_SIZE];
	bool has_uid;
	uint32_t uid; /* effective */
	bool denied;  /* for want of permission */
	bool unread;  /* for want of its files, or of sense in them */
	uint64_t threads;
	struct fp_memory memory;
	char *cmdline; /* only where the sampler was asked to keep it; NULL: not readable */
};

FP_VEC(fp_members, struct fp_member);

/* Empties a list of members and frees what they hold; the list's own memory is kept. */
void fp_members_clear(struct fp_members *members);

struct fp_group_result {
	char name[FP_NAME_SIZE];
	const struct fp_group *group; /* the sampler's: lives as long as that */
	struct fp_account account;
	struct fp_activity_counters activity; /* where the group asks for it */
	struct fp_members members;            /* only where the sampler was asked to keep them */
};

/* What the program itself does and costs: counters since its start, where nothing else is said. */
struct fp_self {
	uint64_t cpu_ns;
	uint64_t longest_read_ns;       /* of one process, in this round, by the clock */
	uint64_t walks, rollups, fasts; /* readings in slices, by smaps, without a walk */
	uint64_t lost_events;
	uint64_t kept_files, deferred, stuck;        /* now */
	bool has_verify;                             /* two readings of a process were compared */
	uint64_t verify_uss_bytes, verify_pss_bytes; /* by how much they differ */
};

struct fp_snapshot {
	struct fp_snapshot *next; /* of a list of those that nobody was told yet; else NULL */
	uint64_t taken_ns;        /* monotonic, at its end */
	uint64_t taken_real_ns;   /* the same since 1970: the time of all values */
	uint64_t processes;       /* that were there, zombies aside */
	uint64_t matched;         /* of those: members of some group */
	uint64_t cpu_ns;          /* what the round cost this process */
	struct fp_self self;
	bool has_mem_total;
	uint64_t mem_total_bytes;
	struct fp_group_result *groups; /* those that were due */
	size_t group_count;
};

/* Frees a snapshot, and those behind it in a list. */
void fp_snapshot_free(struct fp_snapshot *snapshot);

#endif

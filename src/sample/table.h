/*
 * Who lives, and what was found out of each: so that only what changed is asked again.
 *
 * A process is (pid, starttime). What belongs to its image (executable, environment) is forgotten
 * when it changes that, and inherited by a fork that did not yet; what may change without (user,
 * command line, cgroup) is forgotten when its name changes, while it is young, and in rotation.
 */
#ifndef FP_SAMPLE_TABLE_H
#define FP_SAMPLE_TABLE_H

#include "compute/expand.h"
#include "sample/instances.h"
#include "sample/process.h"

/* Where a process sits in one group. */
struct fp_seat {
	struct fp_instance
		*matched; /* what its own name expands to, while that cannot have changed */
	bool stale;       /* it may have: matched only holds if nobody can tell now */
	struct fp_instance
		*inherited;        /* through its ancestors, where the group takes descendants */
	struct fp_instance *taken; /* in the last round: one of the two, or none */
};

struct fp_entry {
	int32_t pid;
	uint64_t starttime_ticks;
	int32_t parent_pid; /* whose child it was when it was first seen */
	uint64_t parent_starttime_ticks;
	uint64_t startcode, startstack;
	bool forked; /* and no exec since */
	char comm[FP_COMM_SIZE];
	size_t comm_len;
	bool readable;
	bool unsure;  /* did not answer so far, so that its starttime is not known */
	bool present; /* in this round */
	bool is_new;  /* not there in the round before, which there was */
	bool asked;   /* see fp_table_inherit() */
	uint64_t young_until_ns, look_again_ns;
	uint8_t *known;           /* of each line; see struct fp_facts */
	struct fp_piece **pieces; /* of each part of a name that belongs to the image; or NULL */
	struct fp_seat *seats;    /* of each group */
};

FP_VEC(fp_entries, struct fp_entry *);

struct fp_table;

/* settings must outlive it. 0 or -ENOMEM. */
int fp_table_new(const struct fp_settings *settings, struct fp_table **out);
void fp_table_free(struct fp_table *table);

/*
 * Finds out who lives now. The process is a tool, for one at a time. 0; or -errno when the host
 * cannot be read at all, or this program lacks memory or descriptors.
 */
int fp_table_scan(struct fp_table *table, const struct fp_host *host, struct fp_process *process,
	uint64_t now_ns);

/* All that live, zombies aside, parents before their children. Holds until the next scan. */
const struct fp_entries *fp_table_entries(const struct fp_table *table);

/* The parent that it had when it was first seen, if that lives; else NULL. */
struct fp_entry *fp_table_parent(const struct fp_table *table, const struct fp_entry *entry);

/* That parent, as long as both still have the image that they shared when it was born; else NULL. */
struct fp_entry *fp_table_image_parent(const struct fp_table *table, const struct fp_entry *entry);

/* Forgets what was found out of an entry: its image changed meanwhile, and nobody can tell which. */
void fp_table_forget_image(const struct fp_table *table, struct fp_entry *entry);

/*
 * Before an entry is asked anything for the first time, and after its parent was: takes over what is
 * known of the image that they share. A fork that has not changed its image has its parent's
 * environment, also when it has written a title over its own. 0 or -ENOMEM.
 */
int fp_table_inherit(const struct fp_table *table, struct fp_entry *entry);

/*
 * Before an instance is freed: no entry remembers it. Its group has room again, and its name may be
 * another group's, so that who sits in a rest finds a seat anew in the next round.
 */
void fp_table_forget_instance(struct fp_table *table, const struct fp_instance *instance);

#endif

/*
 * The address spaces of members. Processes can share one (CLONE_VM, as between vfork and exec); it is
 * read once and a group's sums count it once.
 */
#ifndef FP_SAMPLE_SPACES_H
#define FP_SAMPLE_SPACES_H

#include "sample/host.h"
#include "util/vec.h"

struct fp_held; /* sample/roster.h */

FP_VEC(fp_counted, const void *);

struct fp_space {
	int32_t pid;  /* one of those that share it, or a thread of one */
	uint64_t key; /* of their image */
	unsigned sharers;
	uint64_t round;            /* in which the rest is meant */
	struct fp_held *leader;    /* whose sample is everybody's */
	struct fp_counted counted; /* the groups whose sums have it already */
};

FP_VEC(fp_space_list, struct fp_space *);

/* A zeroed struct is empty. */
struct fp_spaces {
	struct fp_space_list list; /* by image, then in the kernel's order of address spaces */
};

/*
 * The space of a process, made if nobody has it yet; it is one more to share it. pid is that of a thread
 * that has the memory. A process whose image is unknown, or that cannot be compared with others, shares
 * with none. 0 or -ENOMEM.
 */
int fp_spaces_join(struct fp_spaces *spaces, const struct fp_host *host, int32_t pid, uint64_t key,
	struct fp_space **out);

/*
 * Is the list in the kernel's order, as far as it can be compared? Else a search may have missed its aim,
 * or will: somebody in it has, or had, another memory than it was found to have.
 */
bool fp_spaces_are_ordered(const struct fp_spaces *spaces, const struct fp_host *host);

/* One of them leaves, and the space with the last: another of them, or 0, is known by from now on. */
void fp_spaces_leave(struct fp_spaces *spaces, struct fp_space *space, int32_t other_pid);

/* Forgets what was meant for another round. */
void fp_space_begin(struct fp_space *space, uint64_t round);

/* Counts it in a group, in this round: 1 if it was there already, 0 if not, -ENOMEM. */
int fp_space_count(struct fp_space *space, uint64_t round, const void *group);

void fp_spaces_fini(struct fp_spaces *spaces);

#endif

/*
 * The address spaces that were measured in a round. Processes can share one (CLONE_VM, as between
 * vfork and exec); a group's sums count it once.
 */
#ifndef FP_SAMPLE_SPACES_H
#define FP_SAMPLE_SPACES_H

#include "parse/stat.h"
#include "sample/host.h"

FP_VEC(fp_counted, const void *);

/* One that was measured, with what the measuring gave. */
struct fp_space {
	int32_t pid;
	uint64_t startcode, startstack;
	struct fp_memory memory;
	int status;
	uint64_t read_ns;
	struct fp_counted counted; /* the groups whose sums have it already */
};

FP_VEC(fp_space_list, struct fp_space *);

/* A zeroed struct is empty. */
struct fp_spaces {
	struct fp_space_list list; /* by image, then in the kernel's order of address spaces */
};

/*
 * The space of a process among those added since the last clearing, or NULL and *at where it is to
 * be added. A process whose image is unknown shares with none.
 */
struct fp_space *fp_spaces_find(const struct fp_spaces *spaces, const struct fp_host *host,
	int32_t pid, const struct fp_stat *stat, size_t *at);

/* Adds a space at the place that find gave, nobody's so far. 0 or -ENOMEM. */
int fp_spaces_add(
	struct fp_spaces *spaces, size_t at, const struct fp_space *space, struct fp_space **out);

/* Counts it in a group: 1 if it was there already, 0 if not, -ENOMEM. */
int fp_space_count(struct fp_space *space, const void *group);

void fp_spaces_clear(struct fp_spaces *spaces);
void fp_spaces_fini(struct fp_spaces *spaces);

#endif

/*
 * Which member is read in a round, and by which reader: the cheapest exact one that does not hold up
 * the process. Pure.
 */
#ifndef FP_COMPUTE_PLAN_H
#define FP_COMPUTE_PLAN_H

#include "model.h"

enum fp_reader_kind {
	FP_READ_WALK,  /* smaps_rollup, or smaps: the process waits for all of it */
	FP_READ_FAST,  /* without a walk of its own pages */
	FP_READ_OWN,   /* only how many own pages it has: the rest is as in its sample */
	FP_READ_SLICES /* page by page, the process waits for a slice at most */
};

/* What holds for all members in a round. */
struct fp_plan_host {
	bool has_fast;   /* the kernel has what it takes, and nothing speaks against it now */
	bool has_slices; /* as well */
	bool has_pfns;   /* both tell PSS too */
	bool swap_in_use;
};

/* What is known of a member before it is read. */
struct fp_plan_member {
	uint64_t resident_pages, file_pages; /* statm's resident and shared */
	bool alone;         /* no live process may share copy-on-write memory with it */
	bool has_dark_swap; /* nobody could tell what of its shared memory is swapped out */
	bool rest_stands; /* its last reading was without a walk, and only its own pages moved since */
	bool fast_refused; /* since its image or its relatives changed: it is not for that reader */
	bool slices_refused;
	bool wants_detail; /* some group of it is told what only a walk tells */
	bool lacks_walked; /* what only a walk tells is not there, or older than MaxAge */
};

enum fp_reader_kind fp_plan_reader(
	const struct fp_plan_host *host, const struct fp_plan_member *member);

/* What a reading is likely to cost in CPU time, before the first one told. */
uint64_t fp_plan_estimate_ns(const struct fp_plan_member *member, enum fp_reader_kind reader);

/* Why a member is read, the most urgent last. */
enum fp_due {
	FP_DUE_NOT,
	FP_DUE_OUTSIDE, /* others came, went or mapped something, which may change its share */
	FP_DUE_MOVED,   /* its own memory or that of relatives moved, or its sample is too old */
	FP_DUE_FIRST    /* it has no sample */
};

struct fp_due_facts {
	bool has_sample, own_moved, kin_moved, outside_moved;
	uint64_t age_ns, max_age_ns;
};

enum fp_due fp_plan_due(const struct fp_due_facts *facts);

/* A reading that is due. */
struct fp_due_reading {
	enum fp_due due;
	uint64_t read_ns;     /* of the sample that it replaces; 0: none */
	uint64_t estimate_ns; /* of CPU time */
	void *member;
};

/* Puts readings in order: the urgent ones first, then the oldest sample. */
void fp_plan_order(struct fp_due_reading *readings, size_t count);

/* Up to this estimate a reading is a cheap one. */
extern const uint64_t fp_plan_cheap_ns;

#endif

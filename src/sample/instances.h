/*
 * The groups that are told: one for each static name, and one for each value of a name with %{}.
 */
#ifndef FP_SAMPLE_INSTANCES_H
#define FP_SAMPLE_INSTANCES_H

#include "compute/account.h"
#include "compute/activity.h"
#include "compute/expand.h"
#include "sample/host.h"
#include "sample/snapshot.h"

struct fp_instance {
	char name[FP_NAME_SIZE];
	size_t group; /* its index in the settings */
	bool base;    /* a static one, or where what is beyond MaxGroups is summed */
	uint64_t hash;
	bool said_shared;
	uint64_t seen_ns; /* when it last had a member */

	/* of the round */
	struct fp_account account;
	struct fp_members members;

	struct fp_activity_sum activity; /* for ever */
};

struct fp_instances;

/* host and settings must outlive it. 0 or -ENOMEM. */
int fp_instances_new(
	const struct fp_host *host, const struct fp_settings *settings, struct fp_instances **out);
void fp_instances_free(struct fp_instances *instances);

/* Empties the accounts for a new round. */
void fp_instances_begin(struct fp_instances *instances);

/* The base instance of a group; always there. */
struct fp_instance *fp_instances_base(struct fp_instances *instances, size_t group);

/*
 * The instance of a name that a group expanded to, made if need be: the base instance where there
 * are MaxGroups of them, or another group has the name, which is said once. 0 or -ENOMEM.
 */
int fp_instances_find(struct fp_instances *instances, size_t group, const char *name, uint64_t hash,
	uint64_t now_ns, struct fp_instance **out);

size_t fp_instances_count(const struct fp_instances *instances);
struct fp_instance *fp_instances_at(struct fp_instances *instances, size_t index);

/*
 * Takes one that had no member for its group's Expire out of the list, or returns NULL when there is
 * none; of groups that are due alone (by index), since nobody looked at the others. The caller forgets
 * it everywhere, then frees it with fp_instance_free().
 */
struct fp_instance *fp_instances_take_expired(
	struct fp_instances *instances, const bool *due, uint64_t now_ns);
void fp_instance_free(struct fp_instance *instance);

#endif

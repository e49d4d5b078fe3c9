/* Users' names and ids, asked of the system seldom. */
#ifndef FP_SAMPLE_USERS_H
#define FP_SAMPLE_USERS_H

#include "sample/host.h"

struct fp_users;

/* 0 or -ENOMEM. */
int fp_users_new(struct fp_users **out);
void fp_users_free(struct fp_users *users);

/*
 * To be called when a round begins. Finds the ids of the names in User lines and sets them there,
 * anew each minute, since a user may come late, go, or get another id. A name that is not known is
 * said once, and again when it had been known since. Names by id are asked for anew five minutes
 * after; while nobody can tell, what was known stays. Whether any id in a line is another now.
 */
bool fp_users_resolve(
	struct fp_users *users, const struct fp_host *host, struct fp_settings *settings);

/*
 * The name of a uid, or its decimal number where it has none; lives until the next call of
 * fp_users_resolve(). 0; -EAGAIN when nobody can tell now; -ENOMEM.
 */
int fp_users_name(
	struct fp_users *users, const struct fp_host *host, uint32_t uid, const char **name);

#endif

#include "sample/users.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t retry_ns = 60 * UINT64_C(1000000000);

struct user {
	uint32_t uid;
	char *name;
};

FP_VEC(user_list, struct user);

struct fp_users {
	struct user_list names;
	bool tried;
	uint64_t tried_ns;
};

int fp_users_new(struct fp_users **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void fp_users_free(struct fp_users *users)
{
	if (!users)
		return;
	for (size_t i = 0; i < users->names.len; i++)
		free(users->names.at[i].name);
	free(users->names.at);
	free(users);
}

static void resolve_line(
	struct fp_line *line, const char *group, const struct fp_host *host, bool say)
{
	if (line->selector != FP_SEL_USER || line->has_uid || !line->name)
		return;
	int status = host->backend->user_id(host->os, line->name, &line->uid);
	line->has_uid = status == 0;
	if (status < 0 && say)
		fp_log(&host->log, FP_WARNING,
			"<Group \"%s\">: User: \"%s\" %s; it is looked for again each minute, and "
			"until then no process is taken for that user's",
			group, line->name,
			status == -ENOENT ? "is not known on this host"
					  : "cannot be looked up now");
}

void fp_users_resolve(
	struct fp_users *users, const struct fp_host *host, struct fp_settings *settings)
{
	uint64_t now_ns = host->backend->monotonic_ns(host->os);

	if (users->tried && now_ns - users->tried_ns < retry_ns)
		return;
	for (size_t g = 0; g < settings->group_count; g++) {
		struct fp_group *group = &settings->groups[g];
		for (size_t b = 0; b < group->count; b++)
			for (size_t i = 0; i < group->blocks[b].count; i++)
				resolve_line(&group->blocks[b].lines[i], group->name, host,
					!users->tried);
	}
	users->tried = true;
	users->tried_ns = now_ns;
}

/* The system's name for the uid as a string of its own. */
static int ask_name(const struct fp_host *host, uint32_t uid, struct fp_buf *name)
{
	char number[16];
	int status = host->backend->user_name(host->os, uid, name);

	if (status == -ENOENT || status == -ENOTSUP) {
		name->len = 0;
		snprintf(number, sizeof(number), "%" PRIu32, uid);
		status = fp_buf_append(name, number, strlen(number));
	}
	return status < 0 ? status : fp_buf_append(name, "", 1);
}

int fp_users_name(
	struct fp_users *users, const struct fp_host *host, uint32_t uid, const char **name)
{
	struct fp_buf fresh = {0};

	for (size_t i = 0; i < users->names.len; i++) {
		if (users->names.at[i].uid == uid) {
			*name = users->names.at[i].name;
			return 0;
		}
	}
	int status = ask_name(host, uid, &fresh);
	if (status == 0)
		status =
			user_list_add(&users->names, (struct user){.uid = uid, .name = fresh.data});
	if (status < 0) {
		fp_buf_fini(&fresh);
		return status;
	}
	*name = fresh.data;
	return 0;
}

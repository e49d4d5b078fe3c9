#include "sample/users.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t resolve_ns = 60 * UINT64_C(1000000000);
static const uint64_t refresh_ns = 300 * UINT64_C(1000000000);

enum { NAMES_MAX = 4096 };

struct user {
	uint32_t uid;
	char *name;
	bool stale; /* to be asked for anew when it is needed */
};

FP_VEC(user_list, struct user);

struct fp_users {
	struct user_list names;
	bool tried;
	uint64_t tried_ns, refreshed_ns;
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

static bool resolve_line(
	struct fp_line *line, const char *group, const struct fp_host *host, bool first)
{
	uint32_t uid = 0;

	if (line->selector != FP_SEL_USER || !line->name)
		return false;
	int status = host->backend->user_id(host->os, line->name, &uid);
	bool was_known = line->has_uid;
	uint32_t was = line->uid;
	if (status == 0) {
		line->has_uid = true;
		line->uid = uid;
	} else if (status == -ENOENT) {
		line->has_uid = false;
	}
	if (!line->has_uid && (first || was_known))
		fp_log(&host->log, FP_WARNING,
			"<Group \"%s\">: User: \"%s\" %s; it is looked for again each minute, and "
			"until then no process is taken for that user's",
			group, line->name,
			status == -ENOENT ? "is not known on this host"
					  : "cannot be looked up now");
	return line->has_uid != was_known || (was_known && line->uid != was);
}

static bool resolve_lines(struct fp_settings *settings, const struct fp_host *host, bool first)
{
	bool changed = false;

	for (size_t g = 0; g < settings->group_count; g++) {
		struct fp_group *group = &settings->groups[g];
		for (size_t b = 0; b < group->count; b++)
			for (size_t i = 0; i < group->blocks[b].count; i++)
				changed |= resolve_line(
					&group->blocks[b].lines[i], group->name, host, first);
	}
	return changed;
}

/* A name that nobody needed since the last time is forgotten, so that ids may come and go. */
static void refresh_names(struct user_list *names)
{
	size_t kept = 0;

	for (size_t i = 0; i < names->len; i++) {
		struct user user = names->at[i];
		if (user.stale || names->len >= NAMES_MAX) {
			free(user.name);
			continue;
		}
		user.stale = true;
		names->at[kept++] = user;
	}
	names->len = kept;
}

bool fp_users_resolve(
	struct fp_users *users, const struct fp_host *host, struct fp_settings *settings)
{
	bool changed = false;
	uint64_t now_ns = host->backend->monotonic_ns(host->os);

	if (!users->tried || now_ns - users->tried_ns >= resolve_ns) {
		changed = resolve_lines(settings, host, !users->tried);
		users->tried_ns = now_ns;
	}
	if (!users->tried)
		users->refreshed_ns = now_ns;
	users->tried = true;
	if (now_ns - users->refreshed_ns >= refresh_ns || users->names.len >= NAMES_MAX) {
		refresh_names(&users->names);
		users->refreshed_ns = now_ns;
	}
	return changed;
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

static struct user *find(struct fp_users *users, uint32_t uid)
{
	for (size_t i = 0; i < users->names.len; i++)
		if (users->names.at[i].uid == uid)
			return &users->names.at[i];
	return NULL;
}

int fp_users_name(
	struct fp_users *users, const struct fp_host *host, uint32_t uid, const char **name)
{
	struct user *known = find(users, uid);
	struct fp_buf fresh = {0};
	int status = 0;

	if (!known || known->stale)
		status = ask_name(host, uid, &fresh);
	if (known && status == 0 && fresh.data) {
		free(known->name);
		known->name = fresh.data;
	} else if (!known && status == 0) {
		status =
			user_list_add(&users->names, (struct user){.uid = uid, .name = fresh.data});
		known = status == 0 ? &users->names.at[users->names.len - 1] : NULL;
	}
	if (status < 0)
		fp_buf_fini(&fresh);
	if (!known)
		return status;
	/* an answer that does not come is not waited for at each process */
	known->stale = false;
	*name = known->name;
	return 0;
}

#include "cli/state_json.h"
#include "sample/state_json.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

static yajl_val get(yajl_val from, const char *key, yajl_type type)
{
	const char *path[] = {key, NULL};

	return from && YAJL_IS_OBJECT(from) ? yajl_tree_get(from, path, type) : NULL;
}

/* A whole number that is not negative; false where there is none. */
static bool get_u64(yajl_val from, const char *key, uint64_t *out)
{
	yajl_val value = get(from, key, yajl_t_number);
	char *end;

	if (!value || *value->u.number.r == '-')
		return false;
	errno = 0;
	uint64_t number = strtoull(value->u.number.r, &end, 10);
	if (errno || *end)
		return false;
	*out = number;
	return true;
}

static void get_text(yajl_val from, const char *key, char *out, size_t size)
{
	yajl_val value = get(from, key, yajl_t_string);
	const char *text = value ? value->u.string : "";
	size_t len = strnlen(text, size - 1);

	memcpy(out, text, len);
	out[len] = '\0';
}

static void get_memory(yajl_val from, struct fp_memory *memory)
{
	yajl_val map = get(from, "memory", yajl_t_object);
	uint64_t bytes;

	*memory = (struct fp_memory){0};
	for (unsigned i = 0; i < FP_METRICS; i++)
		if (get_u64(map, fp_state_json_metric((enum fp_metric)i), &bytes))
			fp_memory_set(memory, (enum fp_metric)i, bytes);
}

static int read_member(yajl_val value, struct fp_members *members)
{
	struct fp_member member = {0};
	yajl_val denied = get(value, "denied", yajl_t_any);
	uint64_t pid, uid;

	if (!get_u64(value, "pid", &pid) || pid > INT32_MAX)
		return -EBADMSG;
	member.pid = (int32_t)pid;
	get_u64(value, "starttime", &member.starttime_ticks);
	get_u64(value, "threads", &member.threads);
	member.has_uid = get_u64(value, "uid", &uid) && uid <= UINT32_MAX;
	member.uid = member.has_uid ? (uint32_t)uid : 0;
	member.denied = denied && YAJL_IS_TRUE(denied);
	get_text(value, "comm", member.comm, sizeof(member.comm));
	get_memory(value, &member.memory);
	return fp_members_add(members, member);
}

/* The sums as an account that tells the same ones, all complete or absent. */
static void read_account(yajl_val value, struct fp_group_result *result)
{
	struct fp_account *account = &result->account;

	get_memory(value, &account->sum);
	account->missing = ~account->sum.has & FP_METRICS_ALL;
	get_u64(get(value, "memory", yajl_t_object), "uss_max", &account->uss_max_bytes);
	get_u64(value, "denied", &account->denied);
	get_u64(value, "undecided", &account->undecided);
	get_u64(value, "deferred", &account->deferred);
	get_u64(value, "stuck", &account->stuck);
	/* absent while somebody is undecided: those who are members for sure are there */
	if (!get_u64(value, "processes", &account->processes))
		account->processes = result->members.len;
	get_u64(value, "threads", &account->threads);
}

static int read_group(yajl_val value, struct fp_group *group, struct fp_group_result *result)
{
	yajl_val members = get(value, "members", yajl_t_array);
	yajl_val configured = get(value, "template", yajl_t_string);

	if (!members || !get(value, "name", yajl_t_string))
		return -EBADMSG;
	get_text(value, "name", result->name, sizeof(result->name));
	memcpy(group->name, result->name, sizeof(group->name));
	result->group = group;
	if (configured) {
		group->template_text = strdup(configured->u.string);
		if (!group->template_text)
			return -ENOMEM;
	}
	for (size_t i = 0; i < members->u.array.len; i++) {
		int status = read_member(members->u.array.values[i], &result->members);
		if (status < 0)
			return status;
	}
	read_account(value, result);
	return 0;
}

static int read_groups(yajl_val groups, struct fp_state_text *out)
{
	size_t count = groups->u.array.len;

	out->groups = calloc(count + 1, sizeof(out->groups[0]));
	out->snapshot->groups = calloc(count + 1, sizeof(out->snapshot->groups[0]));
	if (!out->groups || !out->snapshot->groups)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		out->snapshot->group_count = i + 1;
		int status = read_group(
			groups->u.array.values[i], &out->groups[i], &out->snapshot->groups[i]);
		if (status < 0)
			return status;
	}
	return 0;
}

/* Files of before had less in it, and what is not there stays 0. */
static void read_self(yajl_val value, struct fp_snapshot *snapshot)
{
	struct fp_self *self = &snapshot->self;

	get_u64(value, "cpu_ns", &snapshot->cpu_ns);
	get_u64(value, "processes", &snapshot->processes);
	get_u64(value, "matched", &snapshot->matched);
	get_u64(value, "total_cpu_ns", &self->cpu_ns);
	get_u64(value, "longest_read_ns", &self->longest_read_ns);
	get_u64(value, "walks", &self->walks);
	get_u64(value, "rollups", &self->rollups);
	get_u64(value, "fasts", &self->fasts);
	get_u64(value, "lost_events", &self->lost_events);
	get_u64(value, "kept_files", &self->kept_files);
	get_u64(value, "deferred", &self->deferred);
	get_u64(value, "stuck", &self->stuck);
	self->has_verify = get_u64(value, "verify_uss_bytes", &self->verify_uss_bytes) &&
			   get_u64(value, "verify_pss_bytes", &self->verify_pss_bytes);
}

static int read_root(yajl_val root, struct fp_state_text *out)
{
	yajl_val groups = get(root, "groups", yajl_t_array);
	uint64_t version;

	if (!groups || !get_u64(root, "version", &version) || version != 1)
		return -EBADMSG;
	out->snapshot = calloc(1, sizeof(*out->snapshot));
	if (!out->snapshot)
		return -ENOMEM;
	read_self(get(root, "self", yajl_t_object), out->snapshot);
	return read_groups(groups, out);
}

void fp_state_json_free(struct fp_state_text *state)
{
	size_t count = state->snapshot ? state->snapshot->group_count : 0;

	for (size_t i = 0; i < count; i++)
		free(state->groups[i].template_text);
	free(state->groups);
	fp_snapshot_free(state->snapshot);
	*state = (struct fp_state_text){0};
}

int fp_state_json_read(const char *text, size_t len, struct fp_state_text *out)
{
	char error[256];
	char *ended = strndup(text, len);

	*out = (struct fp_state_text){0};
	if (!ended)
		return -ENOMEM;
	yajl_val root = yajl_tree_parse(ended, error, sizeof(error));
	int status = root ? read_root(root, out) : -EBADMSG;
	yajl_tree_free(root);
	free(ended);
	if (status < 0)
		fp_state_json_free(out);
	return status;
}

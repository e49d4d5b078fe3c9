#include "cli/saved_json.h"
#include "sample/state_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

/* Arrays and maps in each other; those that are known have four. The tree is freed by recursion. */
enum { DEPTH_MAX = 64 };

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

/* A number that is not negative. */
static bool get_real(yajl_val from, const char *key, double *out)
{
	yajl_val value = get(from, key, yajl_t_number);
	double number = value ? strtod(value->u.number.r, NULL) : -1;

	if (!isfinite(number) || number < 0)
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

/* A copy that is freed by its owner, NULL where there is none. 0 or -ENOMEM. */
static int copy_text(yajl_val from, const char *key, char **out)
{
	yajl_val value = get(from, key, yajl_t_string);

	*out = value ? strdup(value->u.string) : NULL;
	return value && !*out ? -ENOMEM : 0;
}

/* In a state file memory is a map of its own, in a list it stands among the rest. */
static yajl_val memory_map(yajl_val from)
{
	yajl_val map = get(from, "memory", yajl_t_object);

	return map ? map : from;
}

static void get_memory(yajl_val from, struct fp_memory *memory)
{
	yajl_val map = memory_map(from);
	uint64_t bytes;

	for (unsigned i = 0; i < FP_METRICS; i++)
		if (get_u64(map, fp_state_json_metric((enum fp_metric)i), &bytes))
			fp_memory_set(memory, (enum fp_metric)i, bytes);
}

static bool get_flag(yajl_val from, const char *key)
{
	yajl_val value = get(from, key, yajl_t_any);

	return value && YAJL_IS_TRUE(value);
}

static int read_member(yajl_val value, struct fp_members *members, const char **lacking)
{
	struct fp_member member = {0};
	uint64_t pid, uid;

	if (YAJL_IS_OBJECT(value) && !get(value, "pid", yajl_t_any))
		*lacking = "pid";
	if (!get_u64(value, "pid", &pid) || pid > INT32_MAX)
		return -EBADMSG;
	member.pid = (int32_t)pid;
	get_u64(value, "starttime", &member.starttime_ticks);
	get_u64(value, "threads", &member.threads);
	member.has_uid = get_u64(value, "uid", &uid) && uid <= UINT32_MAX;
	member.uid = member.has_uid ? (uint32_t)uid : 0;
	member.denied = get_flag(value, "denied");
	get_text(value, "comm", member.comm, sizeof(member.comm));
	get_memory(value, &member.memory);
	int status = copy_text(value, "cmdline", &member.cmdline);
	if (status == 0)
		status = fp_members_add(members, member);
	if (status < 0)
		free(member.cmdline);
	return status;
}

static int read_members(yajl_val array, struct fp_members *members, const char **lacking)
{
	int status = 0;

	for (size_t i = 0; array && i < array->u.array.len && status == 0; i++)
		status = read_member(array->u.array.values[i], members, lacking);
	return status;
}

static int read_group(yajl_val value, struct fp_saved_group *group, const char **lacking)
{
	struct fp_tally *tally = &group->tally;
	uint64_t count;

	if (YAJL_IS_OBJECT(value) && !get(value, "name", yajl_t_any))
		*lacking = "name";
	if (!get(value, "name", yajl_t_string))
		return -EBADMSG;
	get_text(value, "name", tally->name, sizeof(tally->name));
	for (int i = 0; i < FP_COUNTS; i++)
		if (get_u64(value, fp_tally_count_name((enum fp_count)i), &count))
			fp_tally_set(tally, (enum fp_count)i, count);
	tally->has_age = get_real(value, "age_seconds", &tally->age_s);
	tally->has_uss_max = get_u64(memory_map(value), "uss_max", &tally->uss_max_bytes);
	get_memory(value, &tally->sum);
	int status = copy_text(value, "template", &group->configured);
	if (status == 0)
		status =
			read_members(get(value, "members", yajl_t_array), &group->members, lacking);
	return status;
}

static int read_groups(yajl_val groups, struct fp_saved *out, const char **lacking)
{
	size_t count = groups ? groups->u.array.len : 0;
	int status = 0;

	out->groups = calloc(count + 1, sizeof(out->groups[0]));
	if (!out->groups)
		return -ENOMEM;
	out->group_count = count;
	for (size_t i = 0; i < count && status == 0; i++)
		status = read_group(groups->u.array.values[i], &out->groups[i], lacking);
	return status;
}

static int read_root(yajl_val root, struct fp_saved *out, const char **lacking)
{
	yajl_val groups = get(root, "groups", yajl_t_array);
	yajl_val processes = get(root, "processes", yajl_t_array);
	yajl_val self = get(root, "self", yajl_t_object);
	uint64_t version;

	if (!get_u64(root, "version", &version) || version != 1)
		return -EBADMSG;
	if (!groups && !processes) {
		*lacking = "processes and groups";
		return -EBADMSG;
	}
	out->has_time = get_real(root, "time", &out->time_s);
	out->has_interval = get_real(root, "interval", &out->interval_s);
	get_u64(self, "processes", &out->seen);
	get_u64(self, "matched", &out->matched);
	out->is_list = processes != NULL;
	out->is_cut = get_flag(root, "cut");
	int status = read_members(processes, &out->processes, lacking);
	return status < 0 ? status : read_groups(groups, out, lacking);
}

static void clear(struct fp_members *members)
{
	fp_members_clear(members);
	free(members->at);
}

void fp_saved_json_free(struct fp_saved *saved)
{
	for (size_t i = 0; i < saved->group_count; i++) {
		free(saved->groups[i].configured);
		clear(&saved->groups[i].members);
	}
	free(saved->groups);
	clear(&saved->processes);
	*saved = (struct fp_saved){0};
}

/* Does nothing in it lie deeper than anybody needs? Brackets in strings do not count. */
static bool is_shallow(const char *text)
{
	size_t depth = 0;
	bool string = false;

	for (; *text; text++) {
		if (string && *text == '\\' && text[1])
			text++;
		else if (*text == '"')
			string = !string;
		else if (!string && (*text == '[' || *text == '{') && ++depth > DEPTH_MAX)
			return false;
		else if (!string && (*text == ']' || *text == '}') && depth)
			depth--;
	}
	return true;
}

int fp_saved_json_read(const char *text, size_t len, struct fp_saved *out, const char **lacking)
{
	char error[256];
	const char *unasked;
	char *ended = strndup(text, len);

	*out = (struct fp_saved){0};
	lacking = lacking ? lacking : &unasked;
	*lacking = NULL;
	if (!ended)
		return -ENOMEM;
	yajl_val root = is_shallow(ended) ? yajl_tree_parse(ended, error, sizeof(error)) : NULL;
	int status = root ? read_root(root, out, lacking) : -EBADMSG;
	yajl_tree_free(root);
	free(ended);
	if (status < 0)
		fp_saved_json_free(out);
	return status;
}

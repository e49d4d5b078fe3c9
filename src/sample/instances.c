#include "sample/instances.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

FP_VEC(instance_list, struct fp_instance *);

struct group_state {
	struct fp_instance *base;
	uint64_t count; /* of instances beside the base */
	bool said_overflow, said_taken;
};

struct fp_instances {
	const struct fp_host *host;
	const struct fp_settings *settings;
	struct instance_list list;
	struct group_state *groups;
};

void fp_instance_free(struct fp_instance *instance)
{
	if (!instance)
		return;
	fp_members_clear(&instance->members);
	free(instance->members.at);
	free(instance);
}

static int add_instance(
	struct fp_instances *instances, size_t group, const char *name, struct fp_instance **out)
{
	struct fp_instance *instance = calloc(1, sizeof(*instance));

	if (!instance || instance_list_add(&instances->list, instance) < 0) {
		free(instance);
		return -ENOMEM;
	}
	memcpy(instance->name, name, strlen(name) + 1);
	instance->group = group;
	*out = instance;
	return 0;
}

int fp_instances_new(
	const struct fp_host *host, const struct fp_settings *settings, struct fp_instances **out)
{
	struct fp_instances *instances = calloc(1, sizeof(*instances));

	if (!instances)
		return -ENOMEM;
	instances->host = host;
	instances->settings = settings;
	instances->groups = calloc(settings->group_count + 1, sizeof(instances->groups[0]));
	int status = instances->groups ? 0 : -ENOMEM;
	for (size_t i = 0; i < settings->group_count && status == 0; i++) {
		struct fp_instance **base = &instances->groups[i].base;
		status = add_instance(instances, i, settings->groups[i].name, base);
		if (status == 0)
			(*base)->base = true;
	}
	if (status < 0) {
		fp_instances_free(instances);
		return status;
	}
	*out = instances;
	return 0;
}

void fp_instances_free(struct fp_instances *instances)
{
	if (!instances)
		return;
	for (size_t i = 0; i < instances->list.len; i++)
		fp_instance_free(instances->list.at[i]);
	free(instances->list.at);
	free(instances->groups);
	free(instances);
}

void fp_instances_begin(struct fp_instances *instances)
{
	for (size_t i = 0; i < instances->list.len; i++) {
		fp_account_init(&instances->list.at[i]->account);
		fp_activity_begin(&instances->list.at[i]->activity);
		fp_members_clear(&instances->list.at[i]->members);
	}
}

struct fp_instance *fp_instances_base(struct fp_instances *instances, size_t group)
{
	return instances->groups[group].base;
}

size_t fp_instances_count(const struct fp_instances *instances)
{
	return instances->list.len;
}

struct fp_instance *fp_instances_at(struct fp_instances *instances, size_t index)
{
	return instances->list.at[index];
}

static struct fp_instance *find_name(struct fp_instances *instances, const char *name)
{
	for (size_t i = 0; i < instances->list.len; i++)
		if (strcmp(instances->list.at[i]->name, name) == 0)
			return instances->list.at[i];
	return NULL;
}

/* Two values became one name: that is allowed, but an operator has to know. */
static void say_shared(
	const struct fp_instances *instances, struct fp_instance *instance, uint64_t hash)
{
	if (instance->base || instance->hash == hash || instance->said_shared)
		return;
	instance->said_shared = true;
	fp_log(&instances->host->log, FP_WARNING,
		"<Group \"%s\">: different values become the name \"%s\" and share that group, "
		"since a name is cut to 63 bytes of A-Z a-z 0-9 _ . -",
		instances->settings->groups[instance->group].template_text, instance->name);
}

static struct fp_instance *use_base(
	struct fp_instances *instances, size_t group, const char *name, bool taken)
{
	const struct fp_group *settings = &instances->settings->groups[group];
	struct group_state *state = &instances->groups[group];
	bool *said = taken ? &state->said_taken : &state->said_overflow;

	if (!*said && taken)
		fp_log(&instances->host->log, FP_WARNING,
			"<Group \"%s\">: the name \"%s\" is another group's, so what belongs there "
			"is summed in \"%s\"; this is said once",
			settings->template_text, name, settings->name);
	else if (!*said)
		fp_log(&instances->host->log, FP_WARNING,
			"<Group \"%s\">: there are more than MaxGroups %" PRIu64
			" values; the rest are summed in \"%s\"; this is said once",
			settings->template_text, settings->options.max_groups, settings->name);
	*said = true;
	return state->base;
}

int fp_instances_find(struct fp_instances *instances, size_t group, const char *name, uint64_t hash,
	uint64_t now_ns, struct fp_instance **out)
{
	struct group_state *state = &instances->groups[group];
	struct fp_instance *found = find_name(instances, name);

	if (found && found->group == group) {
		say_shared(instances, found, hash);
		*out = found;
		return 0;
	}
	if (found || state->count >= instances->settings->groups[group].options.max_groups) {
		*out = use_base(instances, group, name, found != NULL);
		return 0;
	}
	int status = add_instance(instances, group, name, out);
	if (status == 0) {
		(*out)->hash = hash;
		(*out)->seen_ns = now_ns;
		state->count++;
	}
	return status;
}

struct fp_instance *fp_instances_take_expired(
	struct fp_instances *instances, const bool *due, uint64_t now_ns)
{
	for (size_t i = 0; i < instances->list.len; i++) {
		struct fp_instance *instance = instances->list.at[i];
		double expire_s = instances->settings->groups[instance->group].options.expire_s;
		if (instance->base || !due[instance->group] ||
			(double)(now_ns - instance->seen_ns) <= expire_s * 1e9)
			continue;
		instances->groups[instance->group].count--;
		instances->list.at[i] = instances->list.at[--instances->list.len];
		return instance;
	}
	return NULL;
}

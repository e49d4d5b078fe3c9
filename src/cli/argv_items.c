/* What a command line is made of as configuration. */
#include "cli/argv_items.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines that an option may add beside the selectors. */
enum { SPARE_LINES = 6 };

static struct fp_value string_value(const char *string)
{
	return (struct fp_value){.type = FP_STRING, .string = string};
}

/* NAME=VALUE in two values, NAME in one. */
static int split_env(struct fp_argv *out, const char *text, struct fp_value *values, size_t *count)
{
	const char *equals = strchr(text, '=');

	if (!equals) {
		values[(*count)++] = string_value(text);
		return 0;
	}
	char *name = strndup(text, (size_t)(equals - text));
	if (!name)
		return -ENOMEM;
	out->names[out->line_count] = name;
	values[(*count)++] = string_value(name);
	values[(*count)++] = string_value(equals + 1);
	return 0;
}

int fp_argv_add_selector(struct fp_argv *out, const char *key, bool negate, const char *text)
{
	struct fp_value *values = out->values[out->line_count];
	size_t count = 0;
	int status = 0;

	if (out->line_count >= FP_ARGV_ITEMS - SPARE_LINES)
		return -E2BIG;
	if (negate)
		values[count++] = string_value(key);
	if (strcmp(key, "Env") == 0)
		status = split_env(out, text, values, &count);
	else
		values[count++] = string_value(text);
	if (status < 0)
		return status;
	out->lines[out->line_count++] = (struct fp_item){
		.key = negate ? "Not" : key, .values = values, .value_count = count};
	return 0;
}

int fp_argv_add_disk(struct fp_argv *out, const char *text)
{
	if (out->disk_count >= FP_ARGV_ITEMS - SPARE_LINES)
		return -E2BIG;
	out->disk_values[out->disk_count] = string_value(text);
	out->disks[out->disk_count] = (struct fp_item){
		.key = "Disk", .values = &out->disk_values[out->disk_count], .value_count = 1};
	out->disk_count++;
	return 0;
}

int fp_argv_set_sources(struct fp_argv *out, const char *text)
{
	size_t count = 0;

	if (out->sources_text)
		return -EEXIST;
	out->sources_text = strdup(text);
	if (!out->sources_text)
		return -ENOMEM;
	for (char *rest = out->sources_text; rest; count++) {
		const char *source = strsep(&rest, ",");
		if (count == FP_ARGV_SOURCES)
			return -E2BIG;
		out->sources[count] = string_value(source);
	}
	out->disks[out->disk_count++] =
		(struct fp_item){.key = "Name", .values = out->sources, .value_count = count};
	return 0;
}

void fp_argv_set_path(struct fp_argv *out, const char *key, const char *text)
{
	struct fp_value *value = &out->paths[strcmp(key, "SysPath") == 0];

	/* the last one holds, as with any other command; the item of the first is reused */
	bool again = value->string != NULL;
	*value = string_value(text);
	if (!again)
		out->options[out->option_count++] =
			(struct fp_item){.key = key, .values = value, .value_count = 1};
}

/*
 * The end of a control group's path, as much of it as a name holds: what tells them apart stands there.
 * Its line has to be the first of its kind, since a capture is of that.
 */
static const char cgroup_end[] = "/^[/].*?(.{0,63})$/";

static int set_template(struct fp_argv *out, const char *what)
{
	/* a whole name, as it would stand in the configuration */
	const char *format = strstr(what, "%{") ? "%s" : "%%{%s}";

	free(out->template_text);
	return asprintf(&out->template_text, format, what) < 0 ? -ENOMEM : 0;
}

int fp_argv_set_by(struct fp_argv *out, const char *what)
{
	static const char env[] = "env:";
	int status = 0;

	if (out->groups)
		return -EEXIST;
	/* which --env takes, but is nothing to name groups after */
	if (strncmp(what, env, sizeof(env) - 1) == 0 && strchr(what, '='))
		return -EINVAL;
	out->groups = true;
	if (strcmp(what, "cgroup") == 0) {
		out->values[0][0] = string_value(cgroup_end);
		out->lines[0] = (struct fp_item){
			.key = "Cgroup", .values = out->values[0], .value_count = 1};
		what = "cgroup:1";
	}
	if (strncmp(what, env, sizeof(env) - 1) == 0 && what[sizeof(env) - 1])
		status = fp_argv_add_selector(out, "Env", false, what + sizeof(env) - 1);
	return status < 0 ? status : set_template(out, what);
}

static void add_line(struct fp_argv *out, const char *key, const struct fp_value *value)
{
	out->lines[out->line_count++] =
		(struct fp_item){.key = key, .values = value, .value_count = 1};
}

static void finish_group(struct fp_argv *out)
{
	static const struct fp_value any = {.type = FP_STRING, .string = "/./"};
	static const struct fp_value yes = {.type = FP_BOOLEAN, .boolean = true};
	static const struct fp_value many = {.type = FP_NUMBER, .number = 10000};
	/* of the first line's place, see fp_argv_set_by() */
	size_t first = out->lines[0].key ? 0 : 1;

	out->takes_all = out->line_count == first;
	if (out->takes_all)
		add_line(out, "Comm", &any);
	if (out->descendants)
		add_line(out, "Descendants", &yes);
	if (out->groups)
		add_line(out, "MaxGroups", &many);
	if (out->allow_secret_name)
		add_line(out, "AllowSecretName", &yes);
	out->group = string_value(out->groups ? out->template_text : FP_ARGV_GROUP);
	out->options[out->option_count++] = (struct fp_item){
		.key = "Group",
		.values = &out->group,
		.value_count = 1,
		.children = out->lines + first,
		.child_count = out->line_count - first,
	};
}

/* Whoever watches wants to see all that moves, and the rest not too late. */
static void follow(struct fp_argv *out)
{
	static const struct fp_value budget = {.type = FP_NUMBER, .number = 100};
	static const struct fp_value max_age = {.type = FP_NUMBER, .number = 10};

	out->options[out->option_count++] =
		(struct fp_item){.key = "Budget", .values = &budget, .value_count = 1};
	out->options[out->option_count++] =
		(struct fp_item){.key = "MaxAge", .values = &max_age, .value_count = 1};
}

static void finish_disks(struct fp_argv *out)
{
	static const struct fp_value yes = {.type = FP_BOOLEAN, .boolean = true};

	if (out->partitions)
		out->disks[out->disk_count++] =
			(struct fp_item){.key = "Partitions", .values = &yes, .value_count = 1};
	out->options[out->option_count++] = (struct fp_item){
		.key = "Disks", .children = out->disks, .child_count = out->disk_count};
}

void fp_argv_finish(struct fp_argv *out)
{
	if (out->command == FP_COMMAND_WATCH)
		follow(out);
	if (out->command == FP_COMMAND_DISKS)
		finish_disks(out);
	else
		finish_group(out);
	out->plugin = (struct fp_item){
		.key = "Plugin", .children = out->options, .child_count = out->option_count};
}

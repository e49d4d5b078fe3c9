#include "settings/reader.h"
#include "util/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A block while it is read. */
struct draft {
	struct fp_parts parts; /* of its name */
	struct fp_lines lines;
	struct fp_said_options options;
};

static int take_selector(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	struct draft *draft = target;

	return fp_selector_take(reader, option, item, &draft->lines);
}

static int take_not(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	struct draft *draft = target;

	(void)option;
	return fp_selector_take_not(reader, item, &draft->lines);
}

static int take_switch(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	struct draft *draft = target;

	return fp_option_take_switch(reader, option, item, &draft->options);
}

static int take_number(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	struct fp_said_options *options = &((struct draft *)target)->options;
	bool whole = option->tag != FP_NUMBER_INTERVAL;
	int status = fp_option_once(reader, option->key, &options->said_number[option->tag]);

	if (status == 0)
		status = fp_option_number(
			reader, option, item, whole, &options->number[option->tag]);
	return status;
}

static const struct fp_option group_options[] = {
	{.key = "Comm", .take = take_selector, .tag = FP_SEL_COMM},
	{.key = "Exe", .take = take_selector, .tag = FP_SEL_EXE},
	{.key = "Cmdline", .take = take_selector, .tag = FP_SEL_CMDLINE},
	{.key = "User", .take = take_selector, .tag = FP_SEL_USER},
	{.key = "Env", .take = take_selector, .tag = FP_SEL_ENV},
	{.key = "Pid", .take = take_selector, .tag = FP_SEL_PID},
	{.key = "PidFile", .take = take_selector, .tag = FP_SEL_PIDFILE},
	{.key = "Cgroup", .take = take_selector, .tag = FP_SEL_CGROUP},
	{.key = "Unit", .take = take_selector, .tag = FP_SEL_UNIT},
	{.key = "Container", .take = take_selector, .tag = FP_SEL_CONTAINER},
	{.key = "Not", .take = take_not},
	{.key = "ValuesAbsolute", .take = take_switch, .tag = FP_SWITCH_VALUES_ABSOLUTE},
	{.key = "ValuesPercentage", .take = take_switch, .tag = FP_SWITCH_VALUES_PERCENTAGE},
	{.key = "Detail", .take = take_switch, .tag = FP_SWITCH_DETAIL},
	{.key = "Activity", .take = take_switch, .tag = FP_SWITCH_ACTIVITY},
	{.key = "ReportPartial", .take = take_switch, .tag = FP_SWITCH_REPORT_PARTIAL},
	{.key = "Descendants", .take = take_switch, .tag = FP_SWITCH_DESCENDANTS},
	{.key = "Interval",
		.take = take_number,
		.min = 0.01,
		.max = 86400,
		.tag = FP_NUMBER_INTERVAL},
	{.key = "MaxGroups",
		.take = take_number,
		.min = 1,
		.max = 10000,
		.tag = FP_NUMBER_MAX_GROUPS},
	{.key = "Expire", .take = take_number, .min = 1, .max = 86400, .tag = FP_NUMBER_EXPIRE},
	{.key = "AllowSecretName", .take = take_switch, .tag = FP_SWITCH_ALLOW_SECRET_NAME},
	{.key = NULL},
};

/* The name of the block, or NULL with the mistake told. */
static const char *take_name(struct fp_reader *reader, const struct fp_item *item)
{
	const struct fp_value *value = item->values;
	const char *name;

	if (item->value_count != 1) {
		fp_reader_fail(reader, "Group",
			"takes one name in quotes, as in <Group \"shop\">, not %zu values",
			item->value_count);
		return NULL;
	}
	if (value->type != FP_STRING) {
		fp_reader_fail(reader, "Group", "%s must be quoted, as in <Group \"%s\">",
			fp_shown_unquoted(value).text, fp_shown_value(value).text);
		return NULL;
	}
	name = value->string;
	if (fp_template_is(name)) {
		if (strlen(name) <= FP_GROUP_TEXT_MAX)
			return name;
		fp_reader_fail(reader, "Group",
			"the name %s is too long; with %%{} in it, it takes at most %d bytes",
			fp_shown_string(name).text, FP_GROUP_TEXT_MAX);
		return NULL;
	}
	if (fp_name_is_safe(name, strlen(name)) && name[0] != '_')
		return name;
	fp_reader_fail(reader, "Group",
		"the name %s is not usable; it takes 1 to 63 of A-Z a-z 0-9 _ . - and does not "
		"begin with _",
		fp_shown_string(name).text);
	return NULL;
}

static struct fp_said_group *find_group(struct fp_reader *reader, const char *text)
{
	for (size_t i = 0; i < reader->groups.len; i++)
		if (strcmp(reader->groups.at[i].text, text) == 0)
			return &reader->groups.at[i];
	return NULL;
}

static int fail_disagree(struct fp_reader *reader, const char *key)
{
	return fp_reader_fail(reader, key,
		"disagrees with an earlier block of this group; blocks of one name are one group, "
		"so say it once");
}

/* Options of a later block of the same group join what the earlier ones said. */
static int join_options(
	struct fp_reader *reader, struct fp_said_options *group, const struct fp_said_options *more)
{
	for (const struct fp_option *o = group_options; o->key; o++) {
		if (o->take != take_switch || !more->said[o->tag])
			continue;
		if (group->said[o->tag] && group->on[o->tag] != more->on[o->tag])
			return fail_disagree(reader, o->key);
		group->said[o->tag] = true;
		group->on[o->tag] = more->on[o->tag];
	}
	for (const struct fp_option *o = group_options; o->key; o++) {
		if (o->take != take_number || !more->said_number[o->tag])
			continue;
		if (group->said_number[o->tag] && group->number[o->tag] != more->number[o->tag])
			return fail_disagree(reader, o->key);
		group->said_number[o->tag] = true;
		group->number[o->tag] = more->number[o->tag];
	}
	return 0;
}

static int by_cost(const void *a, const void *b)
{
	const struct fp_line *x = a, *y = b;

	if (x->selector != y->selector)
		return x->selector < y->selector ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static int add_group(
	struct fp_reader *reader, const char *text, struct draft *draft, struct fp_said_group **out)
{
	struct fp_said_group fresh = {.parts = draft->parts};

	memcpy(fresh.text, text, strlen(text) + 1);
	if (fp_said_groups_add(&reader->groups, fresh) < 0)
		return fp_reader_no_memory(reader);
	draft->parts = (struct fp_parts){0};
	*out = &reader->groups.at[reader->groups.len - 1];
	return 0;
}

static int add_block(struct fp_reader *reader, const char *text, struct draft *draft)
{
	struct fp_said_group *group = find_group(reader, text);
	int status = group ? 0 : add_group(reader, text, draft, &group);

	if (status == 0)
		status = join_options(reader, &group->options, &draft->options);
	if (status < 0)
		return status;
	/* captures are of a block's first expression, so lines that cost the same keep their order */
	for (size_t i = 0; i < draft->lines.len; i++)
		draft->lines.at[i].index = i;
	qsort(draft->lines.at, draft->lines.len, sizeof(draft->lines.at[0]), by_cost);
	struct fp_block block = {.lines = draft->lines.at, .count = draft->lines.len};
	if (fp_blocks_add(&group->blocks, block) < 0)
		return fp_reader_no_memory(reader);
	draft->lines = (struct fp_lines){0};
	return 0;
}

/* Options that only a name with %{} gives a meaning. */
static int check_static(struct fp_reader *reader, const struct draft *draft)
{
	static const char only[] =
		"is for a name with %{} in it, such as <Group \"app-%{env:APP}\">";

	for (const struct fp_option *o = group_options; o->key; o++) {
		bool said = (o->take == take_number && o->tag != FP_NUMBER_INTERVAL &&
				    draft->options.said_number[o->tag]) ||
			    (o->take == take_switch && o->tag == FP_SWITCH_ALLOW_SECRET_NAME &&
				    draft->options.said[o->tag]);
		if (said)
			return fp_reader_fail(reader, o->key, "%s", only);
	}
	return 0;
}

static int check_block(struct fp_reader *reader, const char *text, const struct draft *draft)
{
	const struct fp_said_group *earlier = find_group(reader, text);

	if (draft->lines.len == 0)
		return fp_reader_fail(reader, NULL,
			"has no selector; add %s, or Comm \"/./\" for every process",
			fp_selector_names);
	int status = fp_selector_check(reader, &draft->lines);
	if (status < 0)
		return status;
	if (!fp_template_is(text))
		return check_static(reader, draft);
	return fp_template_check(reader, earlier ? &earlier->parts : &draft->parts, &draft->lines);
}

int fp_settings_take_group(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	struct draft draft = {0};
	const char *text = take_name(reader, item);
	int status = 0;

	(void)option;
	(void)target;
	if (!text)
		return -EINVAL;
	snprintf(reader->where, sizeof(reader->where), "<Group \"%s\">", text);
	if (fp_template_is(text))
		status = fp_template_take(reader, text, &draft.parts);
	if (status == 0)
		status = fp_options_take(reader, group_options, "a group", item->children,
			item->child_count, &draft);
	if (status == 0)
		status = check_block(reader, text, &draft);
	if (status == 0)
		status = add_block(reader, text, &draft);
	for (size_t i = 0; i < draft.lines.len; i++)
		fp_line_fini(&draft.lines.at[i]);
	free(draft.lines.at);
	fp_template_free(draft.parts.at, draft.parts.len);
	return status;
}

#include "settings/reader.h"
#include "util/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A block while it is read. */
struct draft {
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

static int take_interval(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	struct fp_said_options *options = &((struct draft *)target)->options;
	int status = fp_option_once(reader, option->key, &options->said_interval);

	if (status == 0)
		status = fp_option_number(reader, option, item, false, &options->interval_s);
	return status;
}

static const struct fp_option group_options[] = {
	{.key = "Comm", .take = take_selector, .tag = FP_SEL_COMM},
	{.key = "Exe", .take = take_selector, .tag = FP_SEL_EXE},
	{.key = "Cmdline", .take = take_selector, .tag = FP_SEL_CMDLINE},
	{.key = "User", .take = take_selector, .tag = FP_SEL_USER},
	{.key = "Env", .take = take_selector, .tag = FP_SEL_ENV},
	{.key = "PidFile", .take = take_selector, .tag = FP_SEL_PIDFILE},
	{.key = "Not", .take = take_not},
	{.key = "ValuesAbsolute", .take = take_switch, .tag = FP_SWITCH_VALUES_ABSOLUTE},
	{.key = "ValuesPercentage", .take = take_switch, .tag = FP_SWITCH_VALUES_PERCENTAGE},
	{.key = "Detail", .take = take_switch, .tag = FP_SWITCH_DETAIL},
	{.key = "ReportPartial", .take = take_switch, .tag = FP_SWITCH_REPORT_PARTIAL},
	{.key = "Interval", .take = take_interval, .min = 0.01, .max = 86400},
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
	if (fp_name_is_safe(name, strlen(name)) && name[0] != '_')
		return name;
	fp_reader_fail(reader, "Group",
		"the name %s is not usable; it takes 1 to 63 of A-Z a-z 0-9 _ . - and does not "
		"begin with _",
		fp_shown_string(name).text);
	return NULL;
}

static struct fp_said_group *find_group(struct fp_reader *reader, const char *name)
{
	for (size_t i = 0; i < reader->groups.len; i++)
		if (strcmp(reader->groups.at[i].name, name) == 0)
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
	if (!more->said_interval)
		return 0;
	if (group->said_interval && group->interval_s != more->interval_s)
		return fail_disagree(reader, "Interval");
	group->said_interval = true;
	group->interval_s = more->interval_s;
	return 0;
}

static int by_cost(const void *a, const void *b)
{
	const struct fp_line *x = a, *y = b;

	return (x->selector > y->selector) - (x->selector < y->selector);
}

static int add_block(struct fp_reader *reader, const char *name, struct draft *draft)
{
	struct fp_said_group *group = find_group(reader, name);

	if (!group) {
		struct fp_said_group fresh = {0};
		memcpy(fresh.name, name, strlen(name) + 1);
		if (fp_said_groups_add(&reader->groups, fresh) < 0)
			return fp_reader_no_memory(reader);
		group = &reader->groups.at[reader->groups.len - 1];
	}
	int status = join_options(reader, &group->options, &draft->options);
	if (status < 0)
		return status;
	qsort(draft->lines.at, draft->lines.len, sizeof(draft->lines.at[0]), by_cost);
	struct fp_block block = {.lines = draft->lines.at, .count = draft->lines.len};
	if (fp_blocks_add(&group->blocks, block) < 0)
		return fp_reader_no_memory(reader);
	draft->lines = (struct fp_lines){0};
	return 0;
}

int fp_settings_take_group(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	struct draft draft = {0};
	const char *name = take_name(reader, item);

	(void)option;
	(void)target;
	if (!name)
		return -EINVAL;
	snprintf(reader->where, sizeof(reader->where), "<Group \"%s\">", name);
	int status = fp_options_take(
		reader, group_options, "a group", item->children, item->child_count, &draft);
	if (status == 0 && draft.lines.len == 0)
		status = fp_reader_fail(reader, NULL,
			"has no selector; add Comm, Exe, Cmdline, User, Env or PidFile, or "
			"Comm \"/./\" for every process");
	if (status == 0)
		status = fp_selector_check(reader, &draft.lines);
	if (status == 0)
		status = add_block(reader, name, &draft);
	for (size_t i = 0; i < draft.lines.len; i++)
		fp_line_fini(&draft.lines.at[i]);
	free(draft.lines.at);
	return status;
}

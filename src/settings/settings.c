#include "settings/settings.h"
#include "settings/reader.h"
#include "util/pattern.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char plugin_where[] = "<Plugin footprint>";

int fp_reader_new(const struct fp_log *log, struct fp_reader **out)
{
	struct fp_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	reader->log = log;
	*out = reader;
	return 0;
}

static void free_block(struct fp_block *block)
{
	for (size_t i = 0; i < block->count; i++)
		fp_line_fini(&block->lines[i]);
	free(block->lines);
}

static void free_blocks(struct fp_block *blocks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free_block(&blocks[i]);
	free(blocks);
}

static void free_patterns(struct fp_pattern **patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fp_pattern_free(patterns[i]);
	free(patterns);
}

void fp_reader_free(struct fp_reader *reader)
{
	if (!reader)
		return;
	free(reader->proc_path);
	free(reader->sys_path);
	for (size_t i = 0; i < reader->groups.len; i++)
		free_blocks(reader->groups.at[i].blocks.at, reader->groups.at[i].blocks.len);
	free(reader->groups.at);
	free_patterns(reader->disk_patterns.at, reader->disk_patterns.len);
	free(reader);
}

void fp_settings_free(struct fp_settings *settings)
{
	if (!settings)
		return;
	free(settings->proc_path);
	free(settings->sys_path);
	for (size_t i = 0; i < settings->group_count; i++)
		free_blocks(settings->groups[i].blocks, settings->groups[i].count);
	free(settings->groups);
	free_patterns(settings->disks.disks, settings->disks.count);
	free(settings);
}

static int take_path(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, const char *example, char **out)
{
	const char *text;
	int status = fp_option_string(reader, option->key, item, &text);

	if (status < 0)
		return status;
	if (*out)
		return fp_reader_fail(reader, option->key, "given twice; leave one of them out");
	if (text[0] != '/')
		return fp_reader_fail(reader, option->key,
			"takes an absolute path, such as \"/host%s\", not %s", example,
			fp_shown_string(text).text);
	*out = strdup(text);
	return *out ? 0 : fp_reader_no_memory(reader);
}

static int take_proc_path(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	(void)target;
	return take_path(reader, option, item, "/proc", &reader->proc_path);
}

static int take_sys_path(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	(void)target;
	return take_path(reader, option, item, "/sys", &reader->sys_path);
}

static int take_read_timeout(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	int status = fp_option_number(reader, option, item, false, &reader->read_timeout_s);

	(void)target;
	if (status == 0 && reader->said_read_timeout)
		status = fp_reader_fail(reader, option->key, "given twice; leave one of them out");
	reader->said_read_timeout = true;
	return status;
}

static const struct fp_option plugin_options[] = {
	{.key = "Group", .take = fp_settings_take_group},
	{.key = "Disks", .take = fp_settings_take_disks},
	{.key = "ProcPath", .take = take_proc_path},
	{.key = "SysPath", .take = take_sys_path},
	{.key = "ReadTimeout", .take = take_read_timeout, .min = 0.1, .max = 60},
	{.key = "ValuesAbsolute", .take = fp_option_take_switch, .tag = FP_SWITCH_VALUES_ABSOLUTE},
	{.key = "ValuesPercentage",
		.take = fp_option_take_switch,
		.tag = FP_SWITCH_VALUES_PERCENTAGE},
	{.key = "Detail", .take = fp_option_take_switch, .tag = FP_SWITCH_DETAIL},
	{.key = "ReportPartial", .take = fp_option_take_switch, .tag = FP_SWITCH_REPORT_PARTIAL},
	{.key = NULL},
};

static void set_where(struct fp_reader *reader, char *message)
{
	memcpy(reader->where, plugin_where, sizeof(plugin_where));
	reader->message = message;
}

int fp_reader_take(
	struct fp_reader *reader, const struct fp_item *plugin, char message[FP_MESSAGE_SIZE])
{
	for (size_t i = 0; i < plugin->child_count; i++) {
		set_where(reader, message);
		int status = fp_options_take(reader, plugin_options, "the plugin",
			&plugin->children[i], 1, &reader->options);
		if (status < 0)
			return status;
	}
	return 0;
}

static bool resolve(const struct fp_said_options *group, const struct fp_said_options *plugin,
	enum fp_switch which, bool by_default)
{
	if (group->said[which])
		return group->on[which];
	return plugin->said[which] ? plugin->on[which] : by_default;
}

static void resolve_options(const struct fp_reader *reader, const struct fp_said_options *said,
	struct fp_group_options *out)
{
	const struct fp_said_options *plugin = &reader->options;

	*out = (struct fp_group_options){
		.values_absolute = resolve(said, plugin, FP_SWITCH_VALUES_ABSOLUTE, true),
		.values_percentage = resolve(said, plugin, FP_SWITCH_VALUES_PERCENTAGE, false),
		.detail = resolve(said, plugin, FP_SWITCH_DETAIL, false),
		.report_partial = resolve(said, plugin, FP_SWITCH_REPORT_PARTIAL, false),
		.interval_s = said->interval_s,
	};
}

static int check_intervals(struct fp_reader *reader, double plugin_interval_s)
{
	for (size_t i = 0; i < reader->groups.len; i++) {
		const struct fp_said_group *group = &reader->groups.at[i];
		if (!group->options.said_interval)
			continue;
		double times = group->options.interval_s / plugin_interval_s;
		if (times > 0.999 && fabs(times - round(times)) <= 0.001)
			continue;
		snprintf(reader->where, sizeof(reader->where), "<Group \"%s\">", group->name);
		return fp_reader_fail(reader, "Interval",
			"takes a multiple of the plugin's interval, which is %.7g seconds, not "
			"%.15g",
			plugin_interval_s, group->options.interval_s);
	}
	return 0;
}

static int move_groups(struct fp_reader *reader, struct fp_settings *settings)
{
	settings->groups = calloc(reader->groups.len + 1, sizeof(settings->groups[0]));
	if (!settings->groups)
		return fp_reader_no_memory(reader);
	for (size_t i = 0; i < reader->groups.len; i++) {
		struct fp_said_group *said = &reader->groups.at[i];
		struct fp_group *group = &settings->groups[i];
		memcpy(group->name, said->name, sizeof(group->name));
		group->blocks = said->blocks.at;
		group->count = said->blocks.len;
		said->blocks = (struct fp_blocks){0};
		resolve_options(reader, &said->options, &group->options);
	}
	settings->group_count = reader->groups.len;
	return 0;
}

static void move_disks(struct fp_reader *reader, struct fp_settings *settings)
{
	struct fp_disk_settings *disks = &settings->disks;

	*disks = reader->disks;
	disks->disks = reader->disk_patterns.at;
	disks->count = reader->disk_patterns.len;
	reader->disk_patterns = (struct fp_patterns){0};
	if (!reader->said_stuck_after)
		disks->stuck_after_s = 30;
	if (disks->name_count == 0) {
		disks->names[disks->name_count++] = FP_DISK_NAME_DM;
		disks->names[disks->name_count++] = FP_DISK_NAME_KERNEL;
	}
}

static int move_paths(struct fp_reader *reader, struct fp_settings *settings)
{
	settings->proc_path = reader->proc_path ? reader->proc_path : strdup("/proc");
	settings->sys_path = reader->sys_path ? reader->sys_path : strdup("/sys");
	reader->proc_path = reader->sys_path = NULL;
	return settings->proc_path && settings->sys_path ? 0 : fp_reader_no_memory(reader);
}

static int fail_empty(struct fp_reader *reader)
{
	return fp_reader_fail(reader, NULL,
		"there is no <Group> and no <Disks> in it, so nothing would be measured (the "
		"daemon drops a block without content); the smallest that works is: "
		"<Plugin footprint> <Group \"all\"> Comm \"/./\" </Group> <Disks> "
		"Disk \"/./\" </Disks> </Plugin>, each on a line of its own");
}

int fp_reader_finish(struct fp_reader *reader, double plugin_interval_s, struct fp_settings **out,
	char message[FP_MESSAGE_SIZE])
{
	set_where(reader, message);
	if (reader->groups.len == 0 && !reader->disks.enabled)
		return fail_empty(reader);
	int status = check_intervals(reader, plugin_interval_s);
	if (status < 0)
		return status;
	struct fp_settings *settings = calloc(1, sizeof(*settings));
	if (!settings)
		return fp_reader_no_memory(reader);
	settings->read_timeout_s = reader->said_read_timeout ? reader->read_timeout_s : 2;
	move_disks(reader, settings);
	status = move_paths(reader, settings);
	if (status == 0)
		status = move_groups(reader, settings);
	if (status < 0) {
		fp_settings_free(settings);
		return status;
	}
	*out = settings;
	return 0;
}

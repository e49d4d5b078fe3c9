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
	free(reader->dev_path);
	free(reader->run_path);
	free(reader->docker_path);
	free(reader->podman_path);
	free(reader->state_file);
	free(reader->state_group);
	for (size_t i = 0; i < reader->groups.len; i++) {
		struct fp_said_group *group = &reader->groups.at[i];
		free_blocks(group->blocks.at, group->blocks.len);
		fp_template_free(group->parts.at, group->parts.len);
	}
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
	free(settings->docker_path);
	free(settings->podman_path);
	free(settings->state_file);
	free(settings->state_group);
	for (size_t i = 0; i < settings->group_count; i++) {
		struct fp_group *group = &settings->groups[i];
		free_blocks(group->blocks, group->count);
		fp_template_free(group->parts, group->part_count);
		free(group->template_text);
	}
	free(settings->groups);
	free_patterns(settings->disks.disks, settings->disks.count);
	free(settings->disks.dev_path);
	free(settings->disks.run_path);
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
			"takes an absolute path, such as \"%s\", not %s", example,
			fp_shown_string(text).text);
	*out = strdup(text);
	return *out ? 0 : fp_reader_no_memory(reader);
}

/* Options that are one path; tag says which. */
enum { PATH_PROC, PATH_SYS, PATH_DEV, PATH_RUN, PATH_DOCKER, PATH_PODMAN, PATH_STATE_FILE };

static int take_one_path(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	const struct {
		const char *example;
		char **path;
	} paths[] = {
		[PATH_PROC] = {"/host/proc", &reader->proc_path},
		[PATH_SYS] = {"/host/sys", &reader->sys_path},
		[PATH_DEV] = {"/host/dev", &reader->dev_path},
		[PATH_RUN] = {"/host/run", &reader->run_path},
		[PATH_DOCKER] = {"/var/lib/docker", &reader->docker_path},
		[PATH_PODMAN] = {"/var/lib/containers/storage", &reader->podman_path},
		[PATH_STATE_FILE] = {"/run/footprint/state.json", &reader->state_file},
	};

	(void)target;
	return take_path(reader, option, item, paths[option->tag].example, paths[option->tag].path);
}

/* A name or a number, as of User; who it is, is asked when the plugin starts. */
static int take_state_group(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	const char *text;
	int status = fp_option_string(reader, option->key, item, &text);

	(void)target;
	if (status < 0)
		return status;
	if (reader->state_group)
		return fp_reader_fail(reader, option->key, "given twice; leave one of them out");
	if (!*text)
		return fp_reader_fail(
			reader, option->key, "is empty; write for example %s \"adm\"", option->key);
	reader->state_group = strdup(text);
	return reader->state_group ? 0 : fp_reader_no_memory(reader);
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
	{.key = "ProcPath", .take = take_one_path, .tag = PATH_PROC},
	{.key = "SysPath", .take = take_one_path, .tag = PATH_SYS},
	{.key = "DevPath", .take = take_one_path, .tag = PATH_DEV},
	{.key = "RunPath", .take = take_one_path, .tag = PATH_RUN},
	{.key = "DockerPath", .take = take_one_path, .tag = PATH_DOCKER},
	{.key = "PodmanPath", .take = take_one_path, .tag = PATH_PODMAN},
	{.key = "StateFile", .take = take_one_path, .tag = PATH_STATE_FILE},
	{.key = "StateFileGroup", .take = take_state_group},
	{.key = "ReadTimeout", .take = take_read_timeout, .min = 0.1, .max = 60},
	{.key = "ValuesAbsolute", .take = fp_option_take_switch, .tag = FP_SWITCH_VALUES_ABSOLUTE},
	{.key = "ValuesPercentage",
		.take = fp_option_take_switch,
		.tag = FP_SWITCH_VALUES_PERCENTAGE},
	{.key = "Detail", .take = fp_option_take_switch, .tag = FP_SWITCH_DETAIL},
	{.key = "Activity", .take = fp_option_take_switch, .tag = FP_SWITCH_ACTIVITY},
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
		.activity = resolve(said, plugin, FP_SWITCH_ACTIVITY, false),
		.report_partial = resolve(said, plugin, FP_SWITCH_REPORT_PARTIAL, false),
		.descendants = said->on[FP_SWITCH_DESCENDANTS],
		.interval_s = said->number[FP_NUMBER_INTERVAL],
		.max_groups = 50,
		.expire_s = 300,
	};
	if (said->said_number[FP_NUMBER_MAX_GROUPS])
		out->max_groups = (uint64_t)said->number[FP_NUMBER_MAX_GROUPS];
	if (said->said_number[FP_NUMBER_EXPIRE])
		out->expire_s = said->number[FP_NUMBER_EXPIRE];
}

static int check_intervals(struct fp_reader *reader, double plugin_interval_s)
{
	for (size_t i = 0; i < reader->groups.len; i++) {
		const struct fp_said_group *group = &reader->groups.at[i];
		double interval_s = group->options.number[FP_NUMBER_INTERVAL];
		if (!group->options.said_number[FP_NUMBER_INTERVAL])
			continue;
		double times = interval_s / plugin_interval_s;
		if (times > 0.999 && fabs(times - round(times)) <= 0.001)
			continue;
		snprintf(reader->where, sizeof(reader->where), "<Group \"%s\">", group->text);
		return fp_reader_fail(reader, "Interval",
			"takes a multiple of the plugin's interval, which is %.7g seconds, not "
			"%.15g",
			plugin_interval_s, interval_s);
	}
	return 0;
}

static int name_group(
	struct fp_reader *reader, const struct fp_said_group *said, struct fp_group *group)
{
	if (group->part_count == 0) {
		memcpy(group->name, said->text, strlen(said->text) + 1);
		return 0;
	}
	fp_template_rest(group->parts, group->part_count, group->name);
	group->template_text = strdup(said->text);
	if (!group->template_text)
		return fp_reader_no_memory(reader);
	/* not before all blocks are there, since any of them may allow it */
	if (said->options.on[FP_SWITCH_ALLOW_SECRET_NAME])
		return 0;
	snprintf(reader->where, sizeof(reader->where), "<Group \"%s\">", said->text);
	return fp_template_check_secrets(reader, group->parts, group->part_count);
}

/* Two groups of one name would be told as one. */
static int check_names(struct fp_reader *reader, const struct fp_settings *settings)
{
	for (size_t i = 0; i < settings->group_count; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct fp_group *a = &settings->groups[k], *b = &settings->groups[i];
			if (strcmp(a->name, b->name) != 0)
				continue;
			const struct fp_group *dynamic = b->template_text ? b : a;
			const struct fp_group *rest = b->template_text ? a : b;
			snprintf(reader->where, sizeof(reader->where), "<Group \"%s\">",
				dynamic->template_text);
			return fp_reader_fail(reader, NULL,
				"what is beyond MaxGroups would be summed in \"%s\", which is the "
				"name of <Group \"%s\"> too; choose another fixed part",
				b->name, rest->template_text ? rest->template_text : rest->name);
		}
	}
	return 0;
}

static void number_all(struct fp_settings *settings, struct fp_group *group)
{
	for (size_t b = 0; b < group->count; b++)
		for (size_t i = 0; i < group->blocks[b].count; i++)
			group->blocks[b].lines[i].index = settings->line_count++;
	for (size_t i = 0; i < group->part_count; i++)
		group->parts[i].index = settings->part_count++;
}

static int move_groups(struct fp_reader *reader, struct fp_settings *settings)
{
	settings->groups = calloc(reader->groups.len + 1, sizeof(settings->groups[0]));
	if (!settings->groups)
		return fp_reader_no_memory(reader);
	settings->group_count = reader->groups.len;
	for (size_t i = 0; i < reader->groups.len; i++) {
		struct fp_said_group *said = &reader->groups.at[i];
		struct fp_group *group = &settings->groups[i];
		resolve_options(reader, &said->options, &group->options);
		group->blocks = said->blocks.at;
		group->count = said->blocks.len;
		said->blocks = (struct fp_blocks){0};
		group->parts = said->parts.at;
		group->part_count = said->parts.len;
		said->parts = (struct fp_parts){0};
		int status = name_group(reader, said, group);
		if (status < 0)
			return status;
		number_all(settings, group);
	}
	return check_names(reader, settings);
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

/* Hands over what was said, or a copy of the default. */
static char *move_path(char **said, const char *by_default)
{
	char *path = *said ? *said : strdup(by_default);

	*said = NULL;
	return path;
}

static int move_paths(struct fp_reader *reader, struct fp_settings *settings)
{
	settings->proc_path = move_path(&reader->proc_path, "/proc");
	settings->sys_path = move_path(&reader->sys_path, "/sys");
	settings->disks.dev_path = move_path(&reader->dev_path, "/dev");
	settings->disks.run_path = move_path(&reader->run_path, "/run");
	settings->docker_path = move_path(&reader->docker_path, "/var/lib/docker");
	settings->podman_path = move_path(&reader->podman_path, "/var/lib/containers/storage");
	settings->state_file = reader->state_file;
	settings->state_group = reader->state_group;
	reader->state_file = reader->state_group = NULL;
	if (settings->state_group && !settings->state_file)
		return fp_reader_fail(reader, "StateFileGroup",
			"is of no use without StateFile \"/run/footprint/state.json\"");
	bool all = settings->proc_path && settings->sys_path && settings->disks.dev_path &&
		   settings->disks.run_path && settings->docker_path && settings->podman_path;
	return all ? 0 : fp_reader_no_memory(reader);
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

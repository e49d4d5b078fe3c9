#include "settings/settings.h"
#include "settings/reader.h"
#include "util/pattern.h"

#include <stdlib.h>
#include <string.h>

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

static int take_plugin_number(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	int status = fp_option_number(reader, option, item, false, &reader->number[option->tag]);

	(void)target;
	return status < 0 ? status
			  : fp_option_once(reader, option->key, &reader->said_number[option->tag]);
}

static int take_verify(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	int status = fp_option_once(reader, option->key, &reader->said_verify);

	(void)target;
	return status < 0 ? status : fp_option_boolean(reader, option->key, item, &reader->verify);
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
	{.key = "ReadTimeout",
		.take = take_plugin_number,
		.min = 0.1,
		.max = 60,
		.tag = FP_NUMBER_READ_TIMEOUT},
	{.key = "Budget",
		.take = take_plugin_number,
		.min = 0.01,
		.max = 100,
		.tag = FP_NUMBER_BUDGET},
	{.key = "MaxAge",
		.take = take_plugin_number,
		.min = 1,
		.max = 86400,
		.tag = FP_NUMBER_MAX_AGE},
	{.key = "Verify", .take = take_verify},
	{.key = "ValuesAbsolute", .take = fp_option_take_switch, .tag = FP_SWITCH_VALUES_ABSOLUTE},
	{.key = "ValuesPercentage",
		.take = fp_option_take_switch,
		.tag = FP_SWITCH_VALUES_PERCENTAGE},
	{.key = "Detail", .take = fp_option_take_switch, .tag = FP_SWITCH_DETAIL},
	{.key = "Activity", .take = fp_option_take_switch, .tag = FP_SWITCH_ACTIVITY},
	{.key = "ReportPartial", .take = fp_option_take_switch, .tag = FP_SWITCH_REPORT_PARTIAL},
	{.key = NULL},
};

int fp_reader_take(
	struct fp_reader *reader, const struct fp_item *plugin, char message[FP_MESSAGE_SIZE])
{
	for (size_t i = 0; i < plugin->child_count; i++) {
		fp_reader_at_plugin(reader, message);
		int status = fp_options_take(reader, plugin_options, "the plugin",
			&plugin->children[i], 1, &reader->options);
		if (status < 0)
			return status;
	}
	return 0;
}

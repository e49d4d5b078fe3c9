/* From what was said to the settings that hold: defaults, and what only shows when all is said. */
#include "settings/reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	if (settings->state_file && reader->groups.len == 0)
		fp_log(reader->log, FP_WARNING,
			"%s: StateFile: there is no <Group>, so none is written", reader->where);
	bool all = settings->proc_path && settings->sys_path && settings->disks.dev_path &&
		   settings->disks.run_path && settings->docker_path && settings->podman_path;
	return all ? 0 : fp_reader_no_memory(reader);
}

static void move_numbers(const struct fp_reader *reader, struct fp_settings *settings)
{
	static const double by_default[FP_PLUGIN_NUMBERS] = {
		[FP_NUMBER_READ_TIMEOUT] = 2,
		[FP_NUMBER_BUDGET] = 1,
		[FP_NUMBER_MAX_AGE] = 300,
	};
	double number[FP_PLUGIN_NUMBERS];

	for (unsigned i = 0; i < FP_PLUGIN_NUMBERS; i++)
		number[i] = reader->said_number[i] ? reader->number[i] : by_default[i];
	settings->read_timeout_s = number[FP_NUMBER_READ_TIMEOUT];
	settings->budget_percent = number[FP_NUMBER_BUDGET];
	settings->max_age_s = number[FP_NUMBER_MAX_AGE];
	settings->verify = reader->verify;
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
	fp_reader_at_plugin(reader, message);
	if (reader->groups.len == 0 && !reader->disks.enabled)
		return fail_empty(reader);
	int status = check_intervals(reader, plugin_interval_s);
	if (status < 0)
		return status;
	struct fp_settings *settings = calloc(1, sizeof(*settings));
	if (!settings)
		return fp_reader_no_memory(reader);
	move_numbers(reader, settings);
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

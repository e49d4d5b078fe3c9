#include "settings/reader.h"
#include "util/pattern.h"

#include <string.h>

static const char *const name_sources[FP_DISK_NAMES] = {
	[FP_DISK_NAME_DM] = "dm",
	[FP_DISK_NAME_MD] = "md",
	[FP_DISK_NAME_LABEL] = "label",
	[FP_DISK_NAME_PARTLABEL] = "partlabel",
	[FP_DISK_NAME_UUID] = "uuid",
	[FP_DISK_NAME_ID] = "id",
	[FP_DISK_NAME_PATH] = "path",
	[FP_DISK_NAME_WWN] = "wwn",
	[FP_DISK_NAME_SERIAL] = "serial",
	[FP_DISK_NAME_KERNEL] = "kernel",
};

#define ALL_SOURCES                                                                                \
	"\"dm\", \"md\", \"label\", \"partlabel\", \"uuid\", \"id\", \"path\", \"wwn\", "          \
	"\"serial\" and \"kernel\""

static int take_disk(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	const char *text;
	struct fp_pattern *pattern = NULL;
	int status = fp_option_string(reader, option->key, item, &text);

	(void)target;
	if (status < 0)
		return status;
	if (!*text)
		return fp_reader_fail(reader, option->key,
			"is empty; write for example Disk \"sda\" or Disk \"/^(sd|nvme)/\"");
	if (strncmp(text, "/dev/", strlen("/dev/")) == 0)
		return fp_reader_fail(reader, option->key,
			"takes a device's name without /dev/, such as \"sda\" or \"/^sd/\", "
			"not %s, which would match none",
			fp_shown_string(text).text);
	status = fp_option_pattern(reader, option->key, text, &pattern);
	if (status < 0)
		return status;
	if (fp_patterns_add(&reader->disk_patterns, pattern) < 0) {
		fp_pattern_free(pattern);
		return fp_reader_no_memory(reader);
	}
	return 0;
}

static int take_ignore_selected(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	int status = fp_option_once(reader, option->key, &reader->said_ignore_selected);

	(void)target;
	if (status == 0)
		status = fp_option_boolean(
			reader, option->key, item, &reader->disks.ignore_selected);
	return status;
}

static int take_partitions(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	int status = fp_option_once(reader, option->key, &reader->said_partitions);

	(void)target;
	if (status == 0)
		status = fp_option_boolean(reader, option->key, item, &reader->disks.partitions);
	return status;
}

static int take_stuck_after(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	int status = fp_option_once(reader, option->key, &reader->said_stuck_after);

	(void)target;
	if (status == 0)
		status = fp_option_number(reader, option, item, true, &reader->disks.stuck_after_s);
	return status;
}

static int take_one_name(
	struct fp_reader *reader, const struct fp_option *option, const struct fp_value *value)
{
	struct fp_disk_settings *disks = &reader->disks;
	int source = 0;

	if (value->type == FP_STRING)
		while (source < FP_DISK_NAMES && strcmp(name_sources[source], value->string) != 0)
			source++;
	if (value->type != FP_STRING || source == FP_DISK_NAMES)
		return fp_reader_fail(reader, option->key,
			"takes " ALL_SOURCES ", in quotes and in the order wanted, not %s",
			fp_shown_value(value).text);
	for (size_t i = 0; i < disks->name_count; i++)
		if (disks->names[i] == (enum fp_disk_name)source)
			return fp_reader_fail(reader, option->key, "\"%s\" stands in it twice",
				name_sources[source]);
	disks->names[disks->name_count++] = (enum fp_disk_name)source;
	return 0;
}

static int take_names(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	int status = 0;

	(void)target;
	if (reader->disks.name_count)
		return fp_reader_fail(reader, option->key, "given twice; leave one of them out");
	if (item->value_count == 0 || item->child_count)
		return fp_reader_fail(reader, option->key,
			"takes " ALL_SOURCES " on one line, in the order wanted");
	for (size_t i = 0; i < item->value_count && status == 0; i++)
		status = take_one_name(reader, option, &item->values[i]);
	return status;
}

static const struct fp_option disk_options[] = {
	{.key = "Disk", .take = take_disk},
	{.key = "IgnoreSelected", .take = take_ignore_selected},
	{.key = "Partitions", .take = take_partitions},
	{.key = "Name", .take = take_names},
	{.key = "StuckAfter", .take = take_stuck_after, .min = 1, .max = 86400},
	{.key = NULL},
};

int fp_settings_take_disks(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	(void)target;
	if (item->value_count)
		return fp_reader_fail(reader, option->key, "takes no value: write <Disks>");
	if (reader->disks.enabled)
		return fp_reader_fail(
			reader, option->key, "given twice; put everything into one <Disks> block");
	memcpy(reader->where, "<Disks>", sizeof("<Disks>"));
	reader->disks.enabled = true;
	int status = fp_options_take(
		reader, disk_options, "<Disks>", item->children, item->child_count, NULL);
	if (status == 0 && reader->disks.ignore_selected && reader->disk_patterns.len == 0)
		fp_log(reader->log, FP_WARNING,
			"%s: IgnoreSelected: there is no Disk line, so nothing is ignored",
			reader->where);
	return status;
}

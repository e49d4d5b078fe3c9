/*
 * A module that tells what its configuration says, so that the made daemon's own checks are tested:
 * a line Value "plugin" "plugin instance" "type" "type instance" VALUE…, where a value is a number,
 * "nan" or "inf". Lines before the word "now" wait for the read; those behind are told at once, as
 * Notification lines always are.
 */
#include "collectd/headers.h"

#include <math.h>

enum { LISTS = 32, VALUES = 4, PARTS = 4 };

static value_list_t lists[LISTS];
static value_t values[LISTS][VALUES];
static size_t list_count;
static bool at_once;

__attribute__((visibility("default"))) void module_register(void);

static double number(const oconfig_value_t *value)
{
	if (value->type == OCONFIG_TYPE_NUMBER)
		return value->value.number;
	return strcmp(value->value.string, "nan") == 0 ? NAN : INFINITY;
}

static void fill_value(const value_list_t *list, value_t *to, const oconfig_value_t *from)
{
	bool gauge = strncmp(list->type, "disk_", 5) != 0 && strncmp(list->type, "total_", 6) != 0;

	if (gauge)
		to->gauge = number(from);
	else
		to->derive = (derive_t)number(from);
}

static int take_value(const oconfig_item_t *item)
{
	value_list_t *list = &lists[list_count];
	char *const parts[PARTS] = {
		list->plugin, list->plugin_instance, list->type, list->type_instance};
	size_t count = (size_t)item->values_num - PARTS;

	if (item->values_num < PARTS || count > VALUES || list_count == LISTS)
		return EINVAL;
	for (size_t i = 0; i < PARTS; i++)
		sstrncpy(parts[i], item->values[i].value.string, DATA_MAX_NAME_LEN);
	for (size_t i = 0; i < count; i++)
		fill_value(list, &values[list_count][i], &item->values[PARTS + i]);
	list->values = values[list_count];
	list->values_len = count;
	if (at_once)
		plugin_dispatch_values(list);
	else
		list_count++;
	return 0;
}

/* Notification "host" "plugin" "plugin instance" "type" "type instance" SEVERITY "message" */
static int take_notification(const oconfig_item_t *item)
{
	notification_t notice = {.time = cdtime()};
	char *const parts[] = {notice.host, notice.plugin, notice.plugin_instance, notice.type,
		notice.type_instance};

	if (item->values_num != 7)
		return EINVAL;
	for (size_t i = 0; i < STATIC_ARRAY_SIZE(parts); i++)
		sstrncpy(parts[i], item->values[i].value.string, DATA_MAX_NAME_LEN);
	notice.severity = (int)item->values[5].value.number;
	sstrncpy(notice.message, item->values[6].value.string, sizeof(notice.message));
	notice.time += strcmp(notice.message, "late") == 0;
	return plugin_dispatch_notification(&notice);
}

static int take_line(const oconfig_item_t *item)
{
	if (strcmp(item->key, "Value") == 0)
		return take_value(item);
	if (strcmp(item->key, "Notification") == 0)
		return take_notification(item);
	if (strcmp(item->key, "Log") == 0)
		plugin_log(LOG_WARNING, "%s", item->values[0].value.string);
	else if (strcmp(item->key, "now") == 0)
		at_once = true;
	else if (strcmp(item->key, "Open") == 0)
		return open(item->values[0].value.string, O_RDONLY) < 0;
	else
		return EINVAL;
	return 0;
}

static int configure(oconfig_item_t *block)
{
	int status = 0;

	for (int i = 0; i < block->children_num && status == 0; i++)
		status = take_line(&block->children[i]);
	return status;
}

static int read_all(user_data_t *unused)
{
	(void)unused;
	for (size_t i = 0; i < list_count; i++)
		plugin_dispatch_values(&lists[i]);
	list_count = 0;
	return 0;
}

static int start(void)
{
	return plugin_register_complex_read(
		NULL, "told", read_all, TIME_T_TO_CDTIME_T_STATIC(60), NULL);
}

void module_register(void)
{
	plugin_register_complex_config("told", configure);
	plugin_register_init("told", start);
}

#include "fake.h"

#include <math.h>

/* What one read told, a line each; told from one thread or several. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char **lines;
static size_t count;
static bool open_for_values, refusing;
static char shown[64]; /* empty: all */

void fake_values_show(const char *word)
{
	snprintf(shown, sizeof(shown), "%s", word ? word : "");
}

void fake_values_accept(bool accept)
{
	refusing = !accept;
}

/* Is this part of an identifier safe for every file name and backend? */
static bool is_safe(const char *part, size_t max)
{
	size_t len = strlen(part);

	return len <= max && strspn(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789_.-") == len;
}

bool fake_is_safe(const char *part)
{
	return part[0] && is_safe(part, 63);
}

static void check_identifier(const value_list_t *list, const char *name)
{
	/* the first '-' of an identifier ends the plugin's name and the type's */
	if (!list->plugin[0] || !is_safe(list->plugin, 63) || strchr(list->plugin, '-'))
		fake_fault("%s: the plugin's name is not usable", name);
	if (!list->plugin_instance[0] || !is_safe(list->plugin_instance, 63))
		fake_fault("%s: the plugin instance is not usable", name);
	if (!is_safe(list->type_instance, 63))
		fake_fault("%s: the type instance is not usable", name);
	if (list->host[0])
		fake_fault("%s: the host is the daemon's to say", name);
}

static void check_time(const value_list_t *list, const char *name)
{
	double ago_s = CDTIME_T_TO_DOUBLE(cdtime()) - CDTIME_T_TO_DOUBLE(list->time);

	if (list->time != 0 && (ago_s < 0 || ago_s > 86400))
		fake_fault("%s: of a time %g s ago", name, ago_s);
}

static void check_value(const char *name, const data_source_t *source, value_t value)
{
	double number = source->type == DS_TYPE_GAUGE ? value.gauge : (double)value.derive;

	if (!isfinite(number))
		fake_fault("%s: %s is %g", name, source->name, number);
	else if (number < source->min || number > source->max)
		fake_fault("%s: %s is %.15g, outside of its range", name, source->name, number);
}

static char *format_line(const value_list_t *list, const char *name, const data_set_t *type)
{
	char *line = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		fake_die("out of memory");
	fputs(name, out);
	for (size_t i = 0; i < type->ds_num; i++) {
		fputc(i ? ',' : ' ', out);
		if (type->ds[i].type == DS_TYPE_GAUGE)
			fprintf(out, "%.15g", list->values[i].gauge);
		else
			fprintf(out, "%" PRId64, list->values[i].derive);
	}
	if (list->interval != 0 && list->interval != plugin_get_interval())
		fprintf(out, " interval=%.6g", CDTIME_T_TO_DOUBLE(list->interval));
	if (list->time != 0 && list->time != cdtime())
		fprintf(out, " ago=%.6g",
			CDTIME_T_TO_DOUBLE(cdtime()) - CDTIME_T_TO_DOUBLE(list->time));
	fclose(out);
	return line;
}

static void keep(char *line)
{
	pthread_mutex_lock(&lock);
	lines = realloc(lines, (count + 1) * sizeof(lines[0]));
	if (!lines)
		fake_die("out of memory");
	lines[count++] = line;
	pthread_mutex_unlock(&lock);
}

static void name_of(const value_list_t *list, char *name, size_t size)
{
	snprintf(name, size, "%s-%s/%s%s%s", list->plugin, list->plugin_instance, list->type,
		list->type_instance[0] ? "-" : "", list->type_instance);
}

int plugin_dispatch_values(value_list_t const *list)
{
	char name[4 * DATA_MAX_NAME_LEN];
	const data_set_t *type = plugin_get_ds(list->type);

	name_of(list, name, sizeof(name));
	if (!open_for_values)
		fake_fault("%s: told outside of a read", name);
	check_identifier(list, name);
	check_time(list, name);
	if (!type) {
		fake_fault("%s: no stock type", name);
		return -1;
	}
	if (list->values_len != type->ds_num) {
		fake_fault("%s: %zu values, not %zu", name, list->values_len, type->ds_num);
		return -1;
	}
	for (size_t i = 0; i < type->ds_num; i++)
		check_value(name, &type->ds[i], list->values[i]);
	if (refusing)
		return -1;
	keep(format_line(list, name, type));
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void fake_values_begin(void)
{
	open_for_values = true;
}

void fake_values_end(void)
{
	size_t before = 0;

	open_for_values = false;
	if (count)
		qsort(lines, count, sizeof(lines[0]), compare);
	for (size_t i = 0; i < count; i++) {
		size_t name = strcspn(lines[i], " ");
		if (strstr(lines[i], shown))
			fake_say("  %s", lines[i]);
		if (i && name == before && strncmp(lines[i], lines[i - 1], name) == 0)
			fake_fault("%.*s: told twice", (int)name, lines[i]);
		before = name;
	}
	for (size_t i = 0; i < count; i++)
		free(lines[i]);
	free(lines);
	lines = NULL;
	count = 0;
}

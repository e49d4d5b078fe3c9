#include "fake.h"

#include "../lib/conftext.h"

#include <signal.h>

struct reading {
	char *name;
	plugin_read_cb callback;
	cdtime_t interval;
	user_data_t data;
	struct reading *next;
};

/* One module is loaded, so there is one of each but of the reads. */
static char *config_name;
static int (*config_callback)(oconfig_item_t *);
static plugin_init_cb init_callback;
static plugin_shutdown_cb shutdown_callback;
static struct reading *readings;
static cdtime_t interval = TIME_T_TO_CDTIME_T_STATIC(10);
static volatile sig_atomic_t ending;

/* ---- What the module calls ---- */

int plugin_register_complex_config(const char *type, int (*callback)(oconfig_item_t *))
{
	if (config_callback)
		fake_fault("a second config callback: %s", type);
	free(config_name);
	config_name = strdup(type);
	config_callback = callback;
	return 0;
}

int plugin_register_init(const char *name, plugin_init_cb callback)
{
	if (init_callback)
		fake_fault("a second init callback: %s", name);
	init_callback = callback;
	return 0;
}

int plugin_register_shutdown(const char *name, plugin_shutdown_cb callback)
{
	if (shutdown_callback)
		fake_fault("a second shutdown callback: %s", name);
	shutdown_callback = callback;
	return 0;
}

static struct reading **find_reading(const char *name)
{
	struct reading **place = &readings;

	while (*place && strcmp((*place)->name, name) != 0)
		place = &(*place)->next;
	return place;
}

int plugin_register_complex_read(const char *group, const char *name, plugin_read_cb callback,
	cdtime_t own_interval, user_data_t const *data)
{
	struct reading **place = find_reading(name);

	(void)group;
	if (*place) {
		fake_fault("a second read callback: %s", name);
		return EINVAL;
	}
	struct reading *reading = fake_memory(sizeof(*reading));
	reading->name = strdup(name);
	reading->callback = callback;
	reading->interval = own_interval;
	if (data)
		reading->data = *data;
	*place = reading;
	return 0;
}

static void free_first_reading(void)
{
	struct reading *reading = readings;

	readings = reading->next;
	if (reading->data.free_func)
		reading->data.free_func(reading->data.data);
	free(reading->name);
	free(reading);
}

void plugin_log(int level, const char *format, ...)
{
	static const char *const levels[] = {
		[LOG_ERR] = "error",
		[LOG_WARNING] = "warning",
		[LOG_NOTICE] = "notice",
		[LOG_INFO] = "info",
		[LOG_DEBUG] = "debug",
	};
	char *line = NULL;
	va_list args;

	if (level < LOG_ERR || level > LOG_DEBUG)
		fake_fault("a log line of severity %d", level);
	va_start(args, format);
	int len = vasprintf(&line, format, args);
	va_end(args);
	if (len < 0)
		fake_die("out of memory");
	for (const char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			fake_fault("a log line with the byte %#x in it", (unsigned char)*p);
	fake_say("  %s: %s", levels[level], line);
	free(line);
}

cdtime_t plugin_get_interval(void)
{
	return interval;
}

char *sstrncpy(char *to, const char *from, size_t size)
{
	strncpy(to, from, size);
	to[size - 1] = '\0';
	return to;
}

/* ---- What a script calls ---- */

void fake_interval_set(double seconds)
{
	interval = DOUBLE_TO_CDTIME_T(seconds);
}

static void note_signal(int number)
{
	(void)number;
	ending = 1;
}

/* A module that asks the daemon to end has to have said why; here it is only told. */
static void say_result(const char *what, const char *name, int status)
{
	fake_say("%s%s%s: %s", what, name ? " " : "", name ? name : "", status ? "failed" : "ok");
	if (ending)
		fake_say("the daemon is asked to end");
	ending = 0;
}

static void convert_value(const struct fp_value *from, oconfig_value_t *to)
{
	switch (from->type) {
	case FP_STRING:
		to->type = OCONFIG_TYPE_STRING;
		to->value.string = strdup(from->string);
		break;
	case FP_NUMBER:
		to->type = OCONFIG_TYPE_NUMBER;
		to->value.number = from->number;
		break;
	case FP_BOOLEAN:
		to->type = OCONFIG_TYPE_BOOLEAN;
		to->value.boolean = from->boolean;
		break;
	}
}

static void convert(const struct fp_item *from, oconfig_item_t *parent, oconfig_item_t *to)
{
	to->key = strdup(from->key);
	to->parent = parent;
	to->values_num = (int)from->value_count;
	to->values = fake_memory(from->value_count * sizeof(to->values[0]));
	for (size_t i = 0; i < from->value_count; i++)
		convert_value(&from->values[i], &to->values[i]);
	to->children_num = (int)from->child_count;
	to->children = fake_memory(from->child_count * sizeof(to->children[0]));
	for (size_t i = 0; i < from->child_count; i++)
		convert(&from->children[i], to, &to->children[i]);
}

static void free_item(oconfig_item_t *item)
{
	for (int i = 0; i < item->children_num; i++)
		free_item(&item->children[i]);
	for (int i = 0; i < item->values_num; i++)
		if (item->values[i].type == OCONFIG_TYPE_STRING)
			free(item->values[i].value.string);
	free(item->children);
	free(item->values);
	free(item->key);
}

static bool is_for_module(const struct fp_item *item)
{
	return strcasecmp(item->key, "Plugin") == 0 && item->value_count == 1 &&
	       item->values[0].type == FP_STRING && config_name &&
	       strcasecmp(item->values[0].string, config_name) == 0;
}

void fake_configure(const char *text)
{
	char error[CONFTEXT_ERROR_SIZE];
	struct fp_item root;
	bool any = false;

	if (conftext_parse(text, &root, error) < 0)
		fake_die("the configuration: %s", error);
	for (size_t i = 0; i < root.child_count; i++) {
		if (!is_for_module(&root.children[i]))
			continue;
		oconfig_item_t block = {0};
		convert(&root.children[i], NULL, &block);
		int status = config_callback(&block);
		free_item(&block);
		any = true;
		say_result("config", NULL, status);
		if (status)
			break; /* the daemon does not start */
	}
	if (!any)
		fake_say("config: no block reaches the plugin");
	conftext_fini(&root);
}

void fake_init(void)
{
	struct sigaction action = {.sa_handler = note_signal};

	sigaction(SIGTERM, &action, NULL);
	if (init_callback)
		say_result("init", NULL, init_callback());
	else
		fake_say("init: no callback");
	for (const struct reading *reading = readings; reading; reading = reading->next)
		if (reading->interval)
			fake_say("read %s is to be called each %.6g s", reading->name,
				CDTIME_T_TO_DOUBLE(reading->interval));
}

static void read_one(struct reading *reading)
{
	fake_values_begin();
	int status = reading->callback(&reading->data);
	say_result("read", reading->name, status);
	fake_values_end();
}

void fake_read(const char *name)
{
	bool any = false;

	for (struct reading *reading = readings; reading; reading = reading->next) {
		if (name && strcmp(name, reading->name) != 0)
			continue;
		any = true;
		read_one(reading);
	}
	if (!any)
		fake_say("read: no callback");
}

/* In the daemon's order. */
void fake_shutdown(void)
{
	while (readings)
		free_first_reading();
	if (shutdown_callback)
		say_result("shutdown", NULL, shutdown_callback());
}

void fake_forget(void)
{
	while (readings)
		free_first_reading();
	free(config_name);
}

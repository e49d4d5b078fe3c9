#include "cli/argv.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_COMM = 256,
	OPT_EXE,
	OPT_CMDLINE,
	OPT_USER,
	OPT_ENV,
	OPT_PIDFILE,
	OPT_CGROUP,
	OPT_UNIT,
	OPT_CONTAINER,
	OPT_DESCENDANTS,
	OPT_NOT,
	OPT_PROC,
	OPT_SYS,
	OPT_BYTES
};

static const struct option options[] = {
	{"comm", required_argument, NULL, OPT_COMM},
	{"exe", required_argument, NULL, OPT_EXE},
	{"cmdline", required_argument, NULL, OPT_CMDLINE},
	{"user", required_argument, NULL, OPT_USER},
	{"env", required_argument, NULL, OPT_ENV},
	{"pidfile", required_argument, NULL, OPT_PIDFILE},
	{"cgroup", required_argument, NULL, OPT_CGROUP},
	{"unit", required_argument, NULL, OPT_UNIT},
	{"container", required_argument, NULL, OPT_CONTAINER},
	{"descendants", no_argument, NULL, OPT_DESCENDANTS},
	{"not", no_argument, NULL, OPT_NOT},
	{"proc", required_argument, NULL, OPT_PROC},
	{"sys", required_argument, NULL, OPT_SYS},
	{"bytes", no_argument, NULL, OPT_BYTES},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static const struct {
	int option;
	const char *key;
} selectors[] = {
	{OPT_COMM, "Comm"},
	{OPT_EXE, "Exe"},
	{OPT_CMDLINE, "Cmdline"},
	{OPT_USER, "User"},
	{OPT_ENV, "Env"},
	{OPT_PIDFILE, "PidFile"},
	{OPT_CGROUP, "Cgroup"},
	{OPT_UNIT, "Unit"},
	{OPT_CONTAINER, "Container"},
};

static struct fp_value string_value(const char *string)
{
	return (struct fp_value){.type = FP_STRING, .string = string};
}

/* NAME=VALUE in two values, NAME in one. */
static int split_env(struct fp_argv *out, const char *text, struct fp_value *values, size_t *count)
{
	const char *equals = strchr(text, '=');

	if (!equals) {
		values[(*count)++] = string_value(text);
		return 0;
	}
	char *name = strndup(text, (size_t)(equals - text));
	if (!name)
		return -ENOMEM;
	out->names[out->line_count] = name;
	values[(*count)++] = string_value(name);
	values[(*count)++] = string_value(equals + 1);
	return 0;
}

static int add_selector(struct fp_argv *out, const char *key, bool negate, const char *text)
{
	struct fp_value *values = out->values[out->line_count];
	size_t count = 0;
	int status = 0;

	if (out->line_count == FP_ARGV_ITEMS - 1)
		return -E2BIG;
	if (negate)
		values[count++] = string_value(key);
	if (strcmp(key, "Env") == 0)
		status = split_env(out, text, values, &count);
	else
		values[count++] = string_value(text);
	if (status < 0)
		return status;
	out->lines[out->line_count++] = (struct fp_item){
		.key = negate ? "Not" : key, .values = values, .value_count = count};
	return 0;
}

static void add_path(struct fp_argv *out, const char *key, const char *text)
{
	struct fp_value *value = &out->paths[strcmp(key, "SysPath") == 0];

	/* the last one holds, as with any other command; the item of the first is reused */
	bool again = value->string != NULL;
	*value = string_value(text);
	if (!again)
		out->options[out->option_count++] =
			(struct fp_item){.key = key, .values = value, .value_count = 1};
}

static void finish(struct fp_argv *out)
{
	static const struct fp_value any = {.type = FP_STRING, .string = "/./"};
	static const struct fp_value yes = {.type = FP_BOOLEAN, .boolean = true};

	if (out->line_count == 0)
		out->lines[out->line_count++] =
			(struct fp_item){.key = "Comm", .values = &any, .value_count = 1};
	if (out->descendants)
		out->lines[out->line_count++] =
			(struct fp_item){.key = "Descendants", .values = &yes, .value_count = 1};
	out->group = string_value(FP_ARGV_GROUP);
	out->options[out->option_count++] = (struct fp_item){
		.key = "Group",
		.values = &out->group,
		.value_count = 1,
		.children = out->lines,
		.child_count = out->line_count,
	};
	out->plugin = (struct fp_item){
		.key = "Plugin", .children = out->options, .child_count = out->option_count};
}

static int take_option(struct fp_argv *out, int option, bool *negate, const char *text)
{
	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		if (selectors[i].option != option)
			continue;
		bool negated = *negate;
		*negate = false;
		return add_selector(out, selectors[i].key, negated, text);
	}
	switch (option) {
	case OPT_PROC:
		add_path(out, "ProcPath", text);
		return 0;
	case OPT_SYS:
		add_path(out, "SysPath", text);
		return 0;
	case OPT_DESCENDANTS:
		out->descendants = true;
		return 0;
	case OPT_BYTES:
		out->bytes = true;
		return 0;
	case 'h':
		out->help = true;
		return 0;
	case 'V':
		out->version = true;
		return 0;
	default:
		return -EINVAL;
	}
}

static int fail(char *message, size_t size, const char *what, const char *value)
{
	snprintf(message, size, "%s%s", what, value);
	return -EINVAL;
}

int fp_argv_parse(
	int argc, char *const *argv, struct fp_argv *out, char *message, size_t message_size)
{
	bool negate = false;
	int option;

	*out = (struct fp_argv){0};
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == '?')
			return fail(message, message_size, "unknown option: ", argv[optind - 1]);
		if (option == ':')
			return fail(message, message_size, "a value is missing after ",
				argv[optind - 1]);
		if (option == OPT_NOT) {
			negate = true;
			continue;
		}
		bool pending = negate;
		int status = take_option(out, option, &negate, optarg);
		if (status == -E2BIG)
			return fail(message, message_size,
				"more selectors than can be taken: ", optarg);
		if (status < 0)
			return status;
		if (pending && negate)
			return fail(message, message_size,
				"a selector has to follow --not, such as --not --comm ", "sh");
	}
	if (negate)
		return fail(message, message_size,
			"a selector has to follow --not, such as --not --comm ", "sh");
	if (optind < argc)
		return fail(message, message_size,
			"an option was expected, such as --comm NAME, not ", argv[optind]);
	finish(out);
	return 0;
}

void fp_argv_fini(struct fp_argv *argv)
{
	for (size_t i = 0; i < FP_ARGV_ITEMS; i++)
		free(argv->names[i]);
}

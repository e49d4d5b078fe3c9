#include "cli/argv.h"
#include "cli/argv_items.h"
#include "util/number.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* which commands take an option */
	L = 1 << FP_COMMAND_LIST,
	W = 1 << FP_COMMAND_WATCH,
	G = 1 << FP_COMMAND_GROUPS,
	D = 1 << FP_COMMAND_DISKS,
	F = 1 << FP_COMMAND_DIFF,
	ALL = L | W | G | D | F
};

enum {
	OPT_SELECTOR = 256,
	OPT_NOT,
	OPT_DESCENDANTS,
	OPT_BY,
	OPT_ALLOW_SECRET_NAME,
	OPT_PATH,
	OPT_DISK,
	OPT_PARTITIONS,
	OPT_NAME,
	OPT_STATE,
	OPT_BYTES,
	OPT_JSON,
	OPT_CSV,
	OPT_FIELDS,
	OPT_SORT,
	OPT_TOP,
	OPT_NO_HEADER,
	OPT_TOTAL,
	OPT_NO_TOTAL,
	OPT_COLOR,
	OPT_HELP,
	OPT_VERSION
};

static const struct {
	const char *name;
	int argument;
	unsigned commands;
	int option;
	const char *key; /* in the configuration */
} switches[] = {
	{"comm", required_argument, L | W, OPT_SELECTOR, "Comm"},
	{"exe", required_argument, L | W, OPT_SELECTOR, "Exe"},
	{"cmdline", required_argument, L | W, OPT_SELECTOR, "Cmdline"},
	{"user", required_argument, L | W, OPT_SELECTOR, "User"},
	{"env", required_argument, L | W, OPT_SELECTOR, "Env"},
	{"pid", required_argument, L | W, OPT_SELECTOR, "Pid"},
	{"pidfile", required_argument, L | W, OPT_SELECTOR, "PidFile"},
	{"cgroup", required_argument, L | W, OPT_SELECTOR, "Cgroup"},
	{"unit", required_argument, L | W, OPT_SELECTOR, "Unit"},
	{"container", required_argument, L | W, OPT_SELECTOR, "Container"},
	{"not", no_argument, L | W, OPT_NOT, NULL},
	{"descendants", no_argument, L | W, OPT_DESCENDANTS, NULL},
	{"by", required_argument, L | W, OPT_BY, NULL},
	{"allow-secret-name", no_argument, L | W, OPT_ALLOW_SECRET_NAME, NULL},
	{"proc", required_argument, L | W | D, OPT_PATH, "ProcPath"},
	{"sys", required_argument, L | W | D, OPT_PATH, "SysPath"},
	{"disk", required_argument, D, OPT_DISK, "Disk"},
	{"partitions", no_argument, D, OPT_PARTITIONS, NULL},
	{"name", required_argument, D, OPT_NAME, "Name"},
	{"state", required_argument, G, OPT_STATE, NULL},
	{"bytes", no_argument, ALL, OPT_BYTES, NULL},
	{"json", no_argument, L | G | D | F, OPT_JSON, NULL},
	{"csv", no_argument, L | G | D | F, OPT_CSV, NULL},
	{"fields", required_argument, ALL, OPT_FIELDS, NULL},
	{"sort", required_argument, ALL, OPT_SORT, NULL},
	{"top", required_argument, L | G | D | F, OPT_TOP, NULL},
	{"no-header", no_argument, L | G | D | F, OPT_NO_HEADER, NULL},
	{"total", no_argument, L, OPT_TOTAL, NULL},
	{"no-total", no_argument, L, OPT_NO_TOTAL, NULL},
	{"color", required_argument, ALL, OPT_COLOR, NULL},
	{"help", no_argument, ALL, OPT_HELP, NULL},
	{"version", no_argument, L, OPT_VERSION, NULL},
};

enum { SWITCHES = sizeof(switches) / sizeof(switches[0]) };

/* While it is read. */
struct parse {
	struct fp_argv *out;
	bool negate;
	char *message;
	size_t size;
};

const char *fp_argv_command_name(enum fp_command command)
{
	static const char *const names[FP_COMMANDS] = {
		[FP_COMMAND_LIST] = "",
		[FP_COMMAND_WATCH] = "watch",
		[FP_COMMAND_GROUPS] = "groups",
		[FP_COMMAND_DISKS] = "disks",
		[FP_COMMAND_DIFF] = "diff",
	};

	return names[command];
}

static int fail(struct parse *parse, const char *what, const char *value)
{
	snprintf(parse->message, parse->size, "%s%s", what, value);
	return -EINVAL;
}

static int take_selector(struct parse *parse, const char *key, const char *text)
{
	int status = fp_argv_add_selector(parse->out, key, parse->negate, text);

	parse->negate = false;
	return status == -E2BIG ? fail(parse, "more selectors than can be taken: ", text) : status;
}

static int take_disk(struct parse *parse, const char *text)
{
	int status = fp_argv_add_disk(parse->out, text);

	return status == -E2BIG ? fail(parse, "more disks than can be taken: ", text) : status;
}

static int take_sources(struct parse *parse, const char *text)
{
	int status = fp_argv_set_sources(parse->out, text);

	if (status == -EEXIST)
		return fail(parse, "--name is there already; a second one: ", text);
	return status == -E2BIG ? fail(parse, "more names than can be taken: ", text) : status;
}

static int take_by(struct parse *parse, const char *what)
{
	int status = fp_argv_set_by(parse->out, what);

	if (status == -EEXIST)
		return fail(parse, "--by is there already; a second one: ", what);
	if (status == -EINVAL)
		return fail(parse, "--by env: takes the name of a variable alone, not ", what);
	return status == -E2BIG ? fail(parse, "more selectors than can be taken: ", what) : status;
}

static int take_top(struct parse *parse, const char *text)
{
	uint64_t top;

	if (fp_argv_number(text, 1, UINT32_MAX, &top) < 0)
		return fail(parse, "--top takes a whole number from 1, not ", text);
	parse->out->view.top = (size_t)top;
	return 0;
}

static int take_color(struct parse *parse, const char *text)
{
	static const char *const words[] = {"auto", "always", "never"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(words[i], text) != 0)
			continue;
		parse->out->view.color = (enum fp_when)i;
		return 0;
	}
	return fail(parse, "--color takes auto, always or never, not ", text);
}

static int take_view(struct parse *parse, int option, const char *text)
{
	struct fp_view *view = &parse->out->view;

	switch (option) {
	case OPT_BYTES:
		view->bytes = true;
		return 0;
	case OPT_JSON:
		view->format = FP_FORMAT_JSON;
		return 0;
	case OPT_CSV:
		view->format = FP_FORMAT_CSV;
		return 0;
	case OPT_FIELDS:
		view->fields = text;
		return 0;
	case OPT_SORT:
		view->sort = text;
		return 0;
	case OPT_TOP:
		return take_top(parse, text);
	case OPT_NO_HEADER:
		view->header = false;
		return 0;
	case OPT_TOTAL:
		view->total = FP_TOTAL_ALONE;
		return 0;
	case OPT_NO_TOTAL:
		view->total = FP_TOTAL_NONE;
		return 0;
	default:
		return take_color(parse, text);
	}
}

static int take_option(struct parse *parse, size_t index, const char *text)
{
	struct fp_argv *out = parse->out;

	switch (switches[index].option) {
	case OPT_SELECTOR:
		return take_selector(parse, switches[index].key, text);
	case OPT_NOT:
		parse->negate = true;
		return 0;
	case OPT_DESCENDANTS:
		out->descendants = true;
		return 0;
	case OPT_BY:
		return take_by(parse, text);
	case OPT_ALLOW_SECRET_NAME:
		out->allow_secret_name = true;
		return 0;
	case OPT_PATH:
		fp_argv_set_path(out, switches[index].key, text);
		return 0;
	case OPT_DISK:
		return take_disk(parse, text);
	case OPT_NAME:
		return take_sources(parse, text);
	case OPT_PARTITIONS:
		out->partitions = true;
		return 0;
	case OPT_STATE:
		out->state_file = text;
		return 0;
	case OPT_HELP:
		out->help = true;
		return 0;
	case OPT_VERSION:
		out->version = true;
		return 0;
	default:
		return take_view(parse, switches[index].option, text);
	}
}

/* Those that the command takes, as getopt wants them; val is an index, and comes back. */
static void pick_options(enum fp_command command, struct option picked[SWITCHES + 1])
{
	size_t count = 0;

	for (int i = 0; i < SWITCHES; i++)
		if (switches[i].commands & (1u << command))
			picked[count++] = (struct option){
				switches[i].name, switches[i].argument, NULL, OPT_SELECTOR + i};
	picked[count] = (struct option){0};
}

/* An option that only another command has. */
static int fail_unknown(struct parse *parse, const char *text)
{
	size_t len = strncmp(text, "--", 2) == 0 ? strcspn(text + 2, "=") : 0;

	for (int i = 0; i < SWITCHES; i++)
		if (len && strlen(switches[i].name) == len &&
			memcmp(switches[i].name, text + 2, len) == 0)
			return fail(parse, "an option of another command: ", text);
	return fail(parse, "unknown option: ", text);
}

/* What getopt does not take: a letter of several behind one -, a value too much, or a name. */
static int fail_option(struct parse *parse, const char *text)
{
	char letter[3] = {'-', (char)optopt};

	if (optopt >= OPT_SELECTOR)
		return fail(parse, "this option takes no value: ", text);
	return fail_unknown(parse, optopt ? letter : text);
}

static const char not_what[] = "a selector has to follow --not, such as --not --comm ";

static int take_options(struct parse *parse, int argc, char *const *argv)
{
	struct option picked[SWITCHES + 1];
	int option, status = 0;

	pick_options(parse->out->command, picked);
	optind = 0;
	opterr = 0;
	while (status == 0 && (option = getopt_long(argc, argv, ":", picked, NULL)) != -1) {
		if (option == '?')
			return fail_option(parse, argv[optind - 1]);
		if (option == ':')
			return fail(parse, "a value is missing after ", argv[optind - 1]);
		size_t index = (size_t)(option - OPT_SELECTOR);
		if (parse->negate && switches[index].option != OPT_SELECTOR)
			return fail(parse, not_what, "sh");
		status = take_option(parse, index, optarg);
	}
	return status < 0 || !parse->negate ? status : fail(parse, not_what, "sh");
}

int fp_argv_parse(enum fp_command command, int argc, char *const *argv, struct fp_argv *out,
	char *message, size_t message_size)
{
	struct parse parse = {.out = out, .message = message, .size = message_size};

	/* the place of the first line is kept for --by */
	*out = (struct fp_argv){.command = command, .view.header = true, .line_count = 1};
	int status = take_options(&parse, argc, argv);
	if (status < 0)
		return status;
	out->operands = argv + optind;
	out->operand_count = (size_t)(argc - optind);
	if (command == FP_COMMAND_LIST && out->operand_count)
		return fail(&parse, "an option was expected, such as --comm NAME, not ",
			out->operands[0]);
	if (out->allow_secret_name && !out->groups)
		return fail(&parse, "--allow-secret-name is of no use without ", "--by");
	fp_argv_finish(out);
	return 0;
}

void fp_argv_fini(struct fp_argv *argv)
{
	for (size_t i = 0; i < FP_ARGV_ITEMS; i++)
		free(argv->names[i]);
	free(argv->template_text);
	free(argv->sources_text);
}

int fp_argv_number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
	if (fp_number_u64(text, strlen(text), out) < 0 || *out < least || *out > most)
		return -EINVAL;
	return 0;
}

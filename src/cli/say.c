#include "cli/say.h"
#include "cli/exit.h"

#include <stdio.h>
#include <string.h>

const char *fp_say_without_group(const char *message)
{
	static const char group[] = "<Group \"", end[] = "\">: ";
	const char *found = strstr(message, end);

	if (strncmp(message, group, sizeof(group) - 1) != 0 || !found)
		return message;
	return found + sizeof(end) - 1;
}

static void say(void *context, enum fp_level level, const char *line)
{
	(void)context;
	(void)level;
	fprintf(stderr, "footprint: %s\n", line);
}

/* For those that read once, and so look for nothing again. */
static void say_without_group(void *context, enum fp_level level, const char *line)
{
	const char *text = fp_say_without_group(line);
	const char *again = strstr(text, "; it is looked for again each minute");

	(void)context;
	(void)level;
	fprintf(stderr, "footprint: %.*s\n", again ? (int)(again - text) : (int)strlen(text), text);
}

const struct fp_log fp_say_log = {.say = say};
const struct fp_log fp_say_log_without_group = {.say = say_without_group};

int fp_say(int code, const char *what, const char *why)
{
	/* by the log, which lets no control character through */
	fp_log(&fp_say_log, FP_ERROR, "%s%s%s", what, why ? ": " : "", why ? why : "");
	return code;
}

int fp_say_usage(const char *command, const char *message)
{
	fp_say(0, message, NULL);
	fprintf(stderr, "Try 'footprint%s%s --help'.\n", *command ? " " : "", command);
	return FP_EXIT_WRONG;
}

int fp_say_trouble(const char *what, int status)
{
	return fp_say(FP_EXIT_TROUBLE, what, strerror(-status));
}

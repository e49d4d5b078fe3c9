/* footprint: what processes really cost, on a terminal. */
#include "cli/argv.h"
#include "cli/check.h"
#include "cli/diff.h"
#include "cli/disks.h"
#include "cli/exit.h"
#include "cli/groups.h"
#include "cli/help.h"
#include "cli/list.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/watch.h"

#include <string.h>

static int (*const commands[FP_COMMANDS])(const struct fp_argv *argv) = {
	[FP_COMMAND_LIST] = fp_list,
	[FP_COMMAND_WATCH] = fp_watch,
	[FP_COMMAND_GROUPS] = fp_groups,
	[FP_COMMAND_DISKS] = fp_disks,
	[FP_COMMAND_DIFF] = fp_diff,
};

static int run(enum fp_command command, int argc, char **argv)
{
	char message[256] = "out of memory";
	struct fp_argv parsed;
	int code;

	if (fp_argv_parse(command, argc, argv, &parsed, message, sizeof(message)) < 0)
		code = fp_say_usage(fp_argv_command_name(command), message);
	else if (parsed.help)
		code = fp_out_tell_text(fp_help(command));
	else if (parsed.version)
		code = fp_out_tell_text("footprint " FP_VERSION "\n");
	else
		code = commands[command](&parsed);
	fp_argv_fini(&parsed);
	return code;
}

int main(int argc, char **argv)
{
	int code = fp_out_prepare();

	if (code)
		return code;
	if (argc > 1 && strcmp(argv[1], "check") == 0)
		return fp_check(argc - 1, argv + 1);
	for (int i = FP_COMMAND_LIST + 1; argc > 1 && i < FP_COMMANDS; i++)
		if (strcmp(argv[1], fp_argv_command_name((enum fp_command)i)) == 0)
			return run((enum fp_command)i, argc - 1, argv + 1);
	return run(FP_COMMAND_LIST, argc, argv);
}

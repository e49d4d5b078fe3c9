/* footprint: what processes really cost, on a terminal. */
#include "cli/argv.h"
#include "cli/check.h"
#include "cli/exit.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "sample/sampler.h"
#include "settings/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: footprint [OPTION]... [SELECTOR]...\n"
	"       footprint check [OPTION]... FILE...\n"
	"Shows what processes really cost: USS ends with the process, PSS is its fair share.\n"
	"\n"
	"Selectors all have to hold; none: every process. A VALUE between two '/' is a regular\n"
	"expression, any other is compared whole.\n"
	"  --comm VALUE         the kernel's name of the process\n"
	"  --exe VALUE          the path of its executable\n"
	"  --cmdline VALUE      its arguments, joined by spaces\n"
	"  --user VALUE         its effective user, name or number\n"
	"  --env NAME[=VALUE]   its environment has the variable, with this value\n"
	"  --pidfile PATH       it is named by this PID file\n"
	"  --cgroup VALUE       the path of its control group\n"
	"  --unit VALUE         its systemd unit, such as nginx.service\n"
	"  --container VALUE    its container, name or id (12 digits or more)\n"
	"  --not                the next selector has not to hold\n"
	"\n"
	"Options:\n"
	"  --descendants        all descendants too, whatever they are\n"
	"  --bytes              exact sizes, not in units of 1,024\n"
	"  --proc DIR           read this tree in place of /proc\n"
	"  --sys DIR            read this tree in place of /sys\n"
	"  --help, --version\n"
	"\n"
	"Exit status: 0; 1 nothing matched; 2 usage; 3 some could not be read; 4 other trouble.\n";

static void say(void *context, enum fp_level level, const char *line)
{
	(void)context;
	(void)level;
	fprintf(stderr, "footprint: %s\n", line);
}

/* A mistake in a selector is told as of the command line, not of a file. */
static int usage(const char *message)
{
	static const char group[] = "<Group \"" FP_ARGV_GROUP "\">: ";
	bool of_group = strncmp(message, group, sizeof(group) - 1) == 0;

	fprintf(stderr, "footprint: %s\nTry 'footprint --help'.\n",
		message + (of_group ? sizeof(group) - 1 : 0));
	return FP_EXIT_WRONG;
}

static int trouble(const char *what, int status)
{
	fprintf(stderr, "footprint: %s: %s\n", what, strerror(-status));
	return FP_EXIT_TROUBLE;
}

static int show(const struct fp_snapshot *snapshot, const struct fp_sampler *sampler,
	const struct fp_host *host, const struct fp_argv *argv)
{
	const struct fp_group_result *result = &snapshot->groups[0];
	const struct fp_text_options options = {.bytes = argv->bytes, .width = fp_terminal_width()};
	uint64_t denied = result->account.denied;
	int status = fp_text_write(stdout, result, host, &options);

	if (status < 0)
		return trouble("cannot show it", status);
	if (fflush(stdout) == EOF || ferror(stdout))
		return trouble("standard output", -errno);
	if (denied)
		fprintf(stderr,
			"footprint: %" PRIu64 " %s could not be read and %s in the total: %s\n",
			denied, denied == 1 ? "process" : "processes",
			denied == 1 ? "is not" : "are not", fp_sampler_denial(sampler));
	if (denied)
		return FP_EXIT_PARTLY;
	return result->account.processes == 0 ? FP_EXIT_NONE : EXIT_SUCCESS;
}

static int sample(
	const struct fp_host *host, struct fp_settings *settings, const struct fp_argv *argv)
{
	const struct fp_sampler_options options = {
		.interval_s = 1, .keep_members = true, .keep_cmdline = true};
	struct fp_sampler *sampler;
	struct fp_snapshot *snapshot = NULL;
	int status = fp_sampler_new(host, settings, &options, &sampler);

	if (status < 0)
		return trouble("cannot start", status);
	fp_sampler_announce(sampler);
	int code = FP_EXIT_TROUBLE;
	if (fp_sampler_take(sampler, &snapshot) == 0)
		code = show(snapshot, sampler, host, argv);
	fp_snapshot_free(snapshot);
	fp_sampler_free(sampler);
	return code;
}

static int run(const struct fp_argv *argv)
{
	char message[FP_MESSAGE_SIZE] = "out of memory";
	struct fp_host host = {.backend = fp_os_default(), .log = {.say = say}};
	struct fp_reader *reader = NULL;
	struct fp_settings *settings = NULL;
	int status = fp_reader_new(&host.log, &reader);

	if (status == 0)
		status = fp_reader_take(reader, &argv->plugin, message);
	if (status == 0)
		status = fp_reader_finish(reader, 1, &settings, message);
	fp_reader_free(reader);
	if (status < 0)
		return usage(message);
	int code;
	status = host.backend->open(settings->proc_path, settings->sys_path, &host.os);
	if (status < 0) {
		code = trouble(settings->proc_path, status);
	} else {
		code = sample(&host, settings, argv);
		host.backend->close(host.os);
	}
	fp_settings_free(settings);
	return code;
}

static int list(int argc, char **argv)
{
	char message[256] = "out of memory";
	struct fp_argv parsed;
	int code = EXIT_SUCCESS;

	if (fp_argv_parse(argc, argv, &parsed, message, sizeof(message)) < 0)
		code = usage(message);
	else if (parsed.help)
		fputs(help, stdout);
	else if (parsed.version)
		puts("footprint " FP_VERSION);
	else
		code = run(&parsed);
	fp_argv_fini(&parsed);
	return code;
}

int main(int argc, char **argv)
{
	bool checks = argc > 1 && strcmp(argv[1], "check") == 0;
	int code = checks ? fp_check(argc - 1, argv + 1) : list(argc, argv);

	if (fclose(stdout) == EOF && code == EXIT_SUCCESS)
		code = trouble("standard output", -errno);
	return code;
}

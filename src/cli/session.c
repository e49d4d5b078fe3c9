#include "cli/session.h"
#include "cli/exit.h"
#include "cli/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const uint64_t fp_session_patience_ns = UINT64_C(100000000);

/* The end of a message that would have a line written into a configuration, in words of options. */
static void say_as_options(char message[FP_MESSAGE_SIZE])
{
	static const struct {
		const char *from, *to;
	} ends[] = {
		{"say AllowSecretName true", "say --allow-secret-name"},
		{"needs a line Env ", "needs --env with that variable"},
		{"needs a line Cgroup ", "needs --cgroup with a regular expression"},
		{"needs a line Cmdline ", "needs --cmdline with a regular expression"},
		{"two values in one block that can never both match; ",
			"two values that can never both match, and all selectors have to hold; an "
			"expression takes either, such as '/^(a|b)$/', and --pid several with "
			"commas"},
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char *end = strstr(message, ends[i].from);
		if (end)
			snprintf(end, FP_MESSAGE_SIZE - (size_t)(end - message), "%s", ends[i].to);
	}
}

static int read_settings(
	const struct fp_argv *argv, const struct fp_log *log, struct fp_settings **out)
{
	char message[FP_MESSAGE_SIZE] = "out of memory";
	struct fp_reader *reader = NULL;
	int status = fp_reader_new(log, &reader);

	if (status == 0)
		status = fp_reader_take(reader, &argv->plugin, message);
	if (status == 0)
		status = fp_reader_finish(reader, 1, out, message);
	fp_reader_free(reader);
	if (status == 0)
		return 0;
	say_as_options(message);
	/* a mistake in a selector is one of the command line, not of a file */
	return fp_say_usage(fp_argv_command_name(argv->command), fp_say_without_group(message));
}

static int open_host(struct fp_session *session, const char *proc, const char *sys)
{
	struct fp_host *host = &session->host;
	int status = host->backend->open(proc, sys, &host->os);

	return status < 0 ? fp_say_trouble(proc, status) : 0;
}

int fp_session_open(
	const struct fp_argv *argv, const struct fp_log *log, struct fp_session *session)
{
	*session = (struct fp_session){.host = {.backend = fp_os_default(), .log = *log}};
	int code = read_settings(argv, log, &session->settings);
	if (code)
		return code;
	return open_host(session, session->settings->proc_path, session->settings->sys_path);
}

int fp_session_open_names(struct fp_session *session)
{
	*session = (struct fp_session){.host = {.backend = fp_os_default(), .log = fp_say_log}};
	/* no tree is read: any place serves, and there may be no procfs */
	return open_host(session, "/", "/");
}

void fp_session_close(struct fp_session *session)
{
	if (session->host.os)
		session->host.backend->close(session->host.os);
	fp_settings_free(session->settings);
}

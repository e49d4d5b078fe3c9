#include "cli/session.h"
#include "cli/exit.h"
#include "cli/say.h"

#include <errno.h>

const uint64_t fp_session_patience_ns = UINT64_C(100000000);

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
	return open_host(session, "/proc", "/sys");
}

void fp_session_close(struct fp_session *session)
{
	if (session->host.os)
		session->host.backend->close(session->host.os);
	fp_settings_free(session->settings);
}

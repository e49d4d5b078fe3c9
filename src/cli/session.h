/* What a command reads from: settings made of its command line, and the host that they name. */
#ifndef FP_CLI_SESSION_H
#define FP_CLI_SESSION_H

#include "cli/argv.h"
#include "sample/host.h"
#include "settings/settings.h"

struct fp_session {
	struct fp_host host;
	struct fp_settings *settings;
};

/*
 * Reads the settings and opens the host, which says its mistakes and warnings by this log. 0; or an
 * exit status with the mistake told. Closed in any case.
 */
int fp_session_open(
	const struct fp_argv *argv, const struct fp_log *log, struct fp_session *session);
void fp_session_close(struct fp_session *session);

/* How long the end of a command waits for a reading that is held up. */
extern const uint64_t fp_session_patience_ns;

/* Opens this host only for the names of its users. 0 or FP_EXIT_TROUBLE, told. */
int fp_session_open_names(struct fp_session *session);

#endif

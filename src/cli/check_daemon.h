/* A daemon of one's own for a dry run: private in all it writes, ended and removed in every case. */
#ifndef FP_CLI_CHECK_DAEMON_H
#define FP_CLI_CHECK_DAEMON_H

#include "cli/conffile.h"

#include <stdint.h>

struct fp_check_options {
	const char *collectd;   /* absolute path of the daemon */
	const char *plugin_dir; /* where footprint.so is */
	uint64_t timeout_s;
};

enum fp_check_outcome {
	FP_CHECK_READY,  /* it took the configuration, and made a reading if there is a group */
	FP_CHECK_ENDED,  /* it refused it */
	FP_CHECK_BROKEN, /* it could not be started, or crashed */
	FP_CHECK_LATE,   /* no reading in time */
	FP_CHECK_INTERRUPTED
};

struct fp_check_run {
	enum fp_check_outcome outcome;
	int signal;          /* that interrupted it; the caller ends by it */
	struct fp_buf state; /* JSON; empty unless a reading was made */
	struct fp_buf log;   /* what it said: lines, some with "[severity] " before */
	size_t config_lines; /* of its own configuration, which the pieces follow */
};

/*
 * Runs the daemon over the pieces until it has read once, and ends it. Nothing of a daemon that runs
 * on this host is touched. 0; -errno with the trouble in message. fp_check_daemon_fini() in any case.
 */
int fp_check_daemon_run(const struct fp_check_options *options, const struct fp_conf *conf,
	struct fp_check_run *out, char message[FP_CONF_MESSAGE_SIZE]);
void fp_check_daemon_fini(struct fp_check_run *run);

/* The name under which a piece is known to the daemon. */
void fp_check_piece_name(size_t index, char out[32]);

#endif

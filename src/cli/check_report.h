/* What a dry run found out, in words and tables. */
#ifndef FP_CLI_CHECK_REPORT_H
#define FP_CLI_CHECK_REPORT_H

#include "cli/check_daemon.h"

/*
 * Repeats on standard error what the daemon's log says for an operator, in place of its own file
 * names those of the pieces. all: also what is not of this plugin. True when it names a user that
 * this host does not know, which the daemon itself only warns of.
 */
bool fp_check_report_log(const struct fp_check_run *run, const struct fp_conf *conf, bool all);

/*
 * Shows each group of the reading with its members on standard output, and those that nothing
 * matches. 0, FP_EXIT_NONE where there is such a group, FP_EXIT_PARTLY where somebody could not be
 * read; -EBADMSG or -ENOMEM.
 */
int fp_check_report_state(const struct fp_check_run *run, const struct fp_conf *conf, bool bytes);

#endif

/* What --help shows. */
#ifndef FP_CLI_HELP_H
#define FP_CLI_HELP_H

#include "cli/argv.h"

const char *fp_help(enum fp_command command);

#endif

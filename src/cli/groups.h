/* footprint groups: what a running daemon saw, from its state file. */
#ifndef FP_CLI_GROUPS_H
#define FP_CLI_GROUPS_H

#include "cli/argv.h"

/* Returns an exit status; everything is told. */
int fp_groups(const struct fp_argv *argv);

#endif

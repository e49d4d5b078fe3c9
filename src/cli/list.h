/* footprint without a command: processes, or groups of them, as they are now. */
#ifndef FP_CLI_LIST_H
#define FP_CLI_LIST_H

#include "cli/argv.h"

/* Returns an exit status; everything is told. */
int fp_list(const struct fp_argv *argv);

#endif

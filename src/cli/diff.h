/* footprint diff: what grew between two readings that were kept as JSON. */
#ifndef FP_CLI_DIFF_H
#define FP_CLI_DIFF_H

#include "cli/argv.h"

/* Returns an exit status; everything is told. */
int fp_diff(const struct fp_argv *argv);

#endif

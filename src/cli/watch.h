/* footprint watch: the same again and again, in place, and what grew since the start. */
#ifndef FP_CLI_WATCH_H
#define FP_CLI_WATCH_H

#include "cli/argv.h"

/* Returns an exit status; everything is told. */
int fp_watch(const struct fp_argv *argv);

#endif

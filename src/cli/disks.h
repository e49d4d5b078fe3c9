/* footprint disks: what disks do, as iostat -x tells it, by the names of this program. */
#ifndef FP_CLI_DISKS_H
#define FP_CLI_DISKS_H

#include "cli/argv.h"

/* Returns an exit status; everything is told. */
int fp_disks(const struct fp_argv *argv);

#endif

/* footprint check: what would the daemon make of these configuration files, here and now? */
#ifndef FP_CLI_CHECK_H
#define FP_CLI_CHECK_H

/* argv[0] is "check". Returns an exit status of cli/exit.h. */
int fp_check(int argc, char **argv);

#endif

/* What the command says on standard error. */
#ifndef FP_CLI_SAY_H
#define FP_CLI_SAY_H

#include "util/log.h"

/* Logs whose lines stand there at once; the second does not name the group that a line is about. */
extern const struct fp_log fp_say_log, fp_say_log_without_group;

/* "footprint: WHAT: WHY", or without a reason where that is NULL. Returns code. */
int fp_say(int code, const char *what, const char *why);

/* A mistake in the command line of a command ("" or its name): FP_EXIT_WRONG. */
int fp_say_usage(const char *command, const char *message);

/* Trouble with an -errno: FP_EXIT_TROUBLE. */
int fp_say_trouble(const char *what, int status);

/* A message without what it begins with where it is of a group. */
const char *fp_say_without_group(const char *message);

#endif

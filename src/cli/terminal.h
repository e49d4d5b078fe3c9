/* What standard output is, and sizes made short. */
#ifndef FP_CLI_TERMINAL_H
#define FP_CLI_TERMINAL_H

#include "cli/view.h"

#include <stdint.h>

enum { FP_SIZE_TEXT = 24 };

/* Columns of standard output; 0 where it is no terminal. */
size_t fp_terminal_width(void);

/*
 * May it be coloured? Where nobody said: on a terminal that is not dumb, unless NO_COLOR is set
 * (no-color.org).
 */
bool fp_terminal_color(enum fp_when when);

/* A size in units of 1,024, or exact in bytes. Returns its length. */
size_t fp_terminal_size(bool exact, uint64_t bytes, char out[FP_SIZE_TEXT]);

#endif

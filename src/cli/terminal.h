/* What is written to a terminal: text of strangers made safe, sizes made short. */
#ifndef FP_CLI_TERMINAL_H
#define FP_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { FP_SIZE_TEXT = 24 };

/* Columns of standard output; 0 where it is no terminal. */
size_t fp_terminal_width(void);

/*
 * Writes the text, at most width characters of it (0: all). What is not UTF-8, controls the terminal
 * or turns the direction of the text becomes '?'.
 */
void fp_terminal_write(FILE *stream, const char *text, size_t len, size_t width);

/* A size in units of 1,024, or exact in bytes; "-" where it is not known. */
void fp_terminal_size(bool exact, bool known, uint64_t bytes, char out[FP_SIZE_TEXT]);

#endif

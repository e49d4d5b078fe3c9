/*
 * The whole terminal, taken and given back: also when the program is ended by a signal, or stopped and
 * continued. There is one.
 */
#ifndef FP_CLI_SCREEN_H
#define FP_CLI_SCREEN_H

#include "cli/out.h"

#include <stdbool.h>

/*
 * Takes the terminal: keys come one by one and unseen, and what stood there is kept. 0; -ENOTTY where
 * standard input or output is none, or cannot do it (TERM); other -errno.
 */
int fp_screen_open(void);

/* Gives it back as it was. Harmless where it was not taken. */
void fp_screen_close(void);

struct fp_screen_size {
	size_t rows, columns;
};

/* At least 1 each. */
struct fp_screen_size fp_screen_size(void);

/*
 * Waits for a key, for fd (-1: none) to be readable, for another size or for the time to be over (-1:
 * without end), whatever comes first. *keys and *ready say which of the first two. 0 or -errno.
 */
int fp_screen_wait(int fd, int timeout_ms, bool *keys, bool *ready);

/* Shows a frame: lines, each ended by a newline, from the top. What is below them is cleared. */
int fp_screen_show(struct fp_out *frame, const struct fp_out *lines);

#endif

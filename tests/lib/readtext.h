/* Settings out of text, for tests. */
#ifndef TESTS_READTEXT_H
#define TESTS_READTEXT_H

#include "settings/settings.h"

struct readtext {
	int status;
	char message[FP_MESSAGE_SIZE]; /* the mistake; "" without one */
	char hints[FP_MESSAGE_SIZE];   /* what was logged, a line each: "level line\n" */
	struct fp_settings *settings;  /* NULL after a mistake */
};

/*
 * Reads the text as the inside of a <Plugin footprint> block, or, if it begins with <Plugin, as one
 * or more of them, with the plugin's interval in seconds. Text that is no configuration fails the
 * test. Freed with readtext_fini().
 */
void readtext(const char *text, double interval_s, struct readtext *out);
void readtext_fini(struct readtext *out);

#endif

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

/* The same at an interval of 10 seconds; a mistake or a hint fails the test. */
void readtext_good(const char *text, struct readtext *out);

/* The group of this name, or of names of which the rest is summed in it; else the test fails. */
const struct fp_group *readtext_group(const struct readtext *read, const char *name);

void readtext_fini(struct readtext *out);

#endif

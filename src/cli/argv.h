/* A command line as the plugin's own configuration, so that there is one grammar. */
#ifndef FP_CLI_ARGV_H
#define FP_CLI_ARGV_H

#include "settings/item.h"

#include <stdbool.h>

/* The group that the selectors of a command line make up. */
#define FP_ARGV_GROUP "selected"

enum { FP_ARGV_ITEMS = 256 };

struct fp_argv {
	bool bytes, descendants, help, version;
	struct fp_item plugin; /* to be given to a reader */

	/* what plugin is made of */
	struct fp_item options[3], lines[FP_ARGV_ITEMS];
	struct fp_value values[FP_ARGV_ITEMS][3], paths[2], group;
	char *names[FP_ARGV_ITEMS]; /* of --env NAME=VALUE, cut from its value */
	size_t option_count, line_count;
};

/*
 * Takes the arguments, whose strings it goes on using. 0; -EINVAL with the mistake in message;
 * -ENOMEM. Freed with fp_argv_fini() in any case.
 */
int fp_argv_parse(
	int argc, char *const *argv, struct fp_argv *out, char *message, size_t message_size);
void fp_argv_fini(struct fp_argv *argv);

#endif

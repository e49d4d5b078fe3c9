/* A command line, its selectors as the plugin's own configuration, so that there is one grammar. */
#ifndef FP_CLI_ARGV_H
#define FP_CLI_ARGV_H

#include "cli/view.h"
#include "settings/item.h"

#include <stdint.h>

/* The group that the selectors of a command line make up, unless --by names others. */
#define FP_ARGV_GROUP "selected"

enum fp_command {
	FP_COMMAND_LIST,
	FP_COMMAND_WATCH,
	FP_COMMAND_GROUPS,
	FP_COMMAND_DISKS,
	FP_COMMAND_DIFF,
	FP_COMMANDS
};

enum { FP_ARGV_ITEMS = 256, FP_ARGV_SOURCES = 16 };

struct fp_argv {
	enum fp_command command;
	struct fp_view view;
	bool help, version;
	bool groups;            /* --by: groups are meant, not processes */
	const char *state_file; /* NULL: not said */
	char *const *operands;
	size_t operand_count;
	struct fp_item plugin; /* to be given to a reader */
	bool takes_all;        /* its group has no selectors, so that it is every process's */

	/* what plugin is made of */
	bool descendants, allow_secret_name, partitions;
	struct fp_item options[7], lines[FP_ARGV_ITEMS], disks[FP_ARGV_ITEMS];
	struct fp_value values[FP_ARGV_ITEMS][3], disk_values[FP_ARGV_ITEMS], paths[2], group;
	char *names[FP_ARGV_ITEMS]; /* of --env NAME=VALUE, cut from its value */
	char *template_text;        /* of --by */
	char *sources_text;         /* of --name, cut where its commas were */
	struct fp_value sources[FP_ARGV_SOURCES];
	size_t option_count, line_count, disk_count;
};

/* The name that a command is called by; "" for the list. */
const char *fp_argv_command_name(enum fp_command command);

/*
 * Takes the arguments, of which the first is the program or the command, and whose strings it goes on
 * using. 0; -EINVAL with the mistake in message; -ENOMEM. Freed with fp_argv_fini() in any case.
 */
int fp_argv_parse(enum fp_command command, int argc, char *const *argv, struct fp_argv *out,
	char *message, size_t message_size);
void fp_argv_fini(struct fp_argv *argv);

/* Takes a decimal number of seconds or of times. 0 or -EINVAL. */
int fp_argv_number(const char *text, uint64_t least, uint64_t most, uint64_t *out);

#endif

/* Inside settings: what its files share. */
#ifndef FP_SETTINGS_READER_H
#define FP_SETTINGS_READER_H

#include "settings/settings.h"
#include "util/vec.h"

#include <errno.h>

/* Options that a group inherits from the plugin: what was said, not yet what holds. */
enum fp_switch {
	FP_SWITCH_VALUES_ABSOLUTE,
	FP_SWITCH_VALUES_PERCENTAGE,
	FP_SWITCH_DETAIL,
	FP_SWITCH_ACTIVITY,
	FP_SWITCH_REPORT_PARTIAL,
	FP_SWITCH_DESCENDANTS,
	FP_SWITCH_ALLOW_SECRET_NAME,
	FP_SWITCHES
};

/* Options of a group that are a number. */
enum fp_group_number { FP_NUMBER_INTERVAL, FP_NUMBER_MAX_GROUPS, FP_NUMBER_EXPIRE, FP_NUMBERS };

/* Options of the plugin that are a number. */
enum fp_plugin_number {
	FP_NUMBER_READ_TIMEOUT,
	FP_NUMBER_BUDGET,
	FP_NUMBER_MAX_AGE,
	FP_PLUGIN_NUMBERS
};

/* The longest name of a group as configured, %{} and all, and its buffer. */
enum { FP_GROUP_TEXT_MAX = 255, FP_GROUP_TEXT_SIZE = FP_GROUP_TEXT_MAX + 1 };

struct fp_said_options {
	bool said[FP_SWITCHES], on[FP_SWITCHES];
	bool said_number[FP_NUMBERS];
	double number[FP_NUMBERS];
};

FP_VEC(fp_lines, struct fp_line);
FP_VEC(fp_blocks, struct fp_block);
FP_VEC(fp_patterns, struct fp_pattern *);

FP_VEC(fp_parts, struct fp_part);

struct fp_said_group {
	char text[FP_GROUP_TEXT_SIZE];
	struct fp_parts parts; /* none: text is the name */
	struct fp_blocks blocks;
	struct fp_said_options options;
};

FP_VEC(fp_said_groups, struct fp_said_group);

struct fp_reader {
	const struct fp_log *log;
	char *proc_path, *sys_path, *dev_path, *run_path, *docker_path, *podman_path, *state_file,
		*state_group;
	bool said_number[FP_PLUGIN_NUMBERS], said_verify, verify;
	double number[FP_PLUGIN_NUMBERS];
	struct fp_said_options options;
	struct fp_said_groups groups;

	struct fp_disk_settings disks;
	struct fp_patterns disk_patterns;
	bool said_ignore_selected, said_partitions, said_names, said_stuck_after;

	/* of the call that runs */
	char where[FP_GROUP_TEXT_SIZE + 16]; /* such as: <Group "shop"> */
	char *message;
};

/* From here on mistakes are the plugin's own, and go to message. */
void fp_reader_at_plugin(struct fp_reader *reader, char *message);

/* Writes the mistake, "where: option: …", and returns -EINVAL. option NULL: the block itself. */
int fp_reader_fail(struct fp_reader *reader, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int fp_reader_no_memory(struct fp_reader *reader);

/* A value as the operator could have written it, quoted if it is a string; cut when it is long. */
struct fp_shown {
	char text[96];
};
struct fp_shown fp_shown_value(const struct fp_value *value);
struct fp_shown fp_shown_string(const char *string);

/* What is said of a value that lacks its quotes; of yes and off only true and false are left. */
struct fp_shown fp_shown_unquoted(const struct fp_value *value);

/* One option that a block may hold. */
struct fp_option {
	const char *key;
	int (*take)(struct fp_reader *reader, const struct fp_option *option,
		const struct fp_item *item, void *target);
	double min, max; /* of numbers */
	int tag;         /* which of several that one function takes */
};

/* Finds the option of each child in the table and lets it take the child. */
int fp_options_take(struct fp_reader *reader, const struct fp_option *table, const char *block,
	const struct fp_item *children, size_t count, void *target);

/* Notes that the option was given; a second time is a mistake. */
int fp_option_once(struct fp_reader *reader, const char *key, bool *said);

/* The one value of an option, of one type and in its range; else the mistake is told. */
int fp_option_boolean(
	struct fp_reader *reader, const char *key, const struct fp_item *item, bool *out);
int fp_option_number(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, bool whole, double *out);
int fp_option_string(
	struct fp_reader *reader, const char *key, const struct fp_item *item, const char **out);

/* Options that the plugin and a group share; target is a struct fp_said_options. */
int fp_option_take_switch(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target);

/* Makes a pattern of a selector's text, telling what is wrong with an expression. */
int fp_option_pattern(
	struct fp_reader *reader, const char *key, const char *text, struct fp_pattern **out);

/* The blocks; target is unused. */
int fp_settings_take_group(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target);
int fp_settings_take_disks(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target);

/* Is the key a selector's? */
bool fp_selector_find(const char *key, enum fp_selector *out);
extern const char fp_selector_names[]; /* all of them, for a message */
const char *fp_selector_key(enum fp_selector selector);

/* Takes one selector line (Not included) into lines, a struct fp_lines. */
int fp_selector_take(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, struct fp_lines *lines);
int fp_selector_take_not(
	struct fp_reader *reader, const struct fp_item *item, struct fp_lines *lines);

/* Tells when a block's lines can never hold together. */
int fp_selector_check(struct fp_reader *reader, const struct fp_lines *lines);

void fp_line_fini(struct fp_line *line);

/* Does the text have a %{} in it? */
bool fp_template_is(const char *text);

/* Takes a group's name with %{} apart into parts; freed with fp_template_free(). */
int fp_template_take(struct fp_reader *reader, const char *text, struct fp_parts *parts);
void fp_template_free(struct fp_part *parts, size_t count);

/* Does the block have the lines that the name draws on? */
int fp_template_check(
	struct fp_reader *reader, const struct fp_parts *parts, const struct fp_lines *lines);

/* Does the name draw on a variable whose name sounds like a secret's? */
int fp_template_check_secrets(struct fp_reader *reader, const struct fp_part *parts, size_t count);

/* The fixed parts and "other", cut before that: the name in which what is too many is summed. */
void fp_template_rest(const struct fp_part *parts, size_t count, char out[FP_NAME_SIZE]);

#endif

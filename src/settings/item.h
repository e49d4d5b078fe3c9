/*
 * A piece of configuration as both the daemon's file and a command line can say it. The tree
 * belongs to whoever built it; settings copies what it keeps.
 */
#ifndef FP_SETTINGS_ITEM_H
#define FP_SETTINGS_ITEM_H

#include <stdbool.h>
#include <stddef.h>

enum fp_value_type { FP_STRING, FP_NUMBER, FP_BOOLEAN };

struct fp_value {
	enum fp_value_type type;
	const char *string;
	double number;
	bool boolean;
};

struct fp_item {
	const char *key;
	const struct fp_value *values;
	size_t value_count;
	const struct fp_item *children;
	size_t child_count;
};

#endif

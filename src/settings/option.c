#include "settings/reader.h"
#include "util/pattern.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static int fail_unknown(
	struct fp_reader *reader, const struct fp_option *table, const char *block, const char *key)
{
	char known[512];
	size_t len = 0;

	known[0] = '\0';
	for (const struct fp_option *o = table; o->key && len < sizeof(known); o++) {
		int n = snprintf(known + len, sizeof(known) - len, "%s%s", len ? ", " : "", o->key);
		if (n > 0)
			len += (size_t)n;
	}
	struct fp_shown shown = fp_shown_string(key);
	shown.text[strlen(shown.text) - 1] = '\0';
	return fp_reader_fail(reader, shown.text + 1, "unknown option; %s takes %s", block, known);
}

int fp_options_take(struct fp_reader *reader, const struct fp_option *table, const char *block,
	const struct fp_item *children, size_t count, void *target)
{
	for (size_t i = 0; i < count; i++) {
		const struct fp_option *option = table;
		while (option->key && strcasecmp(option->key, children[i].key) != 0)
			option++;
		if (!option->key)
			return fail_unknown(reader, table, block, children[i].key);
		int status = option->take(reader, option, &children[i], target);
		if (status < 0)
			return status;
	}
	return 0;
}

int fp_option_once(struct fp_reader *reader, const char *key, bool *said)
{
	if (*said)
		return fp_reader_fail(reader, key, "given twice; leave one of them out");
	*said = true;
	return 0;
}

/* The only value of a one-line option, or NULL with the mistake told. */
static const struct fp_value *one_value(
	struct fp_reader *reader, const char *key, const struct fp_item *item, const char *expected)
{
	if (item->child_count)
		fp_reader_fail(
			reader, key, "takes %s on its own line, it is not a block", expected);
	else if (item->value_count != 1)
		fp_reader_fail(
			reader, key, "takes %s, not %zu values", expected, item->value_count);
	else
		return &item->values[0];
	return NULL;
}

int fp_option_boolean(
	struct fp_reader *reader, const char *key, const struct fp_item *item, bool *out)
{
	const struct fp_value *value = one_value(reader, key, item, "true or false");

	if (!value)
		return -EINVAL;
	if (value->type != FP_BOOLEAN)
		return fp_reader_fail(reader, key,
			"takes true or false, in small letters and without quotes, not %s",
			fp_shown_value(value).text);
	*out = value->boolean;
	return 0;
}

int fp_option_number(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, bool whole, double *out)
{
	char expected[96];

	snprintf(expected, sizeof(expected), "a %snumber from %.15g to %.15g",
		whole ? "whole " : "", option->min, option->max);
	const struct fp_value *value = one_value(reader, option->key, item, expected);
	if (!value)
		return -EINVAL;
	if (value->type != FP_NUMBER)
		return fp_reader_fail(reader, option->key,
			"takes %s, in plain digits without quotes, not %s", expected,
			fp_shown_value(value).text);
	/* written so that a NaN is out of range */
	if (!(value->number >= option->min && value->number <= option->max) ||
		(whole && trunc(value->number) != value->number))
		return fp_reader_fail(reader, option->key, "takes %s, not %s", expected,
			fp_shown_value(value).text);
	*out = value->number;
	return 0;
}

int fp_option_string(
	struct fp_reader *reader, const char *key, const struct fp_item *item, const char **out)
{
	const struct fp_value *value = one_value(reader, key, item, "one value in quotes");

	if (!value)
		return -EINVAL;
	if (value->type != FP_STRING) {
		struct fp_shown shown = fp_shown_value(value);
		return fp_reader_fail(reader, key, "%s must be quoted, as in %s \"%s\"",
			fp_shown_unquoted(value).text, key, shown.text);
	}
	*out = value->string;
	return 0;
}

int fp_option_take_switch(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, void *target)
{
	struct fp_said_options *options = target;
	int status = fp_option_once(reader, option->key, &options->said[option->tag]);

	if (status == 0)
		status = fp_option_boolean(reader, option->key, item, &options->on[option->tag]);
	return status;
}

int fp_option_pattern(
	struct fp_reader *reader, const char *key, const char *text, struct fp_pattern **out)
{
	struct fp_pattern_error error;

	if (strcmp(text, "//") == 0)
		return fp_reader_fail(reader, key,
			"\"//\" is an empty regular expression; to match anything write \"/./\"");
	int status = fp_pattern_new(text, out, &error);
	if (status == -EINVAL)
		return fp_reader_fail(reader, key,
			"bad regular expression %s: %s at offset %zu; a value between two '/' is a "
			"PCRE2 expression, any other is compared whole",
			fp_shown_string(text).text, error.message, error.offset);
	if (status < 0)
		return fp_reader_no_memory(reader);
	return 0;
}

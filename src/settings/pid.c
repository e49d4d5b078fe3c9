/* Process ids as a selector. */
#include "settings/reader.h"
#include "util/number.h"
#include "util/pattern.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int fail(struct fp_reader *reader, const char *key, const char *shown)
{
	return fp_reader_fail(reader, key,
		"takes a process id from 1 to 2147483647, or several in quotes with commas between "
		"them, not %s",
		shown);
}

/* The end of the number at text; NULL where it is none that a process can have. */
static const char *pass(const char *text)
{
	size_t len = strcspn(text, ",");
	uint64_t pid;

	/* a zero before it would make another text of the same number */
	if (*text == '0' || fp_number_u64(text, len, &pid) < 0 || pid > INT32_MAX)
		return NULL;
	return text + len;
}

/* Ids are compared as text. */
static int take_text(
	struct fp_reader *reader, struct fp_line *line, const char *key, const char *text)
{
	const char *at = text;

	for (at = pass(at); at && *at; at = pass(at + 1))
		;
	if (!at)
		return fail(reader, key, fp_shown_string(text).text);
	if (!strchr(text, ','))
		return fp_option_pattern(reader, key, text, &line->pattern);
	if (fp_pattern_new_list(text, &line->pattern) < 0)
		return fp_reader_no_memory(reader);
	return 0;
}

int fp_pid_take(struct fp_reader *reader, struct fp_line *line, const char *key,
	const struct fp_value *value)
{
	char text[16];

	if (value->type == FP_STRING)
		return take_text(reader, line, key, value->string);
	if (!(value->number >= 1 && value->number <= INT32_MAX) ||
		trunc(value->number) != value->number)
		return fail(reader, key, fp_shown_value(value).text);
	snprintf(text, sizeof(text), "%.0f", value->number);
	return take_text(reader, line, key, text);
}

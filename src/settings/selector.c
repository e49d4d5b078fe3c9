#include "settings/reader.h"
#include "util/number.h"
#include "util/pattern.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *key, *example;
} selectors[FP_SELECTORS] = {
	[FP_SEL_COMM] = {"Comm", "Comm \"php-fpm\""},
	[FP_SEL_PIDFILE] = {"PidFile", "PidFile \"/run/php-fpm.pid\""},
	[FP_SEL_PID] = {"Pid", "Pid 1"},
	[FP_SEL_USER] = {"User", "User \"www-data\""},
	[FP_SEL_CGROUP] = {"Cgroup", "Cgroup \"/^[/]kubepods/\""},
	[FP_SEL_UNIT] = {"Unit", "Unit \"php-fpm.service\""},
	[FP_SEL_CONTAINER] = {"Container", "Container \"shop\""},
	[FP_SEL_EXE] = {"Exe", "Exe \"/usr/sbin/php-fpm8.2\""},
	[FP_SEL_CMDLINE] = {"Cmdline", "Cmdline \"/--pool shop/\""},
	[FP_SEL_ENV] = {"Env", "Env \"APP\" \"shop\""},
};

const char fp_selector_names[] =
	"Comm, Exe, Cmdline, User, Env, Pid, PidFile, Cgroup, Unit or Container";

bool fp_selector_find(const char *key, enum fp_selector *out)
{
	for (int i = 0; i < FP_SELECTORS; i++) {
		if (strcasecmp(selectors[i].key, key) == 0) {
			*out = (enum fp_selector)i;
			return true;
		}
	}
	return false;
}

const char *fp_selector_key(enum fp_selector selector)
{
	return selectors[selector].key;
}

void fp_line_fini(struct fp_line *line)
{
	free(line->name);
	fp_pattern_free(line->pattern);
	*line = (struct fp_line){0};
}

/* How the line is called in a message. */
static const char *line_key(const struct fp_line *line)
{
	static const char *const negated[FP_SELECTORS] = {
		[FP_SEL_COMM] = "Not Comm",
		[FP_SEL_PIDFILE] = "Not PidFile",
		[FP_SEL_PID] = "Not Pid",
		[FP_SEL_USER] = "Not User",
		[FP_SEL_CGROUP] = "Not Cgroup",
		[FP_SEL_UNIT] = "Not Unit",
		[FP_SEL_CONTAINER] = "Not Container",
		[FP_SEL_EXE] = "Not Exe",
		[FP_SEL_CMDLINE] = "Not Cmdline",
		[FP_SEL_ENV] = "Not Env",
	};

	return line->negate ? negated[line->selector] : selectors[line->selector].key;
}

static int set_name(struct fp_reader *reader, struct fp_line *line, const char *name)
{
	line->name = strdup(name);
	return line->name ? 0 : fp_reader_no_memory(reader);
}

static int take_uid(struct fp_reader *reader, struct fp_line *line, double number)
{
	/* 2^32 - 1 is "no user" to the kernel */
	if (!(number >= 0 && number < UINT32_MAX) || trunc(number) != number) {
		struct fp_value value = {.type = FP_NUMBER, .number = number};
		return fp_reader_fail(reader, line_key(line),
			"takes a user's name in quotes or a whole number from 0 to 4294967294, "
			"not %s",
			fp_shown_value(&value).text);
	}
	line->has_uid = true;
	line->uid = (uint32_t)number;
	return 0;
}

static int take_user(struct fp_reader *reader, struct fp_line *line, const char *text)
{
	uint64_t number = UINT64_MAX; /* stays so, out of range, when there are too many digits */

	if (fp_number_u64(text, strlen(text), &number) != -EINVAL)
		return take_uid(reader, line, (double)number);
	if (fp_pattern_text_is_regex(text) || strcmp(text, "//") == 0)
		return fp_option_pattern(reader, line_key(line), text, &line->pattern);
	return set_name(reader, line, text);
}

static int take_comm(struct fp_reader *reader, struct fp_line *line, const char *text)
{
	if (!fp_pattern_text_is_regex(text) && strlen(text) > FP_COMM_MAX)
		return fp_reader_fail(reader, line_key(line),
			"%s has %zu bytes, but the kernel keeps only 15 of a name; select by "
			"Exe, or write \"%.15s\"",
			fp_shown_string(text).text, strlen(text), text);
	return fp_option_pattern(reader, line_key(line), text, &line->pattern);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static int take_exe(struct fp_reader *reader, struct fp_line *line, const char *text)
{
	static const char deleted[] = " (deleted)";
	const char *key = line_key(line);

	if (text[0] != '/')
		return fp_reader_fail(reader, key,
			"%s is not an absolute path, as every executable's is; write the "
			"whole path, or a regular expression such as \"/[/]%.40s$/\"",
			fp_shown_string(text).text, text);
	if (ends_with(text, deleted))
		return fp_reader_fail(reader, key,
			"%s can never match: \"%s\" at the end is the kernel's and is not "
			"compared, so leave it out",
			fp_shown_string(text).text, deleted);
	int status = fp_option_pattern(reader, key, text, &line->pattern);
	if (status == 0 && fp_pattern_text_is_regex(text) && !strpbrk(text, "\\^$.[]|()?*+{}"))
		fp_log(reader->log, FP_WARNING,
			"%s: %s: %s is taken as a regular expression, since it begins and "
			"ends with '/'; if the executable itself is meant, leave out the last '/'",
			reader->where, key, fp_shown_string(text).text);
	return status;
}

static int take_pidfile(struct fp_reader *reader, struct fp_line *line, const char *text)
{
	if (text[0] != '/')
		return fp_reader_fail(reader, line_key(line),
			"takes an absolute path, such as \"/run/php-fpm.pid\", not %s",
			fp_shown_string(text).text);
	return set_name(reader, line, text);
}

static int take_cgroup(struct fp_reader *reader, struct fp_line *line, const char *text)
{
	if (text[0] != '/')
		return fp_reader_fail(reader, line_key(line),
			"%s is not a path from the root of the cgroups; write for example "
			"\"/system.slice/%.40s\", or a regular expression such as \"/%.40s/\"",
			fp_shown_string(text).text, text, text);
	return fp_option_pattern(reader, line_key(line), text, &line->pattern);
}

static int take_unit(struct fp_reader *reader, struct fp_line *line, const char *text)
{
	bool regex = fp_pattern_text_is_regex(text) || strcmp(text, "//") == 0;

	if (!regex && !strchr(text, '.'))
		return fp_reader_fail(reader, line_key(line),
			"%s is not the full name of a unit; write for example \"%.40s.service\"",
			fp_shown_string(text).text, text);
	return fp_option_pattern(reader, line_key(line), text, &line->pattern);
}

static int take_env(
	struct fp_reader *reader, struct fp_line *line, const struct fp_value *values, size_t count)
{
	const char *name = values[0].string, *key = line_key(line);
	const char *equals = strchr(name, '=');

	if (equals)
		return fp_reader_fail(reader, key,
			"the name %s contains '=', which no name does; write it without, and its "
			"value as a second string, as in Env \"APP\" \"shop\"",
			fp_shown_string(name).text);
	if (fp_pattern_text_is_regex(name))
		return fp_reader_fail(reader, key,
			"the name %s cannot be a regular expression, only the value can, as in "
			"Env \"APP\" \"/^shop-/\"",
			fp_shown_string(name).text);
	int status = set_name(reader, line, name);
	if (status == 0 && count == 2)
		status = fp_option_pattern(reader, key, values[1].string, &line->pattern);
	return status;
}

/* Everything but Env's second value and the number of User and Pid has to be one quoted string. */
static int check_values(struct fp_reader *reader, const struct fp_line *line,
	const struct fp_value *values, size_t count)
{
	const char *key = line_key(line), *example = selectors[line->selector].example;
	bool env = line->selector == FP_SEL_ENV;

	if (env && (count < 1 || count > 2))
		return fp_reader_fail(reader, key,
			"takes a name, or a name and a value, in quotes, not %zu values, as in "
			"%s%s",
			count, line->negate ? "Not " : "", example);
	if (!env && count != 1)
		return fp_reader_fail(reader, key, "takes one value in quotes, not %zu, as in %s%s",
			count, line->negate ? "Not " : "", example);
	for (size_t i = 0; i < count; i++) {
		if (values[i].type == FP_STRING)
			continue;
		if (values[i].type == FP_NUMBER &&
			(line->selector == FP_SEL_USER || line->selector == FP_SEL_PID))
			continue;
		struct fp_shown shown = fp_shown_value(&values[i]);
		struct fp_shown name = fp_shown_value(&values[0]);
		return fp_reader_fail(reader, key, "%s must be quoted, as in %s %s%s\"%s\"",
			fp_shown_unquoted(&values[i]).text, key, i ? name.text : "", i ? " " : "",
			shown.text);
	}
	/* an empty variable and an empty command line exist, nothing else does */
	if (values[0].type == FP_STRING && !*values[0].string && line->selector != FP_SEL_CMDLINE)
		return fp_reader_fail(reader, key, "is empty; write for example %s%s",
			line->negate ? "Not " : "", example);
	return 0;
}

static int take_line(
	struct fp_reader *reader, struct fp_line *line, const struct fp_value *values, size_t count)
{
	int status = check_values(reader, line, values, count);

	if (status < 0)
		return status;
	switch (line->selector) {
	case FP_SEL_COMM:
		return take_comm(reader, line, values[0].string);
	case FP_SEL_EXE:
		return take_exe(reader, line, values[0].string);
	case FP_SEL_CGROUP:
		return take_cgroup(reader, line, values[0].string);
	case FP_SEL_UNIT:
		return take_unit(reader, line, values[0].string);
	case FP_SEL_CMDLINE:
	case FP_SEL_CONTAINER:
		return fp_option_pattern(reader, line_key(line), values[0].string, &line->pattern);
	case FP_SEL_USER:
		if (values[0].type == FP_NUMBER)
			return take_uid(reader, line, values[0].number);
		return take_user(reader, line, values[0].string);
	case FP_SEL_PID:
		return fp_pid_take(reader, line, line_key(line), &values[0]);
	case FP_SEL_PIDFILE:
		return take_pidfile(reader, line, values[0].string);
	case FP_SEL_ENV:
		return take_env(reader, line, values, count);
	case FP_SELECTORS:
		break;
	}
	return fp_reader_fail(reader, NULL, "no such selector");
}

static int add_line(struct fp_reader *reader, struct fp_line line, const struct fp_item *item,
	size_t skip, struct fp_lines *lines)
{
	if (item->child_count)
		return fp_reader_fail(reader, line_key(&line),
			"is one line, not a block, as in %s%s", line.negate ? "Not " : "",
			selectors[line.selector].example);
	int status = take_line(reader, &line, item->values + skip, item->value_count - skip);
	if (status == 0 && fp_lines_add(lines, line) < 0)
		status = fp_reader_no_memory(reader);
	if (status < 0)
		fp_line_fini(&line);
	return status;
}

int fp_selector_take(struct fp_reader *reader, const struct fp_option *option,
	const struct fp_item *item, struct fp_lines *lines)
{
	struct fp_line line = {.selector = (enum fp_selector)option->tag};

	return add_line(reader, line, item, 0, lines);
}

int fp_selector_take_not(
	struct fp_reader *reader, const struct fp_item *item, struct fp_lines *lines)
{
	struct fp_line line = {.negate = true};

	if (item->value_count == 0 || item->values[0].type != FP_STRING)
		return fp_reader_fail(reader, "Not",
			"takes a selector (%s) and its value, as in Not Comm \"sh\"",
			fp_selector_names);
	if (!fp_selector_find(item->values[0].string, &line.selector))
		return fp_reader_fail(reader, "Not", "%s is not a selector; it takes %s",
			fp_shown_string(item->values[0].string).text, fp_selector_names);
	return add_line(reader, line, item, 1, lines);
}

/* The line's exact value, or NULL where it has none. */
static const char *exact_value(const struct fp_line *line)
{
	if (line->pattern)
		return fp_pattern_is_literal(line->pattern) ? fp_pattern_text(line->pattern) : NULL;
	return line->selector == FP_SEL_ENV ? NULL : line->name;
}

/* Do the two lines ask for the same thing, values aside? */
static bool same_subject(const struct fp_line *a, const struct fp_line *b)
{
	return a->selector == b->selector &&
	       (a->selector != FP_SEL_ENV || strcmp(a->name, b->name) == 0);
}

static bool same_value(const struct fp_line *a, const struct fp_line *b)
{
	if (a->has_uid || b->has_uid)
		return a->has_uid && b->has_uid && a->uid == b->uid;
	if (!a->pattern != !b->pattern)
		return false;
	if (a->pattern)
		return strcmp(fp_pattern_text(a->pattern), fp_pattern_text(b->pattern)) == 0;
	return !a->name || strcmp(a->name, b->name) == 0;
}

/* Does the expression or list of the line match the exact value, as far as that can be told? */
static bool expression_says(const struct fp_line *expression, const char *exact, bool match)
{
	return expression->pattern && !fp_pattern_is_literal(expression->pattern) &&
	       fp_pattern_match(expression->pattern, exact, strlen(exact)) == match;
}

/* Can no value satisfy both lines, neither of which has Not? */
static bool exclude_each_other(const struct fp_line *a, const struct fp_line *b)
{
	const char *x = exact_value(a), *y = exact_value(b);

	/* a container answers to its name and to its id */
	if (a->selector == FP_SEL_CONTAINER)
		return false;
	if ((a->has_uid && b->has_uid) || (x && y))
		return !same_value(a, b);
	return (x && expression_says(b, x, false)) || (y && expression_says(a, y, false));
}

/* Does the line with Not refuse all that the other asks for? */
static bool takes_back(const struct fp_line *not_line, const struct fp_line *line)
{
	const char *exact = exact_value(line);

	if (not_line->selector == FP_SEL_ENV && !not_line->pattern)
		return true;
	return same_value(not_line, line) || (exact && expression_says(not_line, exact, true));
}

static int check_pair(struct fp_reader *reader, const struct fp_line *a, const struct fp_line *b)
{
	if (!same_subject(a, b))
		return 0;
	if (a->negate != b->negate) {
		const struct fp_line *not_line = a->negate ? a : b;
		if (!takes_back(not_line, a->negate ? b : a))
			return 0;
		return fp_reader_fail(reader, line_key(not_line),
			"contradicts the block's own %s line, so that no process could match",
			fp_selector_key(a->selector));
	}
	if (a->negate || !exclude_each_other(a, b))
		return 0;
	return fp_reader_fail(reader, line_key(a),
		"two values in one block that can never both match; lines of a block add up, "
		"so write a second %s block for the other value",
		reader->where);
}

int fp_selector_check(struct fp_reader *reader, const struct fp_lines *lines)
{
	for (size_t i = 0; i < lines->len; i++) {
		for (size_t k = i + 1; k < lines->len; k++) {
			int status = check_pair(reader, &lines->at[i], &lines->at[k]);
			if (status < 0)
				return status;
		}
	}
	return 0;
}

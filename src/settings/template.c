/* Names of groups with %{} in them. */
#include "settings/reader.h"
#include "util/name.h"
#include "util/number.h"
#include "util/pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	enum fp_part_kind kind;
	bool has_argument;
} kinds[] = {
	{"env", FP_PART_ENV, true},
	{"exe", FP_PART_EXE, false},
	{"user", FP_PART_USER, false},
	{"comm", FP_PART_COMM, false},
	{"unit", FP_PART_UNIT, false},
	{"container", FP_PART_CONTAINER, false},
	{"cgroup", FP_PART_CGROUP, true},
	{"cmdline", FP_PART_CMDLINE, true},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), CAPTURE_MAX = 99 };

static const char expected[] = "a name takes %{env:NAME}, %{user}, %{comm}, %{exe}, %{unit}, "
			       "%{container}, %{cgroup:N} and %{cmdline:N}, with at most 63 of "
			       "A-Z a-z 0-9 _ . - between them";

bool fp_template_is(const char *text)
{
	return strstr(text, "%{") != NULL;
}

void fp_template_free(struct fp_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(parts[i].text);
	free(parts);
}

static int add_part(struct fp_reader *reader, struct fp_parts *parts, enum fp_part_kind kind,
	const char *text, size_t len, unsigned capture)
{
	struct fp_part part = {.kind = kind, .text = strndup(text, len), .capture = capture};

	if (part.text && fp_parts_add(parts, part) == 0)
		return 0;
	free(part.text);
	return fp_reader_no_memory(reader);
}

static int take_text(struct fp_reader *reader, const char *text, size_t len, struct fp_parts *parts)
{
	if (len == 0)
		return 0;
	if (!fp_name_is_safe(text, len) || (parts->len == 0 && text[0] == '_'))
		return fp_reader_fail(reader, NULL,
			"\"%.*s\" in the name is not usable: %s; the first is not _", (int)len,
			text, expected);
	return add_part(reader, parts, FP_PART_TEXT, text, len, 0);
}

static int take_argument(struct fp_reader *reader, enum fp_part_kind kind, const char *text,
	size_t len, struct fp_parts *parts)
{
	uint64_t capture = 0;

	if (kind != FP_PART_ENV &&
		(fp_number_u64(text, len, &capture) < 0 || capture < 1 || capture > CAPTURE_MAX))
		return fp_reader_fail(reader, NULL,
			"\"%.*s\" in the name is not the number of a capture, which is from 1 to "
			"%d",
			(int)len, text, CAPTURE_MAX);
	return add_part(reader, parts, kind, text, len, (unsigned)capture);
}

/* What stands between "%{" and "}". */
static int take_part(struct fp_reader *reader, const char *text, size_t len, struct fp_parts *parts)
{
	const char *colon = memchr(text, ':', len);
	size_t name_len = colon ? (size_t)(colon - text) : len;
	size_t argument_len = colon ? len - name_len - 1 : 0;

	for (size_t i = 0; i < KINDS; i++) {
		if (strlen(kinds[i].name) != name_len ||
			strncasecmp(kinds[i].name, text, name_len) != 0)
			continue;
		if (kinds[i].has_argument != (argument_len > 0) || (colon && argument_len == 0))
			break;
		if (kinds[i].has_argument)
			return take_argument(reader, kinds[i].kind, colon + 1, argument_len, parts);
		return add_part(reader, parts, kinds[i].kind, "", 0, 0);
	}
	return fp_reader_fail(reader, NULL, "%%{%.*s} in the name is not known: %s",
		len > 80 ? 80 : (int)len, text, expected);
}

int fp_template_take(struct fp_reader *reader, const char *text, struct fp_parts *parts)
{
	const char *open;

	while ((open = strstr(text, "%{"))) {
		const char *close = strchr(open, '}');
		if (!close)
			return fp_reader_fail(
				reader, NULL, "%s in the name lacks its }: %s", open, expected);
		int status = take_text(reader, text, (size_t)(open - text), parts);
		if (status == 0)
			status = take_part(reader, open + 2, (size_t)(close - open) - 2, parts);
		if (status < 0)
			return status;
		text = close + 1;
	}
	return take_text(reader, text, strlen(text), parts);
}

static bool has_env_line(const struct fp_lines *lines, const char *name)
{
	for (size_t i = 0; i < lines->len; i++)
		if (lines->at[i].selector == FP_SEL_ENV && !lines->at[i].negate &&
			strcmp(lines->at[i].name, name) == 0)
			return true;
	return false;
}

/* Names under which secrets are kept. */
static bool is_secret(const char *name)
{
	static const char *const marks[] = {
		"KEY", "TOKEN", "SECRET", "PASS", "AUTH", "CRED", "DSN", "_URL"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strcasestr(name, marks[i]))
			return true;
	return false;
}

static int check_env(
	struct fp_reader *reader, const struct fp_part *part, const struct fp_lines *lines)
{
	if (has_env_line(lines, part->text))
		return 0;
	return fp_reader_fail(reader, NULL,
		"%%{env:%s} in the name needs a line Env \"%s\" without Not in each block",
		part->text, part->text);
}

static int check_capture(struct fp_reader *reader, const struct fp_part *part,
	const struct fp_lines *lines, enum fp_selector selector)
{
	const char *key = fp_selector_key(selector);

	for (size_t i = 0; i < lines->len; i++) {
		const struct fp_line *line = &lines->at[i];
		if (line->selector != selector || line->negate ||
			!fp_pattern_is_regex(line->pattern))
			continue;
		unsigned captures = fp_pattern_captures(line->pattern);
		if (part->capture <= captures)
			return 0;
		return fp_reader_fail(reader, NULL,
			"the name asks for capture %u, but the block's first %s expression has %u; "
			"a capture is what stands in ( )",
			part->capture, key, captures);
	}
	return fp_reader_fail(reader, NULL,
		"a capture of %s in the name needs a line %s with a regular expression and without "
		"Not in each block",
		key, key);
}

int fp_template_check(
	struct fp_reader *reader, const struct fp_parts *parts, const struct fp_lines *lines)
{
	int status = 0;

	for (size_t i = 0; i < parts->len && status == 0; i++) {
		const struct fp_part *part = &parts->at[i];
		if (part->kind == FP_PART_ENV)
			status = check_env(reader, part, lines);
		else if (part->kind == FP_PART_CGROUP)
			status = check_capture(reader, part, lines, FP_SEL_CGROUP);
		else if (part->kind == FP_PART_CMDLINE)
			status = check_capture(reader, part, lines, FP_SEL_CMDLINE);
	}
	return status;
}

int fp_template_check_secrets(struct fp_reader *reader, const struct fp_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i].kind == FP_PART_ENV && is_secret(parts[i].text))
			return fp_reader_fail(reader, NULL,
				"%%{env:%s} would write what may be a secret into the names of "
				"metrics; if it is none, say AllowSecretName true",
				parts[i].text);
	return 0;
}

void fp_template_rest(const struct fp_part *parts, size_t count, char out[FP_NAME_SIZE])
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		if (parts[i].kind == FP_PART_TEXT)
			len += (size_t)snprintf(out + len, FP_NAME_SIZE - len, "%s", parts[i].text);
		if (len > FP_NAME_MAX - 5)
			len = FP_NAME_MAX - 5;
	}
	snprintf(out + len, FP_NAME_SIZE - len, "other");
	/* as of every such name: those with '_' are the plugin's own */
	if (out[0] == '_')
		out[0] = '-';
}

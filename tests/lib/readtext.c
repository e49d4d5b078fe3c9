#include "readtext.h"
#include "conftext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add_hint(void *context, enum fp_level level, const char *line)
{
	static const char *const levels[] = {
		[FP_ERROR] = "error",
		[FP_WARNING] = "warning",
		[FP_NOTICE] = "notice",
		[FP_INFO] = "info",
	};
	struct readtext *out = context;
	size_t len = strlen(out->hints);

	snprintf(out->hints + len, sizeof(out->hints) - len, "%s %s\n", levels[level], line);
}

static void parse(const char *text, struct fp_item *root)
{
	char error[CONFTEXT_ERROR_SIZE];
	char *line_ended = NULL;

	assert_int_not_equal(asprintf(&line_ended, "%s\n", text), -1);
	int status = conftext_parse(line_ended, root, error);
	free(line_ended);
	if (status < 0)
		fail_msg("%s\nis no configuration: %s", text, error);
}

static void take(struct fp_reader *reader, const struct fp_item *root, struct readtext *out)
{
	bool blocks = root->child_count && strcmp(root->children[0].key, "Plugin") == 0;

	if (!blocks)
		out->status = fp_reader_take(reader, root, out->message);
	for (size_t i = 0; blocks && i < root->child_count && out->status == 0; i++)
		out->status = fp_reader_take(reader, &root->children[i], out->message);
}

void readtext(const char *text, double interval_s, struct readtext *out)
{
	struct fp_log log = {.say = add_hint, .context = out};
	struct fp_reader *reader;
	struct fp_item root;

	memset(out, 0, sizeof(*out));
	parse(text, &root);
	assert_int_equal(fp_reader_new(&log, &reader), 0);
	take(reader, &root, out);
	/* what settings keeps is its own: the daemon frees its tree before anything is used */
	conftext_fini(&root);
	if (out->status == 0)
		out->status = fp_reader_finish(reader, interval_s, &out->settings, out->message);
	fp_reader_free(reader);
}

void readtext_good(const char *text, struct readtext *out)
{
	readtext(text, 10, out);
	assert_string_equal(out->message, "");
	assert_string_equal(out->hints, "");
	assert_int_equal(out->status, 0);
	assert_non_null(out->settings);
}

const struct fp_group *readtext_group(const struct readtext *read, const char *name)
{
	for (size_t i = 0; i < read->settings->group_count; i++)
		if (strcmp(read->settings->groups[i].name, name) == 0)
			return &read->settings->groups[i];
	fail_msg("there is no group %s", name);
	return NULL;
}

void readtext_fini(struct readtext *out)
{
	fp_settings_free(out->settings);
	memset(out, 0, sizeof(*out));
}

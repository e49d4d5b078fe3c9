#include "cli/conffile.h"
#include "cli/statement.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char plugin[] = "footprint";
static const double default_interval_s = 10;

/* The block of the outermost level that is open. */
enum inside { NOTHING, OTHER_BLOCK, OUR_PLUGIN, OUR_LOAD, AN_INCLUDE };

struct taker {
	struct fp_conf *conf;
	const char *path;
	unsigned depth;
	char *message;
	struct fp_conf_scanner scanner;
	struct fp_statement statement;
	struct fp_conf_names open; /* keys of the blocks that are */
	size_t open_line;          /* of the outermost */
	enum inside inside;
	char *include_path, *include_filter;
	struct fp_buf piece;
	bool piece_has_block;
};

void fp_conffile_fini(struct fp_conf *conf)
{
	for (size_t i = 0; i < conf->pieces.len; i++) {
		free(conf->pieces.at[i].path);
		fp_buf_fini(&conf->pieces.at[i].text);
	}
	for (size_t i = 0; i < conf->groups.len; i++)
		free(conf->groups.at[i]);
	free(conf->pieces.at);
	free(conf->groups.at);
	free(conf->state_file);
	free(conf->state_group);
	free(conf->early);
	free(conf->first);
	*conf = (struct fp_conf){0};
}

double fp_conffile_interval(const struct fp_conf *conf)
{
	double interval_s = conf->loads ? conf->load_interval_s : conf->global_interval_s;

	return interval_s > 0 ? interval_s : default_interval_s;
}

static int fail(const struct taker *taker, size_t line, const char *what)
{
	snprintf(taker->message, FP_CONF_MESSAGE_SIZE, "%s:%zu: %s", taker->path, line, what);
	return -EINVAL;
}

/* Puts a copy in place of what *text is, if anything. */
static int replace_text(char **text, const char *with)
{
	free(*text);
	*text = strdup(with);
	return *text ? 0 : -ENOMEM;
}

static int take_name(struct fp_conf_names *names, const char *name)
{
	char *copy = strdup(name);

	if (copy && fp_conf_names_add(names, copy) == 0)
		return 0;
	free(copy);
	return -ENOMEM;
}

static const char *first_value(const struct fp_statement *statement)
{
	return statement->values.len ? statement->values.at[0].text : "";
}

/* Seconds as the daemon takes them, 0 for what it passes over. */
static double interval_of(const struct fp_statement *statement, bool may_be_quoted)
{
	char *end;

	if (statement->values.len != 1 || (statement->values.at[0].quoted && !may_be_quoted))
		return 0;
	double seconds = strtod(first_value(statement), &end);
	/* up to a year: neither infinite nor no number at all */
	return *end == '\0' && seconds > 0 && seconds < 366 * 86400.0 ? seconds : 0;
}

/* Ends a stretch of the file; the next one begins with as many empty lines. */
static int end_piece(struct taker *taker)
{
	struct fp_conf_piece piece = {.text = taker->piece};

	taker->piece = (struct fp_buf){0};
	if (!taker->piece_has_block) {
		fp_buf_fini(&piece.text);
		return 0;
	}
	taker->piece_has_block = false;
	piece.path = strdup(taker->path);
	if (piece.path && fp_conf_pieces_add(&taker->conf->pieces, piece) == 0)
		return 0;
	free(piece.path);
	fp_buf_fini(&piece.text);
	return -ENOMEM;
}

static int keep_lines(struct taker *taker, size_t start, size_t end)
{
	int status = 0;

	for (size_t i = start; i < end && status == 0; i++)
		if (taker->scanner.text[i] == '\n')
			status = fp_buf_append(&taker->piece, "\n", 1);
	return status;
}

static int keep_statement(struct taker *taker)
{
	const struct fp_statement *statement = &taker->statement;

	return fp_buf_append(&taker->piece, taker->scanner.text + statement->start,
		statement->end - statement->start);
}

static int include(struct taker *taker)
{
	int status = end_piece(taker);

	if (status == 0)
		status = fp_conffile_include(taker->conf, taker->include_path,
			taker->include_filter, taker->depth + 1, taker->message);
	free(taker->include_path);
	free(taker->include_filter);
	taker->include_path = taker->include_filter = NULL;
	return status == 0 ? keep_lines(taker, 0, taker->statement.start) : status;
}

static int take_include(struct taker *taker)
{
	const struct fp_statement *statement = &taker->statement;

	if (statement->values.len != 1)
		return fail(taker, statement->line, "Include takes one path in quotes");
	int status = replace_text(&taker->include_path, first_value(statement));
	if (status == 0 && statement->kind == FP_STATEMENT_OPTION)
		return include(taker);
	taker->inside = AN_INCLUDE;
	return status;
}

static void take_load(struct taker *taker)
{
	struct fp_conf *conf = taker->conf;

	if (strcasecmp(first_value(&taker->statement), plugin) != 0)
		return;
	if (taker->statement.kind == FP_STATEMENT_OPEN)
		taker->inside = OUR_LOAD;
	if (conf->loads)
		return;
	conf->loads = true;
	conf->load_interval_s = conf->global_interval_s;
	conf->early = conf->first;
	conf->first = NULL;
}

static int take_plugin(struct taker *taker)
{
	struct fp_conf *conf = taker->conf;
	char place[FP_CONF_MESSAGE_SIZE];
	int status = 0;

	if (strcasecmp(first_value(&taker->statement), plugin) != 0)
		return 0;
	taker->inside = OUR_PLUGIN;
	taker->piece_has_block = true;
	if (!conf->loads && conf->auto_load) {
		conf->loads = true;
		conf->load_interval_s = conf->global_interval_s;
	}
	if (!conf->loads && !conf->first) {
		snprintf(place, sizeof(place), "%s:%zu", taker->path, taker->statement.line);
		status = replace_text(&conf->first, place);
	}
	return status;
}

static bool is_true(const char *text)
{
	return strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 ||
	       strcasecmp(text, "on") == 0;
}

/* A statement of the outermost level. */
static int take_outer(struct taker *taker)
{
	const struct fp_statement *statement = &taker->statement;
	bool opens = statement->kind == FP_STATEMENT_OPEN;

	if (opens)
		taker->inside = OTHER_BLOCK;
	if (fp_statement_is(statement, "Include"))
		return take_include(taker);
	if (statement->values.len != 1 && (fp_statement_is(statement, "LoadPlugin") ||
						  fp_statement_is(statement, "Interval") ||
						  fp_statement_is(statement, "AutoLoadPlugin")))
		return fail(taker, statement->line, "the daemon takes this with one value only");
	if (fp_statement_is(statement, "LoadPlugin"))
		take_load(taker);
	else if (fp_statement_is(statement, "Plugin") && opens)
		return take_plugin(taker);
	else if (fp_statement_is(statement, "Interval"))
		taker->conf->global_interval_s = interval_of(statement, true);
	else if (fp_statement_is(statement, "AutoLoadPlugin"))
		taker->conf->auto_load = is_true(first_value(statement));
	return 0;
}

/* Is there one value that is no number? Words of a switch are refused as the text that they are, too. */
static bool is_text(const struct fp_statement *statement)
{
	const char *text = first_value(statement);

	return statement->values.len == 1 &&
	       (statement->values.at[0].quoted || isalpha((unsigned char)*text) || *text == '_');
}

/* The daemon that reads the rest sees neither of the two. */
static int fail_twice(const struct taker *taker, const char *key)
{
	char what[128];

	snprintf(what, sizeof(what), "<Plugin footprint>: %s: given twice; leave one of them out",
		key);
	return fail(taker, taker->statement.line, what);
}

/* A statement of our block; *keep: it stays there. */
static int take_ours(struct taker *taker, bool *keep)
{
	const struct fp_statement *statement = &taker->statement;
	struct fp_conf *conf = taker->conf;

	if (taker->open.len != 1)
		return 0;
	if (statement->kind == FP_STATEMENT_OPEN && fp_statement_is(statement, "Group"))
		return take_name(&conf->groups, first_value(statement));
	if (statement->kind != FP_STATEMENT_OPTION)
		return 0;
	bool is_file = fp_statement_is(statement, "StateFile");
	if (!is_file && !fp_statement_is(statement, "StateFileGroup"))
		return 0;
	/* what is no text stays, for the daemon to refuse */
	if (!is_text(statement))
		return 0;
	char **text = is_file ? &conf->state_file : &conf->state_group;
	if (*text)
		return fail_twice(taker, is_file ? "StateFile" : "StateFileGroup");
	*keep = false;
	return replace_text(text, first_value(statement));
}

static int take_filter(struct taker *taker)
{
	const struct fp_statement *statement = &taker->statement;

	if (statement->kind == FP_STATEMENT_BLANK)
		return 0;
	if (statement->kind != FP_STATEMENT_OPTION || !fp_statement_is(statement, "Filter") ||
		statement->values.len != 1)
		return fail(taker, statement->line,
			"<Include> takes Filter with one pattern, and nothing else");
	return replace_text(&taker->include_filter, first_value(statement));
}

static int take_inner(struct taker *taker, bool *keep)
{
	const struct fp_statement *statement = &taker->statement;
	double interval_s;

	switch (taker->inside) {
	case OUR_PLUGIN:
		*keep = true;
		return take_ours(taker, keep);
	case OUR_LOAD:
		interval_s =
			fp_statement_is(statement, "Interval") ? interval_of(statement, false) : 0;
		if (interval_s > 0)
			taker->conf->load_interval_s = interval_s;
		return 0;
	case AN_INCLUDE:
		return take_filter(taker);
	case NOTHING:
	case OTHER_BLOCK:
		break;
	}
	return 0;
}

/* The end of a block; *keep: of one of ours. */
static int close_block(struct taker *taker, bool *keep)
{
	struct fp_conf_names *open = &taker->open;
	const struct fp_statement *statement = &taker->statement;
	char what[128];

	if (open->len == 0)
		return fail(taker, statement->line, "no block is open that this could end");
	if (strcmp(open->at[open->len - 1], statement->key) != 0) {
		snprintf(what, sizeof(what), "</%.40s> was expected, in the same letters",
			open->at[open->len - 1]);
		return fail(taker, statement->line, what);
	}
	free(open->at[--open->len]);
	*keep = taker->inside == OUR_PLUGIN;
	if (open->len)
		return 0;
	enum inside was = taker->inside;
	taker->inside = NOTHING;
	return was == AN_INCLUDE ? include(taker) : 0;
}

static int take_statement(struct taker *taker, bool *keep)
{
	const struct fp_statement *statement = &taker->statement;
	int status;

	if (statement->kind == FP_STATEMENT_CLOSE)
		return close_block(taker, keep);
	if (taker->open.len == 0) {
		status = take_outer(taker);
		*keep = taker->inside == OUR_PLUGIN;
		taker->open_line = statement->line;
	} else {
		status = take_inner(taker, keep);
	}
	if (status == 0 && statement->kind == FP_STATEMENT_OPEN)
		status = take_name(&taker->open, statement->key);
	return status;
}

static int take_all(struct taker *taker)
{
	const char *mistake = NULL;
	char what[128];

	for (;;) {
		bool keep = false;
		int status = fp_statement_next(&taker->scanner, &taker->statement, &mistake);
		if (status == -EINVAL)
			return fail(taker, taker->scanner.line, mistake);
		if (status == 0 && taker->statement.kind == FP_STATEMENT_END)
			break;
		if (status == 0)
			status = take_statement(taker, &keep);
		if (status == 0)
			status = keep ? keep_statement(taker)
				      : keep_lines(taker, taker->statement.start,
						taker->statement.end);
		if (status < 0)
			return status;
	}
	if (taker->open.len) {
		snprintf(what, sizeof(what), "<%.40s> is not closed", taker->open.at[0]);
		return fail(taker, taker->open_line, what);
	}
	return end_piece(taker);
}

int fp_conffile_take(struct fp_conf *conf, const char *path, const struct fp_buf *text,
	unsigned depth, char message[FP_CONF_MESSAGE_SIZE])
{
	struct taker taker = {.conf = conf,
		.path = path,
		.depth = depth,
		.message = message,
		.scanner = {.text = text->data, .len = text->len, .line = 1}};
	int status = take_all(&taker);

	fp_statement_fini(&taker.statement);
	for (size_t i = 0; i < taker.open.len; i++)
		free(taker.open.at[i]);
	free(taker.open.at);
	free(taker.include_path);
	free(taker.include_filter);
	fp_buf_fini(&taker.piece);
	return status;
}

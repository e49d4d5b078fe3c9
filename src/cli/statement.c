#include "cli/statement.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum kind { END, LINE_END, OPEN, CLOSE, SLASH, WORD, QUOTED };

struct token {
	enum kind kind;
	size_t start, end;
};

static const char not_closed[] = "a string is not closed";
static const char wrong_start[] = "a line begins with a key, <Key> or </Key>";
static const char wrong_open[] = "the start of a block is <Key Value> and the end of its line";
static const char wrong_close[] = "the end of a block is </Key> and the end of its line";
static const char wrong_line[] = "a line holds a key and its values, and no '<', '>' or '/'";
static const char no_value[] = "a key without a value";
static const char no_newline[] = "the last line has no newline at its end";

void fp_statement_fini(struct fp_statement *statement)
{
	for (size_t i = 0; i < statement->values.len; i++)
		free(statement->values.at[i].text);
	free(statement->values.at);
	free(statement->key);
	*statement = (struct fp_statement){0};
}

bool fp_statement_is(const struct fp_statement *statement, const char *key)
{
	return statement->key && strcasecmp(statement->key, key) == 0;
}

/* The length of an end of line at this place, 0 where there is none. */
static size_t line_end(const struct fp_conf_scanner *scanner, size_t at)
{
	if (at < scanner->len && scanner->text[at] == '\n')
		return 1;
	if (at + 1 < scanner->len && scanner->text[at] == '\r' && scanner->text[at + 1] == '\n')
		return 2;
	return 0;
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Of a number or an address. */
static bool is_number_byte(char c)
{
	return is_word_byte(c) || (c && strchr("+-.:[]", c));
}

/* How long a word, a number or an address is that begins here, 0 where none does. */
static size_t word_length(const struct fp_conf_scanner *scanner)
{
	const char *at = scanner->text + scanner->at;
	size_t left = scanner->len - scanner->at, len = 1;
	bool plain = is_word_byte(*at) && !isdigit((unsigned char)*at);
	char next = left > 1 ? at[1] : '\0';

	/* a sign by itself, or before a word, is nothing to the daemon */
	if (!is_number_byte(*at) || (!is_word_byte(*at) && !isdigit((unsigned char)next) &&
					    !(next && strchr(".:", next))))
		return 0;
	while (len < left && (plain ? is_word_byte(at[len]) : is_number_byte(at[len])))
		len++;
	return len;
}

/*
 * Skips what the daemon passes over: comments, joined lines, and each byte that begins nothing: blanks,
 * a backslash by itself, what an editor puts before the text, or a sign that a patch left.
 */
static void skip_blanks(struct fp_conf_scanner *scanner)
{
	while (scanner->at < scanner->len) {
		const char *at = scanner->text + scanner->at;
		size_t joined = *at == '\\' ? line_end(scanner, scanner->at + 1) : 0;
		if (*at == '#') {
			const char *end = memchr(at, '\n', scanner->len - scanner->at);
			scanner->at = end ? (size_t)(end - scanner->text) : scanner->len;
		} else if (joined) {
			scanner->at += 1 + joined;
			scanner->line++;
		} else if (word_length(scanner) || (*at && strchr("\n<>/\"", *at))) {
			return;
		} else if (line_end(scanner, scanner->at)) {
			return;
		} else {
			scanner->at++;
		}
	}
}

static int scan_quoted(struct fp_conf_scanner *scanner, const char **mistake)
{
	size_t line = scanner->line;

	for (scanner->at++; scanner->at < scanner->len; scanner->at++) {
		char c = scanner->text[scanner->at];
		if (c == '"') {
			scanner->at++;
			scanner->line = line;
			return 0;
		}
		if (c == '\\' && scanner->at + 1 < scanner->len)
			c = scanner->text[++scanner->at];
		line += c == '\n';
	}
	*mistake = not_closed;
	return -EINVAL;
}

static int scan(struct fp_conf_scanner *scanner, struct token *token, const char **mistake)
{
	static const char single[] = "<>/";
	static const enum kind kinds[] = {OPEN, CLOSE, SLASH};
	int status = 0;

	skip_blanks(scanner);
	token->start = scanner->at;
	size_t ending = line_end(scanner, scanner->at);
	if (scanner->at >= scanner->len) {
		token->kind = END;
	} else if (ending) {
		token->kind = LINE_END;
		scanner->at += ending;
	} else if (scanner->text[scanner->at] == '"') {
		token->kind = QUOTED;
		status = scan_quoted(scanner, mistake);
	} else if (strchr(single, scanner->text[scanner->at])) {
		token->kind = kinds[strchr(single, scanner->text[scanner->at++]) - single];
	} else {
		token->kind = WORD;
		scanner->at += word_length(scanner);
	}
	token->end = scanner->at;
	return status;
}

static char *word_text(const struct fp_conf_scanner *scanner, const struct token *token)
{
	return strndup(scanner->text + token->start, token->end - token->start);
}

/* The first byte behind a line that is joined to the next: that one's indentation is left out. */
static size_t behind_join(const struct fp_conf_scanner *scanner, size_t at, size_t ending)
{
	at += ending;
	while (at < scanner->len && strchr(" \t\b", scanner->text[at]) && scanner->text[at])
		at++;
	return at;
}

/* A backslash joins two lines, or stands for the byte behind it. */
static char *quoted_text(const struct fp_conf_scanner *scanner, const struct token *token)
{
	char *out = malloc(token->end - token->start);
	size_t len = 0;

	for (size_t i = token->start + 1; out && i + 1 < token->end;) {
		bool escape = scanner->text[i] == '\\';
		i += escape;
		size_t ending = escape ? line_end(scanner, i) : 0;
		if (ending)
			i = behind_join(scanner, i, ending);
		else
			out[len++] = scanner->text[i++];
	}
	if (out)
		out[len] = '\0';
	return out;
}

static int add_value(struct fp_statement *statement, const struct fp_conf_scanner *scanner,
	const struct token *token)
{
	struct fp_conf_value value = {.quoted = token->kind == QUOTED};

	value.text = value.quoted ? quoted_text(scanner, token) : word_text(scanner, token);
	if (!value.text || fp_conf_values_add(&statement->values, value) < 0) {
		free(value.text);
		return -ENOMEM;
	}
	return 0;
}

static int fail(const char **mistake, const char *what)
{
	*mistake = what;
	return -EINVAL;
}

/* The key at the token and the values behind it; token becomes what follows them. */
static int read_words(struct fp_conf_scanner *scanner, struct fp_statement *statement,
	struct token *token, const char **mistake)
{
	if (token->kind != WORD)
		return fail(mistake, wrong_start);
	statement->key = word_text(scanner, token);
	if (!statement->key)
		return -ENOMEM;
	int status = scan(scanner, token, mistake);
	while (status == 0 && (token->kind == WORD || token->kind == QUOTED)) {
		status = add_value(statement, scanner, token);
		if (status == 0)
			status = scan(scanner, token, mistake);
	}
	return status;
}

static int read_block(struct fp_conf_scanner *scanner, struct fp_statement *statement,
	struct token *token, const char **mistake)
{
	int status = scan(scanner, token, mistake);

	statement->kind = FP_STATEMENT_OPEN;
	if (status == 0 && token->kind == SLASH) {
		statement->kind = FP_STATEMENT_CLOSE;
		status = scan(scanner, token, mistake);
	}
	if (status == 0)
		status = read_words(scanner, statement, token, mistake);
	bool closes = statement->kind == FP_STATEMENT_CLOSE;
	if (status == 0 && (token->kind != CLOSE || (closes && statement->values.len)))
		status = fail(mistake, closes ? wrong_close : wrong_open);
	if (status == 0)
		status = scan(scanner, token, mistake);
	if (status == 0 && token->kind != LINE_END && token->kind != END)
		status = fail(mistake, closes ? wrong_close : wrong_open);
	return status;
}

static int read_option(struct fp_conf_scanner *scanner, struct fp_statement *statement,
	struct token *token, const char **mistake)
{
	int status = read_words(scanner, statement, token, mistake);

	statement->kind = FP_STATEMENT_OPTION;
	if (status == 0 && token->kind != LINE_END && token->kind != END)
		status = fail(mistake, wrong_line);
	if (status == 0 && statement->values.len == 0)
		status = fail(mistake, no_value);
	return status;
}

int fp_statement_next(
	struct fp_conf_scanner *scanner, struct fp_statement *statement, const char **mistake)
{
	struct token token;

	fp_statement_fini(statement);
	statement->start = scanner->at;
	statement->line = scanner->line;
	int status = scan(scanner, &token, mistake);
	if (status == 0 && token.kind == END)
		statement->kind = FP_STATEMENT_END;
	else if (status == 0 && token.kind == LINE_END)
		statement->kind = FP_STATEMENT_BLANK;
	else if (status == 0 && token.kind == OPEN)
		status = read_block(scanner, statement, &token, mistake);
	else if (status == 0)
		status = read_option(scanner, statement, &token, mistake);
	if (status < 0)
		return status;
	if (token.kind == END && statement->kind != FP_STATEMENT_END)
		return fail(mistake, no_newline);
	scanner->line += token.kind == LINE_END;
	statement->end = scanner->at;
	return 0;
}

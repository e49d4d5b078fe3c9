#include "conftext.h"
#include "util/vec.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { END, LINE_END, SLASH, OPEN, CLOSE, WORD, QUOTED, NUMBER, BOOLEAN };

struct token {
	enum kind kind;
	char *string; /* of WORD and QUOTED; owned by whoever took the token */
	double number;
	bool boolean;
};

struct scanner {
	const char *at;
	size_t line;
	struct token next;
	char *error;
};

FP_VEC(items, struct fp_item);
FP_VEC(values, struct fp_value);

static int fail(struct scanner *scanner, const char *what)
{
	snprintf(scanner->error, CONFTEXT_ERROR_SIZE, "line %zu: %s", scanner->line, what);
	return -EINVAL;
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The longest number at the start of the text, in one of the forms that the daemon knows. */
static size_t number_length(const char *text)
{
	size_t sign = text[0] == '+' || text[0] == '-';
	size_t digits = strspn(text + sign, "0123456789");
	const char *point = text + sign + digits;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		size_t hex = strspn(text + 2, "0123456789abcdefABCDEF");
		return hex ? 2 + hex : 1;
	}
	size_t fraction = *point == '.' ? strspn(point + 1, "0123456789") : 0;
	if (!fraction)
		return digits ? sign + digits : 0;
	const char *e = point + 1 + fraction;
	if ((*e == 'e' || *e == 'E') && (e[1] == '+' || e[1] == '-')) {
		size_t exponent = strspn(e + 2, "0123456789");
		if (exponent)
			return (size_t)(e - text) + 2 + exponent;
	}
	return (size_t)(e - text);
}

static bool is_one_of(const char *text, size_t len, const char *const words[3])
{
	for (size_t i = 0; i < 3; i++)
		if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
			return true;
	return false;
}

static int scan_number(struct scanner *scanner, size_t len)
{
	/* strtod() knows longer forms than the daemon: 1.5e3 is 1.5 and the word e3 */
	char *text = strndup(scanner->at, len);

	if (!text)
		return -ENOMEM;
	scanner->next.kind = NUMBER;
	scanner->next.number = strtod(text, NULL);
	scanner->at += len;
	free(text);
	return 0;
}

/* A word, a boolean or a number: the longest wins, and a word only over both others. */
static int scan_bare(struct scanner *scanner, size_t word, size_t number)
{
	static const char *const yes[] = {"true", "yes", "on"};
	static const char *const no[] = {"false", "no", "off"};
	struct token *token = &scanner->next;
	const char *start = scanner->at;

	if (number >= word)
		return scan_number(scanner, number);
	scanner->at += word;
	token->boolean = is_one_of(start, word, yes);
	if (token->boolean || is_one_of(start, word, no)) {
		token->kind = BOOLEAN;
		return 0;
	}
	token->kind = WORD;
	token->string = strndup(start, word);
	return token->string ? 0 : -ENOMEM;
}

/* The byte behind the last quote of the string that starts at the text, or NULL. */
static const char *quoted_end(const char *text)
{
	for (text++; *text && *text != '"'; text++)
		if (*text == '\\' && !*++text)
			return NULL;
	return *text ? text + 1 : NULL;
}

static int scan_quoted(struct scanner *scanner, const char *end)
{
	char *out = malloc((size_t)(end - scanner->at));
	size_t len = 0;

	if (!out)
		return -ENOMEM;
	for (const char *p = scanner->at + 1; p < end - 1; p++) {
		scanner->line += *p == '\n';
		if (*p != '\\')
			out[len++] = *p;
		else if (*++p != '\n')
			out[len++] = *p;
	}
	out[len] = '\0';
	scanner->next.kind = QUOTED;
	scanner->next.string = out;
	scanner->at = end;
	return 0;
}

static bool skip_blank(struct scanner *scanner)
{
	const char *p = scanner->at;

	if (*p == ' ' || *p == '\t' || (*p == '\r' && p[1] == '\n'))
		scanner->at++;
	else if (*p == '#')
		scanner->at += strcspn(p, "\n");
	else if (*p != '\\' || p[1] != '\n')
		return false;
	else {
		scanner->at += 2;
		scanner->line++;
	}
	return true;
}

static int scan_one(struct scanner *scanner, enum kind kind)
{
	scanner->at++;
	scanner->next.kind = kind;
	return 0;
}

/* Puts the next token into scanner->next. */
static int scan(struct scanner *scanner)
{
	scanner->line += scanner->next.kind == LINE_END;
	scanner->next = (struct token){.kind = END};
	for (;; scanner->at++) {
		while (skip_blank(scanner))
			;
		const char *p = scanner->at;
		switch (*p) {
		case '\0':
			return 0;
		case '\n':
			return scan_one(scanner, LINE_END);
		case '/':
			return scan_one(scanner, SLASH);
		case '<':
			return scan_one(scanner, OPEN);
		case '>':
			return scan_one(scanner, CLOSE);
		}
		const char *end = *p == '"' ? quoted_end(p) : NULL;
		if (end)
			return scan_quoted(scanner, end);
		size_t word = 0, number = number_length(p);
		while (is_word_byte(p[word]))
			word++;
		if (word || number)
			return scan_bare(scanner, word, number);
	}
}

/* The token's string changes hands. */
static char *take_string(struct scanner *scanner)
{
	char *string = scanner->next.string;

	scanner->next.string = NULL;
	return string;
}

static void free_values(const struct fp_value *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free((char *)list[i].string);
	free((struct fp_value *)list);
}

void conftext_fini(struct fp_item *item)
{
	for (size_t i = 0; i < item->child_count; i++)
		conftext_fini((struct fp_item *)&item->children[i]);
	free((struct fp_item *)item->children);
	free_values(item->values, item->value_count);
	free((char *)item->key);
	*item = (struct fp_item){0};
}

static int parse_value(struct scanner *scanner, struct values *list)
{
	struct fp_value value = {
		.type = FP_STRING,
		.number = scanner->next.number,
		.boolean = scanner->next.boolean,
	};

	if (scanner->next.kind == NUMBER)
		value.type = FP_NUMBER;
	else if (scanner->next.kind == BOOLEAN)
		value.type = FP_BOOLEAN;
	value.string = take_string(scanner);
	if (values_add(list, value) < 0) {
		free((char *)value.string);
		return -ENOMEM;
	}
	return scan(scanner);
}

/* A key and its values. */
static int parse_head(struct scanner *scanner, struct fp_item *item)
{
	struct values list = {0};
	int status;

	if (scanner->next.kind != WORD)
		return fail(scanner, "a line begins with a word");
	item->key = take_string(scanner);
	status = scan(scanner);
	while (status == 0 && scanner->next.kind >= WORD)
		status = parse_value(scanner, &list);
	item->values = list.at;
	item->value_count = list.len;
	return status;
}

static int expect(struct scanner *scanner, enum kind kind, const char *what)
{
	return scanner->next.kind == kind ? scan(scanner) : fail(scanner, what);
}

/* What ends a block: </KEY> behind the '<', which is read already. */
static int parse_block_end(struct scanner *scanner, const char *key)
{
	int status = scan(scanner);

	if (status < 0)
		return status;
	if (!key)
		return fail(scanner, "there is no block to close");
	if (scanner->next.kind != WORD || strcmp(scanner->next.string, key) != 0)
		return fail(scanner, "another block is open");
	free(take_string(scanner));
	status = scan(scanner);
	if (status == 0)
		status = expect(scanner, CLOSE, "the end of a block ends with >");
	return status == 0 ? expect(scanner, LINE_END, "the line goes on behind a block") : status;
}

static int parse_body(
	struct scanner *scanner, const char *key, struct fp_item *parent, bool *is_empty);

/* A block behind its '<'. */
static int parse_block(struct scanner *scanner, struct items *siblings)
{
	struct fp_item item = {0};
	bool is_empty = true;
	int status = parse_head(scanner, &item);

	if (status == 0)
		status = expect(scanner, CLOSE, "the start of a block ends with >");
	if (status == 0)
		status = expect(scanner, LINE_END, "the line goes on behind >");
	if (status == 0)
		status = parse_body(scanner, item.key, &item, &is_empty);
	if (status == 0 && !is_empty && items_add(siblings, item) == 0)
		return 0;
	conftext_fini(&item);
	return status == 0 && !is_empty ? -ENOMEM : status;
}

static int parse_option(struct scanner *scanner, struct items *siblings)
{
	struct fp_item item = {0};
	int status = parse_head(scanner, &item);

	if (status == 0 && item.value_count == 0)
		status = fail(scanner, "an option has at least one value");
	if (status == 0)
		status = expect(scanner, LINE_END, "a line holds words, numbers and strings");
	if (status == 0 && items_add(siblings, item) == 0)
		return 0;
	conftext_fini(&item);
	return status == 0 ? -ENOMEM : status;
}

/* One statement; *closed when it was the end of the block. */
static int parse_statement(
	struct scanner *scanner, const char *key, struct items *children, bool *closed)
{
	if (scanner->next.kind == LINE_END)
		return scan(scanner);
	if (scanner->next.kind != OPEN)
		return parse_option(scanner, children);
	int status = scan(scanner);
	if (status < 0)
		return status;
	*closed = scanner->next.kind == SLASH;
	return *closed ? parse_block_end(scanner, key) : parse_block(scanner, children);
}

/* Statements until the block named key is closed, or the text ends where key is NULL. */
static int parse_body(
	struct scanner *scanner, const char *key, struct fp_item *parent, bool *is_empty)
{
	struct items children = {0};
	bool closed = false;
	int status = 0;

	while (status == 0 && !closed && scanner->next.kind != END) {
		status = parse_statement(scanner, key, &children, &closed);
		*is_empty = *is_empty && closed;
	}
	parent->children = children.at;
	parent->child_count = children.len;
	if (status == 0 && key && !closed)
		status = fail(scanner, "a block is not closed");
	return status;
}

int conftext_parse(const char *text, struct fp_item *root, char error[CONFTEXT_ERROR_SIZE])
{
	struct scanner scanner = {.at = text, .line = 1, .error = error};
	bool is_empty = true;
	int status = scan(&scanner);

	*root = (struct fp_item){0};
	if (status == 0)
		status = parse_body(&scanner, NULL, root, &is_empty);
	free(take_string(&scanner));
	if (status < 0)
		conftext_fini(root);
	return status;
}

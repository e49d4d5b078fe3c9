#include "../lib/conftext.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Each row was seen with collectd 5.12: text, and what its plugins are given. */
static const struct {
	const char *text, *tree;
} rows[] = {
	{"A 1 -5 +5 .5 -0.5 010 0x1F 1.5e+3 100", "A 1 -5 5 0.5 -0.5 10 31 1500 100;"},
	{"A 1e3 100M 1_000 0x 0x1G", "A <1e3> <100M> <1_000> <0x> <0x1G>;"},
	{"A 1.5e3 10% 5. 1-2", "A 1.5 <e3> 10 5 1 -2;"},
	{"A true yes on false no off", "A true true true false false false;"},
	{"A True YES truely", "A <True> <YES> <truely>;"},
	{"A php-fpm ^java.*$ a.b", "A <php> <fpm> <java> <a> <b>;"},
	{"A \"\" \"a b\" \"#x\" a\"b\"c", "A <> <a b> <#x> <a> <b> <c>;"},
	{"A \"a\\\"b\\\\c\\d\" \"x\ny\" \"p\\\nq\"", "A <a\"b\\cd> <x\ny> <pq>;"},
	{"A \"unterminated", "A <unterminated>;"},
	{"A 1 # 2\n# B 3\n\n \tB 4 \\\n 5\r", "A 1;B 4 5;"},
	{"A-B 1", "A <B> 1;"},
	{"<C>\nA 1\n</C>", "C{A 1;}"},
	{"< C \"x\" 5 true y >\nA 1\n<D>\nB 2\n</D>\nE 3\n< / C >",
		"C <x> 5 true <y>{A 1;D{B 2;}E 3;}"},
	{"<C>\n</C>\nA 1", "A 1;"},
	{"<C>\n\n</C>\n<C \"x\">\n# only this\n</C>", "C{}C <x>{}"},
	{"<C>\n<D>\n</D>\n</C>", "C{}"},
	{"B", "line 1: an option has at least one value"},
	{"A {}", "line 1: an option has at least one value"},
	{"A 1\nA 2 /x/", "line 2: a line holds words, numbers and strings"},
	{"A \"x\ny\" <", "line 2: a line holds words, numbers and strings"},
	{"A 1 \\\n\\\n/", "line 3: a line holds words, numbers and strings"},
	{"\"A\" 1", "line 1: a line begins with a word"},
	{"true 1", "line 1: a line begins with a word"},
	{"<true>\nA 1\n</true>", "line 1: a line begins with a word"},
	{"<C x> A 1\n</C>", "line 1: the line goes on behind >"},
	{"<C x\nA 1\n</C>", "line 1: the start of a block ends with >"},
	{"<C>\nA 1\n</D>", "line 3: another block is open"},
	{"<c>\nA 1\n</C>", "line 3: another block is open"},
	{"<C>\nA 1\n</C", "line 3: the end of a block ends with >"},
	{"<C>\nA 1\n</C> A", "line 3: the line goes on behind a block"},
	{"</C>", "line 1: there is no block to close"},
	{"<C>\nA 1", "line 3: a block is not closed"},
};

struct out {
	char text[512];
	size_t len;
};

static void __attribute__((format(printf, 2, 3))) put(struct out *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int len = vsnprintf(out->text + out->len, sizeof(out->text) - out->len, format, args);
	va_end(args);
	assert_in_range(len, 0, sizeof(out->text) - out->len - 1);
	out->len += (size_t)len;
}

static void put_item(struct out *out, const struct fp_item *item)
{
	put(out, "%s", item->key);
	for (size_t i = 0; i < item->value_count; i++) {
		const struct fp_value *value = &item->values[i];
		if (value->type == FP_STRING)
			put(out, " <%s>", value->string);
		else if (value->type == FP_NUMBER)
			put(out, " %.15g", value->number);
		else
			put(out, " %s", value->boolean ? "true" : "false");
	}
}

static void put_items(struct out *out, const struct fp_item *parent)
{
	for (size_t i = 0; i < parent->child_count; i++) {
		const struct fp_item *item = &parent->children[i];
		put_item(out, item);
		/* an option is called A, B or E, a block C or D */
		if (strchr("ABE", item->key[0])) {
			put(out, ";");
			continue;
		}
		put(out, "{");
		put_items(out, item);
		put(out, "}");
	}
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256], error[CONFTEXT_ERROR_SIZE];
		struct fp_item root;
		struct out out = {.len = 0};
		snprintf(text, sizeof(text), "%s\n", rows[i].text);
		int status = conftext_parse(text, &root, error);
		if (status == 0) {
			put_items(&out, &root);
			conftext_fini(&root);
		} else {
			assert_int_equal(status, -EINVAL);
			put(&out, "%s", error);
		}
		if (strcmp(out.text, rows[i].tree) != 0)
			fail_msg("%s\ngives    %s\ninstead of %s", text, out.text, rows[i].tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

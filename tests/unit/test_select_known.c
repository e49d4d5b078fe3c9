/* What was found out of a line earlier. */
#include "compute/select.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_LINES = 16 };

/*
 * A group in letters, a line each, its blocks parted by '|': a letter is a selector, small with Not.
 * Each fact is what the answers say of the line: T it is there, F it is not, U it may not be read, S its
 * process does not answer, X that has ended.
 */
struct remembering {
	struct fp_line lines[MAX_LINES];
	struct fp_block blocks[2];
	struct fp_group group;
	uint8_t known[MAX_LINES];
	const char *answers;
	char asked[MAX_LINES + 1]; /* which lines were fetched, as digits */
};

static void remember(struct remembering *memory, const char *letters)
{
	static const char selectors[FP_SELECTORS + 1] = {
		[FP_SEL_COMM] = 'C',
		[FP_SEL_PIDFILE] = 'P',
		[FP_SEL_USER] = 'U',
		[FP_SEL_CGROUP] = 'G',
		[FP_SEL_UNIT] = 'N',
		[FP_SEL_CONTAINER] = 'K',
		[FP_SEL_EXE] = 'E',
		[FP_SEL_CMDLINE] = 'L',
		[FP_SEL_ENV] = 'V',
	};
	size_t block = 0, line = 0;

	*memory = (struct remembering){.blocks[0].lines = memory->lines};
	for (; *letters; letters++) {
		if (*letters == '|') {
			memory->blocks[++block].lines = &memory->lines[line];
			continue;
		}
		const char *found = strchr(selectors, toupper((unsigned char)*letters));
		assert_non_null(found);
		memory->lines[line].selector = (enum fp_selector)(found - selectors);
		memory->lines[line].negate = islower((unsigned char)*letters);
		memory->lines[line].index = line;
		memory->blocks[block].count++;
		line++;
	}
	memory->group.blocks = memory->blocks;
	memory->group.count = block + 1;
}

static int fetch_answer(void *context, const struct fp_line *line, struct fp_fact *fact)
{
	struct remembering *memory = context;
	size_t asked = strlen(memory->asked);

	assert_in_range(asked, 0, MAX_LINES - 1);
	memory->asked[asked] = (char)('0' + line->index);
	switch (memory->answers[line->index]) {
	case 'T':
		fact->state = FP_FACT_KNOWN;
		return 0;
	case 'F':
		fact->state = FP_FACT_NONE;
		return 0;
	case 'U':
		fact->state = FP_FACT_UNKNOWN;
		return 0;
	case 'S':
		fact->state = FP_FACT_UNKNOWN;
		fact->reason = -EBUSY;
		return 0;
	}
	return -ESRCH;
}

/* Selects with these answers: the result, and which lines were asked. */
static void check_asked(
	struct remembering *memory, const char *answers, int result, const char *asked)
{
	const struct fp_facts facts = {
		.fetch = fetch_answer, .context = memory, .known = memory->known};

	memory->answers = answers;
	memset(memory->asked, 0, sizeof(memory->asked));
	assert_int_equal(fp_select(&memory->group, &facts, &(size_t){0}), result);
	assert_string_equal(memory->asked, asked);
}

static void test_what_is_known_is_not_asked_again(void **state)
{
	struct remembering memory;

	(void)state;
	remember(&memory, "UGNKELV");
	check_asked(&memory, "TTTTTTT", FP_TRUE, "0123456");
	check_asked(&memory, "FFFFFFF", FP_TRUE, "");
	remember(&memory, "LV");
	check_asked(&memory, "FT", FP_FALSE, "0");
	check_asked(&memory, "TT", FP_FALSE, "");
	/* the answer is kept with its Not */
	remember(&memory, "v");
	check_asked(&memory, "T", FP_FALSE, "0");
	check_asked(&memory, "F", FP_FALSE, "");
	/* what could not be read stays so until it is forgotten */
	remember(&memory, "LV");
	check_asked(&memory, "TU", FP_UNKNOWN, "01");
	check_asked(&memory, "TT", FP_UNKNOWN, "");
	/* of alternatives each has answers of its own */
	remember(&memory, "L|V");
	check_asked(&memory, "FT", FP_TRUE, "01");
	check_asked(&memory, "TF", FP_TRUE, "");
}

static void test_what_is_free_is_asked_always(void **state)
{
	struct remembering memory;

	(void)state;
	remember(&memory, "CPV");
	check_asked(&memory, "TTT", FP_TRUE, "012");
	check_asked(&memory, "TTF", FP_TRUE, "01");
	check_asked(&memory, "TFF", FP_FALSE, "01");
	check_asked(&memory, "FTF", FP_FALSE, "0");
	check_asked(&memory, "TTF", FP_TRUE, "01");
	assert_int_equal(memory.known[0], FP_NOT_ASKED);
	assert_int_equal(memory.known[1], FP_NOT_ASKED);
}

static void test_an_error_is_not_kept(void **state)
{
	struct remembering memory;

	(void)state;
	remember(&memory, "LV");
	check_asked(&memory, "TX", -ESRCH, "01");
	check_asked(&memory, "TT", FP_TRUE, "1");
}

static void test_forgetting(void **state)
{
	struct remembering memory;

	(void)state;
	/* what can change without a new image */
	remember(&memory, "UGNKLEV");
	check_asked(&memory, "TTTTTTT", FP_TRUE, "0123456");
	fp_select_forget(&memory.group, memory.known, false);
	check_asked(&memory, "TTTTTFF", FP_TRUE, "01234");
	/* and all, with one */
	fp_select_forget(&memory.group, memory.known, true);
	check_asked(&memory, "TTTTTTF", FP_FALSE, "0123456");
	/* what was unknown is asked again, of the image too; what was false is not */
	remember(&memory, "V|E");
	check_asked(&memory, "UF", FP_UNKNOWN, "01");
	fp_select_forget(&memory.group, memory.known, false);
	check_asked(&memory, "TT", FP_TRUE, "0");
	fp_select_forget(&memory.group, memory.known, true);
	check_asked(&memory, "FT", FP_TRUE, "01");
}

/* Who does not answer is what it was, as long as that can be; and it is asked until it answers. */
static void test_no_answer(void **state)
{
	struct remembering memory;

	(void)state;
	remember(&memory, "Lu");
	check_asked(&memory, "TF", FP_TRUE, "01");
	fp_select_forget(&memory.group, memory.known, false);
	check_asked(&memory, "SS", FP_TRUE, "01");
	fp_select_forget(&memory.group, memory.known, false);
	check_asked(&memory, "SS", FP_TRUE, "01");
	check_asked(&memory, "FF", FP_FALSE, "0");
	check_asked(&memory, "TT", FP_FALSE, "");
	/* a new image has nothing of the old one */
	fp_select_forget(&memory.group, memory.known, true);
	check_asked(&memory, "SF", FP_UNKNOWN, "01");
	check_asked(&memory, "TT", FP_TRUE, "0");
	/* who may not be read does not go by what was known */
	fp_select_forget(&memory.group, memory.known, false);
	check_asked(&memory, "UF", FP_UNKNOWN, "01");
	check_asked(&memory, "TF", FP_UNKNOWN, "");
}

/* Why it is unknown. */
static void test_the_reason(void **state)
{
	struct remembering memory;
	int reason = 0;
	const struct fp_facts facts = {.fetch = fetch_answer,
		.context = &memory,
		.known = memory.known,
		.reason = &reason};

	(void)state;
	remember(&memory, "L");
	memory.answers = "S";
	assert_int_equal(fp_select(&memory.group, &facts, &(size_t){0}), FP_UNKNOWN);
	assert_int_equal(reason, -EBUSY);
}

static void test_inheriting(void **state)
{
	struct remembering parent, child;

	(void)state;
	remember(&parent, "UGNKELv");
	remember(&child, "UGNKELv");
	check_asked(&parent, "TTTTTTF", FP_TRUE, "0123456");
	fp_select_inherit(&child.group, child.known, parent.known);
	/* the image's, with its Not, and nothing else */
	check_asked(&child, "TTTTFTT", FP_TRUE, "01235");
	/* what the parent could not be asked, or was not, the child is */
	remember(&parent, "E|V");
	remember(&child, "E|V");
	check_asked(&parent, "UF", FP_UNKNOWN, "01");
	fp_select_inherit(&child.group, child.known, parent.known);
	check_asked(&child, "TT", FP_TRUE, "0");
	remember(&parent, "EV");
	remember(&child, "EV");
	check_asked(&parent, "FT", FP_FALSE, "0");
	child.known[1] = FP_TRUE + 1;
	parent.known[0] = FP_NOT_ASKED;
	fp_select_inherit(&child.group, child.known, parent.known);
	check_asked(&child, "TT", FP_TRUE, "01");
	assert_true(fp_selector_is_of_image(FP_SEL_EXE));
	assert_true(fp_selector_is_of_image(FP_SEL_ENV));
	assert_false(fp_selector_is_of_image(FP_SEL_CMDLINE));
}

/* The first block that is true. */
static void test_which_block(void **state)
{
	struct remembering memory;
	const struct fp_facts facts = {
		.fetch = fetch_answer, .context = &memory, .known = memory.known};
	size_t block = 99;

	(void)state;
	remember(&memory, "V|L");
	memory.answers = "UT";
	assert_int_equal(fp_select(&memory.group, &facts, &block), FP_TRUE);
	assert_int_equal(block, 1);
	remember(&memory, "V|L");
	memory.answers = "TT";
	assert_int_equal(fp_select(&memory.group, &facts, &block), FP_TRUE);
	assert_int_equal(block, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_known_is_not_asked_again),
		cmocka_unit_test(test_what_is_free_is_asked_always),
		cmocka_unit_test(test_an_error_is_not_kept),
		cmocka_unit_test(test_forgetting),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_the_reason),
		cmocka_unit_test(test_inheriting),
		cmocka_unit_test(test_which_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "compute/select.h"
#include "util/pattern.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * A group in letters, a line each, its blocks parted by '|': the fact is there (T), is not (F), may
 * not be read (U), or its process has ended meanwhile (E). Small letters are lines with Not.
 */
enum { MAX_LINES = 32 };

struct group {
	struct fp_line lines[MAX_LINES];
	struct fp_block blocks[MAX_LINES];
	struct fp_group group;
	char fetched[MAX_LINES + 1]; /* the letters asked for, in order */
	size_t fetches;
};

static void group_init(struct group *group, const char *letters)
{
	struct fp_line *line = group->lines;
	struct fp_block *block = group->blocks;

	memset(group, 0, sizeof(*group));
	block->lines = line;
	for (; *letters; letters++) {
		if (*letters == '|') {
			(++block)->lines = line;
			continue;
		}
		line->selector = FP_SEL_ENV;
		line->negate = islower((unsigned char)*letters);
		line->uid = (uint32_t)*letters;
		line++;
		block->count++;
	}
	group->group.blocks = group->blocks;
	group->group.count = (size_t)(block - group->blocks) + 1;
}

static int fetch_letter(void *context, const struct fp_line *line, struct fp_fact *fact)
{
	struct group *group = context;
	char letter = (char)line->uid;

	assert_in_range(group->fetches, 0, MAX_LINES - 1);
	group->fetched[group->fetches++] = letter;
	switch (toupper((unsigned char)letter)) {
	case 'T':
		fact->state = FP_FACT_KNOWN;
		return 0;
	case 'F':
		fact->state = FP_FACT_NONE;
		return 0;
	case 'U':
		fact->state = FP_FACT_UNKNOWN;
		return 0;
	}
	return -ESRCH;
}

static int select_letters(struct group *group, const char *letters)
{
	struct fp_facts facts = {.fetch = fetch_letter, .context = group};

	group_init(group, letters);
	return fp_select(&group->group, &facts, &(size_t){0});
}

static void test_logic(void **state)
{
	static const struct {
		const char *letters;
		int result;
		const char *fetched;
	} cases[] = {
		{"T", FP_TRUE, "T"},
		{"F", FP_FALSE, "F"},
		{"U", FP_UNKNOWN, "U"},
		{"t", FP_FALSE, "t"},
		{"f", FP_TRUE, "f"},
		{"u", FP_UNKNOWN, "u"},
		/* lines AND */
		{"TT", FP_TRUE, "TT"},
		{"TFT", FP_FALSE, "TF"},
		{"FT", FP_FALSE, "F"},
		{"Tf", FP_TRUE, "Tf"},
		{"tT", FP_FALSE, "t"},
		{"TU", FP_UNKNOWN, "TU"},
		{"UT", FP_UNKNOWN, "UT"},
		/* one false line settles a block, whatever could not be read before */
		{"UF", FP_FALSE, "UF"},
		{"uUt", FP_FALSE, "uUt"},
		/* blocks OR */
		{"F|T", FP_TRUE, "FT"},
		{"T|T", FP_TRUE, "T"},
		{"F|F", FP_FALSE, "FF"},
		{"U|T", FP_TRUE, "UT"},
		{"U|F", FP_UNKNOWN, "UF"},
		{"F|U", FP_UNKNOWN, "FU"},
		{"FT|TF|TT", FP_TRUE, "FTFTT"},
		/* once a block is unknown, another that turns unknown cannot change the answer */
		{"UT|UT", FP_UNKNOWN, "UTU"},
		{"UT|TUF|T", FP_TRUE, "UTTUT"},
		{"UF|UT", FP_UNKNOWN, "UFUT"},
		/* a process that ends ends the selection */
		{"TE", -ESRCH, "TE"},
		{"Te", -ESRCH, "Te"},
		{"U|ET", -ESRCH, "UE"},
		{"FE|T", FP_TRUE, "FT"},
		{"T|E", FP_TRUE, "T"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct group group;
		int result = select_letters(&group, cases[i].letters);
		if (result != cases[i].result || strcmp(group.fetched, cases[i].fetched) != 0)
			fail_msg("%s: %d after %s", cases[i].letters, result, group.fetched);
	}
}

/* The same logic with every line looked at: false 0, unknown 1, true 2; AND is the least. */
static int value_of(char letter)
{
	char fact = (char)toupper((unsigned char)letter);
	int value = fact == 'T' ? 2 : fact == 'U' ? 1 : 0;

	return islower((unsigned char)letter) ? 2 - value : value;
}

static int value_of_group(const char *letters)
{
	int best = 0, least = 2;

	for (; *letters; letters++) {
		if (*letters == '|') {
			best = least > best ? least : best;
			least = 2;
		} else if (value_of(*letters) < least) {
			least = value_of(*letters);
		}
	}
	return least > best ? least : best;
}

static void test_every_small_group(void **state)
{
	static const char letters[] = "TFUtfu";
	static const int results[] = {FP_FALSE, FP_UNKNOWN, FP_TRUE};
	char text[] = "..|..|..";
	static const size_t places[] = {0, 1, 3, 4, 6, 7};

	(void)state;
	for (int number = 0; number < 6 * 6 * 6 * 6 * 6 * 6; number++) {
		struct group group;
		int rest = number;
		for (size_t i = 0; i < 6; i++, rest /= 6)
			text[places[i]] = letters[rest % 6];
		int result = select_letters(&group, text);
		if (result != results[value_of_group(text)])
			fail_msg("%s: %d", text, result);
	}
}

static void test_nothing_matches_no_block(void **state)
{
	struct group group;
	struct fp_facts facts = {.fetch = fetch_letter, .context = &group};

	(void)state;
	group_init(&group, "T");
	group.group.count = 0;
	assert_int_equal(fp_select(&group.group, &facts, &(size_t){0}), FP_FALSE);
	assert_int_equal(group.fetches, 0);
}

/* One line and what the fact holds. */
static int fetch_bytes(void *context, const struct fp_line *line, struct fp_fact *fact)
{
	(void)line;
	*fact = *(const struct fp_fact *)context;
	return 0;
}

static int select_bytes(const char *text, bool negate, struct fp_fact fact)
{
	struct fp_pattern_error error;
	struct fp_line line = {.selector = FP_SEL_CMDLINE, .negate = negate};
	struct fp_block block = {.lines = &line, .count = 1};
	struct fp_group group = {.blocks = &block, .count = 1};
	struct fp_facts facts = {.fetch = fetch_bytes, .context = &fact};

	assert_int_equal(fp_pattern_new(text, &line.pattern, &error), 0);
	int result = fp_select(&group, &facts, &(size_t){0});
	fp_pattern_free(line.pattern);
	return result;
}

static void test_values(void **state)
{
	struct fp_fact shop = {.state = FP_FACT_KNOWN, .data = "shop-1xxx", .len = 6};
	struct fp_fact empty = {.state = FP_FACT_KNOWN, .data = "x", .len = 0};
	struct fp_fact none = {.state = FP_FACT_NONE};
	struct fp_fact unknown = {.state = FP_FACT_UNKNOWN};

	(void)state;
	assert_int_equal(select_bytes("shop-1", false, shop), FP_TRUE);
	assert_int_equal(select_bytes("shop-1", true, shop), FP_FALSE);
	assert_int_equal(select_bytes("shop", false, shop), FP_FALSE);
	assert_int_equal(select_bytes("shop-1xxx", false, shop), FP_FALSE);
	assert_int_equal(select_bytes("/^shop-[0-9]$/", false, shop), FP_TRUE);
	assert_int_equal(select_bytes("/^shop-[0-9]$/", true, shop), FP_FALSE);
	assert_int_equal(select_bytes("/x/", false, shop), FP_FALSE);
	assert_int_equal(select_bytes("", false, empty), FP_TRUE);
	assert_int_equal(select_bytes("/./", false, empty), FP_FALSE);
	assert_int_equal(select_bytes("", false, none), FP_FALSE);
	assert_int_equal(select_bytes("/x?/", false, none), FP_FALSE);
	assert_int_equal(select_bytes("shop-1", true, none), FP_TRUE);
	assert_int_equal(select_bytes("/x?/", false, unknown), FP_UNKNOWN);
	assert_int_equal(select_bytes("/x?/", true, unknown), FP_UNKNOWN);
}

/* What a stranger wrote so that an expression never ends is neither a match nor none. */
static void test_a_match_out_of_bounds_is_unknown(void **state)
{
	struct fp_fact hostile = {.state = FP_FACT_KNOWN, .len = 65536};
	char *bytes = malloc(hostile.len);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'a', hostile.len);
	/* an end that it could match keeps PCRE2 from giving up before it starts */
	bytes[hostile.len - 1] = 'b';
	bytes[hostile.len - 2] = 'c';
	hostile.data = bytes;
	assert_int_equal(select_bytes("/^(a+)+b/", false, hostile), FP_UNKNOWN);
	assert_int_equal(select_bytes("/^(a+)+b/", true, hostile), FP_UNKNOWN);
	assert_int_equal(select_bytes("/^a+cb/", false, hostile), FP_TRUE);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logic),
		cmocka_unit_test(test_every_small_group),
		cmocka_unit_test(test_nothing_matches_no_block),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_a_match_out_of_bounds_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

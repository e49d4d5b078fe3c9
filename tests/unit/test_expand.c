#include "compute/expand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_PARTS = 4 };

struct expanded {
	char name[FP_NAME_SIZE];
	uint64_t hash;
};

/* What a name of these parts becomes, each given with its length. */
static struct expanded expand_bytes(size_t count, const char *const texts[], const size_t lens[])
{
	struct fp_part parts[MAX_PARTS] = {{.kind = FP_PART_TEXT}};
	struct fp_group group = {.parts = parts, .part_count = count};
	struct fp_piece pieces[MAX_PARTS];
	struct expanded out;

	memset(&out, 'x', sizeof(out));
	for (size_t i = 0; i < count; i++) {
		/* an exact copy, so that a sanitizer sees a byte read too many */
		char *copy = malloc(lens[i] ? lens[i] : 1);
		assert_non_null(copy);
		memcpy(copy, texts[i], lens[i]);
		memset(&pieces[i], 'x', sizeof(pieces[i]));
		fp_piece_make(copy, lens[i], &pieces[i]);
		free(copy);
	}
	fp_expand(&group, pieces, out.name, &out.hash);
	return out;
}

static struct expanded expand(size_t count, const char *const texts[])
{
	size_t lens[MAX_PARTS] = {0};

	for (size_t i = 0; i < count; i++)
		lens[i] = strlen(texts[i]);
	return expand_bytes(count, texts, lens);
}

#define EXPAND(...)                                                                                \
	expand(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),                        \
		(const char *const[]){__VA_ARGS__})

static void test_parts_are_joined(void **state)
{
	(void)state;
	assert_string_equal(EXPAND("shop").name, "shop");
	assert_string_equal(EXPAND("app-", "shop").name, "app-shop");
	assert_string_equal(EXPAND("a", "b", "c", "d").name, "abcd");
	assert_string_equal(EXPAND("A.Z_0-9").name, "A.Z_0-9");
}

static void test_what_is_empty(void **state)
{
	(void)state;
	assert_string_equal(EXPAND("").name, "_empty");
	assert_string_equal(EXPAND("app-", "").name, "app-_empty");
	assert_string_equal(EXPAND("", "-x").name, "_empty-x");
	assert_string_equal(EXPAND("", "").name, "_empty_empty");
}

/* Names with '_' in front are the plugin's own, whatever a stranger calls a thing. */
static void test_nobody_takes_a_name_of_the_plugin(void **state)
{
	(void)state;
	assert_string_equal(EXPAND("_self").name, "-self");
	assert_string_equal(EXPAND("_empty").name, "-empty");
	assert_string_equal(EXPAND("_empty", "x").name, "-emptyx");
	assert_string_equal(EXPAND("/self").name, "-self");
	assert_string_equal(EXPAND("_").name, "-");
	assert_string_equal(EXPAND("app", "_self").name, "app_self");
}

static void test_hostile_values(void **state)
{
	char longest[301];
	static const char *const nul[] = {"a\0b"};
	static const size_t nul_len[] = {3};

	(void)state;
	assert_string_equal(EXPAND("a\nb").name, "a_b");
	assert_string_equal(EXPAND("a/b").name, "a_b");
	assert_string_equal(EXPAND("x-", "../../etc/passwd").name, "x-.._.._etc_passwd");
	assert_string_equal(EXPAND("x", "\xff\xfe\xc3").name, "x___");
	assert_string_equal(EXPAND("gr\xc3\xbc\xc3\x9f").name, "gr____");
	assert_string_equal(EXPAND("a b\"c'd`$(e)%{f}").name, "a_b_c_d___e___f_");
	assert_string_equal(expand_bytes(1, nul, nul_len).name, "a_b");
	memset(longest, 'y', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(strlen(EXPAND(longest).name), FP_NAME_MAX);
	assert_int_equal(strlen(EXPAND("app-", longest, longest, "b").name), FP_NAME_MAX);
	assert_memory_equal(EXPAND("app-", longest).name, "app-yyyy", 8);
}

/* All bytes and all lengths give a safe name. */
static void test_every_name_is_safe(void **state)
{
	char bytes[80];

	(void)state;
	for (unsigned seed = 0; seed < 256; seed++) {
		for (size_t len = 0; len < sizeof(bytes); len++) {
			for (size_t i = 0; i < len; i++)
				bytes[i] = (char)(seed + i * 7);
			const char *const texts[] = {bytes, "-"};
			const size_t lens[] = {len, 1};
			struct expanded out = expand_bytes(2, texts, lens);
			size_t out_len = strlen(out.name);
			assert_in_range(out_len, 1, FP_NAME_MAX);
			for (size_t i = 0; i < out_len; i++)
				assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ_.-0123456789"
						       "abcdefghijklmnopqrstuvwxyz",
					out.name[i]));
			assert_true(out.name[0] != '_' || len == 0);
		}
	}
}

/* The hash is of the values as they were, and of where each ends. */
static void test_hashes_tell_values_apart(void **state)
{
	char one[80], other[80];

	(void)state;
	assert_true(EXPAND("a-", "b").hash == EXPAND("a-", "b").hash);
	assert_true(EXPAND("a/b").hash != EXPAND("a b").hash);
	assert_true(EXPAND("a_b").hash != EXPAND("a b").hash);
	assert_true(EXPAND("").hash != EXPAND("_empty").hash);
	assert_true(EXPAND("_self").hash != EXPAND("-self").hash);
	assert_true(EXPAND("ab", "c").hash != EXPAND("a", "bc").hash);
	assert_true(EXPAND("a", "").hash != EXPAND("", "a").hash);
	memset(one, 'y', sizeof(one));
	memset(other, 'y', sizeof(other));
	one[78] = '1';
	one[79] = other[79] = '\0';
	assert_string_equal(EXPAND(one).name, EXPAND(other).name);
	assert_true(EXPAND(one).hash != EXPAND(other).hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_are_joined),
		cmocka_unit_test(test_what_is_empty),
		cmocka_unit_test(test_nobody_takes_a_name_of_the_plugin),
		cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_every_name_is_safe),
		cmocka_unit_test(test_hashes_tell_values_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

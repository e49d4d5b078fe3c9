#include "util/pidmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PIDS = 3000, STEPS = 200000 };

static uint64_t seed = 1;

static uint32_t draw(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % below;
}

/* Every id that was put, and no other, has its value. */
static void check(const struct fp_pidmap *map, const int32_t *pids, const uint32_t *model)
{
	size_t len = 0;

	for (size_t i = 0; i < PIDS; i++) {
		const uint32_t *value = fp_pidmap_get(map, pids[i]);
		if (!value != !model[i] || (value && *value != model[i]))
			fail_msg("%d: %u, not %u", pids[i], value ? *value : 0, model[i]);
		len += model[i] != 0;
	}
	assert_int_equal(map->len, len);
}

static void compare_with_model(const int32_t *pids)
{
	uint32_t *model = calloc(PIDS, sizeof(model[0]));
	struct fp_pidmap map = {0};

	assert_non_null(model);
	for (uint32_t step = 0; step < STEPS; step++) {
		/* it fills, runs nearly empty and fills again */
		bool puts = draw(10) < (step / 20000 % 2 ? 2u : 7u);
		uint32_t i = draw(PIDS);
		if (puts) {
			model[i] = step + 1;
			assert_int_equal(fp_pidmap_put(&map, pids[i], model[i]), 0);
		} else {
			assert_int_equal(fp_pidmap_remove(&map, pids[i]), model[i] != 0);
			model[i] = 0;
		}
		if (step % 5000 == 0)
			check(&map, pids, model);
	}
	check(&map, pids, model);
	/* a search that fails has to end, so some places are always free */
	assert_true(map.len * 4 <= (map.mask + 1) * 3);
	fp_pidmap_fini(&map);
	free(model);
}

static void test_as_a_model_in_order(void **state)
{
	int32_t pids[PIDS];

	(void)state;
	for (int32_t i = 0; i < PIDS; i++)
		pids[i] = i + 1;
	compare_with_model(pids);
}

static void test_as_a_model_at_random(void **state)
{
	int32_t pids[PIDS];

	(void)state;
	for (int32_t i = 0; i < PIDS; i++)
		pids[i] = 1 + i * 700000 + (int32_t)draw(700000);
	pids[PIDS - 1] = INT32_MAX;
	compare_with_model(pids);
}

enum { LAST = 63, COUNT = 5, ORDERS = 120 };

/* An id above the given one that an empty map puts at a place. */
static int32_t find_for(size_t place, int32_t pid)
{
	for (;;) {
		struct fp_pidmap map = {0};
		assert_int_equal(fp_pidmap_put(&map, ++pid, 1), 0);
		assert_int_equal(map.mask, LAST);
		bool is_there = map.places[place].pid == pid;
		fp_pidmap_fini(&map);
		if (is_there)
			return pid;
	}
}

static void check_removal(struct fp_pidmap *map, const int32_t *pids, bool *is_there, unsigned nth)
{
	unsigned i = 0;

	while (!is_there[i] || nth-- > 0)
		i++;
	is_there[i] = false;
	assert_true(fp_pidmap_remove(map, pids[i]));
	for (uint32_t k = 0; k < COUNT; k++) {
		const uint32_t *value = fp_pidmap_get(map, pids[k]);
		assert_int_equal(value != NULL, is_there[k]);
		assert_true(!value || *value == k);
	}
	assert_null(fp_pidmap_get(map, pids[COUNT]));
}

/* Ids of these places, put in this order and removed in each order. */
static void check_removals(const size_t *places)
{
	int32_t pids[COUNT + 1] = {0};

	for (size_t i = 0; i <= COUNT; i++)
		pids[i] = find_for(places[i < COUNT ? i : 0], i ? pids[i - 1] : 0);
	for (unsigned order = 0; order < ORDERS; order++) {
		struct fp_pidmap map = {0};
		bool is_there[COUNT];
		unsigned rest = order;
		for (uint32_t i = 0; i < COUNT; i++) {
			is_there[i] = true;
			assert_int_equal(fp_pidmap_put(&map, pids[i], i), 0);
		}
		for (unsigned left = COUNT; left; left--) {
			check_removal(&map, pids, is_there, rest % left);
			rest /= left;
		}
		assert_int_equal(map.len, 0);
		fp_pidmap_fini(&map);
	}
}

/* Who was put elsewhere since its place was taken is found, also over the end of the places. */
static void test_removals_among_collisions(void **state)
{
	static const size_t places[][COUNT] = {
		{LAST, LAST, LAST, LAST, LAST},
		{LAST - 2, LAST - 1, LAST - 2, LAST - 1, LAST},
		{LAST - 1, LAST - 2, LAST, LAST - 1, LAST - 2},
		{LAST, 0, LAST, 1, 0},
		{5, 6, 7, 5, 6},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		check_removals(places[i]);
}

static void test_values_are_replaced_and_changed(void **state)
{
	struct fp_pidmap map = {0};

	(void)state;
	assert_null(fp_pidmap_get(&map, 7));
	assert_false(fp_pidmap_remove(&map, 7));
	assert_int_equal(fp_pidmap_put(&map, 7, 0), 0);
	assert_int_equal(*fp_pidmap_get(&map, 7), 0);
	assert_int_equal(fp_pidmap_put(&map, 7, UINT32_MAX), 0);
	assert_int_equal(*fp_pidmap_get(&map, 7), UINT32_MAX);
	assert_int_equal(map.len, 1);
	*fp_pidmap_get(&map, 7) = 5;
	assert_int_equal(*fp_pidmap_get(&map, 7), 5);
	assert_null(fp_pidmap_get(&map, 8));
	assert_true(fp_pidmap_remove(&map, 7));
	assert_false(fp_pidmap_remove(&map, 7));
	fp_pidmap_fini(&map);
	assert_null(fp_pidmap_get(&map, 7));
	assert_int_equal(map.len, 0);
}

/* What the header promises of memory. */
static void test_places_are_few(void **state)
{
	struct fp_pidmap map = {0};

	(void)state;
	assert_int_equal(sizeof(map.places[0]), 8);
	for (int32_t pid = 1; pid <= 20000; pid++)
		assert_int_equal(fp_pidmap_put(&map, pid, 0), 0);
	assert_true(map.mask + 1 <= 32768);
	fp_pidmap_fini(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_a_model_in_order),
		cmocka_unit_test(test_as_a_model_at_random),
		cmocka_unit_test(test_removals_among_collisions),
		cmocka_unit_test(test_values_are_replaced_and_changed),
		cmocka_unit_test(test_places_are_few),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

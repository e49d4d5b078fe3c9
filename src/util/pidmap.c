#include "util/pidmap.h"

#include <errno.h>
#include <stdlib.h>

enum { PLACES_MIN = 64 };

static size_t home(const struct fp_pidmap *map, int32_t pid)
{
	return ((uint32_t)pid * UINT32_C(2654435769) >> 7) & map->mask;
}

/* Where the id is, or would be put. */
static size_t find(const struct fp_pidmap *map, int32_t pid)
{
	size_t at = home(map, pid);

	while (map->places[at].pid != 0 && map->places[at].pid != pid)
		at = (at + 1) & map->mask;
	return at;
}

static int grow(struct fp_pidmap *map)
{
	size_t places = map->places ? (map->mask + 1) * 2 : PLACES_MIN;
	struct fp_pidmap bigger = {
		.places = calloc(places, sizeof(map->places[0])),
		.mask = places - 1,
		.len = map->len,
	};

	if (!bigger.places)
		return -ENOMEM;
	for (size_t i = 0; map->places && i <= map->mask; i++)
		if (map->places[i].pid != 0)
			bigger.places[find(&bigger, map->places[i].pid)] = map->places[i];
	free(map->places);
	*map = bigger;
	return 0;
}

int fp_pidmap_put(struct fp_pidmap *map, int32_t pid, uint32_t value)
{
	/* at most three of four places are taken */
	if (!map->places || (map->len + 1) * 4 > (map->mask + 1) * 3) {
		int status = grow(map);
		if (status < 0)
			return status;
	}
	size_t at = find(map, pid);
	map->len += map->places[at].pid == 0;
	map->places[at] = (struct fp_pidmap_place){pid, value};
	return 0;
}

uint32_t *fp_pidmap_get(const struct fp_pidmap *map, int32_t pid)
{
	if (!map->places)
		return NULL;
	struct fp_pidmap_place *place = &map->places[find(map, pid)];
	return place->pid == 0 ? NULL : &place->value;
}

/* Whoever lies behind a place that becomes free moves up, if it was put there by a collision. */
static void close_gap(struct fp_pidmap *map, size_t gap)
{
	for (size_t at = (gap + 1) & map->mask; map->places[at].pid != 0;
		at = (at + 1) & map->mask) {
		size_t wanted = home(map, map->places[at].pid);
		if (((at - wanted) & map->mask) < ((at - gap) & map->mask))
			continue;
		map->places[gap] = map->places[at];
		gap = at;
	}
	map->places[gap].pid = 0;
}

bool fp_pidmap_remove(struct fp_pidmap *map, int32_t pid)
{
	size_t at = map->places ? find(map, pid) : 0;

	if (!map->places || map->places[at].pid == 0)
		return false;
	close_gap(map, at);
	map->len--;
	return true;
}

void fp_pidmap_fini(struct fp_pidmap *map)
{
	free(map->places);
	*map = (struct fp_pidmap){0};
}

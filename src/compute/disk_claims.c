/* Which device goes by which name; see compute/disk_name.h. */
#include "compute/disk_name.h"

#include <stdlib.h>
#include <string.h>

/* By name; of one name, what has no other one first. */
static int compare(const void *a, const void *b)
{
	const struct fp_disk_candidate *first = a, *second = b;
	int order = strcmp(first->name, second->name);

	if (order == 0)
		order = (int)second->last - (int)first->last;
	if (order == 0)
		order = first->claim < second->claim ? -1 : 1;
	return order;
}

static size_t list_candidates(
	const struct fp_disk_claim *claims, size_t count, struct fp_disk_candidate *candidates)
{
	size_t named = 0;

	for (size_t i = 0; i < count; i++) {
		if (claims[i].nameless)
			continue;
		candidates[named++] = (struct fp_disk_candidate){
			.name = claims[i].names[claims[i].choice],
			.claim = i,
			.last = claims[i].choice + 1 == claims[i].count,
		};
	}
	if (named)
		qsort(candidates, named, sizeof(candidates[0]), compare);
	return named;
}

static void lose(struct fp_disk_claim *claim, size_t rival)
{
	if (!claim->lost) {
		claim->lost = true;
		claim->lost_choice = claim->choice;
		claim->rival = rival;
	}
	if (claim->choice + 1 < claim->count)
		claim->choice++;
	else
		claim->nameless = true;
}

/* All of the candidates have one name. */
static void settle_run(
	struct fp_disk_claim *claims, const struct fp_disk_candidate *candidates, size_t count)
{
	bool kept = candidates[0].last;

	for (size_t i = kept; i < count; i++)
		lose(&claims[candidates[i].claim], candidates[i ? 0 : 1].claim);
}

void fp_disk_claims_settle(
	struct fp_disk_claim *claims, size_t count, struct fp_disk_candidate *candidates)
{
	bool moved = true;

	while (moved) {
		size_t named = list_candidates(claims, count, candidates), run;
		moved = false;
		for (size_t i = 0; i < named; i += run) {
			for (run = 1; i + run < named; run++)
				if (strcmp(candidates[i].name, candidates[i + run].name) != 0)
					break;
			if (run == 1)
				continue;
			settle_run(claims, candidates + i, run);
			moved = true;
		}
	}
}

#include "cli/growth.h"

#include <stdlib.h>
#include <string.h>

struct first {
	int32_t pid;
	uint64_t starttime_ticks;
	struct fp_memory memory;
};

FP_VEC(firsts, struct first);
FP_VEC(tallies, struct fp_tally);
FP_VEC(process_rows, struct fp_process_row);
FP_VEC(group_rows, struct fp_group_row);

struct fp_growth {
	struct firsts processes, next; /* in the order of identity */
	struct tallies groups;
	struct process_rows process_rows;
	struct group_rows group_rows;
	bool has_total;
	struct fp_tally total;
};

int fp_growth_new(struct fp_growth **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void fp_growth_free(struct fp_growth *growth)
{
	if (!growth)
		return;
	free(growth->processes.at);
	free(growth->next.at);
	free(growth->groups.at);
	free(growth->process_rows.at);
	free(growth->group_rows.at);
	free(growth);
}

void fp_growth_forget(struct fp_growth *growth)
{
	growth->processes.len = growth->groups.len = 0;
	growth->has_total = false;
}

static int compare(const struct first *first, const struct fp_member *member)
{
	if (first->pid != member->pid)
		return first->pid < member->pid ? -1 : 1;
	return (first->starttime_ticks > member->starttime_ticks) -
	       (first->starttime_ticks < member->starttime_ticks);
}

static int by_identity(const void *a, const void *b)
{
	const struct fp_member *x = ((const struct fp_process_row *)a)->member;
	const struct fp_member *y = ((const struct fp_process_row *)b)->member;
	const struct first first = {.pid = x->pid, .starttime_ticks = x->starttime_ticks};

	return compare(&first, y);
}

static int list_members(struct fp_growth *growth, const struct fp_members *members)
{
	int status = 0;

	growth->process_rows.len = 0;
	for (size_t i = 0; i < members->len && status == 0; i++)
		status = process_rows_add(
			&growth->process_rows, (struct fp_process_row){.member = &members->at[i]});
	if (growth->process_rows.len)
		qsort(growth->process_rows.at, growth->process_rows.len,
			sizeof(growth->process_rows.at[0]), by_identity);
	return status;
}

/* What could not be told at first grows from when it could. */
static void fill_in(struct fp_memory *first, const struct fp_memory *now)
{
	for (unsigned i = 0; i < FP_METRICS; i++)
		if (!fp_memory_has(first, (enum fp_metric)i) &&
			fp_memory_has(now, (enum fp_metric)i))
			fp_memory_set(first, (enum fp_metric)i, now->bytes[i]);
}

/* Those of the members alone go on: what ended is forgotten. */
static int carry_over(struct fp_growth *growth)
{
	size_t old = 0;

	growth->next.len = 0;
	for (size_t i = 0; i < growth->process_rows.len; i++) {
		const struct fp_member *member = growth->process_rows.at[i].member;
		struct first first = {
			.pid = member->pid, .starttime_ticks = member->starttime_ticks};
		while (old < growth->processes.len &&
			compare(&growth->processes.at[old], member) < 0)
			old++;
		if (old < growth->processes.len && compare(&growth->processes.at[old], member) == 0)
			first.memory = growth->processes.at[old].memory;
		fill_in(&first.memory, &member->memory);
		int status = firsts_add(&growth->next, first);
		if (status < 0)
			return status;
	}
	return 0;
}

int fp_growth_processes(struct fp_growth *growth, const struct fp_group_result *result,
	const struct fp_process_row **rows, size_t *count)
{
	int status = list_members(growth, &result->members);

	if (status == 0)
		status = carry_over(growth);
	if (status < 0)
		return status;
	struct firsts was = growth->processes;
	growth->processes = growth->next;
	growth->next = was;
	for (size_t i = 0; i < growth->process_rows.len; i++)
		growth->process_rows.at[i].before = &growth->processes.at[i].memory;
	*rows = growth->process_rows.at;
	*count = growth->process_rows.len;
	return 0;
}

/* Where the group is as it was first, added if it is new. False: no memory. */
static bool know_group(struct fp_growth *growth, const struct fp_tally *tally, size_t *at)
{
	for (*at = 0; *at < growth->groups.len; ++*at)
		if (strcmp(growth->groups.at[*at].name, tally->name) == 0)
			return true;
	return tallies_add(&growth->groups, *tally) == 0;
}

int fp_growth_groups(struct fp_growth *growth, const struct fp_tally *tallies, size_t tally_count,
	const struct fp_group_row **rows, size_t *count)
{
	size_t at;

	growth->group_rows.len = 0;
	/* all of them first, since a list that grows moves */
	for (size_t i = 0; i < tally_count; i++)
		if (!know_group(growth, &tallies[i], &at))
			return -ENOMEM;
	for (size_t i = 0; i < tally_count; i++) {
		know_group(growth, &tallies[i], &at);
		fill_in(&growth->groups.at[at].sum, &tallies[i].sum);
		struct fp_group_row row = {.tally = &tallies[i], .before = &growth->groups.at[at]};
		int status = group_rows_add(&growth->group_rows, row);
		if (status < 0)
			return status;
	}
	*rows = growth->group_rows.at;
	*count = growth->group_rows.len;
	return 0;
}

const struct fp_tally *fp_growth_total(struct fp_growth *growth, const struct fp_tally *total)
{
	if (!growth->has_total)
		growth->total = *total;
	growth->has_total = true;
	fill_in(&growth->total.sum, &total->sum);
	return &growth->total;
}

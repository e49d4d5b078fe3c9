#include "fakehost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fake_rounds(int count)
{
	while (count--)
		fake_round();
}

static void add_pid(char *text, size_t size, int32_t pid)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%d", len ? " " : "", pid);
}

void fake_check_opened(const char *pids)
{
	char found[1024] = "";

	for (size_t i = 0; i < fake->count; i++) {
		if (fake->processes[i].opens)
			add_pid(found, sizeof(found), fake->processes[i].pid);
		fake->processes[i].opens = 0;
	}
	if (strcmp(found, pids) != 0)
		fail_msg("opened: %s, not %s", found, pids);
}

void fake_check_read(const char *pids)
{
	char found[1024] = "";

	for (size_t i = 0; i < fake->count; i++) {
		unsigned reads = fake_reads(&fake->processes[i], FP_OS_SMAPS_ROLLUP);
		if (reads)
			add_pid(found, sizeof(found), fake->processes[i].pid);
		if (pids)
			assert_in_range(reads, 0, 1);
	}
	if (pids && strcmp(found, pids) != 0)
		fail_msg("read: %s, not %s", found, pids);
}

uint64_t fake_uss_kib(const char *group)
{
	uint64_t bytes = UINT64_MAX;

	assert_true(fp_account_sum(&fake_result(group)->account, FP_USS, false, &bytes));
	return bytes / 1024;
}

uint64_t fake_age_s(const char *group)
{
	uint64_t oldest_ns = fake_result(group)->account.oldest_ns;

	assert_int_not_equal(oldest_ns, 0);
	return (fake->snapshot->taken_ns - oldest_ns) / 1000000000;
}

const struct fp_group_result *fake_result(const char *group)
{
	for (size_t i = 0; i < fake->snapshot->group_count; i++)
		if (strcmp(fake->snapshot->groups[i].name, group) == 0)
			return &fake->snapshot->groups[i];
	return NULL;
}

static int by_pid(const void *a, const void *b)
{
	return ((const struct fp_member *)a)->pid - ((const struct fp_member *)b)->pid;
}

/* What the address spaces of all members weigh, each once. */
static uint64_t weigh(const struct fp_members *members)
{
	bool counted[FAKE_PROCESSES + 1] = {false};
	uint64_t kib = 0;

	for (size_t i = 0; i < members->len; i++) {
		unsigned space = fake_find(members->at[i].pid)->space;
		kib += counted[space] ? 0 : space;
		counted[space] = true;
	}
	return kib * 1024;
}

void fake_check(const char *group, const char *pids)
{
	const struct fp_group_result *result = fake_result(group);
	char found[1024] = "";
	uint64_t sum;

	if (!result || !pids) {
		if (result || pids)
			fail_msg("%s is %s", group, result ? "told" : "not told");
		return;
	}
	const struct fp_members *members = &result->members;
	if (members->len)
		qsort(members->at, members->len, sizeof(members->at[0]), by_pid);
	for (size_t i = 0; i < members->len; i++) {
		size_t len = strlen(found);
		snprintf(found + len, sizeof(found) - len, "%s%d", len ? " " : "",
			members->at[i].pid);
	}
	if (strcmp(found, pids) != 0)
		fail_msg("%s has %s, not %s", group, found, pids);
	assert_int_equal(result->account.processes, members->len);
	if (fp_account_sum(&result->account, FP_USS, false, &sum))
		assert_int_equal(sum, weigh(members));
}

void fake_check_said(unsigned lines, const char *part)
{
	if (fake->lines != lines || !strstr(fake->said, part))
		fail_msg("%u lines, not %u with %s: %s", fake->lines, lines, part, fake->said);
	fake->lines = 0;
	fake->said[0] = '\0';
}

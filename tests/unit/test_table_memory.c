/* How much memory is taken for each of many processes, and that all of it is given back. */
#include "../lib/fakehost.h"
#include "sample/table.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The linker puts these in place of the allocator: see Makefile.am. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *at);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *at);

/* What is allocated, with what the allocator needs for each piece. */
static long long allocated;
enum { HEADER = 8 };

static void *count(void *at)
{
	if (at)
		allocated += (long long)malloc_usable_size(at) + HEADER;
	return at;
}

static void uncount(void *at)
{
	if (at)
		allocated -= (long long)malloc_usable_size(at) + HEADER;
}

void *__wrap_malloc(size_t size)
{
	return count(__real_malloc(size));
}

void *__wrap_calloc(size_t number, size_t size)
{
	return count(__real_calloc(number, size));
}

void *__wrap_realloc(void *at, size_t size)
{
	uncount(at);
	return count(__real_realloc(at, size));
}

char *__wrap_strdup(const char *text)
{
	return count(__real_strdup(text));
}

void __wrap_free(void *at)
{
	uncount(at);
	__real_free(at);
}

/* Some groups, as operators have them. */
#define GROUPS                                                                                     \
	"<Group \"app-%{env:APP}\">\nEnv \"APP\"\n</Group>\n"                                      \
	"<Group \"web\">\nExe \"/usr/sbin/nginx\"\nComm \"nginx\"\nCmdline "                       \
	"\"/nginx/\"\n</Group>\n"                                                                  \
	"<Group \"db\">\nComm \"postgres\"\nDescendants true\n</Group>\n"                          \
	"<Group \"unit\">\nUnit \"cron.service\"\n</Group>\n"

enum { MANY = 5000, UNMATCHED_BYTES = 128, MATCHED_BYTES = 2048 };

/* ---- Straight on the table ---- */

static struct fp_table *table;

static void look_at(int32_t pid, int32_t parent, bool forked)
{
	struct fp_process process = {
		.pid = pid,
		.readable = true,
		.kind = FP_KIND_USER,
		.key = (uint64_t)(forked ? parent : pid) * UINT64_C(0x9e3779b97f4a7c15),
		.stat = {.pid = pid,
			.ppid = parent,
			.starttime_ticks = (uint64_t)pid,
			.flags = forked ? 0x40 : 0,
			.comm = "a",
			.comm_len = 1},
	};
	struct fp_entry *entry;
	unsigned changed;

	assert_int_equal(fp_table_look(table, &process, 1000000000, &entry, &changed), 0);
	assert_int_equal(changed, FP_LOOK_NEW);
}

/* Every so many processes the first of them forks all others; 1: nobody does. */
static void check_table(int32_t family)
{
	struct readtext settings;

	readtext_good(GROUPS, &settings);
	long long before = allocated;
	assert_int_equal(fp_table_new(settings.settings, &table), 0);
	for (int32_t i = 0; i < MANY; i++) {
		int32_t first = 100 + i / family * family;
		look_at(100 + i, i % family ? first : 1, i % family);
	}
	fp_table_settle(table);
	assert_int_equal(table->count, MANY);
	if (allocated - before > MANY * UNMATCHED_BYTES)
		fail_msg("%lld bytes each", (allocated - before) / MANY);
	for (int32_t i = 0; i < MANY; i++)
		fp_table_remove(table, fp_table_find(table, 100 + i));
	assert_int_equal(table->count, 0);
	fp_table_free(table);
	assert_int_equal(allocated, before);
	readtext_fini(&settings);
}

static void test_many_that_nobody_wants(void **state)
{
	(void)state;
	check_table(1);
}

static void test_a_large_family_that_nobody_wants(void **state)
{
	(void)state;
	check_table(MANY);
}

static void test_families_that_nobody_wants(void **state)
{
	(void)state;
	check_table(8);
}

/* ---- A whole sampler ---- */

static void start(int32_t first, int32_t last, const char *environ_text)
{
	for (int32_t pid = first; pid < last; pid++)
		fake_start(pid, 1, "a", environ_text);
}

static void test_members(void **state)
{
	(void)state;
	fake_go_live();
	fake_tell_events(0);
	fake->descriptor_limit = 100000;
	start(100, 150, "APP=shop");
	fake_follow(GROUPS);
	fake_rounds(3);
	long long before = allocated;
	start(200, 300, "APP=shop");
	fake_rounds(3);
	assert_int_equal(fake_result("app-shop")->account.processes, 150);
	/* with the snapshot of a round */
	assert_in_range(allocated - before, 100 * 200, 100 * MATCHED_BYTES);
}

/* A host of more processes than the made-up one can have: nobody is like another, and none a member. */
static int list_many(struct fp_os *os, struct fp_pids *pids)
{
	int status = 0;

	(void)os;
	pids->len = 0;
	for (int32_t pid = 100; pid < 100 + MANY && status == 0; pid++)
		status = fp_pids_add(pids, pid);
	return status;
}

static int open_many(struct fp_os *os, int32_t pid, struct fp_os_process *out)
{
	(void)os;
	out->fd = pid;
	return 0;
}

static int read_many(
	const struct fp_os_process *process, enum fp_os_file file, size_t limit, struct fp_buf *out)
{
	char text[256];
	int len = snprintf(text, sizeof(text),
		"%d (a) S 1 1 1 0 -1 4194304 9 0 0 0 1 1 0 0 20 0 1 0 %d 4096000 100 "
		"18446744073709551615 %d000 1 %d0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 "
		"0\n",
		process->fd, process->fd, process->fd, process->fd);

	(void)limit;
	out->len = 0;
	return file == FP_OS_STAT ? fp_buf_append(out, text, (size_t)len) : -ENOENT;
}

static int exe_of_none(const struct fp_os_process *process, struct fp_buf *out)
{
	(void)process;
	out->len = 0;
	return -ENOENT;
}

static int clock_of_many(struct fp_os *os, int32_t pid, uint64_t *used_ns)
{
	(void)os;
	*used_ns = (uint64_t)pid;
	return 0;
}

static void close_many(struct fp_os_process *process)
{
	(void)process;
}

static void test_a_host_of_many(void **state)
{
	(void)state;
	fake_go_live();
	fake->backend.list = list_many;
	fake->backend.process_open = open_many;
	fake->backend.process_close = close_many;
	fake->backend.read = read_many;
	fake->backend.exe = exe_of_none;
	fake->backend.cpu_clock = clock_of_many;
	fake_follow("<Group \"a\">\nComm \"nginx\"\n</Group>\n"
		    "<Group \"b\">\nComm \"postgres\"\nDescendants true\n</Group>\n");
	long long before = allocated;
	fake_rounds(3);
	assert_int_equal(fake->snapshot->processes, MANY);
	assert_int_equal(fake->snapshot->matched, 0);
	assert_in_range(allocated - before, MANY * 64, MANY * UNMATCHED_BYTES);
}

/* Who has ended leaves nothing behind, however many there were. */
static void test_nothing_piles_up(void **state)
{
	(void)state;
	fake_go_live();
	fake_tell_events(0);
	start(10, 20, "APP=shop");
	fake_follow(GROUPS);
	fake_rounds(3);
	long long before = 0;
	for (int32_t pid = 100; pid < 160; pid++) {
		for (int32_t i = 0; i < 10; i++)
			fake_start(pid * 10 + i, 1, "postgres", "APP=shop");
		fake_round();
		for (int32_t i = 0; i < 10; i++)
			fake_exit(fake_find(pid * 10 + i));
		fake_round();
		/* lists have grown to what they need */
		if (pid == 110)
			before = allocated;
	}
	assert_in_range(allocated, 1, before + 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_that_nobody_wants),
		cmocka_unit_test(test_a_large_family_that_nobody_wants),
		cmocka_unit_test(test_families_that_nobody_wants),
		ON_A_FAKE_HOST(test_members),
		ON_A_FAKE_HOST(test_a_host_of_many),
		ON_A_FAKE_HOST(test_nothing_piles_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

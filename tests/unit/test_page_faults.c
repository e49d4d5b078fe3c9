/* The readers of pages over a process that moves and ends, and a kernel that lacks and fails. */
#include "../lib/pageworld.h"

#include <stdio.h>

static void test_mappings_out_of_the_text(void **state)
{
	(void)state;
	usual();
	world->pages->can.has_query = false;
	snprintf(world->maps, sizeof(world->maps),
		"64000-8c000 rw-p 00000000 00:00 0 \nc8000-dc000 r--p 00000000 08:01 7 /x\n");
	check_usual();
	snprintf(world->maps, sizeof(world->maps), "64000-8c000 rw-p 0\n");
	check_fails(-EBADMSG, -EBADMSG);
	/* an empty text is of a process without an address space */
	world->maps[0] = '\0';
	world->ended = true;
	check_fails(-ESRCH, -ESRCH);
}

static void test_files_that_move(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	world->shared_step = 1;
	world->shared_steps = 1000;
	assert_int_equal(read_it(SINGLE, &memory), -EAGAIN);
	assert_int_equal(world->opened, FP_TRIES);
	assert_int_equal(memory.has, 0);
}

static void test_files_that_moved_once(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	/* 9 pages then 10 then 11: between the first two tries, and within the first */
	world->shared -= 2;
	world->resident -= 2;
	world->shared_step = 1;
	world->shared_steps = 2;
	assert_int_equal(read_it(SINGLE, &memory), 0);
	assert_int_equal(world->opened, 2);
	check_pages(&memory, FP_USS, 13);
}

static void test_anonymous_memory_may_move(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	world->resident += 100;
	assert_int_equal(read_it(SINGLE, &memory), 0);
	assert_int_equal(world->opened, 1);
	check_pages(&memory, FP_USS, 113);
}

static void test_pages_that_nobody_can_explain(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	world->shared++;
	world->resident++;
	assert_int_equal(read_it(SINGLE, &memory), -E2BIG);
	assert_int_equal(world->opened, FP_TRIES);
}

static void test_more_of_files_than_it_is_for(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	world->shared += 4096;
	world->resident += 4096;
	assert_int_equal(read_it(SINGLE, &memory), -E2BIG);
	assert_int_equal(world->entry_calls, 0);
}

static void test_reserved_huge_pages(void **state)
{
	(void)state;
	usual();
	map_file(1024, 512, 0, 9)->page_bytes = 2 * 1024 * 1024;
	check_fails(-E2BIG, -E2BIG);
}

static void test_it_ends_meanwhile(void **state)
{
	(void)state;
	usual();
	world->readings_left = 1;
	world->ended = true;
	/* known at once */
	check_fails(-ESRCH, -ESRCH);
	world->ended = false;
	world->statm_status = -ESRCH;
	check_fails(-ESRCH, -ESRCH);
}

static void test_it_ends_in_the_middle(void **state)
{
	struct fp_memory memory;

	(void)state;
	usual();
	world->readings_left = 1;
	world->ends_then = true;
	assert_int_equal(read_it(SLICES, &memory), -ESRCH);
	world->ended = false;
	assert_int_equal(read_it(SINGLE, &memory), -ESRCH);
	assert_int_equal(world->opened, 2);
}

static void test_it_takes_another_image_meanwhile(void **state)
{
	(void)state;
	usual();
	world->readings_left = 1;
	check_fails(-EAGAIN, -EAGAIN);
	assert_int_equal(world->opened, FP_TRIES + 1);
	world->readings_left = 0;
	world->find_status = -ESRCH;
	check_fails(-EAGAIN, -EAGAIN);
}

static void test_errors_are_passed_on(void **state)
{
	(void)state;
	usual();
	world->open_status = -EACCES;
	check_fails(-EACCES, -EACCES);
	world->open_status = 0;
	world->entries_status = -ENOMEM;
	check_fails(-ENOMEM, -ENOMEM);
	world->entries_status = 0;
	world->counts_status = -EIO;
	check_fails(-EIO, -EIO);
	world->counts_status = 0;
	world->find_status = -ENOMEM;
	check_fails(-ENOMEM, -ENOMEM);
	world->find_status = 0;
	check_usual();
}

static void test_what_the_kernel_lacks(void **state)
{
	(void)state;
	usual();
	world->pages->can.exact_statm = false;
	struct fp_memory memory;
	assert_int_equal(read_it(SINGLE, &memory), -ENOTSUP);
	assert_int_equal(read_it(SLICES, &memory), 0);
	world->pages->can.has_pfns = world->pages->can.has_kinds = false;
	assert_int_equal(read_it(SLICES, &memory), 0);
	assert_false(fp_memory_has(&memory, FP_RSS));
	check_pages(&memory, FP_USS, 13);
	world->pages->can.has_pagemap = false;
	check_fails(-ENOTSUP, -ENOTSUP);
	assert_int_equal(world->opened, 2);
}

static void test_a_count_that_is_disproved(void **state)
{
	struct fp_memory memory;
	uint64_t frame;

	(void)state;
	usual();
	frame = world->entries[205] & FP_PAGE_FRAME;
	for (uint64_t count = 0; count < 2; count++) {
		/* so it was when another process was read */
		for (uint64_t i = 0; i < 8; i++)
			world->counts[frame + i] = count;
		fp_pages_begin(world->pages);
		assert_int_equal(read_it(SLICES, &memory), 0);
		for (uint64_t i = 0; i < 8; i++)
			world->counts[frame + i] = 4;
		check_usual();
	}
}

static void test_a_probe_of_nothing(void **state)
{
	struct fp_pages_abilities can;

	(void)state;
	memset(&can, 0xff, sizeof(can));
	assert_int_equal(fp_pages_probe(world->pages, &can), 0);
	assert_false(can.has_pagemap || can.has_pfns || can.exact_statm || can.has_query);
	world->open_status = -EMFILE;
	assert_int_equal(fp_pages_probe(world->pages, &can), -EMFILE);
	world->open_status = -EACCES;
	assert_int_equal(fp_pages_probe(world->pages, &can), 0);
}

/* As after a thread that was given up in the middle: end() fails unless all is closed. */
static void test_freed_in_the_middle(void **state)
{
	const struct fp_os_process process = {.fd = 5, .pid = 6};

	(void)state;
	usual();
	assert_int_equal(fp_pages_open(world->pages, &process, true), 0);
	assert_int_equal(world->opened, 1);
	assert_int_equal(world->closed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_MADE_PROCESS(test_mappings_out_of_the_text),
		ON_A_MADE_PROCESS(test_files_that_move),
		ON_A_MADE_PROCESS(test_files_that_moved_once),
		ON_A_MADE_PROCESS(test_anonymous_memory_may_move),
		ON_A_MADE_PROCESS(test_pages_that_nobody_can_explain),
		ON_A_MADE_PROCESS(test_more_of_files_than_it_is_for),
		ON_A_MADE_PROCESS(test_reserved_huge_pages),
		ON_A_MADE_PROCESS(test_it_ends_meanwhile),
		ON_A_MADE_PROCESS(test_it_ends_in_the_middle),
		ON_A_MADE_PROCESS(test_it_takes_another_image_meanwhile),
		ON_A_MADE_PROCESS(test_errors_are_passed_on),
		ON_A_MADE_PROCESS(test_what_the_kernel_lacks),
		ON_A_MADE_PROCESS(test_a_count_that_is_disproved),
		ON_A_MADE_PROCESS(test_a_probe_of_nothing),
		ON_A_MADE_PROCESS(test_freed_in_the_middle),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

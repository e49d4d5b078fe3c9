/* Who is read in round after round stays open; of whom, how many, and until when. */
#include "../lib/fakepages.h"

#include <string.h>

#define ALL "<Group \"all\">\nComm \"a\"\n</Group>\n"

enum {
	LARGE = 100000,
	GLANCE = 2, /* descriptors: of who is looked at, */
	FOLDER = 3, /* of who stays open besides, */
	PAGES = 1,  /* and of page entries */
	LAPSE = 8   /* rounds */
};

static struct fake_process *start(int32_t pid)
{
	struct fake_process *process = fake_start(pid, 1, "a", "");

	fake_pages.tells_sizes = true;
	process->file = 300;
	process->resident = LARGE;
	return process;
}

static void follow(void)
{
	fake_tell_events(0);
	fake_follow(ALL);
	fake_round();
}

static void grow(struct fake_process *process)
{
	process->resident++;
	process->minflt++;
	process->grown_kib += 4;
}

static void grow_all(void)
{
	for (size_t i = 0; i < fake->count; i++)
		if (fake->processes[i].lives)
			grow(&fake->processes[i]);
	fake_round();
}

static void check_kept(int files)
{
	assert_int_equal(fake->kept, files);
	assert_int_equal(fake->snapshot->self.kept_files, files);
}

/* One process that moved in each of so many rounds. */
static struct fake_process *follow_one(int rounds)
{
	struct fake_process *process = start(10);

	follow();
	check_kept(GLANCE);
	for (int i = 0; i < rounds; i++)
		grow_all();
	return process;
}

/* Reads it by its own pages, out of what is kept open or not. */
static void check_own(struct fake_process *process, bool open)
{
	process->opens = fake_pages.owns = fake_pages.file_owns = fake_pages.fasts = 0;
	grow_all();
	assert_int_equal(fake_pages.fasts, 0);
	assert_int_equal(process->opens, !open);
	assert_int_equal(fake_pages.owns, 1);
	assert_int_equal(fake_pages.file_owns, open);
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
}

static void test_who_moves_stays_open(void **state)
{
	(void)state;
	struct fake_process *process = follow_one(0);
	check_own(process, false);
	check_kept(GLANCE + FOLDER + PAGES);
	for (int i = 0; i < 3; i++)
		check_own(process, true);
	check_kept(GLANCE + FOLDER + PAGES);
}

/* And not for longer than it may move again soon. */
static void test_who_stands_still_is_closed(void **state)
{
	(void)state;
	struct fake_process *process = follow_one(2);
	fake_rounds(LAPSE);
	check_kept(GLANCE + FOLDER + PAGES);
	fake_round();
	check_kept(GLANCE);
	/* now it moves seldom */
	check_own(process, false);
	check_kept(GLANCE);
	check_own(process, false);
	check_kept(GLANCE + FOLDER + PAGES);
}

static void test_an_exec_closes(void **state)
{
	(void)state;
	struct fake_process *process = follow_one(2);
	fake_pages.owns = 0;
	fake_check_readers(1, 0, 0);
	fake_exec(process, "a", NULL);
	fake_round();
	fake_check_readers(1, 0, 0);
	check_kept(GLANCE);
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
}

/* Of which nothing but its page entries tells. */
static void test_an_address_space_that_is_no_more(void **state)
{
	(void)state;
	struct fake_process *process = follow_one(2);
	fake_pages.owns = 0;
	fake_check_readers(1, 0, 0);
	process->space += 8;
	grow_all();
	assert_int_equal(fake_pages.owns, 1);
	fake_pages.owns = 0;
	fake_check_readers(1, 0, 0);
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
	check_kept(GLANCE + FOLDER + PAGES);
	check_own(process, true);
}

static void test_its_end_closes(void **state)
{
	(void)state;
	struct fake_process *process = follow_one(2);
	fake_exit(process);
	fake_round();
	check_kept(0);
	fake_check("all", "");
}

/* Its id is another's, whom nothing told of. */
static void test_an_id_that_is_given_again(void **state)
{
	(void)state;
	struct fake_process *process = follow_one(2);
	fake_exit(process);
	struct fake_process *next = start(10);
	next->space += 4;
	fake_round();
	fake_round();
	fake_check("all", "10");
	assert_int_equal(fake_uss_kib("all"), next->space);
}

/* A first thread that has ended has no memory in its folder. */
static void test_a_first_thread_that_ends(void **state)
{
	(void)state;
	struct fake_process *process = follow_one(2);
	process->more_threads = 1;
	process->dead_leader = true;
	fake_rounds(2);
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
	check_kept(GLANCE);
	grow_all();
	grow_all();
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
	check_kept(GLANCE);
}

/* A quarter of what there may be, since everybody is looked at. */
static void check_many(int members, uint64_t limit, int glances, int folders)
{
	fake->descriptor_limit = limit;
	for (int i = 0; i < members; i++)
		start(100 + i);
	follow();
	grow_all();
	grow_all();
	check_kept(glances * GLANCE + folders * (FOLDER + PAGES));
	assert_in_range(fake->kept_most, 0, limit / 4);
	for (int i = 0; i < members; i++)
		fake_exit(fake_find(100 + i));
	fake_round();
	check_kept(0);
}

static void test_as_many_as_there_may_be(void **state)
{
	(void)state;
	check_many(40, 1024, 40, 16);
}

static void test_hardly_any_descriptors(void **state)
{
	(void)state;
	check_many(5, 64, 5, 1);
}

static void test_no_room_beside_glances(void **state)
{
	(void)state;
	check_many(30, 256, 30, 1);
}

/* Without them it is read as before. */
static void test_nothing_can_be_kept(void **state)
{
	(void)state;
	struct fake_process *process = follow_one(0);
	fake->refuses_to_keep = true;
	for (int i = 0; i < 3; i++)
		check_own(process, false);
	check_kept(GLANCE);
}

/* A member of no group any more keeps nothing. */
static void test_who_is_no_member_any_more(void **state)
{
	(void)state;
	struct fake_process *process = follow_one(2);
	check_kept(GLANCE + FOLDER + PAGES);
	fake_exec(process, "other", NULL);
	fake_round();
	check_kept(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_HOST_WITH_PAGES(test_who_moves_stays_open),
		ON_A_HOST_WITH_PAGES(test_who_stands_still_is_closed),
		ON_A_HOST_WITH_PAGES(test_an_exec_closes),
		ON_A_HOST_WITH_PAGES(test_an_address_space_that_is_no_more),
		ON_A_HOST_WITH_PAGES(test_its_end_closes),
		ON_A_HOST_WITH_PAGES(test_an_id_that_is_given_again),
		ON_A_HOST_WITH_PAGES(test_a_first_thread_that_ends),
		ON_A_HOST_WITH_PAGES(test_as_many_as_there_may_be),
		ON_A_HOST_WITH_PAGES(test_hardly_any_descriptors),
		ON_A_HOST_WITH_PAGES(test_no_room_beside_glances),
		ON_A_HOST_WITH_PAGES(test_nothing_can_be_kept),
		ON_A_HOST_WITH_PAGES(test_who_is_no_member_any_more),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

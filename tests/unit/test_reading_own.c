/* Of whom nothing but own memory moved, nothing else is read: what counts as a sign that more did. */
#include "../lib/fakepages.h"

#include <string.h>

#define ALL "<Group \"all\">\nComm \"a\"\n</Group>\n"

enum { LARGE = 100000, FILES = 300 };

static struct fake_process *start(void)
{
	struct fake_process *process = fake_start(10, 1, "a", "");

	fake_pages.tells_sizes = true;
	process->file = FILES;
	process->resident = LARGE;
	return process;
}

/* Starts, and reads it as a whole. */
static struct fake_process *follow(const char *text)
{
	struct fake_process *process = start();

	fake_tell_events(0);
	fake_follow(text);
	fake_round();
	fake_check_readers(1, 0, 0);
	return process;
}

/* It touched so many new pages, each with a fault. */
static void grow(struct fake_process *process, unsigned pages)
{
	process->resident += pages;
	process->minflt += pages;
	process->grown_kib += pages * 4;
}

static void check_own_by(bool kept)
{
	fake_round();
	assert_int_equal(fake_pages.owns, 1);
	assert_int_equal(fake_pages.kept_owns, kept);
	fake_pages.owns = fake_pages.kept_owns = 0;
	fake_check_readers(0, 0, 0);
}

static void check_own(void)
{
	check_own_by(true);
}

static void check_whole(void)
{
	fake_round();
	fake_check_readers(1, 0, 0);
	assert_int_equal(fake_age_s("all"), 0);
}

/* It is tried, and another reader takes over. */
static void check_tried(unsigned fasts, unsigned slices)
{
	fake_round();
	assert_int_equal(fake_pages.owns, 1);
	fake_pages.owns = fake_pages.kept_owns = 0;
	fake_check_readers(fasts, slices, 0);
}

static uint64_t sum_of(enum fp_metric metric)
{
	uint64_t bytes;

	if (!fp_account_sum(&fake_result("all")->account, metric, false, &bytes))
		return UINT64_MAX;
	return bytes;
}

static void test_growth_and_shrinking(void **state)
{
	(void)state;
	struct fake_process *process = follow(ALL);
	for (unsigned i = 1; i <= 3; i++) {
		grow(process, i);
		check_own();
		assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
		assert_int_equal(sum_of(FP_RSS), process->resident * 4096);
		assert_int_equal(sum_of(FP_SWAP), 0);
		assert_int_equal(sum_of(FP_HUGETLB), 0);
		assert_int_equal(sum_of(FP_KSM), 0);
		/* what it has of files is of the reading as a whole */
		assert_int_equal(fake_age_s("all"), i * 10);
		assert_int_equal(fake->snapshot->self.fasts, 1 + i);
	}
	process->resident -= 5;
	process->grown_kib -= 20;
	check_own();
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
	/* and then it stands still */
	fake_rounds(2);
	fake_check_readers(0, 0, 0);
	assert_int_equal(fake_age_s("all"), 60);
}

static void test_without_kept_descriptors(void **state)
{
	(void)state;
	fake->descriptor_limit = 0;
	struct fake_process *process = follow(ALL);
	grow(process, 1);
	check_own_by(false);
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
}

/* After the glance, and before the reading: the others go on. */
static void test_a_first_thread_that_ends_in_between(void **state)
{
	(void)state;
	struct fake_process *process = follow(ALL);
	grow(process, 1);
	/* at who grew it is looked twice, to count its threads */
	process->leader_ends_after = 2;
	check_own_by(false);
	assert_true(process->dead_leader);
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
	assert_int_equal(fake->snapshot->matched, 1);
}

static void test_without_pages_of_files_nothing_is_older(void **state)
{
	(void)state;
	struct fake_process *process = start();
	process->file = 0;
	fake_tell_events(0);
	fake_follow(ALL);
	fake_round();
	fake_check_readers(1, 0, 0);
	grow(process, 1);
	check_own();
	assert_int_equal(fake_age_s("all"), 0);
}

static void test_faults_that_brought_no_own_page(void **state)
{
	(void)state;
	struct fake_process *process = follow(ALL);
	grow(process, 5);
	process->minflt++;
	check_whole();
	grow(process, 5);
	process->majflt++;
	check_whole();
	/* as many own pages went as came */
	process->minflt += 5;
	process->resident--;
	check_whole();
	process->resident--;
	process->minflt++;
	check_whole();
	grow(process, 5);
	check_own();
	/* since that reading, and not since the first */
	process->minflt++;
	process->resident--;
	check_whole();
}

static void test_what_it_maps(void **state)
{
	(void)state;
	struct fake_process *process = follow(ALL);
	/* at the first glance there is none to compare it with */
	grow(process, 1);
	process->file++;
	check_whole();
	grow(process, 1);
	process->mapped++;
	check_whole();
	grow(process, 2);
	process->file++;
	check_whole();
	grow(process, 2);
	process->file--;
	check_whole();
	grow(process, 1);
	process->mapped--;
	check_whole();
	grow(process, 1);
	check_own();
}

static void test_others(void **state)
{
	(void)state;
	struct fake_process *process = follow(ALL);
	struct fake_process *other = fake_start(20, 1, "b", "");
	grow(process, 1);
	check_whole();
	fake_exec(other, "c", NULL);
	grow(process, 1);
	check_whole();
	fake_exit(other);
	grow(process, 1);
	check_whole();
	/* its own relatives: they share what it writes to */
	strcpy(fake_fork(process, 30)->comm, "b");
	grow(process, 1);
	fake_round();
	fake_check_readers(0, 1, 0);
	fake_exit(fake_find(30));
	grow(process, 1);
	check_whole();
	/* pages that KSM holds may be anybody's */
	fake->ksm_shared = 1;
	grow(process, 1);
	fake_round();
	fake_check_readers(0, 1, 0);
	fake->ksm_shared = 0;
	grow(process, 1);
	check_whole();
	grow(process, 1);
	check_own();
}

static void test_another_image(void **state)
{
	(void)state;
	struct fake_process *process = follow(ALL);
	grow(process, 1);
	fake_exec(process, "a", NULL);
	check_whole();
	grow(process, 1);
	check_own();
}

static void test_max_age(void **state)
{
	(void)state;
	struct fake_process *process = follow("MaxAge 30\n" ALL);
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned j = 0; j < 2; j++) {
			grow(process, 1);
			check_own();
		}
		grow(process, 1);
		check_whole();
	}
}

static void test_swap(void **state)
{
	(void)state;
	fake_pages.has_shmem = true;
	struct fake_process *process = follow(ALL);
	grow(process, 1);
	check_own();
	/* who maps no shared memory has out what status says */
	fake_pages.has_shmem = false;
	process->swap_kib = 8;
	fake->swap_bytes = 8192;
	check_whole();
	grow(process, 1);
	process->swap_kib = 12;
	check_own();
	assert_int_equal(sum_of(FP_SWAP), 12288);
	assert_int_equal(sum_of(FP_SWAP_PSS), 12288);
	/* while some goes out and some comes in, more than own pages may move */
	grow(process, 1);
	fake->swap_bytes = 12288;
	check_whole();
	/* of shared memory its file has to be asked */
	fake_pages.has_shmem = fake_pages.knows_shared_swap = true;
	process->file++;
	check_whole();
	grow(process, 1);
	check_whole();
	fake->swap_bytes = 0;
	check_whole();
	grow(process, 1);
	check_own();
	/* it begins to be in use */
	fake->swap_bytes = 4096;
	grow(process, 1);
	check_whole();
}

static void test_who_takes_over(void **state)
{
	(void)state;
	struct fake_process *process = follow(ALL);
	fake_pages.own_status = -EAGAIN;
	for (unsigned i = 0; i < 2; i++) {
		grow(process, 1);
		check_tried(1, 0);
		assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
		assert_int_equal(fake_age_s("all"), 0);
	}
	/* what that one finds out is remembered all the same */
	fake_pages.fast_status = -E2BIG;
	grow(process, 1);
	check_tried(1, 1);
	grow(process, 1);
	fake_round();
	fake_check_readers(0, 1, 0);
	fake_pages.fast_status = fake_pages.own_status = 0;
	fake_exec(process, "a", NULL);
	check_whole();
	/* a page that is somebody else's too: it has relatives, whatever is known of it */
	fake_pages.own_status = -EUCLEAN;
	grow(process, 1);
	check_tried(0, 1);
	grow(process, 1);
	fake_round();
	fake_check_readers(0, 1, 0);
}

static void test_it_ends(void **state)
{
	(void)state;
	struct fake_process *process = follow(ALL);
	fake_pages.own_status = -ESRCH;
	grow(process, 1);
	check_own();
	fake_exit(process);
	fake_round();
	fake_check("all", "");
}

static void fork_in_reading(struct fake_process *of)
{
	fake_pages.in_reading = NULL;
	strcpy(fake_fork(of, 20)->comm, "b");
}

static void test_a_fork_in_the_middle(void **state)
{
	(void)state;
	struct fake_process *process = follow(ALL);
	fake_pages.in_reading = fork_in_reading;
	grow(process, 1);
	check_tried(0, 1);
}

/* Proof is of all that is told, so that it is read as a whole. */
static void test_verify(void **state)
{
	(void)state;
	struct fake_process *process = start();
	fake_tell_events(0);
	fake_follow("Verify true\n" ALL);
	fake_round();
	fake_check_readers(2, 0, 1);
	grow(process, 1);
	fake_round();
	assert_int_equal(fake_pages.owns, 1);
	fake_pages.owns = 0;
	fake_check_readers(1, 0, 1);
	assert_true(fake->snapshot->self.has_verify);
}

static void test_what_only_a_walk_tells(void **state)
{
	(void)state;
	struct fake_process *process = start();
	process->dirty_kib = 7;
	fake_tell_events(0);
	fake_follow("MaxAge 40\n<Group \"all\">\nComm \"a\"\nDetail true\n</Group>\n");
	fake_round();
	fake_check_readers(0, 0, 1);
	/* too large for a walk now */
	grow(process, 200000);
	process->mapped++;
	fake_round();
	fake_check_readers(1, 0, 0);
	assert_int_equal(fake_age_s("all"), 10);
	grow(process, 1);
	check_own();
	assert_int_equal(sum_of(FP_PSS_DIRTY), 7 * 1024);
	assert_int_equal(fake_age_s("all"), 20);
}

/* It forks while it is opened to be read: seen by nobody yet but its pages. */
static void fork_when_opened(struct fake_process *process, unsigned file)
{
	if (file != FP_OS_STAT || process->pid != 10)
		return;
	fake->before_read = NULL;
	fake_fork(process, 77);
	fake_pages.own_status = -EUCLEAN;
}

static void read_with_fork(struct fake_process *process)
{
	grow(process, 1);
	fake->before_read = fork_when_opened;
	check_tried(0, 1);
	assert_null(fake->before_read);
	fake_exit(fake_find(77));
	fake_pages.own_status = 0;
}

/* That its pages had a relative then says nothing of the time after it. */
static void test_a_fork_that_is_soon_gone(void **state)
{
	(void)state;
	struct fake_process *process = follow(ALL);
	fake_exit(fake_fork(process, 76));
	grow(process, 1);
	fake_round();
	fake_check_readers(1, 0, 0);
	grow(process, 1);
	check_own();
	read_with_fork(process);
	check_whole();
	grow(process, 1);
	check_own();
	assert_int_equal(fake_uss_kib("all"), process->space + process->grown_kib);
}

/* Also where nobody tells of forks, but that somebody came. */
static void test_a_fork_that_nobody_tells(void **state)
{
	(void)state;
	struct fake_process *process = start();
	fake_tell_last_pid();
	fake_follow(ALL);
	fake_rounds(2);
	fake_check_readers(1, 0, 0);
	grow(process, 1);
	check_own();
	read_with_fork(process);
	grow(process, 1);
	fake_round();
	fake_check_readers(1, 0, 0);
	grow(process, 1);
	check_own();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_HOST_WITH_PAGES(test_a_fork_that_is_soon_gone),
		ON_A_HOST_WITH_PAGES(test_a_fork_that_nobody_tells),
		ON_A_HOST_WITH_PAGES(test_growth_and_shrinking),
		ON_A_HOST_WITH_PAGES(test_without_kept_descriptors),
		ON_A_HOST_WITH_PAGES(test_a_first_thread_that_ends_in_between),
		ON_A_HOST_WITH_PAGES(test_without_pages_of_files_nothing_is_older),
		ON_A_HOST_WITH_PAGES(test_faults_that_brought_no_own_page),
		ON_A_HOST_WITH_PAGES(test_what_it_maps),
		ON_A_HOST_WITH_PAGES(test_others),
		ON_A_HOST_WITH_PAGES(test_another_image),
		ON_A_HOST_WITH_PAGES(test_max_age),
		ON_A_HOST_WITH_PAGES(test_swap),
		ON_A_HOST_WITH_PAGES(test_who_takes_over),
		ON_A_HOST_WITH_PAGES(test_it_ends),
		ON_A_HOST_WITH_PAGES(test_a_fork_in_the_middle),
		ON_A_HOST_WITH_PAGES(test_verify),
		ON_A_HOST_WITH_PAGES(test_what_only_a_walk_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

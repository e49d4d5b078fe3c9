/* Who becomes another, or whose pid does, between two rounds or in the middle of one. */
#include "../lib/fakehost.h"

#include <string.h>

#define SHOP       "<Group \"shop\">\nEnv \"APP\" \"shop\"\n</Group>\n"
#define APPS       "<Group \"app-%{env:APP}\">\nEnv \"APP\"\n</Group>\n"
#define BY_CMDLINE "<Group \"a\">\nCmdline \"/a/\"\n</Group>\n"

static void rounds(int count)
{
	while (count--)
		fake_round();
}

/* From an exec in the middle of a round nobody takes what belongs to another image. */
static void exec_before_environ(struct fake_process *process, unsigned file)
{
	if (process->pid == 10 && file == FP_OS_ENVIRON && process->startcode < 0x56000000000) {
		fake_exec(process, "a", "APP=blog");
		process->startcode += 0x10000000000;
	}
}

static void test_an_exec_in_the_middle_of_a_round(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "APP=shop");
	fake_fork(parent, 11);
	fake_configure(SHOP APPS);
	fake->before_read = exec_before_environ;
	fake_round();
	fake->before_read = NULL;
	assert_string_equal(parent->environ, "APP=blog");
	fake_check("shop", "11");
	rounds(2);
	fake_check("shop", "11");
	fake_check("app-shop", "11");
	fake_check("app-blog", "10");
}

static void run_and_exec_before_environ(struct fake_process *process, unsigned file)
{
	if (process->pid == 10 && file == FP_OS_ENVIRON)
		process->clock_ns++;
	exec_before_environ(process, file);
}

/* Where its clock tells that it did not run, its image is not looked at again. */
static void test_an_exec_that_a_clock_tells(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "APP=shop");
	struct fake_process *still = fake_start(12, 1, "a", "APP=shop");
	struct fake_process *busy = fake_start(13, 1, "a", "APP=shop");
	fake_fork(parent, 11)->rests = true;
	parent->rests = still->rests = true;
	fake_go_live();
	fake_configure(SHOP APPS);
	fake->before_read = run_and_exec_before_environ;
	fake_round();
	fake->before_read = NULL;
	assert_string_equal(parent->environ, "APP=blog");
	fake_check("shop", "11 12 13");
	unsigned looks = fake_reads(still, FP_OS_STAT);
	assert_int_equal(fake_reads(busy, FP_OS_STAT), looks + 1);
	rounds(2);
	fake_check("shop", "11 12 13");
	fake_check("app-shop", "11 12 13");
	fake_check("app-blog", "10");
}

static void test_a_reused_pid_is_another_process(void **state)
{
	(void)state;
	struct fake_process *first = fake_start(10, 1, "a", "APP=shop");
	fake_configure(SHOP BY_CMDLINE "<Group \"d\">\nComm \"a\"\nDescendants true\n</Group>");
	rounds(8);
	fake_check("shop", "10");
	fake_check("a", "10");
	uint64_t startcode = first->startcode, startstack = first->startstack;
	struct fake_process *child = fake_fork(first, 11);
	strcpy(child->comm, "child");
	fake_round();
	fake_check("d", "10 11");
	fake_exit(first);
	/* even with the image of the first, as by chance */
	struct fake_process *second = fake_start(10, 1, "b", "APP=blog");
	second->startcode = startcode;
	second->startstack = startstack;
	fake_round();
	fake_check("shop", "11");
	fake_check("a", "11");
	assert_int_equal(fake_reads(second, FP_OS_ENVIRON), 1);
	/* the child's parent is not who has its pid now */
	fake_check("d", "11");
}

static struct fake_process *next_owner;

static void reuse_before_cmdline(struct fake_process *process, unsigned file)
{
	/* the directory that is open stays that of the process that ended */
	if (process->pid == 10 && file == FP_OS_CMDLINE && !next_owner) {
		fake_exit(process);
		next_owner = fake_start(10, 1, "a", "APP=blog");
	}
}

static void test_a_pid_reused_in_the_middle_of_a_round(void **state)
{
	(void)state;
	next_owner = NULL;
	fake_start(10, 1, "a", "APP=shop");
	fake_configure(BY_CMDLINE SHOP);
	fake->before_read = reuse_before_cmdline;
	fake_round();
	fake_check("a", "");
	fake_check("shop", "");
	fake_round();
	fake_check("a", "10");
	fake_check("shop", "");
}

/* Between the scan, which has seen 10 when it comes to 11, and the look at each. */
static void reuse_after_stat(struct fake_process *process, unsigned file)
{
	if (process->pid == 11 && file == FP_OS_STAT && !next_owner) {
		fake_exit(&fake->processes[0]);
		next_owner = fake_start(10, 1, "b", "APP=blog");
	}
}

static void test_a_pid_reused_between_scan_and_look(void **state)
{
	(void)state;
	next_owner = NULL;
	fake_start(10, 1, "a", "APP=shop");
	fake_start(11, 1, "c", "");
	fake_configure(APPS "<Group \"comm\">\nComm \"a\"\n</Group>");
	fake->before_read = reuse_after_stat;
	fake_round();
	fake_check("app-blog", NULL);
	fake_check("comm", "");
	fake_round();
	fake_check("app-blog", "10");
	fake_check("comm", "");
}

/* Its stat tells no addresses then, and those of the image after it are new ones. */
static void test_an_exec_out_of_a_dead_leader(void **state)
{
	(void)state;
	struct fake_process *process = fake_start(10, 1, "a", "APP=shop");
	fake_configure(SHOP APPS);
	rounds(8);
	process->dead_leader = true;
	rounds(8);
	fake_check("shop", "10");
	fake_check("app-shop", "10");
	fake_exec(process, "a", "APP=blog");
	fake_round();
	fake_check("shop", "");
	fake_check("app-blog", "10");
}

static void exec_at_the_same_place(struct fake_process *process, const char *environ_text)
{
	uint64_t startcode = process->startcode, startstack = process->startstack;

	fake_exec(process, process->comm, environ_text);
	process->startcode = startcode;
	process->startstack = startstack;
}

/* An exec of the same program is one also where its addresses are not random. */
static void test_an_exec_that_keeps_the_addresses(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "APP=shop");
	fake_configure(SHOP APPS);
	rounds(8);
	struct fake_process *before = fake_fork(parent, 11), *after = fake_fork(parent, 12);
	exec_at_the_same_place(before, "APP=blog");
	strcpy(after->environ, "a title");
	fake_round();
	fake_check("app-shop", "10 12");
	fake_check("app-blog", "11");
	rounds(8);
	fake_check("shop", "10 12");
	exec_at_the_same_place(after, "APP=blog");
	fake_round();
	fake_check("shop", "10");
	fake_check("app-blog", "11 12");
}

/* A process of which nobody can tell its memory is one all the same, and the others have theirs. */
static void check_unknown(struct fake_process *process, int threads, int thread)
{
	const struct fp_account *account;
	uint64_t sum;

	process->threads_status = threads;
	process->thread_status = thread;
	fake_round();
	fake_check("b", "11");
	account = &fake_result("all")->account;
	assert_int_equal(account->processes, 2);
	assert_false(fp_account_sum(account, FP_USS, false, &sum));
}

static void test_a_dead_leader_whose_threads_do_not_tell(void **state)
{
	struct fp_snapshot *none = NULL;

	(void)state;
	struct fake_process *process = fake_start(10, 1, "a", "");
	fake_start(11, 1, "b", "");
	fake_configure("<Group \"all\">\nComm \"/./\"\n</Group>\n"
		       "<Group \"b\">\nComm \"b\"\n</Group>");
	process->dead_leader = true;
	fake_round();
	fake_check("all", "10 11");
	check_unknown(process, -EACCES, 0);
	check_unknown(process, -ENOENT, 0);
	check_unknown(process, 0, -EACCES);
	/* all of them have ended */
	process->thread_status = -ESRCH;
	fake_round();
	fake_check("all", "11");
	/* one that cannot be opened at all is left out, and takes nobody with it */
	process->threads_status = -ELOOP;
	fake_round();
	fake_check("all", "11");
	process->threads_status = 0;
	process->thread_status = -EMFILE;
	assert_int_equal(fp_sampler_take(fake->sampler, &none), -EMFILE);
	assert_null(none);
	process->thread_status = 0;
	fake_round();
	fake_check("all", "10 11");
}

/* One that has been looked at, and whose first thread has ended since. */
static struct fake_process *end_leader(void)
{
	struct fake_process *process = fake_start(10, 1, "a", "");

	fake_tell_events(0);
	fake_configure("<Group \"all\">\nComm \"a\"\n</Group>\n");
	fake_round();
	process->dead_leader = true;
	fake_event(FP_OS_EVENT_EXIT, 10, 1);
	return process;
}

/* The thread that lived was there when it was listed, and made another before it ended. */
static void test_a_dead_leader_whose_thread_passes_on(void **state)
{
	(void)state;
	struct fake_process *process = end_leader();
	process->passes_on = 2;
	fake_round();
	assert_int_equal(process->passes_on, 0);
	fake_check("all", "10");
	fake_round();
	fake_check("all", "10");
}

/* It ends with all that it has: who has ended is not opened again and again. */
static void test_a_dead_leader_that_ends(void **state)
{
	(void)state;
	struct fake_process *process = end_leader();
	process->thread_status = -ESRCH;
	fake->thread_opens = 0;
	fake_round();
	assert_int_equal(fake->thread_opens, 1);
	fake_check("all", "");
}

static void test_a_thread_under_the_pid_of_a_process(void **state)
{
	(void)state;
	fake_go_live();
	struct fake_process *ended = fake_start(10, 1, "a", "");
	struct fake_process *other = fake_start(11, 1, "a", "");
	fake_tell_last_pid();
	fake_configure("<Group \"all\">\nComm \"a\"\n</Group>\n");
	fake_rounds(2);
	fake_check("all", "10 11");
	fake_exit(ended);
	struct fake_process *thread = fake_start(10, 1, "a", "");
	thread->is_thread = true;
	/* so many pids came in between that it is the last one again */
	fake->last_pid = other->pid;
	thread->space = other->space;
	thread->startcode = other->startcode;
	thread->startstack = other->startstack;
	fake_rounds(3);
	fake_check("all", "11");
	assert_int_equal(fake->snapshot->processes, 1);
}

/* Who hides both tells nothing by which they could be told apart but its clock. */
static void test_a_hidden_thread_under_the_pid_of_a_process(void **state)
{
	const unsigned all = 1U << FP_OS_STAT | 1U << FP_OS_STATUS;

	(void)state;
	fake_go_live();
	fake_start(11, 1, "a", "");
	struct fake_process *ended = fake_start(10, 1, "a", "");
	ended->denied = all;
	fake_tell_last_pid();
	fake_configure("<Group \"all\">\nComm \"a\"\n</Group>\n");
	fake_rounds(2);
	assert_int_equal(fake->snapshot->processes, 2);
	fake_exit(ended);
	struct fake_process *thread = fake_start(10, 1, "a", "");
	thread->denied = all;
	thread->is_thread = true;
	fake_rounds(3);
	assert_int_equal(fake->snapshot->processes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FAKE_HOST(test_an_exec_in_the_middle_of_a_round),
		ON_A_FAKE_HOST(test_an_exec_that_a_clock_tells),
		ON_A_FAKE_HOST(test_a_reused_pid_is_another_process),
		ON_A_FAKE_HOST(test_a_pid_reused_in_the_middle_of_a_round),
		ON_A_FAKE_HOST(test_a_pid_reused_between_scan_and_look),
		ON_A_FAKE_HOST(test_an_exec_out_of_a_dead_leader),
		ON_A_FAKE_HOST(test_an_exec_that_keeps_the_addresses),
		ON_A_FAKE_HOST(test_a_dead_leader_whose_threads_do_not_tell),
		ON_A_FAKE_HOST(test_a_dead_leader_whose_thread_passes_on),
		ON_A_FAKE_HOST(test_a_dead_leader_that_ends),
		ON_A_FAKE_HOST(test_a_thread_under_the_pid_of_a_process),
		ON_A_FAKE_HOST(test_a_hidden_thread_under_the_pid_of_a_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Who may share copy-on-write memory, by events, by parents and by what images tell. */
#include "../lib/fakelooks.h"

/* As prctl(PR_SET_MM_MAP) lets everybody do: nothing but events and parents can tell then. */
static struct fake_process *fork_forged(struct fake_process *parent, int32_t pid)
{
	struct fake_process *child = fake_fork(parent, pid);

	child->startcode += UINT64_C(0x1000000) * (uint64_t)pid;
	return child;
}

/* With the addresses of before, as where they are not random. */
static void exec_in_place(struct fake_process *p)
{
	uint64_t startcode = p->startcode, startstack = p->startstack;

	fake_exec(p, p->comm, NULL);
	p->startcode = startcode;
	p->startstack = startstack;
}

static void test_a_fork_until_its_exec(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	fake_start(11, 1, "b", "");
	look_around();
	assert_true(is_alone(10));
	assert_true(is_alone(11));
	struct fake_process *child = fork_forged(parent, 12);
	struct fake_process *second = fork_forged(parent, 13);
	look_around();
	assert_true(are_kin(10, 12) && are_kin(10, 13));
	assert_false(is_alone(10));
	assert_false(is_alone(13));
	assert_true(is_alone(11));
	fake_exec(child, "c", NULL);
	look_around();
	assert_true(is_alone(12));
	assert_true(are_kin(10, 13));
	fake_exit(second);
	look_around();
	assert_true(is_alone(10));
}

/* One that keeps the addresses begins a kin of its own, and others of the first are still each other's. */
static void test_an_orphan_after_an_exec_in_place(void **state)
{
	(void)state;
	struct fake_process *first = fake_start(9, 1, "c", "");
	struct fake_process *parent = fake_start(10, 1, "a", "");
	look_around();
	/* its place in the table is the child's */
	fake_exit(first);
	look_around();
	struct fake_process *child = fake_fork(parent, 11);
	look_around();
	assert_true(find_entry(11)->index < find_entry(10)->index);
	exec_in_place(child);
	look_around();
	/* also if the table grew meanwhile */
	for (int32_t pid = 100; pid < 300; pid++)
		fake_start(pid, 1, "b", "");
	look_around();
	/* nobody tells whose fork it is */
	fake_fork(parent, 12)->ppid = 1;
	look_around();
	assert_true(are_kin(10, 12) && are_kin(11, 12));
}

/* From the event on, before anybody looked: and no longer once it has an image of its own, or ended. */
static void test_a_fork_that_nobody_looked_at(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	look_around();
	struct fake_process *child = fork_forged(parent, 11);
	assert_true(is_alone(10));
	assert_int_equal(fp_watch_drain(&looks.watch), 0);
	assert_false(is_alone(10));
	fake_exec(child, "b", NULL);
	assert_int_equal(fp_watch_drain(&looks.watch), 0);
	assert_true(is_alone(10));
	child = fork_forged(parent, 12);
	struct fake_process *grandchild = fork_forged(child, 13);
	fake_exit(child);
	assert_int_equal(fp_watch_drain(&looks.watch), 0);
	assert_false(is_alone(10));
	fake_exit(grandchild);
	assert_int_equal(fp_watch_drain(&looks.watch), 0);
	assert_true(is_alone(10));
	look_around();
	assert_true(is_alone(10));
	assert_true(is_alone(11));
}

static void test_a_chain_whose_middle_ended(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	look_around();
	struct fake_process *middle = fork_forged(parent, 11);
	struct fake_process *next = fork_forged(middle, 12);
	struct fake_process *last = fork_forged(next, 13);
	fake_exit(middle);
	fake_exit(next);
	assert_int_equal(last->ppid, 1);
	look_around();
	assert_true(are_kin(10, 13));
	assert_null(fp_table_find(looks.table, 11));
	/* also when they were drained one by one, and the middle had been looked at */
	middle = fork_forged(last, 14);
	look_around();
	next = fork_forged(middle, 15);
	assert_int_equal(fp_watch_drain(&looks.watch), 0);
	fake_exit(middle);
	assert_int_equal(fp_watch_drain(&looks.watch), 0);
	look_around();
	assert_true(are_kin(10, 15));
}

static void test_a_middle_with_an_image_of_its_own(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	look_around();
	struct fake_process *middle = fake_fork(parent, 11);
	fake_exec(middle, "b", NULL);
	fork_forged(middle, 12);
	fork_forged(middle, 13);
	look_around();
	assert_true(is_alone(10));
	assert_true(are_kin(11, 12) && are_kin(11, 13));
	/* nothing but the events ties those together whose parent nobody ever saw */
	struct fake_process *unseen = fake_fork(parent, 20);
	fake_exec(unseen, "b", NULL);
	fork_forged(unseen, 21);
	fork_forged(unseen, 22);
	fake_exit(unseen);
	look_around();
	assert_true(is_alone(10));
	assert_true(are_kin(21, 22));
	/* nor a grandchild to who lives */
	struct fake_process *seen = fake_fork(parent, 30);
	fake_exec(seen, "b", NULL);
	unseen = fork_forged(seen, 31);
	fork_forged(unseen, 32);
	fake_exit(unseen);
	look_around();
	assert_true(is_alone(10));
	assert_true(are_kin(30, 32));
	/* which ends with an exec, of either */
	fake_exec(seen, "b", NULL);
	look_around();
	assert_true(is_alone(30) && is_alone(32));
}

static void test_an_exec_with_the_same_addresses(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	struct fake_process *child = fake_fork(parent, 11);
	look_around();
	assert_true(are_kin(10, 11));
	exec_in_place(parent);
	look_around();
	assert_true(is_alone(10));
	assert_true(is_alone(11));
	exec_in_place(child);
	fake_fork(parent, 12);
	look_around();
	assert_true(are_kin(10, 12));
	/* before anybody looked */
	exec_in_place(fake_fork(parent, 13));
	uint64_t turnover = looks.table->turnover;
	look_around();
	fake_event(FP_OS_EVENT_COMM, 10, 0);
	look_around();
	assert_non_null(fp_table_find(looks.table, 13));
	assert_int_equal(looks.table->turnover, turnover + 1);
}

/* It shares the memory itself until its exec, or its end. */
static void test_a_vfork_child(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	look_around();
	struct fake_process *child = fake_fork(parent, 11);
	child->space = parent->space;
	look_around();
	assert_true(are_kin(10, 11));
	fake_exec(child, "b", NULL);
	look_around();
	assert_true(is_alone(10));
	assert_true(is_alone(11));
}

static void test_a_pid_that_was_given_again(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	struct fake_process *child = fork_forged(parent, 11);
	look_around();
	fake_exit(child);
	fake_start(11, 1, "b", "");
	look_around();
	assert_true(is_alone(10));
	assert_true(is_alone(11));
	/* before anybody looked at the first that had it */
	fake_exit(fork_forged(parent, 12));
	fork_forged(fake_find(11), 12);
	look_around();
	assert_true(is_alone(10));
	assert_true(are_kin(11, 12));
	/* and where its end was lost, but not its next birth */
	child = fork_forged(parent, 13);
	assert_int_equal(fp_watch_drain(&looks.watch), 0);
	fake_lose(1);
	fake_exit(child);
	fork_forged(fake_find(11), 13);
	look_around();
	assert_true(is_alone(10));
	assert_true(are_kin(11, 13));
}

/* One key: of two images that are of one, or were made to look so. */
static void test_an_equal_key(void **state)
{
	(void)state;
	struct fake_process *a = fake_start(10, 1, "a", ""), *b = fake_start(11, 1, "b", "");
	for (int32_t pid = 100; pid < 400; pid++)
		fake_start(pid, 1, "other", "");
	b->startcode = a->startcode;
	look_around();
	assert_true(is_alone(10) && is_alone(11));
	b->startstack = a->startstack;
	fake_event(FP_OS_EVENT_COMM, 11, 0);
	look_around();
	assert_true(are_kin(10, 11));
	assert_true(is_alone(200));
	struct fake_process *c = fake_start(12, 1, "c", "");
	c->startcode = a->startcode;
	c->startstack = a->startstack;
	look_around();
	assert_true(are_kin(10, 12) && are_kin(11, 12));
	fake_exec(b, "b", NULL);
	fake_exit(c);
	look_around();
	assert_true(is_alone(10) && is_alone(11));
}

/* A fork is expected in a kin that has moved into another, and that one is gone when it comes. */
static void test_a_kin_that_moved_and_went(void **state)
{
	(void)state;
	for (int32_t pid = 10; pid < 15; pid++)
		fake_start(pid, 1, "a", "");
	look_around();
	uint32_t first = fp_kin_of(looks.table, find_entry(10)),
		 second = fp_kin_of(looks.table, find_entry(11));
	fp_kin_expect(looks.table, first);
	fp_kin_join(looks.table, find_entry(10), second);
	assert_true(are_kin(10, 11));
	fp_kin_leave(looks.table, find_entry(10));
	fp_kin_join(looks.table, find_entry(14), first);
	assert_true(are_kin(11, 14));
	fp_kin_leave(looks.table, find_entry(14));
	/* the fork may be a relative of those who are there now */
	assert_false(is_alone(11));
	fp_kin_leave(looks.table, find_entry(11));
	uint32_t third = fp_kin_of(looks.table, find_entry(12));
	fp_kin_join(looks.table, find_entry(13), first);
	fp_kin_unexpect(looks.table, first);
	assert_true(fp_kin_of(looks.table, find_entry(14)) != third);
	assert_true(is_alone(12) && is_alone(13) && is_alone(14));
	assert_false(are_kin(12, 13) || are_kin(13, 14) || are_kin(12, 14));
	/* all numbers are given back */
	for (int32_t pid = 12; pid < 15; pid++)
		fp_kin_leave(looks.table, find_entry(pid));
	size_t kins = looks.table->kins.len;
	for (int32_t pid = 10; pid < 10 + (int32_t)kins && pid < 15; pid++)
		fp_kin_of(looks.table, find_entry(pid));
	assert_int_equal(looks.table->kins.len, kins);
}

/* A number that is given again is that of another kin: nothing of the first is left. */
static void test_a_number_that_was_given_again(void **state)
{
	(void)state;
	fake_start(10, 1, "a", "");
	fake_start(11, 1, "a", "");
	look_around();
	uint32_t kin = fp_kin_found(looks.table, 11);
	assert_true(fp_kin_is_founder(looks.table, kin, 11));
	assert_false(fp_kin_is_founder(looks.table, kin, 10));
	fp_kin_unexpect(looks.table, kin);
	assert_int_equal(fp_kin_of(looks.table, find_entry(10)), kin);
	assert_false(fp_kin_is_founder(looks.table, kin, 11));
	uint64_t changes = looks.table->kins.at[kin].changes;
	fp_kin_leave(looks.table, find_entry(10));
	assert_int_equal(fp_kin_of(looks.table, find_entry(11)), kin);
	assert_true(looks.table->kins.at[kin].changes > changes);
}

/* A parent is one as long as it lives, and who has none is not everybody's brother. */
static void test_parents_where_no_events_tell(void **state)
{
	(void)state;
	fake_start(1, 0, "init", "");
	struct fake_process *parent = fake_start(10, 1, "a", "");
	struct fake_process *child = fork_forged(parent, 11);
	look_around();
	assert_true(are_kin(10, 11));
	struct fake_process *orphan = fork_forged(child, 12);
	fake_exit(child);
	assert_int_equal(orphan->ppid, 1);
	look_around();
	assert_true(is_alone(1));
	assert_true(is_alone(12));
	assert_true(is_alone(10));
	/* an exec is seen by its flag where the addresses stay */
	struct fake_process *last = fake_fork(parent, 13);
	look_around();
	assert_true(are_kin(10, 13));
	exec_in_place(last);
	look_around();
	assert_true(is_alone(10));
}

/* A child is not of one that was born after it, whatever pid that has, nor of the kernel's threads. */
static void test_no_parents(void **state)
{
	(void)state;
	struct fake_process *child = fork_forged(fake_start(10, 1, "a", ""), 11);
	fake_exit(fake_find(10));
	fake_start(10, 1, "a", "");
	child->ppid = 10;
	struct fake_process *thread = fake_start(2, 0, "kthreadd", "");
	thread->kernel = true;
	fork_forged(thread, 12);
	look_around();
	assert_true(is_alone(10) && is_alone(11) && is_alone(12));
	assert_false(are_kin(2, 12));
}

/* One that does not tell its image may be anybody's relative, so they are counted. */
static void test_unknown_keys(void **state)
{
	(void)state;
	const int32_t pids[] = {1, 10, 11, 12, 13};
	for (size_t i = 0; i < 5; i++) {
		struct fake_process *process = fake_start(pids[i], 0, "a", "");
		/* as the kernel says it to those who may not know */
		process->startcode = 1;
		process->startstack = 0;
	}
	fake_find(12)->kernel = true;
	fake_find(13)->denied = 1u << FP_OS_STAT | 1u << FP_OS_STATUS;
	look_around();
	assert_int_equal(looks.table->unknown_keys, 3);
	fake_exec(fake_find(10), "b", NULL);
	look_around();
	assert_int_equal(looks.table->unknown_keys, 2);
	fake_exit(fake_find(11));
	fake_exit(fake_find(12));
	look_around();
	assert_int_equal(looks.table->unknown_keys, 1);
	fake_exit(fake_find(13));
	fake_exit(fake_find(1));
	look_around();
	assert_int_equal(looks.table->unknown_keys, 0);
}

/* What was known of an image stays so when the first thread has ended and the others do not tell. */
static void test_a_dead_leader_keeps_its_key(void **state)
{
	(void)state;
	struct fake_process *process = fake_start(10, 1, "a", "");
	look_around();
	assert_int_equal(looks.table->unknown_keys, 0);
	process->dead_leader = true;
	process->startcode = 1;
	process->startstack = 0;
	fake_event(FP_OS_EVENT_EXIT, 10, 0);
	look_around();
	assert_int_equal(looks.table->dead_leaders, 1);
	assert_int_equal(looks.table->unknown_keys, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_EVENTS(test_a_fork_until_its_exec),
		WITH_EVENTS(test_a_fork_that_nobody_looked_at),
		WITH_EVENTS(test_a_chain_whose_middle_ended),
		WITH_EVENTS(test_a_middle_with_an_image_of_its_own),
		WITH_EVENTS(test_an_exec_with_the_same_addresses),
		WITH_EVENTS(test_a_vfork_child),
		WITH_EVENTS(test_a_pid_that_was_given_again),
		WITH_EVENTS(test_an_equal_key),
		WITH_EVENTS(test_a_kin_that_moved_and_went),
		WITH_EVENTS(test_a_number_that_was_given_again),
		WITHOUT_EVENTS(test_an_orphan_after_an_exec_in_place),
		WITHOUT_EVENTS(test_no_parents),
		WITH_EVENTS(test_unknown_keys),
		WITH_EVENTS(test_a_dead_leader_keeps_its_key),
		WITHOUT_EVENTS(test_parents_where_no_events_tell),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

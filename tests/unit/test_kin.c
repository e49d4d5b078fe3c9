/* Who may share copy-on-write memory, by events, by parents and by what images tell. */
#include "../lib/fakehost.h"
#include "sample/kin.h"
#include "sample/watch.h"

#include <stdlib.h>

static struct fp_table *table;
static struct fp_watch watch;
static struct fp_process process;
static struct fp_pids pids;

static void open_table(bool events)
{
	fake_go_live();
	fake_tell_events(events ? 0 : -EACCES);
	readtext_good("<Group \"g\">\nComm \"g\"\n</Group>", &fake->settings);
	assert_int_equal(fp_table_new(fake->settings.settings, &table), 0);
	watch = (struct fp_watch){0};
	assert_int_equal(
		fp_watch_init(&watch, &fake->host, fake->settings.settings, table, true), 0);
	process = (struct fp_process){0};
	fp_process_init(&process, &fake->host, NULL, NULL, NULL);
}

static int begin_with_events(void **state)
{
	int status = fake_begin(state);

	open_table(true);
	return status;
}

static int begin_without(void **state)
{
	int status = fake_begin(state);

	open_table(false);
	return status;
}

static int end(void **state)
{
	fp_process_fini(&process);
	fp_watch_fini(&watch);
	fp_table_free(table);
	free(pids.at);
	pids = (struct fp_pids){0};
	return fake_end(state);
}

static void look_at(int32_t pid)
{
	struct fp_entry *entry = fp_table_find(table, pid);
	unsigned changed;
	int status = fp_process_open(&process, pid);

	if (status < 0) {
		assert_int_equal(status, -ESRCH);
		fp_watch_seen(&watch, pid, NULL);
		if (entry)
			fp_table_remove(table, entry);
		return;
	}
	assert_int_equal(
		fp_table_look(table, &process, fake->now_s * 1000000000, &entry, &changed), 0);
	fp_watch_seen(&watch, pid, entry);
	fp_process_close(&process);
}

/* A round's looks. */
static void look(void)
{
	fake->now_s += 10;
	assert_int_equal(fp_watch_collect(&watch, fake->now_s * 1000000000, &pids), 0);
	for (size_t i = 0; i < pids.len; i++)
		look_at(pids.at[i]);
	fp_table_settle(table);
}

static bool is_alone(int32_t pid)
{
	const struct fp_entry *entry = fp_table_find(table, pid);

	assert_non_null(entry);
	return fp_kin_is_alone(table, entry);
}

static bool are_kin(int32_t a, int32_t b)
{
	const struct fp_entry *x = fp_table_find(table, a), *y = fp_table_find(table, b);

	assert_true(x && y);
	return x->kin != FP_NOBODY && x->kin == y->kin;
}

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
	look();
	assert_true(is_alone(10));
	assert_true(is_alone(11));
	struct fake_process *child = fork_forged(parent, 12);
	struct fake_process *second = fork_forged(parent, 13);
	look();
	assert_true(are_kin(10, 12) && are_kin(10, 13));
	assert_false(is_alone(10));
	assert_false(is_alone(13));
	assert_true(is_alone(11));
	fake_exec(child, "c", NULL);
	look();
	assert_true(is_alone(12));
	assert_true(are_kin(10, 13));
	fake_exit(second);
	look();
	assert_true(is_alone(10));
}

/* From the event on, before anybody looked: and no longer once it has an image of its own, or ended. */
static void test_a_fork_that_nobody_looked_at(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	look();
	struct fake_process *child = fork_forged(parent, 11);
	assert_true(is_alone(10));
	assert_int_equal(fp_watch_drain(&watch), 0);
	assert_false(is_alone(10));
	fake_exec(child, "b", NULL);
	assert_int_equal(fp_watch_drain(&watch), 0);
	assert_true(is_alone(10));
	child = fork_forged(parent, 12);
	struct fake_process *grandchild = fork_forged(child, 13);
	fake_exit(child);
	assert_int_equal(fp_watch_drain(&watch), 0);
	assert_false(is_alone(10));
	fake_exit(grandchild);
	assert_int_equal(fp_watch_drain(&watch), 0);
	assert_true(is_alone(10));
	look();
	assert_true(is_alone(10));
	assert_true(is_alone(11));
}

static void test_a_chain_whose_middle_ended(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	look();
	struct fake_process *middle = fork_forged(parent, 11);
	struct fake_process *next = fork_forged(middle, 12);
	struct fake_process *last = fork_forged(next, 13);
	fake_exit(middle);
	fake_exit(next);
	assert_int_equal(last->ppid, 1);
	look();
	assert_true(are_kin(10, 13));
	assert_null(fp_table_find(table, 11));
	/* also when they were drained one by one, and the middle had been looked at */
	middle = fork_forged(last, 14);
	look();
	next = fork_forged(middle, 15);
	assert_int_equal(fp_watch_drain(&watch), 0);
	fake_exit(middle);
	assert_int_equal(fp_watch_drain(&watch), 0);
	look();
	assert_true(are_kin(10, 15));
}

static void test_a_middle_with_an_image_of_its_own(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	look();
	struct fake_process *middle = fake_fork(parent, 11);
	fake_exec(middle, "b", NULL);
	fork_forged(middle, 12);
	fork_forged(middle, 13);
	look();
	assert_true(is_alone(10));
	assert_true(are_kin(11, 12) && are_kin(11, 13));
	/* nothing but the events ties those together whose parent nobody ever saw */
	struct fake_process *unseen = fake_fork(parent, 20);
	fake_exec(unseen, "b", NULL);
	fork_forged(unseen, 21);
	fork_forged(unseen, 22);
	fake_exit(unseen);
	look();
	assert_true(is_alone(10));
	assert_true(are_kin(21, 22));
	/* nor a grandchild to who lives */
	struct fake_process *seen = fake_fork(parent, 30);
	fake_exec(seen, "b", NULL);
	unseen = fork_forged(seen, 31);
	fork_forged(unseen, 32);
	fake_exit(unseen);
	look();
	assert_true(is_alone(10));
	assert_true(are_kin(30, 32));
	/* which ends with an exec, of either */
	fake_exec(seen, "b", NULL);
	look();
	assert_true(is_alone(30) && is_alone(32));
}

static void test_an_exec_with_the_same_addresses(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	struct fake_process *child = fake_fork(parent, 11);
	look();
	assert_true(are_kin(10, 11));
	exec_in_place(parent);
	look();
	assert_true(is_alone(10));
	assert_true(is_alone(11));
	exec_in_place(child);
	fake_fork(parent, 12);
	look();
	assert_true(are_kin(10, 12));
	/* before anybody looked */
	exec_in_place(fake_fork(parent, 13));
	uint64_t turnover = table->turnover;
	look();
	assert_non_null(fp_table_find(table, 13));
	assert_int_equal(table->turnover, turnover + 1);
}

/* It shares the memory itself until its exec, or its end. */
static void test_a_vfork_child(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	look();
	struct fake_process *child = fake_fork(parent, 11);
	child->space = parent->space;
	look();
	assert_true(are_kin(10, 11));
	fake_exec(child, "b", NULL);
	look();
	assert_true(is_alone(10));
	assert_true(is_alone(11));
}

static void test_a_pid_that_was_given_again(void **state)
{
	(void)state;
	struct fake_process *parent = fake_start(10, 1, "a", "");
	struct fake_process *child = fork_forged(parent, 11);
	look();
	fake_exit(child);
	fake_start(11, 1, "b", "");
	look();
	assert_true(is_alone(10));
	assert_true(is_alone(11));
	/* before anybody looked at the first that had it */
	fake_exit(fork_forged(parent, 12));
	fork_forged(fake_find(11), 12);
	look();
	assert_true(is_alone(10));
	assert_true(are_kin(11, 12));
	/* and where its end was lost, but not its next birth */
	child = fork_forged(parent, 13);
	assert_int_equal(fp_watch_drain(&watch), 0);
	fake_lose(1);
	fake_exit(child);
	fork_forged(fake_find(11), 13);
	look();
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
	look();
	assert_true(is_alone(10) && is_alone(11));
	b->startstack = a->startstack;
	fake_event(FP_OS_EVENT_COMM, 11, 0);
	look();
	assert_true(are_kin(10, 11));
	assert_true(is_alone(200));
	struct fake_process *c = fake_start(12, 1, "c", "");
	c->startcode = a->startcode;
	c->startstack = a->startstack;
	look();
	assert_true(are_kin(10, 12) && are_kin(11, 12));
	fake_exec(b, "b", NULL);
	fake_exit(c);
	look();
	assert_true(is_alone(10) && is_alone(11));
}

static struct fp_entry *find(int32_t pid)
{
	struct fp_entry *entry = fp_table_find(table, pid);

	assert_non_null(entry);
	return entry;
}

/* A fork is expected in a kin that has moved into another, and that one is gone when it comes. */
static void test_a_kin_that_moved_and_went(void **state)
{
	(void)state;
	for (int32_t pid = 10; pid < 15; pid++)
		fake_start(pid, 1, "a", "");
	look();
	uint32_t first = fp_kin_of(table, find(10)), second = fp_kin_of(table, find(11));
	fp_kin_expect(table, first);
	fp_kin_join(table, find(10), second);
	assert_true(are_kin(10, 11));
	fp_kin_leave(table, find(10));
	/* the fork may be a relative of those who are there now */
	assert_false(is_alone(11));
	fp_kin_leave(table, find(11));
	uint32_t third = fp_kin_of(table, find(12));
	fp_kin_join(table, find(13), first);
	fp_kin_unexpect(table, first);
	assert_true(fp_kin_of(table, find(14)) != third);
	assert_true(is_alone(12) && is_alone(13) && is_alone(14));
	assert_false(are_kin(12, 13) || are_kin(13, 14) || are_kin(12, 14));
	/* all numbers are given back */
	for (int32_t pid = 12; pid < 15; pid++)
		fp_kin_leave(table, find(pid));
	size_t kins = table->kins.len;
	for (int32_t pid = 10; pid < 10 + (int32_t)kins && pid < 15; pid++)
		fp_kin_of(table, find(pid));
	assert_int_equal(table->kins.len, kins);
}

/* A parent is one as long as it lives, and who has none is not everybody's brother. */
static void test_parents_where_no_events_tell(void **state)
{
	(void)state;
	fake_start(1, 0, "init", "");
	struct fake_process *parent = fake_start(10, 1, "a", "");
	struct fake_process *child = fork_forged(parent, 11);
	look();
	assert_true(are_kin(10, 11));
	struct fake_process *orphan = fork_forged(child, 12);
	fake_exit(child);
	assert_int_equal(orphan->ppid, 1);
	look();
	assert_true(is_alone(1));
	assert_true(is_alone(12));
	assert_true(is_alone(10));
	/* an exec is seen by its flag where the addresses stay */
	struct fake_process *last = fake_fork(parent, 13);
	look();
	assert_true(are_kin(10, 13));
	exec_in_place(last);
	look();
	assert_true(is_alone(10));
}

#define WITH_EVENTS(test)    cmocka_unit_test_setup_teardown(test, begin_with_events, end)
#define WITHOUT_EVENTS(test) cmocka_unit_test_setup_teardown(test, begin_without, end)

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
		WITHOUT_EVENTS(test_parents_where_no_events_tell),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

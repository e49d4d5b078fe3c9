#include "fakelooks.h"

#include <stdlib.h>

struct looks looks;

static void open_table(bool events)
{
	fake_go_live();
	fake_tell_events(events ? 0 : -EACCES);
	looks = (struct looks){0};
	readtext_good("<Group \"g\">\nComm \"g\"\n</Group>", &fake->settings);
	assert_int_equal(fp_table_new(fake->settings.settings, &looks.table), 0);
	assert_int_equal(fp_watch_init(&looks.watch, &fake->host, fake->settings.settings,
				 looks.table, true),
		0);
	fp_process_init(&looks.process, &fake->host, NULL, NULL, NULL);
}

int looks_begin_with_events(void **state)
{
	int status = fake_begin(state);

	open_table(true);
	return status;
}

int looks_begin(void **state)
{
	int status = fake_begin(state);

	open_table(false);
	return status;
}

int looks_end(void **state)
{
	fp_process_fini(&looks.process);
	fp_watch_fini(&looks.watch);
	fp_table_free(looks.table);
	free(looks.pids.at);
	return fake_end(state);
}

static void look_at(int32_t pid)
{
	struct fp_entry *entry = fp_table_find(looks.table, pid);
	uint64_t now_ns = fake->now_s * UINT64_C(1000000000);
	unsigned changed;
	int status = fp_process_open(&looks.process, pid);

	if (status < 0) {
		assert_int_equal(status, -ESRCH);
		fp_watch_seen(&looks.watch, pid, NULL);
		if (entry)
			fp_table_remove(looks.table, entry);
		return;
	}
	assert_int_equal(fp_table_look(looks.table, &looks.process, now_ns, &entry, &changed), 0);
	fp_watch_seen(&looks.watch, pid, entry);
	fp_process_close(&looks.process);
}

void look_around(void)
{
	fake->now_s += 10;
	assert_int_equal(fp_watch_collect(&looks.watch, fake->now_s * UINT64_C(1000000000), true,
				 &looks.pids),
		0);
	for (size_t i = 0; i < looks.pids.len; i++)
		look_at(looks.pids.at[i]);
	fp_table_settle(looks.table);
}

struct fp_entry *find_entry(int32_t pid)
{
	struct fp_entry *entry = fp_table_find(looks.table, pid);

	if (!entry)
		fail_msg("%d is not known", pid);
	return entry;
}

bool is_alone(int32_t pid)
{
	return fp_kin_is_alone(looks.table, find_entry(pid));
}

bool are_kin(int32_t a, int32_t b)
{
	const struct fp_entry *x = find_entry(a), *y = find_entry(b);

	return x->kin != FP_NOBODY && x->kin == y->kin;
}

/* Looks at the processes of a made-up host as a round does, but for what it would then ask of them. */
#ifndef FP_TESTS_LIB_FAKELOOKS_H
#define FP_TESTS_LIB_FAKELOOKS_H

#include "fakehost.h"
#include "sample/kin.h"
#include "sample/watch.h"

struct looks {
	struct fp_table *table;
	struct fp_watch watch;
	struct fp_process process;
	struct fp_pids pids;
};

/* Of the test that runs. */
extern struct looks looks;

#define WITH_EVENTS(test)    cmocka_unit_test_setup_teardown(test, looks_begin_with_events, looks_end)
#define WITHOUT_EVENTS(test) cmocka_unit_test_setup_teardown(test, looks_begin, looks_end)

/* A round's looks, 10 s later. */
void look_around(void);

/* An entry that has to be there; what the table takes it for. */
struct fp_entry *find_entry(int32_t pid);
bool is_alone(int32_t pid);
bool are_kin(int32_t a, int32_t b);

int looks_begin_with_events(void **state);
int looks_begin(void **state);
int looks_end(void **state);

#endif

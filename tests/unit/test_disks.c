/* Rounds over many made disks: which are looked at, and what is told while others wait. */
#include "os/os.h"
#include "sample/disks.h"
#include "util/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 1000, A_ROUND = 256 };

/* ---- A host of device-mapper's devices ---- */

struct device {
	char name[32];
	uint64_t sequence, reads, size;
	unsigned looks;
};

static struct device devices[MANY];
static size_t count;
static uint64_t now_ns, events;
static char said[4096];

static int host_read(struct fp_os *os, enum fp_os_host_file which, struct fp_buf *out)
{
	char line[128];
	int status = 0;

	(void)os, (void)which;
	out->len = 0;
	for (size_t i = 0; i < count && status == 0; i++) {
		int len = snprintf(line, sizeof(line), "254 %zu dm-%zu %llu 0 8 1 1 0 8 1 0 1 1\n",
			i, i, (unsigned long long)devices[i].reads);
		status = fp_buf_append(out, line, (size_t)len);
	}
	return status;
}

static uint64_t monotonic_ns(struct fp_os *os)
{
	(void)os;
	return now_ns;
}

static int device_events(struct fp_os *os, uint64_t *out)
{
	(void)os;
	*out = events;
	return 0;
}

static int disk_attribute(
	struct fp_os *os, const char *kernel_name, const char *attribute, struct fp_buf *out)
{
	struct device *device = &devices[strtoul(kernel_name + 3, NULL, 10)];
	char text[32];
	int len = 0;

	(void)os;
	out->len = 0;
	if (strcmp(attribute, "size") == 0) {
		device->looks++;
		len = snprintf(text, sizeof(text), "%llu", (unsigned long long)device->size);
	} else if (strcmp(attribute, "diskseq") == 0) {
		len = snprintf(text, sizeof(text), "%llu", (unsigned long long)device->sequence);
	} else if (strcmp(attribute, "dm/name") == 0) {
		len = snprintf(text, sizeof(text), "%s", device->name);
	}
	return len > 0 ? fp_buf_append(out, text, (size_t)len) : -ENOENT;
}

static void say(void *context, enum fp_level level, const char *line)
{
	(void)context, (void)level;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", line);
}

static struct fp_os_backend backend;
static struct fp_host host = {.backend = &backend, .log = {.say = say}};
static struct fp_disk_settings settings = {.enabled = true,
	.names = {FP_DISK_NAME_DM, FP_DISK_NAME_KERNEL},
	.name_count = 2,
	.stuck_after_s = 30};
static struct fp_disks *disks;

static int setup(void **state)
{
	(void)state;
	backend = fp_os_null;
	backend.host_read = host_read;
	backend.monotonic_ns = monotonic_ns;
	backend.device_events = device_events;
	backend.disk_attribute = disk_attribute;
	said[0] = '\0';
	count = MANY;
	for (size_t i = 0; i < MANY; i++) {
		devices[i] = (struct device){.sequence = i + 1, .reads = 1000, .size = 8};
		snprintf(devices[i].name, sizeof(devices[i].name), "lv%zu", i);
	}
	return fp_disks_new(&host, &settings, &disks);
}

static int teardown(void **state)
{
	(void)state;
	fp_disks_free(disks);
	return 0;
}

static const struct fp_disk_round *take(void)
{
	const struct fp_disk_round *round = NULL;

	now_ns += UINT64_C(10000000000);
	assert_int_equal(fp_disks_take(disks, &round), 0);
	return round;
}

static const struct fp_disk_result *told(const struct fp_disk_round *round, const char *name)
{
	for (size_t i = 0; i < round->results.len; i++)
		if (strcmp(round->results.at[i].name, name) == 0)
			return &round->results.at[i];
	return NULL;
}

static size_t looked_at(unsigned least)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += devices[i].looks >= least;
	return found;
}

/* ---- Tests ---- */

/* However often something happens: each has its turn before any has its second one. */
static void test_all_have_their_turn(void **state)
{
	(void)state;
	take();
	assert_int_equal(looked_at(1), MANY);
	for (unsigned round = 1; round <= 7; round++) {
		events++;
		take();
		size_t looks = round * A_ROUND;
		assert_int_equal(looked_at(2), looks < MANY ? looks : MANY);
		assert_int_equal(looked_at(3), looks < MANY ? 0 : looks - MANY);
	}
}

/* One that did nothing since it was empty is looked at as soon as it does something. */
static void test_who_wakes_does_not_wait(void **state)
{
	(void)state;
	devices[MANY - 1].size = 0;
	take();
	assert_null(told(take(), "lv999"));
	devices[MANY - 1].size = 8;
	devices[MANY - 1].reads++;
	events++;
	assert_non_null(told(take(), "lv999"));
}

/* Counters of two devices, of which the second has counted more, give no rates. */
static void test_who_waits_is_the_same_device_still(void **state)
{
	struct device *replaced = &devices[MANY - 1], *active = &devices[MANY - 2];

	(void)state;
	take();
	events++;
	replaced->sequence = 5000;
	replaced->reads += 77;
	active->reads += 77;
	const struct fp_disk_round *round = take();
	assert_int_equal(told(round, "lv999")->rates->has, 0);
	assert_int_not_equal(told(round, "lv998")->rates->has, 0);
	assert_int_equal(active->looks, 1);
	replaced->reads += 77;
	assert_int_not_equal(told(take(), "lv999")->rates->has, 0);
}

static void swap_names(size_t a, size_t b)
{
	char name[sizeof(devices[a].name)];

	memcpy(name, devices[a].name, sizeof(name));
	memcpy(devices[a].name, devices[b].name, sizeof(name));
	memcpy(devices[b].name, name, sizeof(name));
}

/* The one is looked at, the other would have to wait: its name is no longer its own. */
static void test_names_that_change_places_do_not_collide(void **state)
{
	(void)state;
	devices[900].reads = 5;
	take();
	swap_names(0, 900);
	events++;
	const struct fp_disk_round *round = take();
	assert_int_equal(round->results.len, MANY);
	assert_int_equal(told(round, "lv0")->counters->value[FP_DISK_READS], 5);
	assert_non_null(told(round, "lv900"));
	assert_string_equal(said, "");
}

/* Each name has moved on by one, through all. */
static void test_names_that_move_through_all_do_not_collide(void **state)
{
	(void)state;
	take();
	for (size_t i = 1; i < MANY; i++)
		swap_names(0, i);
	events++;
	const struct fp_disk_round *round = take();
	for (size_t i = 0; i < MANY; i++)
		assert_string_equal(round->results.at[i].name, devices[i].name);
	assert_string_equal(said, "");
}

static void test_true_collisions_are_said(void **state)
{
	(void)state;
	take();
	memcpy(devices[900].name, devices[0].name, sizeof(devices[0].name));
	for (unsigned i = 0; i < 4; i++) {
		events++;
		take();
	}
	assert_string_equal(said,
		"<Disks>: device \"dm-0\" goes by \"dm-0\", since device \"dm-900\" has its name "
		"\"lv0\" too\n"
		"<Disks>: device \"dm-900\" goes by \"dm-900\", since device \"dm-0\" has its name "
		"\"lv0\" too\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_have_their_turn),
		TEST(test_who_wakes_does_not_wait),
		TEST(test_who_waits_is_the_same_device_still),
		TEST(test_names_that_change_places_do_not_collide),
		TEST(test_names_that_move_through_all_do_not_collide),
		TEST(test_true_collisions_are_said),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Rounds over made disks in which every allocation fails once, or every opening of a file: what comes
 * after is right again.
 */
#include "os/os.h"
#include "sample/disks.h"
#include "util/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
char *__wrap_strdup(const char *text);

/* The allocations until the one that fails; 0: none does. */
static size_t countdown;

static bool fails(void)
{
	return countdown > 0 && --countdown == 0;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
	return fails() ? NULL : __real_realloc(at, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

/* ---- A host of a few files ---- */

/* The openings until the one for which there is no descriptor; 0: there is always one. */
static size_t opening;

static bool has_no_descriptor(void)
{
	return opening > 0 && --opening == 0;
}

static const char *file;
static uint64_t now_ns, events;

static int host_read(struct fp_os *os, enum fp_os_host_file which, struct fp_buf *out)
{
	(void)os, (void)which;
	out->len = 0;
	if (has_no_descriptor())
		return -EMFILE;
	return fp_buf_append(out, file, strlen(file));
}

static uint64_t monotonic_ns(struct fp_os *os)
{
	(void)os;
	return now_ns;
}

static int device_events(struct fp_os *os, uint64_t *count)
{
	(void)os;
	*count = events;
	return 0;
}

static int file_info(struct fp_os *os, const char *path, struct fp_os_file_info *out)
{
	(void)os, (void)path;
	*out = (struct fp_os_file_info){.inode = events};
	return 0;
}

static int links(struct fp_os *os, const char *path, struct fp_os_links *out)
{
	struct fp_os_link link = {
		.name = 0, .target = 5, .leads = FP_OS_LEADS_TO_BLOCK_DEVICE, .major = 8};

	(void)os;
	out->text.len = out->list.len = 0;
	if (has_no_descriptor())
		return -EMFILE;
	if (!strstr(path, "by-label"))
		return -ENOENT;
	int status = fp_buf_append(&out->text, "data\0../../sda", 15);
	return status < 0 ? status : fp_os_link_list_add(&out->list, link);
}

static int disk_attribute(
	struct fp_os *os, const char *kernel_name, const char *attribute, struct fp_buf *out)
{
	(void)os, (void)kernel_name;
	out->len = 0;
	if (has_no_descriptor())
		return -EMFILE;
	return strcmp(attribute, "size") == 0 ? fp_buf_append(out, "100", 3) : -ENOENT;
}

static int file_read(struct fp_os *os, const char *path, size_t limit, struct fp_buf *out,
	struct fp_os_file_info *info)
{
	(void)os, (void)limit, (void)info;
	out->len = 0;
	if (has_no_descriptor())
		return -EMFILE;
	if (!strstr(path, "b8:16"))
		return -ENOENT;
	return fp_buf_append(out, "E:ID_FS_LABEL_ENC=backup\n", 25);
}

static void say_nothing(void *context, enum fp_level level, const char *line)
{
	(void)context, (void)level, (void)line;
}

/* Each text of a round; the lines are of other lengths and places each time. */
static const char *const texts[] = {
	"8 0 sda 1 0 8 1 1 0 8 1 1 1 1\n"
	"8 16 sdb 1 0 8 1 1 0 8 1 0 1 1\n",

	"8 0 sda 1 0 8 1 1 0 8 1 1 1 1\n"
	"8 32 sdc 100000000 0 800000000 1 1 0 8 1 0 1 1\n"
	"8 16 sdb 2 0 8 1 1 0 8 1 0 1 1\n",

	"8 48 sdd 1 0 8 1 1 0 8 1 0 1 1\n"
	"8 32 sdc 100000000 0 800000000 1 1 0 8 1 0 1 1\n"
	"8 16 sdb 2 0 8 1 1 0 8 1 0 1 1\n",

	"8 16 sdb 3 0 8 1 1 0 8 1 0 1 1\n",

	"8 16 sdb 3 0 8 1 1 0 8 1 0 1 1\n"
	"8 0 sda 1 0 8 1 1 0 8 1 0 1 1\n",
};

enum { ROUNDS = sizeof(texts) / sizeof(texts[0]), INTERVAL_S = 10 };

static struct fp_disks *start(const struct fp_host *host, const struct fp_disk_settings *settings)
{
	struct fp_disks *disks = NULL;
	int status = fp_disks_new(host, settings, &disks);

	assert_int_equal(status == 0, disks != NULL);
	if (status < 0)
		assert_int_equal(status, -ENOMEM);
	return disks;
}

/* How many disks are stuck, by what was told of them. */
static int alarms;

static int take(struct fp_disks *disks, const struct fp_disk_round **round)
{
	int status = fp_disks_take(disks, round);

	for (size_t i = 0; status == 0 && i < (*round)->notices.len; i++)
		alarms += (*round)->notices.at[i].stuck ? 1 : -1;
	assert_in_range(alarms, 0, 1);
	/* never one that is not its own for want of its label */
	for (size_t i = 0; status == 0 && i < (*round)->results.len; i++) {
		const struct fp_disk_result *told = &(*round)->results.at[i];
		if (strcmp(told->kernel_name, "sda") == 0)
			assert_string_equal(told->name, "data");
		if (strcmp(told->kernel_name, "sdb") == 0)
			assert_string_equal(told->name, "backup");
	}
	return status;
}

/* Rounds whose results may be wrong, as long as they end well; true: nothing failed. */
static bool run_all(struct fp_disks *disks)
{
	const struct fp_disk_round *round;
	bool good = true;

	for (size_t i = 0; i < ROUNDS; i++) {
		file = texts[i];
		events++;
		now_ns += INTERVAL_S * UINT64_C(1000000000);
		int status = take(disks, &round);
		assert_true(status == 0 || status == -ENOMEM || status == -EMFILE);
		good = good && status == 0;
	}
	return good;
}

/* What is told once nothing fails any more. */
static void check_after(struct fp_disks *disks)
{
	const struct fp_disk_round *round = NULL;

	for (unsigned i = 0; i < 3; i++) {
		now_ns += INTERVAL_S * UINT64_C(1000000000);
		assert_int_equal(take(disks, &round), 0);
	}
	assert_int_equal(alarms, 0);
	assert_int_equal(round->results.len, 2);
	size_t backup = strcmp(round->results.at[1].name, "backup") == 0;
	assert_string_equal(round->results.at[backup].name, "backup");
	assert_string_equal(round->results.at[1 - backup].name, "data");
	assert_int_equal(round->results.at[backup].counters->value[FP_DISK_READS], 3);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(round->results.at[i].rates->has,
			1 << FP_DISK_UTIL_PERCENT | 1 << FP_DISK_QUEUE_LENGTH);
}

/* With the failing of the first, of the second and so on, until nothing fails. How many that were. */
static size_t try_all(size_t *failing_in)
{
	struct fp_os_backend backend = fp_os_null;
	struct fp_host host = {.backend = &backend, .log = {.say = say_nothing}};
	char dev[] = "/d", run[] = "/r";
	struct fp_disk_settings settings = {.enabled = true,
		.names = {FP_DISK_NAME_LABEL, FP_DISK_NAME_SERIAL, FP_DISK_NAME_KERNEL},
		.name_count = 3,
		.stuck_after_s = INTERVAL_S,
		.dev_path = dev,
		.run_path = run};
	size_t failing = 0;
	bool good = false;

	backend.host_read = host_read;
	backend.monotonic_ns = monotonic_ns;
	backend.device_events = device_events;
	backend.file_info = file_info;
	backend.links = links;
	backend.disk_attribute = disk_attribute;
	backend.file_read = file_read;
	while (!good) {
		*failing_in = ++failing;
		struct fp_disks *disks = start(&host, &settings);
		if (!disks)
			continue;
		good = run_all(disks) && *failing_in > 0;
		*failing_in = 0;
		check_after(disks);
		fp_disks_free(disks);
	}
	return failing;
}

static void test_every_allocation(void **state)
{
	(void)state;
	assert_true(try_all(&countdown) > 50);
}

static void test_every_opening(void **state)
{
	(void)state;
	assert_true(try_all(&opening) > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_allocation),
		cmocka_unit_test(test_every_opening),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

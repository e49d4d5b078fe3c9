/* Each allocation fails once; linked with --wrap for the functions that allocate. */
#include "../lib/conftext.h"
#include "settings/settings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool counting;
static long until_failure; /* that many allocations succeed, the next one does not */

static bool fails(void)
{
	return counting && until_failure-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
char *__wrap_strdup(const char *text);

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

static const char text[] = "ProcPath \"/p\"\nSysPath \"/s\"\nDevPath \"/d\"\n"
			   "<Group \"a\">\nComm \"/x/\"\nExe \"/y\"\nEnv \"N\" \"v\"\n"
			   "User \"u\"\nPidFile \"/f\"\nNot Cmdline \"c\"\n</Group>\n"
			   "<Group \"a\">\nComm \"z\"\n</Group>\n"
			   "<Disks>\nDisk \"sda\"\nDisk \"/sd/\"\n</Disks>\n";

static int read_settings(const struct fp_item *root, char *message, struct fp_settings **settings)
{
	struct fp_reader *reader;
	int status = fp_reader_new(NULL, &reader);

	if (status < 0) {
		snprintf(message, FP_MESSAGE_SIZE, "none: out of memory");
		return status;
	}
	status = fp_reader_take(reader, root, message);
	if (status == 0)
		status = fp_reader_finish(reader, 10, settings, message);
	fp_reader_free(reader);
	return status;
}

/* A sanitizer sees what a failure leaves behind. */
static void test_every_allocation(void **state)
{
	char error[CONFTEXT_ERROR_SIZE];
	struct fp_item root;
	long failures = 0;

	(void)state;
	assert_int_equal(conftext_parse(text, &root, error), 0);
	for (;; failures++) {
		char message[FP_MESSAGE_SIZE] = "";
		struct fp_settings *settings = NULL;
		until_failure = failures;
		counting = true;
		int status = read_settings(&root, message, &settings);
		counting = false;
		fp_settings_free(settings);
		if (status == 0)
			break;
		const char *end = strchr(message, ':');
		assert_int_equal(status, -ENOMEM);
		assert_non_null(end);
		assert_string_equal(end, ": out of memory");
		assert_null(settings);
	}
	/* a reader, two paths, eight lines' patterns and names, vectors, and the settings */
	assert_in_range(failures, 20, 200);
	conftext_fini(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

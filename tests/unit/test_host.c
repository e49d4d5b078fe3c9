#include "parse/host.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int total(const char *text, uint64_t *bytes)
{
	return fp_meminfo_total(text, strlen(text), bytes);
}

static int btime(const char *text, uint64_t *epoch_s)
{
	return fp_hoststat_btime(text, strlen(text), epoch_s);
}

static void test_memory_of_the_host(void **state)
{
	uint64_t bytes = 1;

	(void)state;
	assert_int_equal(total("MemTotal:       24684084 kB\n"
			       "MemFree:        24148792 kB\n"
			       "MemAvailable:   24261444 kB\n",
				 &bytes),
		0);
	assert_int_equal(bytes, UINT64_C(25276502016));
	/* Linux 2.4 began with a table */
	assert_int_equal(total("        total:    used:    free:\n"
			       "Mem:  263630848 222957568 40673280\n"
			       "HighTotal:    131072 kB\n"
			       "MemTotal:       257452 kB\n",
				 &bytes),
		0);
	assert_int_equal(bytes, 257452 * UINT64_C(1024));
	assert_int_equal(total("MemTotal: 18014398509481983 kB\n", &bytes), 0);
	assert_int_equal(bytes, UINT64_MAX - 1023);
}

static void test_no_memory_of_the_host(void **state)
{
	static const char *const bad[] = {"", "\n", "MemFree:        24148792 kB\n", "MemTotal:\n",
		"MemTotal: 5\n", "MemTotal: 5 MB\n", "MemTotal: -5 kB\n", "MemTotal: x kB\n",
		"MemTotal: 5 kB 5\n", "MemTotals: 5 kB\n", "XMemTotal: 5 kB\n",
		"X MemTotal: 5 kB\n", "MemTotal: 18014398509481984 kB\n",
		"MemTotal: x kB\nMemTotal: 5 kB\n", "MemTotal:       24684084 kB"};
	uint64_t bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (total(bad[i], &bytes) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
}

static void test_boot_of_the_host(void **state)
{
	uint64_t epoch_s = 1;

	(void)state;
	assert_int_equal(btime("cpu  1404 0 1663 181353 224 0 16 15 0 0\n"
			       "cpu0 704 0 832 90695 125 0 6 7 0 0\n"
			       "intr 173440 0 9 0 0 0\n"
			       "ctxt 366122\n"
			       "btime 1795377351\n"
			       "processes 3401\n",
				 &epoch_s),
		0);
	assert_int_equal(epoch_s, 1795377351);
	assert_int_equal(btime("btime 18446744073709551615\n", &epoch_s), 0);
	assert_int_equal(epoch_s, UINT64_MAX);
}

static void test_no_boot_of_the_host(void **state)
{
	static const char *const bad[] = {"", "ctxt 366122\n", "btime\n", "btime x\n", "btime -5\n",
		"btime 5 5\n", "btimes 5\n", "xbtime 5\n", "x btime 5\n", "btime: 5\n",
		"btime 18446744073709551616\n", "btime 17953"};
	uint64_t epoch_s;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (btime(bad[i], &epoch_s) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
}

static int last_pid(const char *text, int32_t *pid)
{
	return fp_loadavg_last_pid(text, strlen(text), pid);
}

static void test_last_pid_of_the_host(void **state)
{
	int32_t pid = 1;

	(void)state;
	assert_int_equal(last_pid("0.60 0.13 0.04 5/123 7000\n", &pid), 0);
	assert_int_equal(pid, 7000);
	assert_int_equal(last_pid("312.60 20.13 0.04 1234/4194304 2147483647\n", &pid), 0);
	assert_int_equal(pid, INT32_MAX);
}

static void test_no_last_pid_of_the_host(void **state)
{
	static const char *const bad[] = {"", "\n", "0.60 0.13 0.04 5/123\n",
		"0.60 0.13 0.04 5/123 7000 1\n", "0.60 0.13 0.04 5/123 x\n",
		"0.60 0.13 0.04 5/123 -1\n", "0.60 0.13 0.04 5/123 2147483648\n",
		"0.60 0.13 0.04 5/123 7000"};
	int32_t pid = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (last_pid(bad[i], &pid) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(pid, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_of_the_host),
		cmocka_unit_test(test_no_memory_of_the_host),
		cmocka_unit_test(test_boot_of_the_host),
		cmocka_unit_test(test_no_boot_of_the_host),
		cmocka_unit_test(test_last_pid_of_the_host),
		cmocka_unit_test(test_no_last_pid_of_the_host),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

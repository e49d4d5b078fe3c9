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

static void test_huge_pages_of_the_host(void **state)
{
	static const char text[] = "MemTotal: 5 kB\nAnonHugePages: 7 kB\nHugePages_Total:      16\n"
				   "HugePages_Free:       12\nHugePages_Rsvd:        0\n";
	static const char *const bad[] = {"", "MemTotal: 5 kB\n", "HugePages_Total: 16\n",
		"HugePages_Total: 16\nHugePages_Free: x\n",
		"HugePages_Total: 16 kB\nHugePages_Free: 1\n"};
	uint64_t pages, unused;

	(void)state;
	assert_int_equal(fp_meminfo_huge_pages(text, strlen(text), &pages, &unused), 0);
	assert_int_equal(pages, 16);
	assert_int_equal(unused, 12);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			fp_meminfo_huge_pages(bad[i], strlen(bad[i]), &pages, &unused), -EBADMSG);
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

static int meddled(const char *text, uint64_t *count)
{
	return fp_vmstat_meddled(text, strlen(text), count);
}

static void test_what_the_kernel_did_to_others(void **state)
{
	uint64_t count = 1;

	(void)state;
	assert_int_equal(meddled("nr_free_pages 5869441\npswpin 13525\npswpout 496904\n"
				 "pgsteal_kswapd 10\npgsteal_direct 200\npgsteal_anon 3000\n"
				 "pgscan_kswapd 7\npgsteals 9\nthp_collapse_alloc 46\n"
				 "thp_collapse_alloc_failed 9\n",
				 &count),
		0);
	assert_int_equal(count, 496904 + 10 + 200 + 3000 + 46);
	/* it only has to move */
	assert_int_equal(meddled("pswpout 18446744073709551615\npgsteal_kswapd 3\n", &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(meddled("pswpout 0\n", &count), 0);
	assert_int_equal(count, 0);
	static const char *const bad[] = {"", "nr_free_pages 5869441\n", "pswpout\n", "pswpout x\n",
		"pgsteal_direct -1\n", "pgsteal_ 1\n", "pswpout 5"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (meddled(bad[i], &count) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_of_the_host),
		cmocka_unit_test(test_huge_pages_of_the_host),
		cmocka_unit_test(test_no_memory_of_the_host),
		cmocka_unit_test(test_boot_of_the_host),
		cmocka_unit_test(test_no_boot_of_the_host),
		cmocka_unit_test(test_last_pid_of_the_host),
		cmocka_unit_test(test_no_last_pid_of_the_host),
		cmocka_unit_test(test_what_the_kernel_did_to_others),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

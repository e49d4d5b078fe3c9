#include "parse/status.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KIB         UINT64_C(1024)
#define BIT(metric) (UINT32_C(1) << (metric))

/* clang-format off */
static const char status_6_18[] =
	"Name:\tpostgres\n"
	"Umask:\t0077\n"
	"State:\tS (sleeping)\n"
	"Tgid:\t3359\n"
	"Ngid:\t0\n"
	"Pid:\t3359\n"
	"PPid:\t3357\n"
	"TracerPid:\t0\n"
	"Uid:\t1000\t105\t1002\t1003\n"
	"Gid:\t2000\t2001\t2002\t2003\n"
	"FDSize:\t256\n"
	"Groups:\t4 24 27 \n"
	"NStgid:\t3359\n"
	"NSpid:\t3359\n"
	"Kthread:\t0\n"
	"VmPeak:\t  219064 kB\n"
	"VmSize:\t  219060 kB\n"
	"VmLck:\t       0 kB\n"
	"VmPin:\t       0 kB\n"
	"VmHWM:\t   29012 kB\n"
	"VmRSS:\t   29008 kB\n"
	"RssAnon:\t    1100 kB\n"
	"RssFile:\t   20004 kB\n"
	"RssShmem:\t    7904 kB\n"
	"VmData:\t    2360 kB\n"
	"VmStk:\t     132 kB\n"
	"VmExe:\t    5412 kB\n"
	"VmLib:\t   31528 kB\n"
	"VmPTE:\t     144 kB\n"
	"VmSwap:\t       4 kB\n"
	"HugetlbPages:\t       0 kB\n"
	"CoreDumping:\t0\n"
	"THP_enabled:\t1\n"
	"untag_mask:\t0xffffffffffffffff\n"
	"Threads:\t17\n"
	"SigQ:\t0/96365\n"
	"SigPnd:\t0000000000000000\n"
	"Cpus_allowed_list:\t0-1\n"
	"voluntary_ctxt_switches:\t57\n"
	"nonvoluntary_ctxt_switches:\t3\n";

/* Linux 4.4: VmPMD is a line of its own, RssFile is not there yet. */
static const char status_4_4[] =
	"Name:\tcron\n"
	"State:\tS (sleeping)\n"
	"Tgid:\t402\n"
	"PPid:\t1\n"
	"Uid:\t0\t0\t0\t0\n"
	"VmSize:\t   25904 kB\n"
	"VmRSS:\t    2216 kB\n"
	"VmData:\t     432 kB\n"
	"VmStk:\t     136 kB\n"
	"VmExe:\t      44 kB\n"
	"VmLib:\t    2444 kB\n"
	"VmPTE:\t      72 kB\n"
	"VmPMD:\t      12 kB\n"
	"VmSwap:\t       0 kB\n"
	"Threads:\t1\n";

/* Linux 2.6.9: nothing of page tables; signed uids. */
static const char status_2_6_9[] =
	"Name:\tportmap\n"
	"State:\tS (sleeping)\n"
	"SleepAVG:\t98%\n"
	"Tgid:\t1777\n"
	"Pid:\t1777\n"
	"PPid:\t1\n"
	"TracerPid:\t0\n"
	"Uid:\t-2\t-3\t-2\t-2\n"
	"Gid:\t-2\t-2\t-2\t-2\n"
	"FDSize:\t32\n"
	"Groups:\t32 \n"
	"VmSize:\t    1960 kB\n"
	"VmLck:\t       0 kB\n"
	"VmRSS:\t     520 kB\n"
	"VmData:\t     208 kB\n"
	"VmStk:\t      16 kB\n"
	"VmExe:\t      28 kB\n"
	"VmLib:\t    1332 kB\n"
	"Threads:\t1\n";

static const char status_kernel_thread[] =
	"Name:\tkworker/u4:1+events_unbound-and-more\n"
	"Umask:\t0000\n"
	"State:\tI (idle)\n"
	"Tgid:\t12\n"
	"PPid:\t2\n"
	"Uid:\t0\t0\t0\t0\n"
	"Kthread:\t1\n"
	"Threads:\t1\n";
/* clang-format on */

static int parse_bytes(const char *text, size_t len, struct fp_status *status)
{
	/* an exact copy, so that a sanitizer sees a byte read too many */
	char *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(status, 0xff, sizeof(*status));
	int result = fp_status_parse(copy, len, status);
	free(copy);
	return result;
}

static int parse(const char *text, struct fp_status *status)
{
	return parse_bytes(text, strlen(text), status);
}

static void check_comm(const struct fp_status *status, const char *comm)
{
	assert_int_equal(status->comm_len, strlen(comm));
	assert_string_equal(status->comm, comm);
}

static void check(const struct fp_status *status, enum fp_metric metric, uint64_t kib)
{
	assert_true(fp_memory_has(&status->memory, metric));
	assert_int_equal(status->memory.bytes[metric], kib * KIB);
}

static void test_all_lines(void **state)
{
	struct fp_status status;

	(void)state;
	assert_int_equal(parse(status_6_18, &status), 0);
	check_comm(&status, "postgres");
	assert_int_equal(status.state, 'S');
	assert_true(status.has_ppid);
	assert_int_equal(status.ppid, 3357);
	assert_true(status.has_euid);
	assert_int_equal(status.euid, 105);
	assert_true(status.has_threads);
	assert_int_equal(status.threads, 17);
	assert_int_equal(status.memory.has, BIT(FP_PAGE_TABLES) | BIT(FP_RSS) | BIT(FP_SWAP) |
						    BIT(FP_VMS) | BIT(FP_TEXT) | BIT(FP_DATA) |
						    BIT(FP_SHARED));
	check(&status, FP_PAGE_TABLES, 144);
	check(&status, FP_RSS, 29008);
	check(&status, FP_SWAP, 4);
	check(&status, FP_VMS, 219060);
	check(&status, FP_TEXT, 5412);
	check(&status, FP_DATA, 2360 + 132);
	check(&status, FP_SHARED, 20004 + 7904);
	assert_true(status.has_voluntary && status.has_involuntary);
	assert_int_equal(status.voluntary_switches, 57);
	assert_int_equal(status.involuntary_switches, 3);
}

static void test_switches(void **state)
{
	struct fp_status status;

	(void)state;
	assert_int_equal(parse("voluntary_ctxt_switches:\t18446744073709551615\n", &status), 0);
	assert_true(status.has_voluntary && !status.has_involuntary);
	assert_true(status.voluntary_switches == UINT64_MAX);
	assert_int_equal(parse("nonvoluntary_ctxt_switches:\t0\n", &status), 0);
	assert_true(!status.has_voluntary && status.has_involuntary);
	/* the last line of the file, cut */
	assert_int_equal(
		parse("voluntary_ctxt_switches:\t57\nnonvoluntary_ctxt_switches:\t3", &status), 0);
	assert_true(status.has_voluntary && !status.has_involuntary);
	assert_int_equal(parse(status_4_4, &status), 0);
	assert_true(!status.has_voluntary && !status.has_involuntary);
}

static void test_page_tables_of_two_lines(void **state)
{
	struct fp_status status;

	(void)state;
	assert_int_equal(parse(status_4_4, &status), 0);
	assert_int_equal(status.memory.has, BIT(FP_PAGE_TABLES) | BIT(FP_RSS) | BIT(FP_SWAP) |
						    BIT(FP_VMS) | BIT(FP_TEXT) | BIT(FP_DATA));
	check(&status, FP_PAGE_TABLES, 84);
	check(&status, FP_DATA, 568);
	assert_int_equal(status.euid, 0);
	assert_true(status.has_euid);
}

static void test_signed_uids_of_old_kernels(void **state)
{
	struct fp_status status;

	(void)state;
	assert_int_equal(parse(status_2_6_9, &status), 0);
	assert_int_equal(status.euid, UINT32_MAX - 2);
	assert_int_equal(
		status.memory.has, BIT(FP_RSS) | BIT(FP_VMS) | BIT(FP_TEXT) | BIT(FP_DATA));
	assert_int_equal(parse("Uid:\t0\t-1\t0\t0\n", &status), 0);
	assert_int_equal(status.euid, UINT32_MAX);
	assert_int_equal(parse("Uid:\t0\t-2147483648\t0\t0\n", &status), 0);
	assert_int_equal(status.euid, UINT32_C(1) << 31);
	assert_int_equal(parse("Uid:\t0\t4294967295\t0\t0\n", &status), 0);
	assert_int_equal(status.euid, UINT32_MAX);
}

static void test_kernel_thread_has_no_memory(void **state)
{
	struct fp_status status;

	(void)state;
	assert_int_equal(parse(status_kernel_thread, &status), 0);
	check_comm(&status, "kworker/u4:1+events_unbound-and-more");
	assert_int_equal(status.state, 'I');
	assert_int_equal(status.ppid, 2);
	assert_int_equal(status.memory.has, 0);
}

static void test_what_is_not_there_is_unknown(void **state)
{
	struct fp_status status;

	(void)state;
	assert_int_equal(parse("Tgid:\t1\nnone of it\n\n:\n", &status), 0);
	assert_false(status.has_euid);
	assert_false(status.has_threads);
	assert_false(status.has_ppid);
	assert_int_equal(status.state, 0);
	assert_int_equal(status.comm_len, 0);
	assert_int_equal(status.memory.has, 0);
	assert_int_equal(parse("VmPMD:\t 4 kB\nVmData:\t 4 kB\nRssFile:\t 4 kB\n", &status), 0);
	assert_int_equal(status.memory.has, 0);
	assert_int_equal(parse("VmStk:\t 4 kB\nRssShmem:\t 4 kB\n", &status), 0);
	assert_int_equal(status.memory.has, 0);
	assert_int_equal(parse("VmPTEs:\t 4 kB\n VmPTE:\t 4 kB\nVmPT:\t 4 kB\n", &status), 0);
	assert_int_equal(status.memory.has, 0);
}

static void test_names_are_unescaped(void **state)
{
	struct fp_status status;

	(void)state;
	assert_int_equal(parse("Name:\t\n", &status), 0);
	check_comm(&status, "");
	assert_int_equal(parse("Name:\ta\\nb\\\\c\n", &status), 0);
	check_comm(&status, "a\nb\\c");
	assert_int_equal(parse("Name:\t\\\\n\n", &status), 0);
	check_comm(&status, "\\n");
	assert_int_equal(parse("Name:\t\t two words: \n", &status), 0);
	check_comm(&status, "\t two words: ");
	assert_int_equal(parse("Name:\tPPid:\t9\nPPid:\t8\n", &status), 0);
	check_comm(&status, "PPid:\t9");
	assert_int_equal(status.ppid, 8);
	assert_int_equal(parse("Name:\tlonger\nName:\tab\n", &status), 0);
	check_comm(&status, "ab");
	/* 63 bytes once the escape is undone */
	assert_int_equal(parse("Name:\t123456789012345678901234567890"
			       "12345678901234567890123456789012\\n\n",
				 &status),
		0);
	assert_int_equal(status.comm_len, 63);
	assert_int_equal(status.comm[62], '\n');
}

static void test_what_no_kernel_writes_is_refused(void **state)
{
	static const char *const bad[] = {
		"Name:\n",
		"Name: x\n",
		"Name:\ta\\\n",
		"Name:\ta\\t\n",
		"Name:\t1234567890123456789012345678901234567890123456789012345678901234\n",
		"State:\t\n",
		"State:\t5\n",
		"State:\tSleeping\n",
		"PPid:\t\n",
		"PPid:\t-1\n",
		"PPid:\t1 2\n",
		"PPid:\t2147483648\n",
		"Uid:\t1\t2\t3\n",
		"Uid:\t1\t2\t3\t4\t5\n",
		"Uid:\t1\t2\t3\tx\n",
		"Uid:\t1\t4294967296\t3\t4\n",
		"Uid:\t1\t-2147483649\t3\t4\n",
		"Uid:\t1\t-\t3\t4\n",
		"Threads:\t\n",
		"Threads:\t-1\n",
		"Threads:\t1 1\n",
		"Threads:\t2147483648\n",
		"voluntary_ctxt_switches:\t\n",
		"voluntary_ctxt_switches:\t-1\n",
		"voluntary_ctxt_switches:\t18446744073709551616\n",
		"nonvoluntary_ctxt_switches:\tx\n",
		"nonvoluntary_ctxt_switches:\t1 2\n",
		"VmPTE:\t 4\n",
		"VmPMD:\t 4 KB\n",
		"VmRSS:\t -4 kB\n",
		"VmSize:\t x kB\n",
		"VmExe:\t 18014398509481984 kB\n",
		"VmData:\t\n",
		"VmStk:\t 4 kB 4\n",
		"RssFile:\t 4kB\n",
		"RssShmem:\t kB\n",
		"VmPTE:\t 18014398509481983 kB\nVmPMD:\t 1 kB\n",
		"VmStk:\t 18014398509481983 kB\nVmData:\t 1 kB\n",
		"RssFile:\t 18014398509481983 kB\nRssShmem:\t 1 kB\n",
	};
	static const char nul[] = "Name:\ta\0b\n";
	struct fp_status status;

	(void)state;
	assert_int_equal(parse("", &status), -ENODATA);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i], &status) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(parse_bytes(nul, sizeof(nul) - 1, &status), -EBADMSG);
}

static void test_states_are_letters(void **state)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char text[] = "State:\tS (any)\n";
	struct fp_status status;

	(void)state;
	for (int byte = 33; byte < 256; byte++) {
		text[7] = (char)byte;
		if (!strchr(letters, byte)) {
			assert_int_equal(parse(text, &status), -EBADMSG);
			continue;
		}
		assert_int_equal(parse(text, &status), 0);
		assert_int_equal(status.state, byte);
	}
}

static void test_a_cut_last_line_is_passed_over(void **state)
{
	struct fp_status status;
	const char *line = strstr(status_6_18, "VmSize:");
	size_t begin = (size_t)(line - status_6_18), size = strcspn(line, "\n");

	(void)state;
	for (size_t len = begin; len <= begin + size; len++) {
		assert_int_equal(parse_bytes(status_6_18, len, &status), 0);
		assert_int_equal(status.memory.has, 0);
		assert_int_equal(status.euid, 105);
	}
	assert_int_equal(parse_bytes(status_6_18, begin + size + 1, &status), 0);
	assert_int_equal(status.memory.has, BIT(FP_VMS));
	assert_int_equal(parse("Name", &status), 0);
	assert_int_equal(status.comm_len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_lines),
		cmocka_unit_test(test_switches),
		cmocka_unit_test(test_page_tables_of_two_lines),
		cmocka_unit_test(test_signed_uids_of_old_kernels),
		cmocka_unit_test(test_kernel_thread_has_no_memory),
		cmocka_unit_test(test_what_is_not_there_is_unknown),
		cmocka_unit_test(test_names_are_unescaped),
		cmocka_unit_test(test_what_no_kernel_writes_is_refused),
		cmocka_unit_test(test_states_are_letters),
		cmocka_unit_test(test_a_cut_last_line_is_passed_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

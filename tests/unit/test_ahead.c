/* Reading ahead: what is asked for gets the same answers as without, each once, and nothing stays open. */
#include "parse/stat.h"
#include "sample/ahead.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PROCESSES = 1000, FIRST_PID = 100, WINDOW = 128, LARGE_PAGES = 1 << 18, FD_BASE = 5000 };

static const unsigned everything =
	FP_AHEAD_WANT_CMDLINE | FP_AHEAD_WANT_STATM | FP_AHEAD_WANT_STATUS;
static const uint64_t long_ns = UINT64_C(10000000000), short_ns = 20000000;

/* Whoever asks for this file of this process waits until the gate is opened. */
static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_changed = PTHREAD_COND_INITIALIZER;
static int32_t gate_pid;
static int gate_file;
static bool gate_is_shut;

static struct process {
	bool ended, kernel;
	_Atomic bool helpers_lack; /* it cannot be opened for want of descriptors */
	uint64_t rss_pages;
	int rollup_status;
	size_t cmdline_bytes; /* 0: few */
	_Atomic unsigned opened, closed, reads[FP_OS_FILES], owners;
} processes[PROCESSES];

static _Atomic int open_now, open_most;
static _Atomic unsigned answers; /* each is another, so that a stale one shows */
static size_t count;
static struct fp_host inner;
static struct fp_os_backend backend;
static uint64_t descriptors;
static struct fp_ahead *ahead;
static const struct fp_host *host;

static struct process *find(int32_t pid)
{
	return pid >= FIRST_PID && pid < FIRST_PID + (int32_t)count ? &processes[pid - FIRST_PID]
								    : NULL;
}

static void pass_gate(int32_t pid, int file)
{
	pthread_mutex_lock(&gate_lock);
	while (gate_is_shut && pid == gate_pid && file == gate_file)
		pthread_cond_wait(&gate_changed, &gate_lock);
	pthread_mutex_unlock(&gate_lock);
}

static void shut_gate(int32_t pid, int file)
{
	pthread_mutex_lock(&gate_lock);
	gate_pid = pid;
	gate_file = file;
	gate_is_shut = true;
	pthread_mutex_unlock(&gate_lock);
}

static void open_gate(void)
{
	pthread_mutex_lock(&gate_lock);
	gate_is_shut = false;
	pthread_cond_broadcast(&gate_changed);
	pthread_mutex_unlock(&gate_lock);
}

/* ---- The inner host ---- */

static int list(struct fp_os *os, struct fp_pids *pids)
{
	(void)os;
	pids->len = 0;
	/* in no order */
	for (size_t i = 0; i < count; i++)
		assert_int_equal(fp_pids_add(pids, FIRST_PID + (int32_t)((i * 7 + 3) % count)), 0);
	return 0;
}

static int process_open(struct fp_os *os, int32_t pid, struct fp_os_process *out)
{
	struct process *process = find(pid);

	(void)os;
	if (!process || process->ended)
		return -ESRCH;
	if (process->helpers_lack)
		return -EMFILE;
	process->opened++;
	int now = ++open_now, most = open_most;
	while (now > most && !atomic_compare_exchange_weak(&open_most, &most, now))
		;
	*out = (struct fp_os_process){.fd = FD_BASE + pid, .pid = pid};
	return 0;
}

static void process_close(struct fp_os_process *process)
{
	find(process->pid)->closed++;
	open_now--;
	process->fd = -1;
}

static int make_stat(const struct process *process, int32_t pid, char *text, size_t size)
{
	/* the 50 numbers that follow the state; see proc(5) */
	return snprintf(text, size,
		"%d (x) S 1 1 1 0 -1 %u 0 0 0 0 0 0 0 0 20 0 1 0 %u %u %llu 184467 %d 2 %d 0 0 0 0 "
		"0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		(int)pid, process->kernel ? 0x00200000u : 0u, ++answers,
		process->kernel ? 0u : 4096u, (unsigned long long)process->rss_pages,
		process->kernel ? 0 : 1000, process->kernel ? 0 : 2000);
}

static int read_file(
	const struct fp_os_process *place, enum fp_os_file file, size_t limit, struct fp_buf *out)
{
	struct process *process = find(place->pid);
	char text[512];

	assert_int_equal(place->fd, FD_BASE + place->pid);
	assert_int_not_equal(process->opened, process->closed);
	pass_gate(place->pid, (int)file);
	process->reads[file]++;
	out->len = 0;
	if (file == FP_OS_SMAPS_ROLLUP && process->rollup_status < 0)
		return process->rollup_status;
	if (file == FP_OS_CMDLINE && process->cmdline_bytes > limit)
		return -EFBIG;
	int len = file == FP_OS_STAT ? make_stat(process, place->pid, text, sizeof(text))
				     : snprintf(text, sizeof(text), "%d %d %u", (int)place->pid,
					       (int)file, ++answers);
	int status = fp_buf_append(out, text, (size_t)len);
	while (status == 0 && file == FP_OS_CMDLINE && out->len < process->cmdline_bytes)
		status = fp_buf_append(out, " ", 1);
	return status;
}

static int owner(const struct fp_os_process *place, uint32_t *uid)
{
	find(place->pid)->owners++;
	*uid = (uint32_t)place->pid + 1;
	return 0;
}

static uint64_t descriptor_limit(struct fp_os *os)
{
	(void)os;
	return descriptors;
}

static int begin(void **state)
{
	(void)state;
	memset(processes, 0, sizeof(processes));
	count = PROCESSES;
	answers = 0;
	open_now = open_most = 0;
	backend = fp_os_null;
	backend.list = list;
	backend.process_open = process_open;
	backend.process_close = process_close;
	backend.read = read_file;
	backend.owner = owner;
	backend.descriptor_limit = descriptor_limit;
	descriptors = 1024;
	inner = (struct fp_host){.backend = &backend};
	for (size_t i = 0; i < PROCESSES; i++)
		processes[i].rss_pages = 100;
	return fp_ahead_new(&inner, everything, &ahead);
}

static int end(void **state)
{
	(void)state;
	open_gate();
	int status = ahead ? fp_ahead_free(ahead, long_ns) : 0;
	ahead = NULL;
	return status;
}

#define AHEAD(test) cmocka_unit_test_setup_teardown(test, begin, end)

/* ---- Whoever asks ---- */

static void list_all(struct fp_pids *pids)
{
	host = fp_ahead_host(ahead);
	assert_int_equal(host->backend->list(host->os, pids), 0);
	assert_int_equal(pids->len, count);
}

static unsigned ask(const struct fp_os_process *place, enum fp_os_file file)
{
	struct fp_buf text = {0};
	int pid, of;
	unsigned answer;

	assert_int_equal(host->backend->read(place, file, 2 * 1024 * 1024, &text), 0);
	assert_int_equal(fp_buf_append(&text, "", 1), 0);
	if (file == FP_OS_STAT) {
		struct fp_stat stat;
		assert_int_equal(fp_stat_parse(text.data, text.len - 1, &stat), 0);
		pid = stat.pid;
		answer = (unsigned)stat.starttime_ticks;
	} else {
		assert_int_equal(sscanf(text.data, "%d %d %u", &pid, &of, &answer), 3);
		assert_int_equal(of, file);
	}
	assert_int_equal(pid, place->pid);
	fp_buf_fini(&text);
	return answer;
}

static void check_owner(const struct fp_os_process *place)
{
	uint32_t uid;

	assert_int_equal(host->backend->owner(place, &uid), 0);
	assert_int_equal(uid, place->pid + 1);
}

static void ask_all_of(int32_t pid)
{
	struct fp_os_process place;

	assert_int_equal(host->backend->process_open(host->os, pid, &place), 0);
	assert_int_equal(place.pid, pid);
	ask(&place, FP_OS_STAT);
	check_owner(&place);
	ask(&place, FP_OS_CMDLINE);
	ask(&place, FP_OS_SMAPS_ROLLUP);
	ask(&place, FP_OS_STATM);
	ask(&place, FP_OS_STATUS);
	host->backend->process_close(&place);
	assert_int_equal(place.fd, -1);
}

static void free_ahead(void)
{
	assert_int_equal(fp_ahead_free(ahead, long_ns), 0);
	ahead = NULL;
	assert_int_equal(open_now, 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(processes[i].opened, processes[i].closed);
}

static bool has_helpers(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

static void test_all_in_order(void **state)
{
	struct fp_pids pids = {0};

	(void)state;
	list_all(&pids);
	for (int32_t pid = FIRST_PID; pid < FIRST_PID + PROCESSES; pid++)
		ask_all_of(pid);
	free_ahead();
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(processes[i].opened, 1);
		assert_int_equal(processes[i].owners, 1);
		assert_int_equal(processes[i].reads[FP_OS_STAT], 1);
		assert_int_equal(processes[i].reads[FP_OS_CMDLINE], 1);
		assert_int_equal(processes[i].reads[FP_OS_SMAPS_ROLLUP], 1);
		assert_int_equal(processes[i].reads[FP_OS_STATM], 1);
		assert_int_equal(processes[i].reads[FP_OS_STATUS], 1);
	}
	assert_in_range(open_most, 1, WINDOW + 1);
	free(pids.at);
}

static void settle(void)
{
	usleep(20000);
}

/* Was it read, as far as helpers read it? */
static bool is_read(size_t at)
{
	const struct process *process = &processes[at];
	bool is_held = gate_is_shut && gate_pid == FIRST_PID + (int32_t)at;

	if (process->ended || process->helpers_lack || is_held)
		return true;
	if (process->kernel || process->rss_pages >= LARGE_PAGES)
		return process->owners > 0;
	return process->reads[FP_OS_STATUS] > 0;
}

/* Waits until helpers have read all that there is room for, from this one on. */
static void let_helpers_fill(size_t first)
{
	for (size_t i = first; has_helpers() && i < first + WINDOW; i++)
		for (int turn = 0; !is_read(i); turn++) {
			assert_in_range(turn, 0, 10000);
			usleep(1000);
		}
	/* what they should not read, they would read now */
	settle();
}

static void test_it_is_read_before_it_is_asked_for(void **state)
{
	struct fp_pids pids = {0};

	(void)state;
	if (!has_helpers())
		skip();
	list_all(&pids);
	let_helpers_fill(0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(processes[i].reads[FP_OS_SMAPS_ROLLUP], i < WINDOW);
	/* who passes many by needs none of them */
	ask_all_of(FIRST_PID + 500);
	let_helpers_fill(500);
	assert_in_range(open_now, WINDOW - 1, WINDOW);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(processes[i].reads[FP_OS_SMAPS_ROLLUP],
			i < WINDOW || (i >= 500 && i < 500 + WINDOW));
	free_ahead();
	free(pids.at);
}

/* Who asks a second time wants to know how it is now. */
static void test_each_answer_once(void **state)
{
	struct fp_pids pids = {0};
	struct fp_os_process place;

	(void)state;
	list_all(&pids);
	let_helpers_fill(0);
	assert_int_equal(host->backend->process_open(host->os, FIRST_PID, &place), 0);
	for (int file = FP_OS_STAT; file <= FP_OS_MAPS; file++) {
		unsigned last = ask(&place, (enum fp_os_file)file), now = answers;
		assert_in_range(last, 1, now);
		assert_int_equal(ask(&place, (enum fp_os_file)file), now + 1);
	}
	check_owner(&place);
	check_owner(&place);
	assert_int_equal(processes[0].owners, 2);
	host->backend->process_close(&place);
	/* opened again */
	ask_all_of(FIRST_PID);
	assert_int_equal(processes[0].opened, 2);
	assert_int_equal(processes[0].reads[FP_OS_STAT], 3);
	free_ahead();
	free(pids.at);
}

static void test_a_second_list(void **state)
{
	struct fp_pids pids = {0};

	(void)state;
	list_all(&pids);
	let_helpers_fill(0);
	ask_all_of(FIRST_PID);
	list_all(&pids);
	settle();
	unsigned before = answers;
	for (int32_t pid = FIRST_PID; pid < FIRST_PID + PROCESSES; pid++)
		ask_all_of(pid);
	/* all of it by this thread: five files each */
	assert_int_equal(answers, before + 5 * PROCESSES);
	free_ahead();
	free(pids.at);
}

static void test_a_few(void **state)
{
	struct fp_pids pids = {0};

	(void)state;
	count = 20;
	list_all(&pids);
	settle();
	assert_int_equal(answers, 0);
	ask_all_of(FIRST_PID + 5);
	free_ahead();
	free(pids.at);
}

static void test_who_is_not_read_ahead(void **state)
{
	struct fp_pids pids = {0};

	(void)state;
	if (!has_helpers())
		skip();
	processes[0].kernel = true;
	processes[1].rss_pages = LARGE_PAGES;
	processes[2].rss_pages = LARGE_PAGES - 1;
	list_all(&pids);
	let_helpers_fill(0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(processes[i].reads[FP_OS_STAT], 1);
		assert_int_equal(processes[i].reads[FP_OS_SMAPS_ROLLUP], i == 2);
	}
	for (int32_t pid = FIRST_PID; pid < FIRST_PID + 3; pid++)
		ask_all_of(pid);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(processes[i].reads[FP_OS_SMAPS_ROLLUP], 1);
	free_ahead();
	free(pids.at);
}

static void test_errors_are_answers(void **state)
{
	struct fp_pids pids = {0};
	struct fp_os_process place;
	struct fp_buf text = {0};

	(void)state;
	processes[3].ended = true;
	processes[4].rollup_status = -EACCES;
	list_all(&pids);
	let_helpers_fill(0);
	ask_all_of(FIRST_PID);
	assert_int_equal(host->backend->process_open(host->os, FIRST_PID + 3, &place), -ESRCH);
	assert_int_equal(host->backend->process_open(host->os, FIRST_PID + 4, &place), 0);
	assert_int_equal(
		host->backend->read(&place, FP_OS_SMAPS_ROLLUP, 2 * 1024 * 1024, &text), -EACCES);
	assert_int_equal(processes[4].reads[FP_OS_SMAPS_ROLLUP], 1);
	host->backend->process_close(&place);
	/* nobody's */
	assert_int_equal(host->backend->process_open(host->os, 7, &place), -ESRCH);
	ask_all_of(FIRST_PID + 5);
	fp_buf_fini(&text);
	free_ahead();
	free(pids.at);
}

/* How much may be read is up to who asks. */
static void test_limits(void **state)
{
	struct fp_pids pids = {0};
	struct fp_os_process place;
	struct fp_buf text = {0};

	(void)state;
	processes[0].cmdline_bytes = 1536 * 1024;
	processes[1].cmdline_bytes = 1000;
	list_all(&pids);
	let_helpers_fill(0);
	ask_all_of(FIRST_PID);
	assert_int_equal(host->backend->process_open(host->os, FIRST_PID + 1, &place), 0);
	assert_int_equal(host->backend->read(&place, FP_OS_CMDLINE, 999, &text), -EFBIG);
	assert_int_equal(host->backend->read(&place, FP_OS_CMDLINE, 1000, &text), 0);
	host->backend->process_close(&place);
	fp_buf_fini(&text);
	free_ahead();
	free(pids.at);
}

/* What does not answer is waited for by who asks for that; what came before it is there. */
static void test_one_that_does_not_answer(void **state)
{
	struct fp_pids pids = {0};
	struct fp_os_process place;

	(void)state;
	if (!has_helpers())
		skip();
	shut_gate(FIRST_PID + 2, FP_OS_SMAPS_ROLLUP);
	list_all(&pids);
	let_helpers_fill(0);
	ask_all_of(FIRST_PID);
	assert_int_equal(host->backend->process_open(host->os, FIRST_PID + 2, &place), 0);
	ask(&place, FP_OS_STAT);
	ask(&place, FP_OS_CMDLINE);
	/* its helper goes on with the place */
	host->backend->process_close(&place);
	assert_int_equal(processes[2].closed, 0);
	/* the others go on, also where its record would be needed again */
	for (int32_t pid = FIRST_PID + 3; pid < FIRST_PID + PROCESSES; pid++)
		ask_all_of(pid);
	for (size_t i = 3; i < PROCESSES; i++)
		assert_int_equal(processes[i].reads[FP_OS_SMAPS_ROLLUP], 1);
	assert_int_equal(fp_ahead_free(ahead, short_ns), -ETIMEDOUT);
	assert_int_equal(processes[2].closed, 0);
	open_gate();
	free_ahead();
	assert_int_equal(processes[2].closed, 1);
	free(pids.at);
}

/* Helpers leave most of them to who asks, and what they lack is no answer. */
static void test_few_descriptors(void **state)
{
	struct fp_pids pids = {0};

	(void)state;
	free_ahead();
	descriptors = 40;
	assert_int_equal(fp_ahead_new(&inner, everything, &ahead), 0);
	list_all(&pids);
	for (int32_t pid = FIRST_PID; pid < FIRST_PID + PROCESSES; pid++)
		ask_all_of(pid);
	free_ahead();
	assert_in_range(open_most, 1, 12);
	free(pids.at);
}

static void test_helpers_that_lack_descriptors(void **state)
{
	struct fp_pids pids = {0};

	(void)state;
	processes[4].helpers_lack = true;
	list_all(&pids);
	let_helpers_fill(0);
	processes[4].helpers_lack = false;
	for (int32_t pid = FIRST_PID; pid < FIRST_PID + 8; pid++)
		ask_all_of(pid);
	free_ahead();
	free(pids.at);
}

static void test_one_at_a_time(void **state)
{
	struct fp_ahead *other;

	(void)state;
	assert_int_equal(fp_ahead_new(&inner, 0, &other), -EBUSY);
	free_ahead();
	assert_int_equal(fp_ahead_new(&inner, 0, &ahead), 0);
}

static void test_only_what_is_wanted(void **state)
{
	struct fp_pids pids = {0};

	(void)state;
	free_ahead();
	assert_int_equal(fp_ahead_new(&inner, 0, &ahead), 0);
	list_all(&pids);
	settle();
	for (size_t i = 0; i < WINDOW; i++) {
		assert_int_equal(processes[i].reads[FP_OS_CMDLINE], 0);
		assert_int_equal(processes[i].reads[FP_OS_STATM], 0);
		assert_int_equal(processes[i].reads[FP_OS_STATUS], 0);
	}
	ask_all_of(FIRST_PID);
	assert_int_equal(processes[0].reads[FP_OS_CMDLINE], 1);
	assert_int_equal(processes[0].reads[FP_OS_STATUS], 1);
	free_ahead();
	free(pids.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		AHEAD(test_all_in_order),
		AHEAD(test_it_is_read_before_it_is_asked_for),
		AHEAD(test_each_answer_once),
		AHEAD(test_a_second_list),
		AHEAD(test_a_few),
		AHEAD(test_who_is_not_read_ahead),
		AHEAD(test_errors_are_answers),
		AHEAD(test_limits),
		AHEAD(test_one_that_does_not_answer),
		AHEAD(test_few_descriptors),
		AHEAD(test_helpers_that_lack_descriptors),
		AHEAD(test_one_at_a_time),
		AHEAD(test_only_what_is_wanted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "victim.h"

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The kernel allows 128 KiB for one argument or variable. */
enum { FILLER = 100 * 1024, WORDS_MAX = 4096 };

static char *next_env[WORDS_MAX], *next_arg[WORDS_MAX];
static size_t next_env_count, next_arg_count;
static const char *last_arg;
static atomic_bool churn_ends;

static void do_sleep(const char *arg)
{
	sleep_ms(atol(arg));
}

static void do_exit(const char *arg)
{
	(void)arg;
	_exit(0);
}

static void do_zombie(const char *arg)
{
	for (int i = 0; i < atoi(arg); i++) {
		siginfo_t info;
		pid_t pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid < 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
			die("zombie");
		dprintf(STDOUT_FILENO, "zombie %d\n", (int)pid);
	}
}

static void *sleep_forever(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

static void do_threads(const char *arg)
{
	pthread_t thread;

	for (int i = 0; i < atoi(arg); i++)
		if ((errno = pthread_create(&thread, NULL, sleep_forever, NULL)))
			die("threads");
}

static void do_comm(const char *arg)
{
	if (prctl(PR_SET_NAME, arg) < 0)
		die("comm");
}

static void do_uid(const char *arg)
{
	unsigned id = (unsigned)atoi(arg);

	if (setgroups(0, NULL) < 0 || setgid(id) < 0 || setuid(id) < 0)
		die("uid");
}

static void do_non_dumpable(const char *arg)
{
	(void)arg;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		die("non-dumpable");
}

static void do_setsid(const char *arg)
{
	(void)arg;
	if (setsid() < 0)
		die("setsid");
}

static void do_unset(const char *arg)
{
	if (unsetenv(arg) < 0)
		die("unset");
}

/* Where the arguments begin and the environment behind them ends; see proc(5), stat. */
static char *find_arguments(size_t *len)
{
	enum { ARG_START = 48, STATE = 3 };
	static char text[4096];
	FILE *file = fopen("/proc/self/stat", "re");
	size_t read = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[read] = '\0';
	char *at = strrchr(text, ')');
	if (!file || fclose(file) != 0 || !at)
		die("stat");
	for (int field = STATE - 1; field < ARG_START; field++)
		at = strchr(at + 1, ' ');
	uintptr_t start = strtoul(at, &at, 10);
	strtoul(at, &at, 10);
	strtoul(at, &at, 10);
	*len = strtoul(at, NULL, 10) - start;
	return (char *)start;
}

static void do_title(const char *arg)
{
	size_t len;
	char *start = find_arguments(&len);

	memset(start, 0, len);
	memcpy(start, arg, strlen(arg) < len ? strlen(arg) : len - 1);
}

static void do_set(const char *arg)
{
	next_env[next_env_count++] = strdup(arg);
}

/* Appends strings such as FP_FILL_7=xxx, of so many bytes together. */
static void fill(const char *arg, char **list, size_t *count)
{
	char *end;

	for (size_t left = parse_size(arg, &end); left > 32;) {
		size_t len = left < FILLER ? left : FILLER;
		char *text = malloc(len);
		if (!text)
			die("fill");
		memset(text, 'x', len);
		text[len - 1] = '\0';
		text[snprintf(text, 32, "FP_FILL_%zu", *count)] = '=';
		list[(*count)++] = text;
		left -= len;
	}
}

static void do_env_bytes(const char *arg)
{
	fill(arg, next_env, &next_env_count);
}

static void do_arg_bytes(const char *arg)
{
	fill(arg, next_arg, &next_arg_count);
}

static void do_last_arg(const char *arg)
{
	last_arg = arg;
}

/* The kernel takes arguments and environment of at most a quarter of the stack's limit. */
static void raise_stack_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) < 0)
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max < (64U << 20) ? limit.rlim_max : 64U << 20;
	if (setrlimit(RLIMIT_STACK, &limit) < 0)
		die("setrlimit");
}

void do_exec(const char *path, char **words, size_t count)
{
	static char *argv[3 * WORDS_MAX], *env[3 * WORDS_MAX];
	size_t argc = 0, envc = 0;

	argv[argc++] = "victim";
	for (size_t i = 0; i < count; i++)
		argv[argc++] = words[i];
	argv[argc++] = "--";
	for (size_t i = 0; i < next_arg_count; i++)
		argv[argc++] = next_arg[i];
	if (last_arg)
		argv[argc++] = (char *)(uintptr_t)last_arg;
	for (char **e = environ; *e && envc < WORDS_MAX; e++)
		env[envc++] = *e;
	for (size_t i = 0; i < next_env_count; i++)
		env[envc++] = next_env[i];
	raise_stack_limit();
	execve(path ? path : "/proc/self/exe", argv, env);
	die("exec");
}

/* What the short-lived do, in turn. */
static char *lives[][8] = {
	{"exit"},
	{"private=1M", "sleep=20", "exit"},
	{"threads=2", "sleep=5", "exit"},
	{"sleep=3", "exec", "private=256K", "sleep=10", "exit"},
	{"exec", "sleep=40", "exec", "sleep=20", "exit"},
	{"leader-exit", "private=1M", "sleep=15", "exit"},
};

static _Noreturn void live_briefly(unsigned n)
{
	char **life = lives[n % (sizeof(lives) / sizeof(lives[0]))];
	size_t count = 0;

	while (count < sizeof(lives[0]) / sizeof(lives[0][0]) && life[count])
		count++;
	run(life, count);
	_exit(0);
}

static void *churn(void *arg)
{
	int wanted = *(int *)arg, alive = 0;

	for (unsigned n = 0; !churn_ends; n++) {
		while (alive > 0 && waitpid(-1, NULL, alive < wanted ? WNOHANG : 0) > 0)
			alive--;
		pid_t pid = fork();
		if (pid == 0)
			live_briefly(n);
		if (pid < 0)
			die("churn");
		alive++;
		sleep_ms(1);
	}
	return NULL;
}

static void do_churn(const char *arg)
{
	static int wanted;
	pthread_t thread;

	wanted = atoi(arg);
	if ((errno = pthread_create(&thread, NULL, churn, &wanted)))
		die("churn");
}

void end_churn(void)
{
	churn_ends = true;
}

const struct step process_steps[] = {
	{"zombie", do_zombie},
	{"threads", do_threads},
	{"churn", do_churn},
	{"sleep", do_sleep},
	{"exit", do_exit},
	{"comm", do_comm},
	{"uid", do_uid},
	{"non-dumpable", do_non_dumpable},
	{"setsid", do_setsid},
	{"title", do_title},
	{"unset", do_unset},
	{"set", do_set},
	{"env-bytes", do_env_bytes},
	{"arg-bytes", do_arg_bytes},
	{"last-arg", do_last_arg},
	{NULL, NULL},
};

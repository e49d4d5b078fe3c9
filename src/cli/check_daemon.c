#include "cli/check_daemon.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long the daemon may take to end, and how often it is looked after. */
enum { END_MS = 10000, STEP_MS = 20, OUTPUT_MAX = 256 * 1024 * 1024, READ_STEP = 65536 };

/* The exit status of a child in which the daemon could not be started, as a shell has it. */
enum { NOT_RUN = 127 };

static const char config_name[] = "dry-run.conf";
static const char state_name[] = "state.json";
static const char log_name[] = "log";
static const char output_name[] = "output";

static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { INTERRUPTS = sizeof(interrupts) / sizeof(interrupts[0]) };

static volatile sig_atomic_t caught;

struct place {
	char path[PATH_MAX];
	int folder;
	struct sigaction before[INTERRUPTS];
	char *message;
};

static void catch (int number)
{
	caught = number;
}

/* What is ignored, as in a job of the background, stays ignored. */
static void catch_interrupts(struct place *place)
{
	struct sigaction action = {.sa_handler = catch};

	caught = 0;
	/* a parent that ignores its children's end has left that to this program */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < INTERRUPTS; i++) {
		sigaction(interrupts[i], NULL, &place->before[i]);
		if (place->before[i].sa_handler != SIG_IGN)
			sigaction(interrupts[i], &action, NULL);
	}
}

static void release_interrupts(const struct place *place)
{
	for (size_t i = 0; i < INTERRUPTS; i++)
		sigaction(interrupts[i], &place->before[i], NULL);
}

static int fail(const struct place *place, int status, const char *what)
{
	snprintf(place->message, FP_CONF_MESSAGE_SIZE, "%.900s: %s", what, strerror(-status));
	return status;
}

void fp_check_piece_name(size_t index, char out[32])
{
	snprintf(out, 32, "%zu.conf", index);
}

void fp_check_daemon_fini(struct fp_check_run *run)
{
	fp_buf_fini(&run->state);
	fp_buf_fini(&run->log);
}

static int make_place(struct place *place)
{
	const char *base = getenv("TMPDIR");

	if (!base || base[0] != '/')
		base = "/tmp";
	int len = snprintf(place->path, sizeof(place->path), "%s/footprint-check.XXXXXX", base);
	if (len < 0 || (size_t)len >= sizeof(place->path))
		return fail(place, -ENAMETOOLONG, "TMPDIR");
	/* of mode 0700, so that nobody else reaches what is in it */
	if (!mkdtemp(place->path))
		return fail(place, -errno, place->path);
	place->folder = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->folder >= 0)
		return 0;
	int status = fail(place, -errno, place->path);
	rmdir(place->path);
	return status;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static int remove_place(const struct place *place)
{
	close(place->folder);
	if (nftw(place->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0)
		return 0;
	return fail(place, errno ? -errno : -EIO, place->path);
}

static int write_file(const struct place *place, const char *name, const char *text, size_t len)
{
	int fd = openat(place->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file) {
		int status = fail(place, -errno, place->path);
		if (fd >= 0)
			close(fd);
		return status;
	}
	bool whole = fwrite(text, 1, len, file) == len;
	if (fclose(file) == EOF || !whole)
		return fail(place, errno ? -errno : -EIO, place->path);
	return 0;
}

/* A line with one string, which the daemon's parser gives back as it was. */
static void put_string(FILE *file, const char *key, const char *folder, const char *name)
{
	const char *parts[] = {folder, name ? "/" : "", name ? name : ""};

	fprintf(file, "%s \"", key);
	for (size_t i = 0; i < 3; i++) {
		for (const char *p = parts[i]; *p; p++) {
			if (*p == '"' || *p == '\\')
				fputc('\\', file);
			fputc(*p, file);
		}
	}
	fputs("\"\n", file);
}

static void put_config(
	FILE *file, const struct place *place, const struct fp_conf *conf, const char *plugins)
{
	char name[32];

	fputs("Hostname \"footprint-check\"\nFQDNLookup false\n", file);
	put_string(file, "BaseDir", place->path, NULL);
	put_string(file, "PIDFile", place->path, "pid");
	fprintf(file, "Interval %.9f\n", fp_conffile_interval(conf));
	fputs("LoadPlugin logfile\n<Plugin logfile>\n", file);
	put_string(file, "File", place->path, log_name);
	fputs("LogLevel info\nTimestamp false\nPrintSeverity true\n</Plugin>\n", file);
	put_string(file, "PluginDir", plugins, NULL);
	fputs("LoadPlugin footprint\n<Plugin footprint>\n", file);
	/* the daemon warns of one that it does not write */
	if (conf->groups.len)
		put_string(file, "StateFile", place->path, state_name);
	fputs("</Plugin>\n", file);
	for (size_t i = 0; i < conf->pieces.len; i++) {
		fp_check_piece_name(i, name);
		put_string(file, "Include", name, NULL);
	}
}

static size_t count_lines(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += text[i] == '\n';
	return count;
}

static int write_config(
	const struct place *place, const struct fp_conf *conf, const char *plugins, size_t *lines)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		return fail(place, -errno, config_name);
	put_config(file, place, conf, plugins);
	int status = fclose(file) == EOF ? fail(place, -ENOMEM, config_name) : 0;
	if (status == 0) {
		*lines = count_lines(text, len);
		status = write_file(place, config_name, text, len);
	}
	free(text);
	return status;
}

static int write_pieces(const struct place *place, const struct fp_conf *conf)
{
	char name[32];
	int status = 0;

	for (size_t i = 0; i < conf->pieces.len && status == 0; i++) {
		const struct fp_buf *text = &conf->pieces.at[i].text;
		fp_check_piece_name(i, name);
		status = write_file(place, name, text->data, text->len);
	}
	return status;
}

/* In the child: never comes back. */
static void become_daemon(const struct place *place, const char *collectd)
{
	int in = open("/dev/null", O_RDONLY);
	int out = openat(place->folder, output_name, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (in < 0 || out < 0 || fchdir(place->folder) < 0 || dup2(in, STDIN_FILENO) < 0 ||
		dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(NOT_RUN);
	execl(collectd, collectd, "-f", "-C", config_name, (char *)NULL);
	dprintf(STDERR_FILENO, "%s: %s\n", collectd, strerror(errno));
	_exit(NOT_RUN);
}

static void pause_ms(long ms)
{
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Appends a file of the daemon's; one that is not there is empty. */
static int take_file(const struct place *place, const char *name, struct fp_buf *out)
{
	int fd = openat(place->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int status = 0;
	ssize_t n = 1;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	while (status == 0 && n > 0 && out->len < OUTPUT_MAX) {
		status = fp_buf_reserve(out, READ_STEP);
		if (status < 0)
			break;
		n = read(fd, out->data + out->len, READ_STEP);
		if (n < 0)
			status = -errno;
		else
			out->len += (size_t)n;
	}
	close(fd);
	return status;
}

static bool says(const struct fp_buf *log, const char *words)
{
	return log->len && memmem(log->data, log->len, words, strlen(words));
}

/*
 * Without a group there is no state file, and the daemon is ready when it says so. It says so as well
 * on its way to the end, when the plugin has refused to start.
 */
static bool is_ready(const struct place *place, const struct fp_conf *conf)
{
	struct fp_buf log = {0};

	if (conf->groups.len)
		return faccessat(place->folder, state_name, F_OK, 0) == 0;
	bool ready = take_file(place, log_name, &log) == 0 && says(&log, "entering read-loop") &&
		     !says(&log, "[error] footprint: ");
	fp_buf_fini(&log);
	return ready;
}

/* A child that is gone by itself: did it say no, or did it not come that far? */
static enum fp_check_outcome outcome_of(int status)
{
	bool broken = !WIFEXITED(status) || WEXITSTATUS(status) == NOT_RUN;

	return broken ? FP_CHECK_BROKEN : FP_CHECK_ENDED;
}

static void wait_for(const struct place *place, const struct fp_conf *conf, pid_t pid,
	uint64_t timeout_s, struct fp_check_run *out)
{
	uint64_t until = now_ms() + timeout_s * 1000;
	int status;

	for (;;) {
		out->outcome = FP_CHECK_READY;
		if (is_ready(place, conf))
			return;
		out->outcome = FP_CHECK_INTERRUPTED;
		if (caught)
			return;
		if (waitpid(pid, &status, WNOHANG) == pid) {
			out->outcome = outcome_of(status);
			return;
		}
		out->outcome = FP_CHECK_LATE;
		if (now_ms() >= until)
			return;
		pause_ms(STEP_MS);
	}
}

static void end_daemon(pid_t pid)
{
	uint64_t until = now_ms() + END_MS;

	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (now_ms() >= until) {
			kill(pid, SIGKILL);
			while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
				;
			return;
		}
		pause_ms(STEP_MS);
	}
}

/* No signal is lost in a child that still has the handler of this program. */
static pid_t start_daemon(const struct place *place, const char *collectd)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	int error = errno;
	if (pid == 0) {
		release_interrupts(place);
		signal(SIGPIPE, SIG_DFL);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid == 0)
		become_daemon(place, collectd);
	errno = error;
	return pid;
}

static int run_in(const struct place *place, const struct fp_check_options *options,
	const struct fp_conf *conf, struct fp_check_run *out)
{
	pid_t pid = start_daemon(place, options->collectd);

	if (pid < 0)
		return fail(place, -errno, "fork");
	wait_for(place, conf, pid, options->timeout_s, out);
	if (out->outcome != FP_CHECK_ENDED && out->outcome != FP_CHECK_BROKEN)
		end_daemon(pid);
	if (caught)
		out->outcome = FP_CHECK_INTERRUPTED;
	out->signal = caught;
	int status = take_file(place, output_name, &out->log);
	if (status == 0)
		status = take_file(place, log_name, &out->log);
	if (status == 0)
		status = take_file(place, state_name, &out->state);
	return status < 0 ? fail(place, status, place->path) : 0;
}

int fp_check_daemon_run(const struct fp_check_options *options, const struct fp_conf *conf,
	struct fp_check_run *out, char message[FP_CONF_MESSAGE_SIZE])
{
	struct place place = {.message = message};

	*out = (struct fp_check_run){0};
	catch_interrupts(&place);
	int status = make_place(&place);
	if (status == 0) {
		status = write_config(&place, conf, options->plugin_dir, &out->config_lines);
		if (status == 0)
			status = write_pieces(&place, conf);
		if (status == 0)
			status = run_in(&place, options, conf, out);
		int removed = remove_place(&place);
		if (status == 0)
			status = removed;
	}
	release_interrupts(&place);
	return status;
}

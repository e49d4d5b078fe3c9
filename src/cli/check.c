#include "cli/check.h"
#include "cli/check_report.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/say.h"
#include "model.h"
#include "sample/state.h"
#include "util/number.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
	"usage: footprint check [OPTION]... FILE...\n"
	"Takes the plugin's blocks out of collectd's configuration files, lets a collectd of its "
	"own\n"
	"read them once, and shows what each group holds. A running daemon is not touched.\n"
	"\n"
	"  --bytes              exact sizes, not in units of 1,024\n"
	"  --collectd PATH      this daemon (default: the one in PATH, /usr/sbin or\n"
	"                       /usr/local/sbin)\n"
	"  --plugin-dir DIR     where footprint.so is\n"
	"                       (default: " FP_PLUGINDIR ")\n"
	"  --timeout SECONDS    wait no longer for the reading (default: 60)\n"
	"  --help\n"
	"\n"
	"Exit status: 0 the configuration is right and every group has members that could be "
	"read;\n"
	"1 it is right, some group is empty; 2 it is wrong, or the command line is; 3 it is "
	"right,\n"
	"some processes could not be read or not be told to match or not; 4 other trouble.\n";

enum { OPT_COLLECTD = 256, OPT_PLUGIN_DIR, OPT_TIMEOUT, OPT_BYTES, OPT_HELP };

static const struct option options[] = {
	{"collectd", required_argument, NULL, OPT_COLLECTD},
	{"plugin-dir", required_argument, NULL, OPT_PLUGIN_DIR},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"bytes", no_argument, NULL, OPT_BYTES},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

enum { TIMEOUT_S = 60, TIMEOUT_MAX_S = 86400 };

struct request {
	const char *collectd, *plugin_dir;
	uint64_t timeout_s;
	bool bytes, help;
};

static int usage(const char *what, const char *value)
{
	fp_say(FP_EXIT_WRONG, what, value);
	fputs("Try 'footprint check --help'.\n", stderr);
	return FP_EXIT_WRONG;
}

/* A letter of several behind one - stands elsewhere than the word that was read last. */
static int fail_unknown(const char *text)
{
	const char letter[3] = {'-', (char)optopt};

	if (optopt >= OPT_COLLECTD)
		return usage("this option takes no value", text);
	return usage("unknown option", optopt ? letter : text);
}

/* 0, or an exit status with the mistake said. */
static int take_option(struct request *request, int option, char *const *argv)
{
	switch (option) {
	case OPT_COLLECTD:
		request->collectd = optarg;
		return 0;
	case OPT_PLUGIN_DIR:
		request->plugin_dir = optarg;
		return 0;
	case OPT_TIMEOUT:
		if (fp_number_u64(optarg, strlen(optarg), &request->timeout_s) == 0 &&
			request->timeout_s >= 1 && request->timeout_s <= TIMEOUT_MAX_S)
			return 0;
		return usage("--timeout takes whole seconds from 1 to 86400", optarg);
	case OPT_BYTES:
		request->bytes = true;
		return 0;
	case OPT_HELP:
		request->help = true;
		return 0;
	case ':':
		return usage("a value is missing after", argv[optind - 1]);
	default:
		return fail_unknown(argv[optind - 1]);
	}
}

static int parse(int argc, char **argv, struct request *request)
{
	int option, status = 0;

	optind = 0;
	opterr = 0;
	while (status == 0 && (option = getopt_long(argc, argv, ":", options, NULL)) != -1)
		status = take_option(request, option, argv);
	if (status == 0 && optind == argc && !request->help)
		return usage("a configuration file of collectd was expected, such as",
			"/etc/collectd/collectd.conf");
	return status;
}

static char *executable(const char *folder, size_t len, const char *name)
{
	char *path = NULL, *whole = NULL;
	struct stat st;

	if (asprintf(&path, "%.*s%s%s", (int)len, folder, len ? "/" : "", name) < 0)
		return NULL;
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0)
		whole = realpath(path, NULL);
	free(path);
	return whole;
}

/* The absolute path of the daemon, or NULL. */
static char *find_collectd(const char *name)
{
	static const char *const usual = "/usr/sbin:/usr/local/sbin";
	const char *lists[] = {getenv("PATH"), usual};
	char *found = NULL;

	if (strchr(name, '/'))
		return executable("", 0, name);
	for (size_t i = 0; i < 2 && !found; i++) {
		for (const char *at = lists[i]; at && *at && !found;) {
			size_t len = strcspn(at, ":");
			if (len)
				found = executable(at, len, name);
			at += len + (at[len] == ':');
		}
	}
	return found;
}

/* The place of a state file is the daemon's own to refuse, but it got another one. */
static int check_state_file(const struct fp_conf *conf)
{
	struct fp_settings settings = {
		.state_file = conf->state_file, .state_group = conf->state_group};
	struct fp_host host = {.backend = fp_os_default(), .log = fp_say_log};
	struct fp_state *state;

	if (!conf->state_file && conf->state_group)
		return fp_say(FP_EXIT_WRONG, "<Plugin footprint>: StateFileGroup",
			"is of no use without StateFile \"/run/footprint/state.json\"");
	if (!conf->state_file)
		return 0;
	/* the daemon does not look at its place then */
	if (conf->groups.len == 0 && conf->state_file[0] == '/')
		return fp_say(0, "<Plugin footprint>: StateFile",
			"there is no <Group>, so none is written");
	int status = host.backend->open("/proc", "/sys", &host.os);
	if (status < 0)
		return fp_say(FP_EXIT_TROUBLE, "/proc", strerror(-status));
	status = fp_state_new(&host, &settings, &state);
	if (status == 0)
		fp_state_free(state);
	host.backend->close(host.os);
	return status < 0 ? FP_EXIT_WRONG : 0;
}

static int read_files(struct fp_conf *conf, int count, char **paths)
{
	char message[FP_CONF_MESSAGE_SIZE];

	for (int i = 0; i < count; i++) {
		int status = fp_conffile_read(conf, paths[i], message);
		if (status < 0)
			return fp_say(
				status == -EINVAL ? FP_EXIT_WRONG : FP_EXIT_TROUBLE, message, NULL);
	}
	if (conf->pieces.len == 0)
		return fp_say(FP_EXIT_WRONG,
			"there is no <Plugin footprint> block in these files, nor in what they "
			"include",
			NULL);
	if (conf->early)
		return fp_say(FP_EXIT_WRONG, conf->early,
			"this block stands before LoadPlugin footprint, so the daemon passes over "
			"it");
	if (!conf->loads)
		fp_say(0, "note", "no LoadPlugin footprint is in these files");
	return check_state_file(conf);
}

static int report(const struct fp_check_run *run, const struct fp_conf *conf, bool bytes)
{
	bool ready = run->outcome == FP_CHECK_READY;
	bool unknown = fp_check_report_log(run, conf, !ready);

	if (run->outcome == FP_CHECK_ENDED)
		return fp_say(
			FP_EXIT_WRONG, "the daemon does not start with this configuration", NULL);
	if (run->outcome == FP_CHECK_BROKEN)
		return fp_say(FP_EXIT_TROUBLE, "the daemon could not be run, or crashed", NULL);
	if (!ready)
		return fp_say(FP_EXIT_TROUBLE,
			"no reading in time; --timeout SECONDS waits for longer", NULL);
	int code = conf->groups.len ? fp_check_report_state(run, conf, bytes) : 0;
	if (code < 0)
		return fp_say(FP_EXIT_TROUBLE, "the state file", strerror(-code));
	if (conf->groups.len == 0)
		code = fp_out_tell_text(
			"The configuration is right; there is no <Group> to show. footprint disks "
			"shows disks.\n");
	return unknown ? FP_EXIT_WRONG : code;
}

/* Ends by the signal that interrupted the run, so that a caller sees it. */
static void end_by(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	signal(number, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
}

/* The absolute path of a folder with the plugin in it, or NULL. */
static char *find_plugin(const char *folder)
{
	char *path = NULL, *whole = NULL;

	if (asprintf(&path, "%s/footprint.so", folder) < 0)
		return NULL;
	if (access(path, R_OK) == 0)
		whole = realpath(folder, NULL);
	free(path);
	return whole;
}

static int run_and_report(
	const struct fp_check_options *wanted, const struct fp_conf *conf, bool bytes)
{
	char message[FP_CONF_MESSAGE_SIZE] = "out of memory";
	struct fp_check_run run;
	int status = fp_check_daemon_run(wanted, conf, &run, message);

	if (run.signal)
		end_by(run.signal);
	int code = status < 0 ? fp_say(FP_EXIT_TROUBLE, message, NULL) : report(&run, conf, bytes);
	fp_check_daemon_fini(&run);
	return code;
}

static int run(const struct request *request, const struct fp_conf *conf)
{
	char *collectd = find_collectd(request->collectd);
	char *folder = find_plugin(request->plugin_dir);
	const struct fp_check_options wanted = {
		.collectd = collectd, .plugin_dir = folder, .timeout_s = request->timeout_s};
	int code;

	if (!collectd)
		code = fp_say(FP_EXIT_TROUBLE, request->collectd,
			"there is no such daemon; --collectd PATH names it");
	else if (!folder)
		code = fp_say(FP_EXIT_TROUBLE, request->plugin_dir,
			"footprint.so is not there; --plugin-dir DIR names its folder");
	else
		code = run_and_report(&wanted, conf, request->bytes);
	free(collectd);
	free(folder);
	return code;
}

int fp_check(int argc, char **argv)
{
	struct request request = {
		.collectd = "collectd", .plugin_dir = FP_PLUGINDIR, .timeout_s = TIMEOUT_S};
	struct fp_conf conf = {0};
	int code = parse(argc, argv, &request);

	if (code)
		return code;
	if (request.help) {
		return fp_out_tell_text(help);
	}
	code = read_files(&conf, argc - optind, argv + optind);
	if (code == 0)
		code = run(&request, &conf);
	fp_conffile_fini(&conf);
	return code;
}

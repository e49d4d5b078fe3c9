#include "cli/watch.h"
#include "cli/exit.h"
#include "cli/feed.h"
#include "cli/say.h"
#include "cli/screen.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "cli/watching.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECONDS = 2, SECONDS_MAX = 3600, SAID_MAX = 16384 };

/* What is said while the screen shows something else: told when that is over. */
struct said {
	pthread_mutex_t lock;
	struct fp_buf text;
	char last[256];
};

struct watch {
	struct fp_watching state;
	struct said said;
	struct fp_feed *feed;
	bool busy; /* a reading is on its way */
	uint64_t asked_ns;
	bool color;
};

static void keep(void *context, enum fp_level level, const char *line)
{
	struct said *said = context;

	/* how the sampler goes about it is the daemon's operator's concern */
	if (level != FP_ERROR && level != FP_WARNING)
		return;
	line = fp_say_without_group(line);
	pthread_mutex_lock(&said->lock);
	snprintf(said->last, sizeof(said->last), "%s", line);
	/* what there is no room for is not worth ending for */
	if (said->text.len < SAID_MAX && fp_buf_append(&said->text, "footprint: ", 11) == 0 &&
		fp_buf_append(&said->text, line, strlen(line)) == 0)
		fp_buf_append(&said->text, "\n", 1);
	pthread_mutex_unlock(&said->lock);
}

static void tell_said(struct said *said)
{
	pthread_mutex_lock(&said->lock);
	if (said->text.len)
		fwrite(said->text.data, 1, said->text.len, stderr);
	pthread_mutex_unlock(&said->lock);
}

static uint64_t now_ns(const struct watch *watch)
{
	const struct fp_host *host = watch->state.host;

	return host->backend->monotonic_ns(host->os);
}

/* Until the next reading is due: -1 while one is on its way or none is wanted. */
static int wait_ms(const struct watch *watch)
{
	const struct fp_watching *state = &watch->state;
	uint64_t due_ns = watch->asked_ns + state->seconds * 1000000000, now = now_ns(watch);

	if (watch->busy)
		return -1;
	if (state->again)
		return 0;
	if (state->paused)
		return -1;
	return now >= due_ns ? 0 : (int)((due_ns - now + 999999) / 1000000);
}

static int draw(struct watch *watch)
{
	struct fp_screen_size size = fp_screen_size();
	struct fp_out lines = {0}, frame = {0};

	pthread_mutex_lock(&watch->said.lock);
	memcpy(watch->state.message, watch->said.last, sizeof(watch->state.message));
	pthread_mutex_unlock(&watch->said.lock);
	int status = fp_watching_draw(&watch->state, size.rows, size.columns, watch->color, &lines);
	if (status == 0)
		status = fp_screen_show(&frame, &lines);
	fp_out_fini(&lines);
	fp_out_fini(&frame);
	return status;
}

/* The end of the terminal is an end too. */
static void read_keys(struct watch *watch)
{
	char keys[FP_KEYS_SIZE];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

	/* whoever presses a key has read what was said */
	pthread_mutex_lock(&watch->said.lock);
	watch->said.last[0] = '\0';
	pthread_mutex_unlock(&watch->said.lock);
	if (n > 0)
		fp_watching_press(&watch->state, keys, (size_t)n);
	else if (n == 0 || errno != EINTR)
		watch->state.ended = true;
}

static int take_reading(struct watch *watch)
{
	struct fp_snapshot *snapshot;
	int status = fp_feed_take(watch->feed, &snapshot);

	watch->busy = false;
	if (status < 0)
		return status;
	if (snapshot->processes)
		return fp_watching_take(&watch->state, snapshot);
	/* this program itself would be there */
	fp_snapshot_free(snapshot);
	return -ESRCH;
}

static void ask_if_due(struct watch *watch)
{
	if (watch->busy || wait_ms(watch) != 0)
		return;
	watch->state.again = false;
	watch->busy = true;
	watch->asked_ns = now_ns(watch);
	fp_feed_ask(watch->feed);
}

static int run(struct watch *watch)
{
	int status = 0;
	bool keys, ready;

	watch->state.again = true;
	while (status == 0 && !watch->state.ended) {
		ask_if_due(watch);
		status = draw(watch);
		if (status == 0)
			status = fp_screen_wait(
				fp_feed_fd(watch->feed), wait_ms(watch), &keys, &ready);
		if (status == 0 && keys)
			read_keys(watch);
		if (status == 0 && ready)
			status = take_reading(watch);
	}
	return status;
}

/* Takes the terminal for as long as it runs. */
static int show(struct watch *watch)
{
	int status = fp_screen_open();

	if (status == -ENOTTY)
		return fp_say(FP_EXIT_TROUBLE,
			"watch needs a terminal for its keys and its screen; footprint without "
			"watch does not",
			NULL);
	if (status == 0)
		status = run(watch);
	fp_screen_close();
	tell_said(&watch->said);
	return status < 0 ? fp_say_trouble("cannot go on watching", status) : EXIT_SUCCESS;
}

static int start(struct watch *watch, struct fp_session *session, struct fp_engine **engine)
{
	const struct fp_argv *argv = watch->state.argv;
	const struct fp_sampler_options options = {
		.interval_s = SECONDS,
		.keep_members = !argv->groups,
		.keep_cmdline = true,
		.follow = true,
		.skip_tables = !fp_columns_want(&watch->state.report, FP_PAGE_TABLES),
		.keep_sizes = fp_columns_want_sizes(&watch->state.report),
	};
	int status = fp_growth_new(&watch->state.growth);

	if (status == 0)
		status = fp_users_new(&watch->state.users);
	if (status == 0)
		status = fp_engine_start(&session->host, session->settings, &options, engine);
	if (status == 0)
		status = fp_feed_start(*engine, &watch->feed);
	return status;
}

static int watch_host(struct watch *watch, struct fp_session *session)
{
	struct fp_engine *engine = NULL;
	int status = start(watch, session, &engine);
	int code = status < 0 ? fp_say_trouble("cannot start", status) : show(watch);

	/* a reading that does not come back holds on to all of this until the program ends */
	if ((watch->feed && fp_feed_stop(watch->feed) < 0) ||
		fp_engine_stop(engine, fp_session_patience_ns) < 0)
		_exit(code);
	fp_watching_drop(&watch->state);
	fp_growth_free(watch->state.growth);
	fp_users_free(watch->state.users);
	fp_session_close(session);
	fp_buf_fini(&watch->said.text);
	return code;
}

/* 0 or FP_EXIT_WRONG, told. */
static int choose(struct fp_watching *state)
{
	const struct fp_argv *argv = state->argv;
	char message[1024];

	state->columns = argv->groups ? &fp_group_changes : &fp_process_changes;
	state->seconds = SECONDS;
	if (argv->operand_count > 1)
		return fp_say_usage("watch", "SECONDS were expected, not more");
	if (argv->operand_count == 1 &&
		fp_argv_number(argv->operands[0], 1, SECONDS_MAX, &state->seconds) < 0)
		return fp_say_usage("watch", "SECONDS is a whole number from 1 to 3600");
	if (fp_report_choose(
		    &state->report, state->columns, &argv->view, message, sizeof(message)) < 0)
		return fp_say_usage("watch", message);
	return 0;
}

int fp_watch(const struct fp_argv *argv)
{
	struct watch watch = {.state.argv = argv, .said.lock = PTHREAD_MUTEX_INITIALIZER};
	const struct fp_log log = {.say = keep, .context = &watch.said};
	struct fp_session session;
	int code = choose(&watch.state);

	if (code)
		return code;
	watch.color = fp_terminal_color(argv->view.color);
	code = fp_session_open(argv, &log, &session);
	if (code == 0) {
		watch.state.host = &session.host;
		return watch_host(&watch, &session);
	}
	fp_session_close(&session);
	tell_said(&watch.said);
	return code;
}

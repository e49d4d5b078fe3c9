/* The plugin's life in the daemon: each callback initialises, delegates or frees. */
#include "collectd/dispatch.h"
#include "collectd/headers.h"
#include "collectd/oconfig.h"
#include "sample/disks.h"
#include "sample/engine.h"
#include "settings/settings.h"

#include <signal.h>

/* How long a round that does not come back may delay the daemon's end. */
static const uint64_t stop_ns = 1000000000;

static struct fp_host host;
static struct fp_reader *reader;
static struct fp_settings *settings;
static struct fp_engine *engine;
static struct fp_disks *disks;
static bool said_late;

__attribute__((visibility("default"))) void module_register(void);

static void say(void *context, enum fp_level level, const char *line)
{
	static const int levels[] = {
		[FP_ERROR] = LOG_ERR,
		[FP_WARNING] = LOG_WARNING,
		[FP_NOTICE] = LOG_NOTICE,
		[FP_INFO] = LOG_INFO,
	};

	(void)context;
	plugin_log(levels[level], "footprint: %s", line);
}

static int ensure_reader(void)
{
	host.log.say = say;
	return reader ? 0 : fp_reader_new(&host.log, &reader);
}

static int configure(oconfig_item_t *block)
{
	char message[FP_MESSAGE_SIZE] = "out of memory";
	struct fp_item item = {0};
	int status = ensure_reader();

	if (status == 0)
		status = fp_oconfig_convert(block, &item);
	if (status == 0)
		status = fp_reader_take(reader, &item, message);
	fp_oconfig_free(&item);
	if (status < 0)
		fp_log(&host.log, FP_ERROR, "%s", message);
	return status;
}

/* Less than an interval, since the daemon complains of more: what takes longer is told later. */
static uint64_t wait_ns(void)
{
	return (uint64_t)(CDTIME_T_TO_DOUBLE(plugin_get_interval()) * 0.9 * 1e9);
}

/* Lateness may come and go with a group that is due now and then: its end is said when it lasts. */
static void say_late(bool late)
{
	static const unsigned enough = 60;
	static unsigned in_time;

	in_time = late ? 0 : in_time + 1;
	if (late && !said_late) {
		said_late = true;
		fp_log(&host.log, FP_WARNING,
			"a reading takes longer than ReadTimeout or the interval; it is at process "
			"%d, and its values are told when it is over",
			(int)fp_engine_current(engine));
	} else if (said_late && in_time == enough) {
		said_late = false;
		fp_log(&host.log, FP_NOTICE, "the last %u readings were in time", enough);
	}
}

/*
 * Never anything but 0 from here: the daemon would double the interval, up to a day. What went wrong
 * was said in the log.
 */
static int read_groups(user_data_t *unused)
{
	struct fp_snapshot *snapshots = NULL;
	int status = fp_engine_ask(engine, wait_ns(), &snapshots);

	(void)unused;
	say_late(status == -ETIMEDOUT);
	for (const struct fp_snapshot *s = snapshots; s; s = s->next)
		fp_dispatch_groups(s, host.backend->monotonic_ns(host.os), &host.log);
	fp_snapshot_free(snapshots);
	return 0;
}

static int read_disks(user_data_t *unused)
{
	const struct fp_disk_round *round;

	(void)unused;
	if (fp_disks_take(disks, &round) == 0)
		fp_dispatch_disks(round, &host.log);
	return 0;
}

static int finish_settings(double interval_s)
{
	char message[FP_MESSAGE_SIZE] = "out of memory";
	int status = ensure_reader();

	if (status == 0)
		status = fp_reader_finish(reader, interval_s, &settings, message);
	if (status < 0)
		fp_log(&host.log, FP_ERROR, "%s", message);
	fp_reader_free(reader);
	reader = NULL;
	return status;
}

static int open_host(void)
{
	host.backend = fp_os_default();
	int status = host.backend->open(settings->proc_path, settings->sys_path, &host.os);
	if (status < 0)
		fp_log(&host.log, FP_ERROR, "<Plugin footprint>: ProcPath: %s cannot be opened: %s",
			settings->proc_path, strerror(-status));
	return status;
}

static int start_groups(double interval_s)
{
	const struct fp_sampler_options options = {
		.interval_s = interval_s, .say_denied = true, .keep_state = true, .follow = true};

	if (settings->group_count == 0)
		return 0;
	int status = fp_engine_start(&host, settings, &options, &engine);
	if (status < 0)
		return status;
	return plugin_register_complex_read(NULL, "footprint", read_groups, 0, NULL);
}

static int start_disks(void)
{
	if (!settings->disks.enabled)
		return 0;
	int status = fp_disks_new(&host, &settings->disks, &disks);
	if (status < 0)
		return status;
	return plugin_register_complex_read(NULL, "footprint_disk", read_disks, 0, NULL);
}

static int stop(void)
{
	/* a thread that the kernel holds goes on using all this; the process ends without it */
	if (fp_engine_stop(engine, stop_ns) < 0) {
		fp_log(&host.log, FP_NOTICE,
			"not all readings are over; the daemon ends without waiting for them");
		return 0;
	}
	engine = NULL;
	fp_disks_free(disks);
	disks = NULL;
	if (host.os)
		host.backend->close(host.os);
	host.os = NULL;
	fp_settings_free(settings);
	settings = NULL;
	fp_reader_free(reader);
	reader = NULL;
	return 0;
}

static int start(void)
{
	double interval_s = CDTIME_T_TO_DOUBLE(plugin_get_interval());
	int status = finish_settings(interval_s);

	if (status == 0)
		status = open_host();
	if (status == 0) {
		status = start_groups(interval_s);
		if (status == 0)
			status = start_disks();
		if (status != 0)
			fp_log(&host.log, FP_ERROR, "cannot start: %s", strerror(abs(status)));
	}
	/* the daemon ends at a mistake in its configuration; in init, it has to be asked */
	if (status != 0)
		kill(getpid(), SIGTERM);
	return status;
}

void module_register(void)
{
	plugin_register_complex_config("footprint", configure);
	plugin_register_init("footprint", start);
	plugin_register_shutdown("footprint", stop);
}

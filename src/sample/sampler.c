#include "sample/sampler.h"
#include "parse/host.h"
#include "sample/round.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* See fp_process.patience: at most some milliseconds of waiting a round. */
enum { PATIENCE = 20 };

/* CPU time of a round for regular expressions on long subjects, which strangers write. */
enum { MATCHING_NS = 500000000 };

static const uint64_t mem_total_age_ns = UINT64_C(60000000000);

/* Descriptors for glances at members: two each, so that the daemon keeps most of its own. */
enum { KEPT_MAX = 512, KEPT_SHARE = 4 };

/* What the memory that is summed over members stands on. */
static void gone(void *context, struct fp_entry *entry)
{
	struct fp_sampler *sampler = context;

	fp_visit_forget(&sampler->visit, entry);
	fp_roster_release(&sampler->roster, entry);
}

static int make_roster(struct fp_sampler *sampler)
{
	const struct fp_host *host = sampler->host;
	const struct fp_sampler_options *options = &sampler->options;
	struct fp_roster *roster = &sampler->roster;
	uint64_t limit = host->backend->descriptor_limit(host->os);

	*roster = (struct fp_roster){
		.host = host,
		.settings = sampler->settings,
		.table = sampler->table,
		.watch = &sampler->watch,
		.process = &sampler->process,
		.follows = options->follow,
		.budget.percent = options->follow ? sampler->settings->budget_percent : 0,
		.keep_members = options->keep_members,
		.keep_sizes = options->keep_sizes,
		.keep_cmdline = options->keep_cmdline,
		.skip_tables = options->skip_tables,
	};
	if (options->follow)
		roster->kept_max = limit / KEPT_SHARE < KEPT_MAX ? limit / KEPT_SHARE : KEPT_MAX;
	if (host->backend->probe(host->os, &roster->abilities) < 0)
		roster->abilities = (struct fp_os_abilities){0};
	if (!options->follow)
		return 0;
	int status = fp_pages_new(host, &roster->pages);
	return status < 0 ? status : fp_pages_probe(roster->pages, &roster->can);
}

static int make_parts(struct fp_sampler *sampler)
{
	const struct fp_settings *settings = sampler->settings;
	size_t groups = settings->group_count + 1;

	if (sampler->options.keep_state && settings->state_file)
		sampler->options.keep_members = sampler->options.keep_sizes = true;
	sampler->due = calloc(groups, sizeof(sampler->due[0]));
	sampler->told_ns = calloc(groups, sizeof(sampler->told_ns[0]));
	sampler->visit.undecided = calloc(groups, sizeof(sampler->visit.undecided[0]));
	sampler->visit.stuck = calloc(groups, sizeof(sampler->visit.stuck[0]));
	sampler->visit.pieces = calloc(settings->part_count + 1, sizeof(sampler->visit.pieces[0]));
	if (!sampler->due || !sampler->told_ns || !sampler->visit.undecided ||
		!sampler->visit.stuck || !sampler->visit.pieces ||
		fp_pidfiles_new(settings, sampler->options.say_missing, &sampler->pidfiles) < 0 ||
		fp_users_new(&sampler->users) < 0 ||
		fp_containers_new(
			settings->docker_path, settings->podman_path, &sampler->containers) < 0 ||
		fp_table_new(settings, &sampler->table) < 0 ||
		fp_instances_new(sampler->host, settings, &sampler->instances) < 0)
		return -ENOMEM;
	sampler->table->gone = gone;
	sampler->table->context = sampler;
	int status = fp_watch_init(
		&sampler->watch, sampler->host, settings, sampler->table, sampler->options.follow);
	if (status == 0)
		status = make_roster(sampler);
	if (status < 0)
		return status;
	if (!sampler->options.keep_state || !settings->state_file)
		return 0;
	return fp_state_new(sampler->host, settings, &sampler->state);
}

int fp_sampler_new(const struct fp_host *host, struct fp_settings *settings,
	const struct fp_sampler_options *options, struct fp_sampler **out)
{
	struct fp_sampler *sampler = calloc(1, sizeof(*sampler));

	if (!sampler)
		return -ENOMEM;
	sampler->host = host;
	sampler->settings = settings;
	sampler->options = *options;
	sampler->warnings.said_denied = !options->say_denied;
	int status = make_parts(sampler);
	if (status < 0) {
		fp_sampler_free(sampler);
		return status;
	}
	fp_process_init(
		&sampler->process, host, sampler->pidfiles, sampler->users, sampler->containers);
	/* what is read ahead is older than a clock that is read now */
	sampler->process.asks_clocks = sampler->roster.abilities.is_live &&
				       sampler->roster.abilities.is_own && !options->all_once &&
				       fp_visit_asks_of_images(settings);
	sampler->visit.host = host;
	sampler->visit.settings = settings;
	sampler->visit.table = sampler->table;
	sampler->visit.instances = sampler->instances;
	sampler->visit.pidfiles = sampler->pidfiles;
	sampler->visit.process = &sampler->process;
	*out = sampler;
	return 0;
}

void fp_sampler_free(struct fp_sampler *sampler)
{
	if (!sampler)
		return;
	fp_snapshot_free(sampler->snapshot);
	fp_state_free(sampler->state);
	fp_process_fini(&sampler->process);
	fp_roster_fini(&sampler->roster);
	fp_pages_free(sampler->roster.pages);
	fp_watch_fini(&sampler->watch);
	fp_instances_free(sampler->instances);
	fp_table_free(sampler->table);
	fp_containers_free(sampler->containers);
	fp_users_free(sampler->users);
	fp_pidfiles_free(sampler->pidfiles);
	fp_activity_book_fini(&sampler->activity);
	free(sampler->pids.at);
	free(sampler->later.at);
	free(sampler->dying.at);
	free(sampler->visit.undecided);
	free(sampler->visit.stuck);
	free(sampler->visit.pieces);
	free(sampler->due);
	free(sampler->told_ns);
	free(sampler);
}

int32_t fp_sampler_current(const struct fp_sampler *sampler)
{
	return atomic_load(&sampler->current);
}

const char *fp_sampler_denial(const struct fp_sampler *sampler)
{
	return sampler->warnings.met_denied ? fp_warnings_denial(sampler->host)
					    : "the reason is said above";
}

/* Is a group with an interval of its own due in this round? */
static bool is_due(const struct fp_sampler *sampler, size_t index)
{
	const struct fp_group *group = &sampler->settings->groups[index];
	double since_s = (double)(sampler->visit.now_ns - sampler->told_ns[index]) / 1e9;

	/* the daemon's own beat is not exact */
	return sampler->told_ns[index] == 0 ||
	       since_s >= group->options.interval_s - sampler->options.interval_s / 2;
}

/* A round that failed leaves what was due in it due. */
static void note_told(struct fp_sampler *sampler)
{
	for (size_t g = 0; g < sampler->settings->group_count; g++)
		if (sampler->due[g])
			sampler->told_ns[g] = sampler->visit.now_ns;
}

/* What lies outside of processes and decides where they belong. */
static int refresh_facts(struct fp_sampler *sampler)
{
	const struct fp_host *host = sampler->host;
	const struct fp_pids *named;
	int status = 0;

	bool users = fp_users_resolve(sampler->users, host, sampler->settings);
	bool files = fp_pidfiles_refresh(sampler->pidfiles, host, &named);
	for (uint32_t i = 0; (users || files) && i < sampler->table->places && status == 0; i++) {
		struct fp_entry *entry = fp_table_at(sampler->table, i);
		if (!entry)
			continue;
		fp_table_forget(sampler->table, entry, false);
		status = fp_watch_mark(&sampler->watch, entry);
	}
	for (size_t i = 0; i < named->len && status == 0; i++) {
		struct fp_entry *entry = fp_table_find(sampler->table, named->at[i]);
		if (entry)
			status = fp_watch_mark(&sampler->watch, entry);
	}
	return status;
}

static int begin_round(struct fp_sampler *sampler)
{
	const struct fp_settings *settings = sampler->settings;
	const struct fp_host *host = sampler->host;

	sampler->visit.now_ns = host->backend->monotonic_ns(host->os);
	for (size_t g = 0; g < settings->group_count; g++)
		sampler->due[g] = is_due(sampler, g);
	sampler->process.patience = PATIENCE;
	sampler->visit.allowance.left_ns = MATCHING_NS;
	sampler->is_dying = false;
	sampler->at_once_ns = 0;
	fp_instances_begin(sampler->instances);
	if (sampler->roster.pages)
		fp_pages_begin(sampler->roster.pages);
	fp_roster_begin(&sampler->roster, sampler->visit.now_ns, sampler->options.interval_s);
	return refresh_facts(sampler);
}

/* A page of hugetlb is in no size that a glance tells: only the pool shows that somebody took some. */
static void take_huge_pages(struct fp_sampler *sampler, const struct fp_buf *text)
{
	uint64_t total, unused;

	sampler->has_huge_pages =
		fp_meminfo_huge_pages(text->data, text->len, &total, &unused) == 0 && total > 0;
	if (!sampler->has_huge_pages)
		return;
	if (unused != sampler->roster.huge_unused)
		sampler->roster.outside++;
	sampler->roster.huge_unused = unused;
}

/* It changes only when memory is plugged in, and the file that says it is dear. */
static void read_mem_total(struct fp_sampler *sampler, struct fp_snapshot *snapshot)
{
	const struct fp_host *host = sampler->host;
	uint64_t now_ns = host->backend->monotonic_ns(host->os);
	struct fp_buf text = {0};

	if (!sampler->has_mem_total || sampler->has_huge_pages ||
		!sampler->roster.abilities.is_live ||
		now_ns - sampler->mem_total_ns >= mem_total_age_ns) {
		sampler->has_mem_total =
			host->backend->host_read(host->os, FP_OS_HOST_MEMINFO, &text) == 0 &&
			fp_meminfo_total(text.data, text.len, &sampler->mem_total_bytes) == 0;
		sampler->mem_total_ns = now_ns;
		take_huge_pages(sampler, &text);
	}
	snapshot->has_mem_total = sampler->has_mem_total;
	snapshot->mem_total_bytes = sampler->mem_total_bytes;
	fp_buf_fini(&text);
}

/* Nothing of them moved, so nobody else would look at them. */
static void mark_unplaced(struct fp_sampler *sampler)
{
	for (uint32_t i = 0; i < sampler->table->places; i++) {
		struct fp_entry *entry = fp_table_at(sampler->table, i);
		if (entry && entry->to_place && fp_watch_mark(&sampler->watch, entry) < 0)
			fp_watch_retry(&sampler->watch);
	}
}

static void expire_instances(struct fp_sampler *sampler)
{
	struct fp_instance *expired;
	bool any = false;

	while ((expired = fp_instances_take_expired(
			sampler->instances, sampler->due, sampler->visit.now_ns))) {
		fp_table_forget_instance(sampler->table, expired);
		fp_instance_free(expired);
		any = true;
	}
	if (any)
		mark_unplaced(sampler);
}

static void tell_self(const struct fp_sampler *sampler, struct fp_snapshot *snapshot)
{
	const struct fp_readings *readings = &sampler->roster.readings;

	snapshot->self = (struct fp_self){
		.cpu_ns = sampler->cpu_ns,
		.longest_read_ns = readings->longest_ns,
		.walks = readings->walks,
		.rollups = readings->rollups,
		.fasts = readings->fasts,
		.lost_events = sampler->watch.lost,
		.kept_files = sampler->roster.kept_files,
		.deferred = readings->deferred,
		.stuck = readings->stuck,
		.has_verify = snapshot->self.has_verify,
		.verify_uss_bytes = snapshot->self.verify_uss_bytes,
		.verify_pss_bytes = snapshot->self.verify_pss_bytes,
	};
}

static int run_round(struct fp_sampler *sampler, struct fp_snapshot *snapshot)
{
	int status = begin_round(sampler);

	if (status == 0)
		status = fp_round_look(sampler);
	if (status == 0)
		status = fp_round_read(sampler);
	if (status == 0 && sampler->settings->verify)
		status = fp_round_verify(sampler, snapshot);
	if (sampler->roster.pages)
		fp_pages_end(sampler->roster.pages);
	if (status == 0)
		status = fp_round_account(sampler, snapshot);
	return status;
}

static int take_round(struct fp_sampler *sampler, struct fp_snapshot *snapshot)
{
	const struct fp_host *host = sampler->host;

	sampler->round_cpu_ns = host->backend->thread_cpu_ns(host->os);
	read_mem_total(sampler, snapshot);
	int status = run_round(sampler, snapshot);
	snapshot->cpu_ns = host->backend->thread_cpu_ns(host->os) - sampler->round_cpu_ns;
	sampler->cpu_ns += snapshot->cpu_ns;
	if (status < 0) {
		/* whom it did not reach, the next one has to look at */
		fp_watch_retry(&sampler->watch);
		return status;
	}
	note_told(sampler);
	expire_instances(sampler);
	fp_table_settle(sampler->table);
	snapshot->taken_ns = host->backend->monotonic_ns(host->os);
	snapshot->taken_real_ns = host->backend->realtime_ns(host->os);
	tell_self(sampler, snapshot);
	return 0;
}

void fp_sampler_tick(struct fp_sampler *sampler)
{
	const struct fp_host *host = sampler->host;
	uint64_t cpu_ns = host->backend->thread_cpu_ns(host->os);

	/* what it cannot take in, a look at everybody makes good in the next round */
	if (fp_watch_drain(&sampler->watch) < 0)
		fp_watch_retry(&sampler->watch);
	sampler->cpu_ns += host->backend->thread_cpu_ns(host->os) - cpu_ns;
}

/* A round whose thread was left behind in it is in the way of the next one. */
static void clear_away(struct fp_sampler *sampler)
{
	fp_visit_end(&sampler->visit);
	fp_snapshot_free(sampler->snapshot);
	sampler->snapshot = NULL;
	sampler->roster.is_resumed = sampler->is_under_way;
	/* whom it did not reach, this one has to look at */
	if (sampler->is_under_way)
		fp_watch_retry(&sampler->watch);
}

int fp_sampler_take(struct fp_sampler *sampler, struct fp_snapshot **out)
{
	clear_away(sampler);
	struct fp_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	sampler->snapshot = snapshot;
	sampler->is_under_way = true;
	int status = snapshot ? take_round(sampler, snapshot) : -ENOMEM;

	sampler->is_under_way = false;
	sampler->snapshot = NULL;
	if (status < 0) {
		fp_log(&sampler->host->log, FP_ERROR,
			"processes cannot be read, so this interval has no values: %s",
			strerror(-status));
		fp_snapshot_free(snapshot);
		return status;
	}
	if (sampler->state)
		fp_state_write(
			sampler->state, sampler->host, snapshot, sampler->options.interval_s);
	*out = snapshot;
	return 0;
}

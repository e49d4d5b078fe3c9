#include "sample/disks.h"
#include "compute/disk_name.h"
#include "util/name.h"
#include "util/pattern.h"

#include <stdlib.h>
#include <string.h>

/* What is remembered of a device from one round to the next. */
struct disk {
	struct fp_diskstat stat;
	char name[FP_NAME_SIZE];
	bool named, nameless;       /* nameless: another device has its name */
	char dm_name[FP_NAME_SIZE]; /* made safe; "": none */
	bool looked;                /* for dm_name */
	bool shown;
	bool present; /* in this round */
	struct fp_disk_rates rates;
	struct fp_disk_progress progress;
	bool stuck;
};

FP_VEC(disk_list, struct disk);

struct fp_disks {
	const struct fp_host *host;
	const struct fp_disk_settings *settings;
	struct disk_list disks; /* in the order of the file */
	struct fp_disk_results results;
	struct fp_buf text;
	uint64_t last_ns;
	int said_error;
	bool said_line;
};

int fp_disks_new(
	const struct fp_host *host, const struct fp_disk_settings *settings, struct fp_disks **out)
{
	struct fp_disks *disks = calloc(1, sizeof(*disks));

	if (!disks)
		return -ENOMEM;
	disks->host = host;
	disks->settings = settings;
	*out = disks;
	return 0;
}

void fp_disks_free(struct fp_disks *disks)
{
	if (!disks)
		return;
	fp_buf_fini(&disks->text);
	free(disks->disks.at);
	free(disks->results.at);
	free(disks);
}

static bool is_same(const struct fp_diskstat *a, const struct fp_diskstat *b)
{
	return a->major == b->major && a->minor == b->minor && strcmp(a->name, b->name) == 0;
}

/* The file keeps its order, so the search begins where the last device was found. */
static struct disk *find(struct fp_disks *disks, const struct fp_diskstat *stat, size_t *hint)
{
	for (size_t i = 0; i < disks->disks.len; i++) {
		size_t at = (*hint + i) % disks->disks.len;
		if (!is_same(&disks->disks.at[at].stat, stat))
			continue;
		*hint = at + 1;
		return &disks->disks.at[at];
	}
	return NULL;
}

static void update(const struct fp_disks *disks, struct disk *disk, const struct fp_diskstat *stat,
	uint64_t now_ns)
{
	uint64_t stuck_ns = (uint64_t)(disks->settings->stuck_after_s * 1e9);

	fp_disk_rates(&disk->stat.counters, &stat->counters, now_ns - disks->last_ns, &disk->rates);
	disk->stuck = fp_disk_stuck(
		&disk->progress, &disk->stat.counters, &stat->counters, now_ns, stuck_ns);
	disk->stat = *stat;
}

static int take_line(
	struct fp_disks *disks, const struct fp_diskstat *stat, uint64_t now_ns, size_t *hint)
{
	struct disk *known = find(disks, stat, hint);

	if (known && known->present)
		return 0; /* a name and number that stands twice: the first counts */
	if (known) {
		known->present = true;
		update(disks, known, stat, now_ns);
		return 0;
	}
	struct disk fresh = {.stat = *stat, .present = true};
	fp_disk_stuck(&fresh.progress, NULL, &stat->counters, now_ns, 0);
	return disk_list_add(&disks->disks, fresh);
}

static int take_lines(struct fp_disks *disks, uint64_t now_ns)
{
	size_t offset = 0, hint = 0;
	struct fp_diskstat stat;
	int status;

	while ((status = fp_diskstats_next(disks->text.data, disks->text.len, &offset, &stat))) {
		if (status == 1)
			status = take_line(disks, &stat, now_ns, &hint);
		if (status == -EBADMSG && !disks->said_line) {
			disks->said_line = true;
			fp_log(&disks->host->log, FP_WARNING,
				"a line of diskstats is not in a form that a kernel writes and is "
				"passed over; this is said once");
		} else if (status < 0 && status != -EBADMSG) {
			return status;
		}
	}
	return 0;
}

static void forget_absent(struct fp_disks *disks)
{
	size_t kept = 0;

	for (size_t i = 0; i < disks->disks.len; i++)
		if (disks->disks.at[i].present)
			disks->disks.at[kept++] = disks->disks.at[i];
	disks->disks.len = kept;
}

static bool is_name_taken(const struct fp_disks *disks, const char *name)
{
	for (size_t i = 0; i < disks->disks.len; i++)
		if (disks->disks.at[i].named && strcmp(disks->disks.at[i].name, name) == 0)
			return true;
	return false;
}

static int try_name(struct fp_disks *disks, struct disk *disk, enum fp_disk_name source)
{
	const struct fp_host *host = disks->host;
	const char *kernel = disk->stat.name;
	struct fp_buf text = {0};
	int status = 0;

	if (source == FP_DISK_NAME_DM) {
		status = host->backend->disk_dm_name(host->os, kernel, &text);
		if (status == 0)
			fp_name_make_safe(text.data, text.len, disk->name);
		fp_buf_fini(&text);
	} else {
		fp_name_make_safe(kernel, strlen(kernel), disk->name);
	}
	return status;
}

/* The first name that there is; two devices never share one. */
static int give_name(struct fp_disks *disks, struct disk *disk)
{
	const struct fp_disk_settings *settings = disks->settings;

	for (size_t i = 0; i <= settings->name_count; i++) {
		enum fp_disk_name source =
			i < settings->name_count ? settings->names[i] : FP_DISK_NAME_KERNEL;
		int status = try_name(disks, disk, source);
		if (status == -ENOMEM)
			return status;
		if (status < 0)
			continue;
		if (is_name_taken(disks, disk->name)) {
			fp_log(&disks->host->log, FP_WARNING,
				"<Disks>: the name \"%s\" of device \"%s\" is another device's "
				"already; the next name is tried",
				disk->name, disk->stat.name);
			continue;
		}
		disk->named = true;
		return 0;
	}
	disk->nameless = true;
	fp_log(&disks->host->log, FP_WARNING,
		"<Disks>: device \"%s\" is left out, since all its names are taken",
		disk->stat.name);
	return 0;
}

static bool is_listed(const struct fp_disks *disks, const char *kernel_name)
{
	for (size_t i = 0; i < disks->disks.len; i++)
		if (strcmp(disks->disks.at[i].stat.name, kernel_name) == 0)
			return true;
	return false;
}

static bool is_partition(const struct fp_disks *disks, const struct fp_diskstat *stat,
	const struct fp_os_disk_info *info)
{
	char whole[FP_DISK_KERNEL_NAME_SIZE];

	if (info->known)
		return info->partition;
	return stat->short_form ||
	       (fp_disk_whole_name(stat->name, whole) && is_listed(disks, whole));
}

/* Did it ever do anything, and is there something behind it? Not so an empty loop, ram or zram. */
static bool is_in_use(const struct fp_diskstat *stat, const struct fp_os_disk_info *info)
{
	if (info->has_size && info->size_sectors == 0)
		return false;
	for (int field = 0; field < FP_DISK_FIELDS; field++)
		if (fp_disk_has(&stat->counters, (enum fp_disk_field)field) &&
			stat->counters.value[field])
			return true;
	return false;
}

enum match { MATCH_NONE, MATCH_REGEX, MATCH_EXACT };

/* How the Disk lines name it: by its kernel name, or by the one that device-mapper gave it. */
static enum match match_lines(const struct fp_disks *disks, const char *kernel_name)
{
	const struct fp_host *host = disks->host;
	enum match best = MATCH_NONE;
	struct fp_buf dm = {0};
	bool has_dm = host->backend->disk_dm_name(host->os, kernel_name, &dm) == 0;

	for (size_t i = 0; i < disks->settings->count; i++) {
		struct fp_pattern *pattern = disks->settings->disks[i];
		if (fp_pattern_match(pattern, kernel_name, strlen(kernel_name)) != 1 &&
			!(has_dm && fp_pattern_match(pattern, dm.data, dm.len) == 1))
			continue;
		if (!fp_pattern_is_regex(pattern))
			best = MATCH_EXACT;
		else if (best == MATCH_NONE)
			best = MATCH_REGEX;
	}
	fp_buf_fini(&dm);
	return best;
}

/*
 * With Disk lines, what they name; a partition only if it is named in full or wanted in general.
 * Without, or with IgnoreSelected, what is in use.
 */
static bool is_wanted(const struct fp_disks *disks, const struct fp_diskstat *stat)
{
	const struct fp_disk_settings *settings = disks->settings;
	struct fp_os_disk_info info = {0};

	if (disks->host->backend->disk_info(disks->host->os, stat->name, &info) < 0)
		info = (struct fp_os_disk_info){0};
	bool hidden = !settings->partitions && is_partition(disks, stat, &info);
	if (settings->count == 0)
		return !hidden && is_in_use(stat, &info);
	enum match match = match_lines(disks, stat->name);
	if (settings->ignore_selected)
		return match == MATCH_NONE && !hidden && is_in_use(stat, &info);
	return match == MATCH_EXACT || (match == MATCH_REGEX && !hidden);
}

/* Device-mapper's names change under a device, and its numbers are given to others. */
static void look_at_dm_name(const struct fp_disks *disks, struct disk *disk)
{
	const struct fp_host *host = disks->host;
	struct fp_buf text = {0};
	char name[FP_NAME_SIZE] = "";

	if (strncmp(disk->stat.name, "dm-", 3) != 0)
		return;
	int status = host->backend->disk_dm_name(host->os, disk->stat.name, &text);
	if (status == 0)
		fp_name_make_safe(text.data, text.len, name);
	fp_buf_fini(&text);
	if (status < 0 && status != -ENOENT)
		return;
	if (disk->looked && strcmp(name, disk->dm_name) != 0)
		disk->named = disk->nameless = disk->shown = false;
	disk->looked = true;
	memcpy(disk->dm_name, name, sizeof(name));
}

static int choose(struct fp_disks *disks, struct disk *disk)
{
	if (disk->shown || disk->nameless || !is_wanted(disks, &disk->stat))
		return 0;
	int status = give_name(disks, disk);
	disk->shown = disk->named;
	return status;
}

static int collect(struct fp_disks *disks)
{
	disks->results.len = 0;
	for (size_t i = 0; i < disks->disks.len; i++)
		look_at_dm_name(disks, &disks->disks.at[i]);
	for (size_t i = 0; i < disks->disks.len; i++) {
		struct disk *disk = &disks->disks.at[i];
		int status = choose(disks, disk);
		if (status < 0)
			return status;
		if (!disk->shown)
			continue;
		struct fp_disk_result result = {.counters = &disk->stat.counters,
			.rates = disk->rates,
			.stuck = disk->stuck};
		memcpy(result.name, disk->name, sizeof(result.name));
		status = fp_disk_results_add(&disks->results, result);
		if (status < 0)
			return status;
	}
	return 0;
}

/* What stops disks from being read is said when it begins, not each time. */
static int conclude(struct fp_disks *disks, int status)
{
	if (status < 0 && status != disks->said_error)
		fp_log(&disks->host->log, FP_WARNING,
			"<Disks>: diskstats cannot be read, so there are no values of disks until "
			"it "
			"can: %s",
			strerror(-status));
	disks->said_error = status;
	return status;
}

int fp_disks_take(struct fp_disks *disks, const struct fp_disk_results **results)
{
	const struct fp_host *host = disks->host;
	int status = host->backend->host_read(host->os, FP_OS_HOST_DISKSTATS, &disks->text);
	uint64_t now_ns = host->backend->monotonic_ns(host->os);

	if (status < 0)
		return conclude(disks, status);
	for (size_t i = 0; i < disks->disks.len; i++)
		disks->disks.at[i].present = false;
	status = take_lines(disks, now_ns);
	forget_absent(disks);
	if (status == 0)
		status = collect(disks);
	disks->last_ns = now_ns;
	*results = &disks->results;
	return conclude(disks, status);
}

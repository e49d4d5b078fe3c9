#include "compute/disk_name.h"
#include "sample/disk_list.h"
#include "util/pattern.h"

#include <stdlib.h>
#include <string.h>

/* ---- Who is shown ---- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * The kernel's names, sorted, by which it is decided what is a partition where sysfs does not say so;
 * NULL: nobody will ask for them.
 */
static int list_kernel_names(const struct fp_disks *disks, const char ***out)
{
	size_t len = disks->disks.len;
	bool needed = false;

	*out = NULL;
	for (size_t i = 0; i < len && !needed && !disks->settings->partitions; i++)
		needed = disks->disks.at[i].changed && !disks->disks.at[i].record->facts.has_size;
	if (!needed)
		return 0;
	*out = calloc(len, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++)
		(*out)[i] = disks->disks.at[i].record->head.name;
	qsort(*out, len, sizeof(**out), compare_names);
	return 0;
}

static bool is_partition(const struct fp_disk *disk, const char **names, size_t count)
{
	const struct fp_disk_record *record = disk->record;
	char whole[FP_DISK_KERNEL_NAME_SIZE];
	const char *wanted = whole;

	if (record->facts.has_size)
		return record->facts.partition;
	return fp_diskstats_is_short(&disk->counters) ||
	       (fp_disk_whole_name(record->head.name, whole, NULL) &&
		       bsearch(&wanted, names, count, sizeof(*names), compare_names));
}

static bool match_text(struct fp_pattern *pattern, const char *text)
{
	return fp_pattern_match(pattern, text, strlen(text)) == 1;
}

/* By any name: the kernel's, with '/' or '!', those that were found, and the one it would be told by. */
static bool match_pattern(struct fp_pattern *pattern, const struct fp_disk_record *record)
{
	char text[FP_NAME_SIZE], other[FP_DISK_KERNEL_NAME_SIZE];

	memcpy(other, record->head.name, sizeof(other));
	for (char *p = other; *p; p++)
		*p = *p == '!' ? '/' : *p == '/' ? '!' : *p;
	if (match_text(pattern, record->head.name) || match_text(pattern, other))
		return true;
	for (size_t i = 0; i < FP_DISK_NAMES; i++) {
		const char *name = record->facts.names[i];
		if (!name)
			continue;
		if (match_text(pattern, name))
			return true;
		if (fp_disk_name_make_safe(name, strlen(name), text) && match_text(pattern, text))
			return true;
	}
	return false;
}

enum match { MATCH_NONE, MATCH_REGEX, MATCH_EXACT };

static enum match match_lines(
	const struct fp_disk_settings *settings, const struct fp_disk_record *record)
{
	enum match best = MATCH_NONE;

	for (size_t i = 0; i < settings->count; i++) {
		if (!match_pattern(settings->disks[i], record))
			continue;
		if (!fp_pattern_is_regex(settings->disks[i]))
			best = MATCH_EXACT;
		else if (best == MATCH_NONE)
			best = MATCH_REGEX;
	}
	return best;
}

/*
 * With Disk lines, what they name; a partition only if it is named in full or wanted in general.
 * Without, or with IgnoreSelected, what is in use: it ever did anything, and there is something behind
 * it, which there is not behind an empty loop, ram or zram device.
 */
static bool is_wanted(const struct fp_disks *disks, const struct fp_disk *disk, const char **names)
{
	const struct fp_disk_settings *settings = disks->settings;
	const struct fp_disk_facts *facts = &disk->record->facts;
	bool in_use = disk->used && !(facts->has_size && facts->size_sectors == 0);
	bool hidden = !settings->partitions && is_partition(disk, names, disks->disks.len);

	if (settings->count == 0)
		return !hidden && in_use;
	enum match match = match_lines(settings, disk->record);
	if (settings->ignore_selected)
		return match == MATCH_NONE && !hidden && in_use;
	return match == MATCH_EXACT || (match == MATCH_REGEX && !hidden);
}

/*
 * At its first sample nobody knows whether a disk with I/O in flight answers: it waits for the second,
 * so that it is not told by one name now and by another one then.
 */
static bool has_to_wait(const struct fp_disk *disk)
{
	return !disk->present || (disk->first && disk->record->facts.unasked);
}

static int choose(struct fp_disks *disks)
{
	const char **names;
	int status = list_kernel_names(disks, &names);

	if (status < 0)
		return status;
	disks->any_changed = false;
	for (size_t i = 0; i < disks->disks.len; i++) {
		struct fp_disk *disk = &disks->disks.at[i];
		if (!disk->changed)
			continue;
		if (has_to_wait(disk)) {
			disks->any_changed = true; /* for when it is there again */
			continue;
		}
		disk->changed = false;
		disk->shown = is_wanted(disks, disk, names);
		disks->rename = true;
	}
	free(names);
	return 0;
}

/* ---- By which name ---- */

/* The names of the sources in their order, and the kernel's, so that there is one at all. */
static size_t list_names(const struct fp_disk_settings *settings,
	const struct fp_disk_record *record, char (*names)[FP_NAME_SIZE])
{
	size_t count = 0;

	for (size_t i = 0; i < settings->name_count; i++) {
		enum fp_disk_name source = settings->names[i];
		const char *name = record->facts.names[source];
		if (source == FP_DISK_NAME_KERNEL)
			break; /* every device has it */
		if (name && fp_disk_name_make_safe(name, strlen(name), names[count]))
			count++;
	}
	fp_disk_name_make_safe(record->head.name, strlen(record->head.name), names[count]);
	return count + 1;
}

static void say_lost(const struct fp_disks *disks, struct fp_disk_record *record,
	const struct fp_disk_record *rival, const struct fp_disk_claim *claim)
{
	const char *lost = claim->names[claim->lost_choice];

	if (strcmp(record->lost_name, lost) == 0)
		return;
	memcpy(record->lost_name, lost, sizeof(record->lost_name));
	if (claim->nameless)
		fp_log(&disks->host->log, FP_WARNING,
			"<Disks>: device \"%s\" is left out, since device \"%s\" has its name "
			"\"%s\"",
			record->head.name, rival->head.name, lost);
	else
		fp_log(&disks->host->log, FP_WARNING,
			"<Disks>: device \"%s\" goes by \"%s\", since device \"%s\" has its name "
			"\"%s\" too",
			record->head.name, claim->names[claim->choice], rival->head.name, lost);
}

/* What naming needs; for all devices of a round. */
struct naming {
	char (*names)[FP_NAME_SIZE];
	size_t each; /* of the names, a device's */
	struct fp_disk_claim *claims;
	struct fp_disk_candidate *candidates;
	struct fp_disk **shown;
	size_t count;
};

static int naming_init(struct naming *naming, const struct fp_disks *disks)
{
	size_t most = disks->disks.len + 1, each = disks->settings->name_count + 1;

	*naming = (struct naming){
		.names = calloc(most * each, sizeof(*naming->names)),
		.each = each,
		.claims = calloc(most, sizeof(*naming->claims)),
		.candidates = calloc(most, sizeof(*naming->candidates)),
		.shown = calloc(most, sizeof(struct fp_disk *)),
	};
	return naming->names && naming->claims && naming->candidates && naming->shown ? 0 : -ENOMEM;
}

static void naming_fini(struct naming *naming)
{
	free(naming->names);
	free(naming->claims);
	free(naming->candidates);
	free(naming->shown);
}

static void settle(struct fp_disks *disks, struct naming *naming)
{
	naming->count = 0;
	for (size_t i = 0; i < disks->disks.len; i++) {
		struct fp_disk *disk = &disks->disks.at[i];
		if (!disk->shown || !disk->present)
			continue;
		char(*of_disk)[FP_NAME_SIZE] = naming->names + naming->count * naming->each;
		naming->claims[naming->count] = (struct fp_disk_claim){
			.names = (const char(*)[FP_NAME_SIZE])of_disk,
			.count = list_names(disks->settings, disk->record, of_disk),
		};
		naming->shown[naming->count++] = disk;
	}
	fp_disk_claims_settle(naming->claims, naming->count, naming->candidates);
}

static bool keeps_name(const struct fp_disk *disk, const struct fp_disk_claim *claim)
{
	return !claim->nameless && strcmp(disk->record->name, claim->names[claim->choice]) == 0;
}

/* Those of all that are not told now, or go by another name. */
static int end_names(struct fp_disks *disks, const struct naming *naming)
{
	int status = 0;

	for (size_t i = 0; i < disks->disks.len && status == 0; i++) {
		struct fp_disk *disk = &disks->disks.at[i];
		if (!disk->shown || !disk->present)
			status = fp_disk_name_end(disks, disk);
	}
	for (size_t i = 0; i < naming->count && status == 0; i++)
		if (!keeps_name(naming->shown[i], &naming->claims[i]))
			status = fp_disk_name_end(disks, naming->shown[i]);
	return status;
}

static int take_names(struct fp_disks *disks, const struct naming *naming)
{
	int status = end_names(disks, naming);

	if (status < 0)
		return status;
	fp_disk_names_sort_ended(disks);
	for (size_t i = 0; i < naming->count; i++) {
		struct fp_disk *disk = naming->shown[i];
		const struct fp_disk_claim *claim = &naming->claims[i];
		disk->nameless = claim->nameless;
		if (!claim->nameless && !keeps_name(disk, claim))
			fp_disk_name_begin(disks, disk, claim->names[claim->choice]);
		if (claim->lost)
			say_lost(disks, disk->record, naming->shown[claim->rival]->record, claim);
	}
	return 0;
}

static bool is_collision_stale(const struct fp_disks *disks, const struct naming *naming,
	const struct fp_disk_claim *claim)
{
	const struct fp_disk *disk = naming->shown[claim - naming->claims];

	return claim->lost && (fp_disk_is_stale(disks, disk) ||
				      fp_disk_is_stale(disks, naming->shown[claim->rival]));
}

/* Those of one collision, or all that are shown. 1: a name may have changed. */
static int look_at_both(
	struct fp_disks *disks, struct naming *naming, const struct fp_disk_claim *claim)
{
	int own = fp_disk_look_if_stale(disks, naming->shown[claim - naming->claims]);

	if (own < 0)
		return own;
	int rival = fp_disk_look_if_stale(disks, naming->shown[claim->rival]);
	return rival < 0 ? rival : own || rival;
}

static int look_at_all(struct fp_disks *disks, struct naming *naming)
{
	int changed = 0;

	for (size_t i = 0; i < naming->count; i++) {
		int status = fp_disk_look_if_stale(disks, naming->shown[i]);
		if (status < 0)
			return status;
		changed = changed || status;
	}
	return changed;
}

/*
 * A name that two have may be one that has moved from the one to the other, which has not been looked
 * at since. 1: a name may have changed.
 */
static int look_again(struct fp_disks *disks, struct naming *naming, bool all)
{
	int changed = 0;

	for (size_t i = 0; i < naming->count; i++) {
		const struct fp_disk_claim *claim = &naming->claims[i];
		if (!is_collision_stale(disks, naming, claim))
			continue;
		if (all)
			return look_at_all(disks, naming);
		int status = look_at_both(disks, naming, claim);
		if (status < 0)
			return status;
		changed = changed || status;
	}
	return changed;
}

/* Rivals first: where that leads to other rivals, names have moved through many devices. */
static int settle_for_good(struct fp_disks *disks, struct naming *naming)
{
	settle(disks, naming);
	for (unsigned pass = 0; pass < 2; pass++) {
		int status = look_again(disks, naming, pass > 0);
		if (status <= 0)
			return status;
		status = choose(disks);
		if (status < 0)
			return status;
		settle(disks, naming);
	}
	return 0;
}

static int name_all(struct fp_disks *disks)
{
	struct naming naming;
	int status = naming_init(&naming, disks);

	if (status == 0)
		status = settle_for_good(disks, &naming);
	if (status == 0)
		status = take_names(disks, &naming);
	naming_fini(&naming);
	disks->rename = status < 0;
	return status;
}

int fp_disk_names_update(struct fp_disks *disks)
{
	int status = fp_disk_looks_update(disks);

	if (status == 0 && disks->any_changed)
		status = choose(disks);
	if (status == 0 && disks->rename)
		status = name_all(disks);
	return status;
}

#include "compute/disk_name.h"
#include "sample/disk_list.h"
#include "util/pattern.h"

#include <stdlib.h>
#include <string.h>

/*
 * How many devices are looked at in a round because something happened to any of them, and how many
 * because it is their turn: something may happen that no event tells of.
 */
enum { STALE_MAX = 256, TURNS_MAX = 16 };
static const uint64_t turn_ns = 300000000000;

/* ---- What is known of them ---- */

static int look(struct fp_disks *disks, struct fp_disk *disk)
{
	struct fp_disk_record *record = disk->record;
	struct fp_disk_device device = {record->head.major, record->head.minor, record->head.name};
	struct fp_disk_facts facts;
	int status =
		fp_disk_facts_look(disks->host, disks->settings, disks->links, &device, &facts);

	if (status < 0) {
		fp_disk_facts_fini(&facts);
		return status;
	}
	/* another medium, or another device under the name of one that is gone */
	if (disk->looked && facts.has_sequence && record->facts.has_sequence &&
		facts.sequence != record->facts.sequence)
		fp_disk_begin_anew(disk);
	if (!disk->looked || !fp_disk_facts_equal(&facts, &record->facts))
		disk->changed = disks->any_changed = true;
	fp_disk_facts_fini(&record->facts);
	record->facts = facts;
	record->generation = disks->generation;
	record->looked_ns = disks->now_ns;
	disk->looked = true;
	return 0;
}

/* Has anything happened to any device, as far as anybody tells? */
static int notice_changes(struct fp_disks *disks)
{
	const struct fp_host *host = disks->host;
	uint64_t events = 0;
	bool has_events = host->backend->device_events(host->os, &events) == 0;
	bool happened = has_events != disks->has_events || events != disks->events;
	bool changed = happened;
	int status = fp_disk_links_refresh(disks->links, happened, &changed);

	disks->has_events = has_events;
	disks->events = events;
	if (changed || status < 0) {
		disks->generation++;
		disks->any_stale = true;
	}
	return status;
}

/* Those that are new at once, and of the others so many that a round does not take long. */
static int look_at_stale(struct fp_disks *disks)
{
	size_t stale = 0;

	for (size_t i = 0; i < disks->disks.len; i++) {
		struct fp_disk *disk = &disks->disks.at[i];
		if (!disk->present)
			continue;
		if (disk->looked &&
			(disk->record->generation == disks->generation || stale++ >= STALE_MAX))
			continue;
		int status = look(disks, disk);
		if (status < 0)
			return status;
	}
	disks->any_new = false;
	disks->any_stale = stale > STALE_MAX;
	return 0;
}

static int look_in_turn(struct fp_disks *disks)
{
	size_t len = disks->disks.len;

	for (size_t i = 0; i < TURNS_MAX && i < len; i++) {
		disks->turn = (disks->turn + 1) % len;
		struct fp_disk *disk = &disks->disks.at[disks->turn];
		if (!disk->present || !disk->looked ||
			(disks->has_events && disks->now_ns - disk->record->looked_ns < turn_ns))
			continue;
		int status = look(disks, disk);
		if (status < 0)
			return status;
	}
	return 0;
}

/* ---- Who is shown ---- */

bool fp_disks_list_has(const struct fp_disks *disks, const char *kernel_name)
{
	for (size_t i = 0; i < disks->disks.len; i++)
		if (strcmp(disks->disks.at[i].record->head.name, kernel_name) == 0)
			return true;
	return false;
}

static bool is_partition(const struct fp_disks *disks, const struct fp_disk *disk)
{
	const struct fp_disk_record *record = disk->record;
	char whole[FP_DISK_KERNEL_NAME_SIZE];

	if (record->facts.has_size)
		return record->facts.partition;
	return fp_diskstats_is_short(&disk->counters) ||
	       (fp_disk_whole_name(record->head.name, whole, NULL) &&
		       fp_disks_list_has(disks, whole));
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
static bool is_wanted(const struct fp_disks *disks, const struct fp_disk *disk)
{
	const struct fp_disk_settings *settings = disks->settings;
	const struct fp_disk_facts *facts = &disk->record->facts;
	bool in_use = disk->used && !(facts->has_size && facts->size_sectors == 0);
	bool hidden = !settings->partitions && is_partition(disks, disk);

	if (settings->count == 0)
		return !hidden && in_use;
	enum match match = match_lines(settings, disk->record);
	if (settings->ignore_selected)
		return match == MATCH_NONE && !hidden && in_use;
	return match == MATCH_EXACT || (match == MATCH_REGEX && !hidden);
}

static void choose(struct fp_disks *disks)
{
	disks->any_changed = false;
	for (size_t i = 0; i < disks->disks.len; i++) {
		struct fp_disk *disk = &disks->disks.at[i];
		if (disk->changed && !disk->present)
			disks->any_changed = true; /* for when it is there again */
		if (!disk->changed || !disk->present)
			continue;
		disk->changed = false;
		disk->shown = is_wanted(disks, disk);
		disks->rename = true;
	}
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

static void settle(struct fp_disks *disks, struct fp_disk **shown, struct fp_disk_claim *claims,
	struct fp_disk_candidate *candidates, size_t count)
{
	fp_disk_claims_settle(claims, count, candidates);
	for (size_t i = 0; i < count; i++) {
		struct fp_disk_record *record = shown[i]->record;
		const struct fp_disk_claim *claim = &claims[i];
		shown[i]->nameless = claim->nameless;
		memcpy(record->name, claim->names[claim->choice], sizeof(record->name));
		if (claim->lost)
			say_lost(disks, record, shown[claim->rival]->record, claim);
	}
}

static int name_all(struct fp_disks *disks)
{
	size_t most = disks->disks.len + 1, each = disks->settings->name_count + 1, count = 0;
	char(*names)[FP_NAME_SIZE] = calloc(most * each, sizeof(*names));
	struct fp_disk_claim *claims = calloc(most, sizeof(*claims));
	struct fp_disk_candidate *candidates = calloc(most, sizeof(*candidates));
	struct fp_disk **shown = calloc(most, sizeof(struct fp_disk *));
	int status = names && claims && candidates && shown ? 0 : -ENOMEM;

	for (size_t i = 0; i < disks->disks.len && status == 0; i++) {
		struct fp_disk *disk = &disks->disks.at[i];
		if (!disk->shown || !disk->present)
			continue;
		char(*of_disk)[FP_NAME_SIZE] = names + count * each;
		claims[count].names = (const char(*)[FP_NAME_SIZE])of_disk;
		claims[count].count = list_names(disks->settings, disk->record, of_disk);
		shown[count++] = disk;
	}
	if (status == 0)
		settle(disks, shown, claims, candidates, count);
	free(names);
	free(claims);
	free(candidates);
	free(shown);
	disks->rename = status < 0;
	return status;
}

int fp_disk_names_update(struct fp_disks *disks)
{
	int status = notice_changes(disks);

	if (status == 0 && (disks->any_stale || disks->any_new))
		status = look_at_stale(disks);
	if (status == 0)
		status = look_in_turn(disks);
	if (status == 0 && disks->any_changed)
		choose(disks);
	if (status == 0 && disks->rename)
		status = name_all(disks);
	return status;
}

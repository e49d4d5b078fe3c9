#include "sample/disk_list.h"

#include <stdlib.h>
#include <string.h>

int fp_disks_new(
	const struct fp_host *host, const struct fp_disk_settings *settings, struct fp_disks **out)
{
	struct fp_disks *disks = calloc(1, sizeof(*disks));

	if (!disks)
		return -ENOMEM;
	disks->host = host;
	disks->settings = settings;
	int status =
		fp_disk_links_new(host, settings, fp_disk_facts_folders(settings), &disks->links);
	if (status < 0) {
		free(disks);
		return status;
	}
	*out = disks;
	return 0;
}

void fp_disk_record_free(struct fp_disk_record *record)
{
	fp_disk_facts_fini(&record->facts);
	free(record);
}

void fp_disks_free(struct fp_disks *disks)
{
	if (!disks)
		return;
	for (size_t i = 0; i < disks->disks.len; i++)
		fp_disk_record_free(disks->disks.at[i].record);
	fp_disk_links_free(disks->links);
	fp_buf_fini(&disks->text);
	fp_buf_fini(&disks->last_text);
	fp_buf_fini(&disks->again);
	free(disks->disks.at);
	free(disks->ended.at);
	free(disks->round.results.at);
	free(disks->round.notices.at);
	free(disks);
}

void fp_disks_keep_deltas(struct fp_disks *disks)
{
	disks->keep_deltas = true;
}

/* ---- Lines and devices ---- */

static bool is_of(const struct fp_disk *disk, const struct fp_diskstat_head *head)
{
	const struct fp_diskstat_head *own = &disk->record->head;

	return own->major == head->major && own->minor == head->minor &&
	       strcmp(own->name, head->name) == 0;
}

/* The file keeps its order, so the search begins behind the device that was found last. */
static struct fp_disk *find(
	struct fp_disks *disks, size_t known, const struct fp_diskstat_head *head, size_t hint)
{
	for (size_t i = 0; i < known; i++) {
		struct fp_disk *disk = &disks->disks.at[(hint + i) % known];
		if (is_of(disk, head))
			return disk;
	}
	return NULL;
}

static bool has_head(
	const struct fp_disks *disks, const struct fp_disk *disk, struct fp_diskstat_line line)
{
	return disk->line_len > 0 && !disk->present && line.len >= disk->head_len &&
	       memcmp(line.text, disks->last_text.data + disk->line_at, disk->head_len) == 0;
}

static bool has_line(
	const struct fp_disks *disks, const struct fp_disk *disk, struct fp_diskstat_line line)
{
	return line.len == disk->line_len &&
	       memcmp(line.text, disks->last_text.data + disk->line_at, line.len) == 0;
}

static void keep_line(
	const struct fp_disks *disks, struct fp_disk *disk, struct fp_diskstat_line line)
{
	disk->line_at = (size_t)(line.text - disks->text.data);
	disk->line_len = line.len;
	disk->present = true;
}

static int add_disk(struct fp_disks *disks, const struct fp_diskstat_head *head,
	const struct fp_disk_counters *counters, struct fp_diskstat_line line)
{
	struct fp_disk_record *record = calloc(1, sizeof(*record));
	struct fp_disk disk = {.counters = *counters,
		.sampled_ns = disks->now_ns,
		.head_len = (uint32_t)head->len,
		.record = record,
		.first = true,
		.used = fp_disk_is_used(counters)};

	if (!record)
		return -ENOMEM;
	record->head = *head;
	record->life = ++disks->lives;
	fp_disk_stuck(&disk.progress, NULL, counters, disks->now_ns, UINT64_MAX);
	keep_line(disks, &disk, line);
	int status = fp_disk_list_add(&disks->disks, disk);
	if (status < 0)
		fp_disk_record_free(record);
	else
		disks->any_new = true;
	return status;
}

/* A device that did nothing so far, or has nothing behind it, may be shown from now on. */
static void wake(struct fp_disks *disks, struct fp_disk *disk)
{
	const struct fp_disk_facts *facts = &disk->record->facts;

	if (disk->shown)
		return;
	if (!disk->used && fp_disk_is_used(&disk->counters))
		disk->used = disk->changed = disks->any_changed = true;
	if (facts->has_size && facts->size_sectors == 0) {
		disk->soon = disks->any_stale = true;
	}
}

/* A device that stands twice: one that came while the file was read moves the others down. */
static bool is_repeated(
	const struct fp_disks *disks, size_t known, const struct fp_diskstat_head *head)
{
	static const size_t enough = 8;

	for (size_t i = disks->disks.len; i > known && i + enough > disks->disks.len; i--)
		if (is_of(&disks->disks.at[i - 1], head))
			return true;
	return false;
}

static void take_sample(struct fp_disks *disks, struct fp_disk *disk, struct fp_diskstat_line line,
	const struct fp_disk_counters *counters)
{
	fp_disk_update(disks, disk, counters, false);
	keep_line(disks, disk, line);
	wake(disks, disk);
}

/* A line of a device that is not where it was looked for first. */
static int take_other(
	struct fp_disks *disks, struct fp_diskstat_line line, size_t known, size_t *hint)
{
	struct fp_diskstat_head head;
	struct fp_disk_counters counters;
	int status = fp_diskstats_head(line, &head);

	if (status == 0)
		status = fp_diskstats_counters(line, head.len, &counters);
	if (status < 0)
		return status;
	struct fp_disk *disk = find(disks, known, &head, *hint);
	if (disk ? disk->present : is_repeated(disks, known, &head))
		return 0;
	if (!disk)
		return add_disk(disks, &head, &counters, line);
	*hint = (size_t)(disk - disks->disks.at) + 1;
	disk->head_len = (uint32_t)head.len;
	take_sample(disks, disk, line, &counters);
	return 0;
}

static int take_line(
	struct fp_disks *disks, struct fp_diskstat_line line, size_t known, size_t *hint)
{
	struct fp_disk *disk = *hint < known ? &disks->disks.at[*hint] : NULL;
	struct fp_disk_counters counters;

	if (!disk || !has_head(disks, disk, line))
		return take_other(disks, line, known, hint);
	++*hint;
	if (has_line(disks, disk, line)) {
		fp_disk_update_same(disks, disk);
		keep_line(disks, disk, line);
		return 0;
	}
	int status = fp_diskstats_counters(line, disk->head_len, &counters);
	if (status == 0)
		take_sample(disks, disk, line, &counters);
	return status;
}

static int take_lines(struct fp_disks *disks, size_t known)
{
	size_t offset = 0, hint = 0;
	struct fp_diskstat_line line;
	int status;

	while ((status = fp_diskstats_line(disks->text.data, disks->text.len, &offset, &line))) {
		if (status == 1)
			status = take_line(disks, line, known, &hint);
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

/* ---- Who lacks ---- */

static bool lacks_any(const struct fp_disks *disks, size_t known)
{
	for (size_t i = 0; i < known; i++) {
		const struct fp_disk *disk = &disks->disks.at[i];
		if (disk->shown && !disk->present && !disk->missed)
			return true;
	}
	return false;
}

/* A line of a second reading, if its device lacks in the first: there it goes then. */
static int take_lacking(
	struct fp_disks *disks, struct fp_diskstat_line line, size_t known, size_t *hint)
{
	struct fp_buf *text = &disks->text;
	struct fp_diskstat_head head;
	size_t at = text->len;

	if (fp_diskstats_head(line, &head) < 0)
		return 0;
	struct fp_disk *disk = find(disks, known, &head, *hint);
	if (!disk)
		return 0;
	*hint = (size_t)(disk - disks->disks.at) + 1;
	if (disk->present)
		return 0;
	int status = fp_buf_append(text, line.text, line.len);
	if (status < 0)
		return status;
	line.text = text->data + at;
	status = take_other(disks, line, known, hint);
	return status == -EBADMSG ? 0 : status;
}

/*
 * The kernel hands the file out in pieces, and goes on behind as many devices as were in those before:
 * when one of them has gone meanwhile, one that is still there is passed over. So who lacks is looked
 * for in a second reading, and in a third, since the file of a host that changes may lack another then.
 */
static int take_all_lacking(struct fp_disks *disks, size_t known)
{
	const struct fp_host *host = disks->host;
	int status = 0;

	for (unsigned i = 0; i < 2 && status == 0 && lacks_any(disks, known); i++) {
		struct fp_diskstat_line line;
		size_t offset = 0, hint = 0;
		status = host->backend->host_read(host->os, FP_OS_HOST_DISKSTATS, &disks->again);
		if (status < 0)
			break;
		while (status == 0 &&
			fp_diskstats_line(disks->again.data, disks->again.len, &offset, &line) == 1)
			status = take_lacking(disks, line, known, &hint);
	}
	/* what cannot be read a second time lacks */
	return status == -ENOMEM ? status : 0;
}

/* In the order of the file, so that the next round finds each device where it looks first. */
static int compare_place(const void *a, const void *b)
{
	const struct fp_disk *first = a, *second = b;

	if (first->present != second->present)
		return first->present ? -1 : 1;
	return first->line_at == second->line_at ? 0 : first->line_at < second->line_at ? -1 : 1;
}

/* Whose line was not read has none in what will be the last text. */
static void forget_lines(struct fp_disks *disks)
{
	for (size_t i = 0; i < disks->disks.len; i++)
		if (!disks->disks.at[i].present)
			disks->disks.at[i].line_len = 0;
}

/* Those that were in neither of two rounds are gone; of one alone, the kernel may know why. */
static int forget_absent(struct fp_disks *disks)
{
	size_t kept = 0;
	int status = 0;

	for (size_t i = 0; i < disks->disks.len; i++) {
		struct fp_disk *disk = &disks->disks.at[i];
		if (disk->present || !disk->missed) {
			disks->rename = disks->rename || disk->present == disk->missed;
			disks->any_stale = disks->any_stale || (disk->present && disk->missed);
			if (kept != i)
				disks->disks.at[kept] = *disk;
			kept++;
			continue;
		}
		if (disk->alarmed && status == 0)
			status = fp_disk_round_end_alarm(disks, disk, false);
		fp_disk_record_free(disk->record);
	}
	disks->disks.len = kept;
	return status;
}

/* What stops disks from being read is said when it begins, not each time. */
static int conclude(struct fp_disks *disks, int status)
{
	if (status < 0 && status != disks->said_error)
		fp_log(&disks->host->log, FP_WARNING,
			"<Disks>: diskstats cannot be read, so there are no values of disks until "
			"it can: %s",
			strerror(-status));
	disks->said_error = status;
	return status;
}

static int take(struct fp_disks *disks)
{
	size_t known = disks->disks.len;
	struct fp_buf swapped;

	for (size_t i = 0; i < known; i++) {
		disks->disks.at[i].missed = !disks->disks.at[i].present;
		disks->disks.at[i].present = false;
	}
	int status = take_lines(disks, known);
	if (status == 0)
		status = take_all_lacking(disks, known);
	if (disks->any_new && disks->disks.len)
		qsort(disks->disks.at, disks->disks.len, sizeof(struct fp_disk), compare_place);
	forget_lines(disks);
	if (status == 0)
		status = forget_absent(disks);
	swapped = disks->text;
	disks->text = disks->last_text;
	disks->last_text = swapped;
	if (status == 0)
		status = fp_disk_names_update(disks);
	return status == 0 ? fp_disk_round_collect(disks) : status;
}

int fp_disks_take(struct fp_disks *disks, const struct fp_disk_round **round)
{
	const struct fp_host *host = disks->host;
	int status = host->backend->host_read(host->os, FP_OS_HOST_DISKSTATS, &disks->text);

	/* those of a round that failed were not told */
	if (disks->said_error == 0)
		disks->round.notices.len = 0;
	disks->now_ns = host->backend->monotonic_ns(host->os);
	if (status == 0)
		status = take(disks);
	*round = &disks->round;
	return conclude(disks, status);
}

/* When devices are looked at: their names and what else sysfs and udev tell; see disk_list.h. */
#include "sample/disk_list.h"

/*
 * How many devices are looked at in a round because something happened to any of them, and how many
 * because it is their turn: something may happen that no event tells of.
 */
enum { STALE_MAX = 256, TURNS_MAX = 16 };
static const uint64_t turn_ns = 300000000000;

bool fp_disk_is_stale(const struct fp_disks *disks, const struct fp_disk *disk)
{
	return disk->record->generation != disks->generation;
}

struct asker {
	const struct fp_disks *disks;
	const struct fp_disk *disk;
};

/* sysfs writes '!' where the name has '/'. */
static bool is_same_name(const char *a, const char *b)
{
	while (*a && (*a == *b || (*a == '/' && *b == '!')))
		a++, b++;
	return *a == *b;
}

/* An I/O ended in the last interval, or there is none that could wait for the disk. */
static bool answers(const void *context, const char *whole)
{
	const struct asker *asker = context;
	const struct fp_disk_list *list = &asker->disks->disks;
	const struct fp_disk *disk = asker->disk;
	size_t own = (size_t)(disk - list->at);

	/* a disk stands before its partitions */
	for (size_t i = 0; i < list->len; i++) {
		const struct fp_disk *other = &list->at[(own + list->len - i) % list->len];
		if (!is_same_name(other->record->head.name, whole))
			continue;
		disk = other;
		break;
	}
	return disk->progress.completed || (fp_disk_has(&disk->counters, FP_DISK_IN_FLIGHT) &&
						   disk->counters.value[FP_DISK_IN_FLIGHT] == 0);
}

/* In the next round, whatever happens until then. */
static void look_soon(struct fp_disks *disks, struct fp_disk *disk)
{
	disk->soon = disks->any_soon = disks->any_stale = true;
}

/*
 * Another medium, or another device under the name of one that is gone; which may have been gone
 * when it was looked at.
 */
static bool is_another(const struct fp_disk_facts *now, const struct fp_disk_facts *before)
{
	return now->has_sequence && !(before->has_sequence && before->sequence == now->sequence);
}

/*
 * In sysfs it is no longer, and was in diskstats a moment ago: it has gone meanwhile. Else it would be
 * told once more, by a name that is not its own. If it stands there again, it is one without sysfs.
 */
static bool has_left(const struct fp_disk *disk, const struct fp_disk_facts *facts)
{
	return disk->looked && !disk->left && disk->record->facts.has_size && !facts->has_size;
}

/* What is known of it is kept, since another one may come to its number. */
static void take_for_absent(struct fp_disks *disks, struct fp_disk *disk)
{
	disk->present = false;
	disk->left = disk->soon = true;
	disk->changed = disks->any_changed = disks->rename = true;
}

int fp_disk_look(struct fp_disks *disks, struct fp_disk *disk)
{
	struct fp_disk_record *record = disk->record;
	struct fp_disk_device device = {record->head.major, record->head.minor, record->head.name};
	struct asker asker = {disks, disk};
	struct fp_disk_past past = {.facts = disk->looked ? &record->facts : NULL,
		.anew = disk->anew,
		.answers = answers,
		.context = &asker};
	struct fp_disk_facts facts;
	int status = fp_disk_facts_look(
		disks->host, disks->settings, disks->links, &device, &past, &facts);

	if (status < 0 || has_left(disk, &facts)) {
		fp_disk_facts_fini(&facts);
		if (status == 0)
			take_for_absent(disks, disk);
		return status;
	}
	if (disk->looked && is_another(&facts, &record->facts))
		fp_disk_begin_anew(disks, disk);
	if (!disk->looked || !fp_disk_facts_equal(&facts, &record->facts))
		disk->changed = disks->any_changed = true;
	fp_disk_facts_fini(&record->facts);
	record->facts = facts;
	record->generation = disks->generation;
	record->looked_ns = disks->now_ns;
	disk->looked = true;
	disk->anew = false;
	disk->left = disk->soon = false;
	if (facts.unasked)
		look_soon(disks, disk);
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

/*
 * Those that are new at once, and of the others so many that a round does not take long: the next
 * round goes on behind them, so that each has its turn however often something happens.
 */
static int look_at_stale(struct fp_disks *disks)
{
	size_t len = disks->disks.len, start = disks->next_stale, stale = 0;

	disks->any_soon = false;
	for (size_t i = 0; i < len; i++) {
		size_t at = (start + i) % len;
		struct fp_disk *disk = &disks->disks.at[at];
		if (!disk->present)
			continue;
		if (disk->looked && !disk->soon) {
			if (!fp_disk_is_stale(disks, disk) || stale++ >= STALE_MAX)
				continue;
			disks->next_stale = at + 1;
		}
		int status = fp_disk_look(disks, disk);
		if (status < 0)
			return status;
	}
	disks->any_new = false;
	disks->any_stale = stale > STALE_MAX || disks->any_soon;
	return 0;
}

/*
 * Who is shown and has to wait for its look, although something has happened: if it is another device
 * by now, what came since the last sample is nobody's. Only where something came, which is nothing
 * at most devices of a large host.
 */
static int check_waiting(struct fp_disks *disks)
{
	struct fp_buf text = {0};
	int status = 0;

	for (size_t i = 0; i < disks->disks.len && status == 0; i++) {
		struct fp_disk *disk = &disks->disks.at[i];
		struct fp_disk_record *record = disk->record;
		bool same;
		if (!disk->present || !disk->shown || disk->resting ||
			!fp_disk_is_stale(disks, disk) || record->checked == disks->generation)
			continue;
		status = fp_disk_facts_check(disks->host, &record->facts, &text, &same);
		if (status == 0 && same)
			record->checked = disks->generation;
		else if (status == 0)
			status = fp_disk_look(disks, disk);
	}
	fp_buf_fini(&text);
	return status;
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
		int status = fp_disk_look(disks, disk);
		if (status < 0)
			return status;
	}
	return 0;
}

int fp_disk_look_if_stale(struct fp_disks *disks, struct fp_disk *disk)
{
	if (!fp_disk_is_stale(disks, disk))
		return 0;
	int status = fp_disk_look(disks, disk);
	return status < 0 ? status : disk->changed;
}

int fp_disk_looks_update(struct fp_disks *disks)
{
	int status = notice_changes(disks);

	if (status == 0 && (disks->any_stale || disks->any_new))
		status = look_at_stale(disks);
	if (status == 0 && disks->any_stale)
		status = check_waiting(disks);
	if (status == 0)
		status = look_in_turn(disks);
	return status;
}

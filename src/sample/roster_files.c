/*
 * Descriptors of members that stay open from round to round, so that looking at them and reading them
 * again costs less. How many there may be is bounded: the daemon has other uses for them.
 */
#include "sample/roster.h"

enum {
	GLANCE_FILES = 2,
	FOLDER_FILES = 3,
	PAGES_FILES = 1,
	/* Who moves all the time may have this part of them, since everybody is looked at. */
	FOLDER_SHARE = 4,
	/* In so many rounds it has to be read again. */
	FOLDER_ROUNDS = 8
};

static bool has_room(const struct fp_roster *roster, size_t files)
{
	return roster->kept_files + files <= roster->kept_max;
}

static bool has_room_for_folder(const struct fp_roster *roster, size_t files)
{
	return has_room(roster, files) &&
	       roster->folder_files + files <= roster->kept_max / FOLDER_SHARE;
}

static void count_folder(struct fp_roster *roster, size_t files)
{
	roster->kept_files += files;
	roster->folder_files += files;
}

static void uncount_folder(struct fp_roster *roster, size_t files)
{
	roster->kept_files -= files;
	roster->folder_files -= files;
}

static void keep_glance(struct fp_roster *roster, struct fp_held *held)
{
	const struct fp_os_backend *backend = roster->host->backend;

	if (held->is_kept || !has_room(roster, GLANCE_FILES) ||
		backend->glance_open(&roster->process->self, &held->kept) < 0)
		return;
	held->is_kept = true;
	roster->kept_files += GLANCE_FILES;
}

static void keep_folder(struct fp_roster *roster, struct fp_held *held)
{
	struct fp_process *process = roster->process;

	if (held->folder.keeps || !has_room_for_folder(roster, FOLDER_FILES) ||
		fp_process_keep(process, &held->folder) < 0)
		return;
	count_folder(roster, FOLDER_FILES);
}

/* Of the address space that was just read. */
static void keep_pages(struct fp_roster *roster, struct fp_held *held)
{
	bool is_fast = held->reader == FP_READ_FAST || held->reader == FP_READ_OWN;

	if (!held->folder.keeps || !held->is_kept || held->files.pagemap_fd >= 0 || !is_fast ||
		!has_room_for_folder(roster, PAGES_FILES) ||
		roster->host->backend->pages_open(&held->folder, 0, &held->files) < 0)
		return;
	count_folder(roster, PAGES_FILES);
}

void fp_roster_keep(struct fp_roster *roster, struct fp_held *held, uint64_t read_before)
{
	if (held->entry->kernel || !roster->process->readable)
		return;
	keep_glance(roster, held);
	/* of one whose first thread has ended, another one's folder is read */
	if (roster->process->tid != roster->process->pid || read_before == 0 ||
		roster->round - read_before > FOLDER_ROUNDS)
		return;
	keep_folder(roster, held);
	keep_pages(roster, held);
}

void fp_roster_close_pages(struct fp_roster *roster, struct fp_held *held)
{
	if (held->files.pagemap_fd < 0)
		return;
	roster->host->backend->pages_close(&held->files);
	held->files = fp_os_pages_none;
	uncount_folder(roster, PAGES_FILES);
}

void fp_roster_close_folder(struct fp_roster *roster, struct fp_held *held)
{
	fp_roster_close_pages(roster, held);
	if (!held->folder.keeps)
		return;
	roster->host->backend->process_close(&held->folder);
	held->folder.keeps = false;
	uncount_folder(roster, FOLDER_FILES);
}

void fp_roster_close_unused(struct fp_roster *roster, struct fp_held *held)
{
	if (held->entry->dead_leader || roster->round - held->read_round > FOLDER_ROUNDS)
		fp_roster_close_folder(roster, held);
}

void fp_roster_close_files(struct fp_roster *roster, struct fp_held *held)
{
	fp_roster_close_folder(roster, held);
	if (!held->is_kept)
		return;
	roster->host->backend->glance_close(&held->kept);
	held->is_kept = false;
	roster->kept_files -= GLANCE_FILES;
}

#include "sample/visit.h"
#include "compute/select.h"

#include <stdlib.h>
#include <string.h>

/* What was read of an image is only kept if the image is still the one that the table knows. */
static void check_image(struct fp_visit *visit)
{
	const struct fp_process *process = visit->process;
	const struct fp_entry *entry = visit->opened;

	if (entry && (process->environ.tried || process->exe.tried) &&
		!fp_process_has_image(visit->process, entry->key))
		visit->changed_image = true;
}

/* place: where it is kept open; or NULL. */
static int open_entry(
	struct fp_visit *visit, const struct fp_entry *entry, const struct fp_os_process *place)
{
	struct fp_process *process = visit->process;

	if (visit->opened == entry)
		return 0;
	check_image(visit);
	fp_visit_end(visit);
	int status =
		place ? fp_process_open_kept(process, place) : fp_process_open(process, entry->pid);
	if (status < 0)
		return status;
	visit->opened = entry;
	if (process->stuck)
		process->stat.starttime_ticks = entry->starttime_ticks;
	if (process->stuck || entry->unsure)
		return 0;
	if (entry->readable == process->readable &&
		(!entry->readable || entry->starttime_ticks == process->stat.starttime_ticks))
		return 0;
	fp_visit_end(visit);
	return -ESRCH;
}

int fp_visit_open(struct fp_visit *visit)
{
	return open_entry(visit, visit->entry, NULL);
}

int fp_visit_open_kept(struct fp_visit *visit, const struct fp_os_process *place)
{
	return open_entry(visit, visit->entry, place);
}

void fp_visit_end(struct fp_visit *visit)
{
	fp_process_close(visit->process);
	visit->opened = NULL;
}

/* Who is open may have changed its image since the scan. */
static bool still_has_image(const struct fp_visit *visit)
{
	return visit->process->key == visit->opened->key;
}

/*
 * Opens the process whose image an entry has: the furthest ancestor that shares it, since a fork may
 * have written a title over its own environment, else itself. *own says which.
 */
static int open_image(struct fp_visit *visit, bool *own)
{
	const struct fp_entry *origin = visit->entry;
	const struct fp_entry *parent = fp_table_image_parent(visit->table, origin);

	while (parent) {
		origin = parent;
		parent = fp_table_image_parent(visit->table, origin);
	}
	*own = origin == visit->entry;
	if (*own)
		return fp_visit_open(visit);
	int status = open_entry(visit, origin, NULL);
	if (fp_process_is_fatal(status) || (status == 0 && still_has_image(visit)))
		return status;
	*own = true;
	return fp_visit_open(visit);
}

/* What an image line asks; of the process itself where its ancestor does not tell. */
static int fetch_of_image(struct fp_visit *visit, const struct fp_line *line, struct fp_fact *fact)
{
	bool own;
	int status = open_image(visit, &own);

	if (status == 0)
		status = fp_process_fetch(visit->process, line, fact);
	if (own || fp_process_is_fatal(status) || (status == 0 && fact->state != FP_FACT_UNKNOWN))
		return status;
	status = fp_visit_open(visit);
	return status < 0 ? status : fp_process_fetch(visit->process, line, fact);
}

/* What the table knows needs no look at the process; the rest opens it. */
static int fetch(void *context, const struct fp_line *line, struct fp_fact *fact)
{
	struct fp_visit *visit = context;
	const struct fp_entry *entry = visit->entry;

	*fact = (struct fp_fact){
		.state = FP_FACT_UNKNOWN, .data = "", .reason = entry->unsure ? -EBUSY : -EACCES};
	if (line->selector == FP_SEL_PIDFILE) {
		int match = fp_pidfiles_match(
			visit->pidfiles, visit->host, line, entry->pid, entry->starttime_ticks);
		if (match >= 0)
			fact->state = match ? FP_FACT_KNOWN : FP_FACT_NONE;
		return 0;
	}
	if (fp_selector_is_of_image(line->selector))
		return fetch_of_image(visit, line, fact);
	int status = fp_visit_open(visit);
	return status < 0 ? status : fp_process_fetch(visit->process, line, fact);
}

static bool is_of_image(enum fp_part_kind kind)
{
	return kind == FP_PART_ENV || kind == FP_PART_EXE;
}

static int read_piece_of_image(struct fp_visit *visit, const struct fp_block *block,
	const struct fp_part *part, struct fp_piece *out)
{
	bool own;
	int status = open_image(visit, &own);

	if (status == 0)
		status = fp_process_piece(visit->process, block, part, out);
	if (own || status == 0 || fp_process_is_fatal(status))
		return status;
	status = fp_visit_open(visit);
	return status < 0 ? status : fp_process_piece(visit->process, block, part, out);
}

/* A part of the name; one that belongs to the image is found out once. */
static int find_piece(struct fp_visit *visit, const struct fp_block *block,
	const struct fp_part *part, struct fp_piece *out)
{
	struct fp_entry_more *more = fp_table_more(visit->table, visit->entry);

	if (!more)
		return -ENOMEM;
	struct fp_piece **kept = &more->pieces[part->index];
	if (!is_of_image(part->kind)) {
		int status = fp_visit_open(visit);
		return status < 0 ? status : fp_process_piece(visit->process, block, part, out);
	}
	if (*kept) {
		*out = **kept;
		return 0;
	}
	int status = read_piece_of_image(visit, block, part, out);
	if (status < 0)
		return status;
	*kept = malloc(sizeof(**kept));
	if (!*kept)
		return -ENOMEM;
	**kept = *out;
	return 0;
}

static int expand(
	struct fp_visit *visit, size_t group_index, size_t block, struct fp_instance **out)
{
	const struct fp_group *group = &visit->settings->groups[group_index];
	char name[FP_NAME_SIZE];
	uint64_t hash;
	int status = 0;

	for (size_t i = 0; i < group->part_count && status == 0; i++)
		status = find_piece(
			visit, &group->blocks[block], &group->parts[i], &visit->pieces[i]);
	if (status < 0)
		return status;
	fp_expand(group, visit->pieces, name, &hash);
	return fp_instances_find(visit->instances, group_index, name, hash, visit->now_ns, out);
}

/* Where the names of a group with %{} lead; where they led, while nobody can tell. */
static int find_seat(struct fp_visit *visit, size_t group_index, size_t block, struct fp_seat *seat)
{
	struct fp_instance *found;

	if (seat->matched && !seat->stale)
		return 0;
	int status = expand(visit, group_index, block, &found);
	if (status == -EBUSY && seat->matched)
		return 0;
	seat->matched = status == 0 ? found : NULL;
	seat->stale = false;
	return status;
}

/* Does it match by its own selectors? An enum fp_truth with seat->matched, or -errno. */
static int match(struct fp_visit *visit, size_t group_index, struct fp_seat *seat)
{
	const struct fp_group *group = &visit->settings->groups[group_index];
	const struct fp_facts facts = {
		.fetch = fetch,
		.context = visit,
		.known = visit->entry->known,
		.allowance = &visit->allowance,
		.reason = &visit->reason,
	};
	size_t block = 0;
	int truth = fp_select(group, &facts, &block);

	if (truth == FP_TRUE && !group->template_text) {
		seat->matched = fp_instances_base(visit->instances, group_index);
	} else if (truth == FP_TRUE) {
		int status = find_seat(visit, group_index, block, seat);
		if (status == -ESRCH || fp_process_is_fatal(status))
			return status;
		if (status < 0) {
			truth = FP_UNKNOWN;
			visit->reason = status;
		}
	}
	/* it sits where it sat, until it answers */
	if (truth == FP_UNKNOWN && visit->reason == -EBUSY && visit->entry->placed)
		return seat->matched ? FP_TRUE : FP_FALSE;
	if (truth != FP_TRUE)
		seat->matched = NULL;
	return truth;
}

/* A descendant goes where its parent sits, or sat when that ended. */
static void inherit_seat(const struct fp_visit *visit, size_t group_index, struct fp_seat *seat)
{
	const struct fp_entry *parent = fp_table_parent(visit->table, visit->entry);

	if (parent)
		seat->inherited = fp_entry_seat(parent, group_index)->taken;
}

static int take_seat(struct fp_visit *visit, size_t group_index, const struct fp_seat *seat)
{
	const struct fp_seat before = *fp_entry_seat(visit->entry, group_index);
	bool is_there = seat->matched || seat->inherited || seat->undecided || seat->stuck;
	struct fp_entry_more *more = visit->entry->more;

	if (!more && !is_there)
		return 0;
	more = fp_table_more(visit->table, visit->entry);
	if (!more)
		return -ENOMEM;
	more->seats[group_index] = *seat;
	visit->undecided[group_index] += seat->undecided;
	visit->undecided[group_index] -= before.undecided;
	visit->stuck[group_index] += seat->stuck;
	visit->stuck[group_index] -= before.stuck;
	if (seat->taken != before.taken && visit->settings->groups[group_index].options.descendants)
		visit->entry->children_due = true;
	return 0;
}

static int place_in(struct fp_visit *visit, size_t group_index)
{
	const struct fp_group *group = &visit->settings->groups[group_index];
	struct fp_seat seat = *fp_entry_seat(visit->entry, group_index);

	visit->reason = -EACCES;
	int truth = match(visit, group_index, &seat);

	if (truth < 0)
		return truth;
	if (group->options.descendants)
		inherit_seat(visit, group_index, &seat);
	seat.taken = seat.matched ? seat.matched : seat.inherited;
	bool unknown = !seat.taken && truth == FP_UNKNOWN;
	seat.stuck = unknown && visit->reason == -EBUSY;
	seat.undecided = unknown && !seat.stuck;
	if (seat.undecided) {
		visit->undecided_pid = visit->entry->pid;
		visit->undecided_reason = visit->reason;
	}
	return take_seat(visit, group_index, &seat);
}

static bool is_stuck(const struct fp_visit *visit)
{
	for (size_t g = 0; g < visit->settings->group_count; g++)
		if (fp_entry_seat(visit->entry, g)->stuck)
			return true;
	return visit->entry->unsure;
}

int fp_visit_place(struct fp_visit *visit, struct fp_entry *entry)
{
	visit->entry = entry;
	visit->changed_image = false;
	int status = fp_table_inherit(visit->table, entry);
	for (size_t g = 0; g < visit->settings->group_count && status == 0; g++)
		status = place_in(visit, g);
	check_image(visit);
	entry->placed = entry->placed || (status == 0 && !is_stuck(visit));
	if (visit->changed_image)
		fp_table_forget(visit->table, entry, true);
	return status;
}

void fp_visit_forget(struct fp_visit *visit, const struct fp_entry *entry)
{
	for (size_t g = 0; g < visit->settings->group_count; g++) {
		visit->undecided[g] -= fp_entry_seat(entry, g)->undecided;
		visit->stuck[g] -= fp_entry_seat(entry, g)->stuck;
	}
}

static bool asks_of_images(const struct fp_group *group)
{
	for (size_t b = 0; b < group->count; b++)
		for (size_t i = 0; i < group->blocks[b].count; i++)
			if (fp_selector_is_of_image(group->blocks[b].lines[i].selector))
				return true;
	for (size_t i = 0; i < group->part_count; i++)
		if (is_of_image(group->parts[i].kind))
			return true;
	return false;
}

bool fp_visit_asks_of_images(const struct fp_settings *settings)
{
	for (size_t g = 0; g < settings->group_count; g++)
		if (asks_of_images(&settings->groups[g]))
			return true;
	return false;
}

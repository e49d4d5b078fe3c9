#include "sample/visit.h"
#include "compute/select.h"

#include <stdlib.h>
#include <string.h>

int fp_visit_open(struct fp_visit *visit)
{
	struct fp_process *process = visit->process;
	const struct fp_entry *entry = visit->entry;

	if (visit->opened)
		return 0;
	int status = fp_process_open(process, entry->pid);
	if (status < 0)
		return status;
	visit->opened = true;
	bool same = entry->readable == process->readable &&
		    (!entry->readable || entry->starttime_ticks == process->stat.starttime_ticks);
	return same ? 0 : -ESRCH;
}

void fp_visit_end(struct fp_visit *visit)
{
	if (visit->opened)
		fp_process_close(visit->process);
	visit->opened = false;
}

/* What the table knows needs no look at the process; the rest opens it. */
static int fetch(void *context, const struct fp_line *line, struct fp_fact *fact)
{
	struct fp_visit *visit = context;
	const struct fp_entry *entry = visit->entry;

	*fact = (struct fp_fact){.state = FP_FACT_UNKNOWN, .data = ""};
	if (line->selector == FP_SEL_COMM) {
		if (entry->readable)
			*fact = (struct fp_fact){FP_FACT_KNOWN, entry->comm, entry->comm_len};
		return 0;
	}
	if (line->selector == FP_SEL_PIDFILE) {
		int match = fp_pidfiles_match(
			visit->pidfiles, visit->host, line, entry->pid, entry->starttime_ticks);
		if (match >= 0)
			fact->state = match ? FP_FACT_KNOWN : FP_FACT_NONE;
		return 0;
	}
	int status = fp_visit_open(visit);
	return status < 0 ? status : fp_process_fetch(visit->process, line, fact);
}

static bool is_of_image(enum fp_part_kind kind)
{
	return kind == FP_PART_ENV || kind == FP_PART_EXE;
}

/* A part of the name; one that belongs to the image is found out once. */
static int find_piece(struct fp_visit *visit, const struct fp_block *block,
	const struct fp_part *part, struct fp_piece *out)
{
	struct fp_piece **kept = &visit->entry->pieces[part->index];

	if (is_of_image(part->kind) && *kept) {
		*out = **kept;
		return 0;
	}
	int status = fp_visit_open(visit);
	if (status == 0)
		status = fp_process_piece(visit->process, block, part, out);
	if (status < 0 || !is_of_image(part->kind))
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
	struct fp_piece *pieces = calloc(group->part_count, sizeof(*pieces));
	char name[FP_NAME_SIZE];
	uint64_t hash;
	int status = pieces ? 0 : -ENOMEM;

	for (size_t i = 0; i < group->part_count && status == 0; i++)
		status = find_piece(visit, &group->blocks[block], &group->parts[i], &pieces[i]);
	if (status == 0) {
		fp_expand(group, pieces, name, &hash);
		status = fp_instances_find(
			visit->instances, group_index, name, hash, visit->now_ns, out);
	}
	free(pieces);
	return status;
}

/* The instance that its own selectors put it in; NULL: none. Returns an enum fp_truth or -errno. */
static int match(struct fp_visit *visit, size_t group_index, struct fp_instance **out)
{
	const struct fp_group *group = &visit->settings->groups[group_index];
	struct fp_seat *seat = &visit->entry->seats[group_index];
	const struct fp_facts facts = {fetch, visit, visit->entry->known};
	size_t block = 0;
	int truth = fp_select(group, &facts, &block);

	*out = NULL;
	if (truth == FP_TRUE && !group->template_text) {
		*out = fp_instances_base(visit->instances, group_index);
	} else if (truth == FP_TRUE) {
		int status = seat->matched ? 0 : expand(visit, group_index, block, &seat->matched);
		if (status == -ESRCH || fp_process_is_fatal(status))
			return status;
		if (status < 0)
			truth = FP_UNKNOWN;
		*out = seat->matched;
	}
	if (truth != FP_TRUE)
		seat->matched = NULL;
	return truth;
}

/* A descendant goes where its parent sits, or sat when that ended. */
static void inherit_seat(struct fp_visit *visit, size_t group_index)
{
	struct fp_seat *seat = &visit->entry->seats[group_index];
	const struct fp_entry *parent = fp_table_parent(visit->table, visit->entry);

	if (parent)
		seat->inherited = parent->seats[group_index].taken;
}

static int place_in(struct fp_visit *visit, size_t group_index)
{
	const struct fp_group *group = &visit->settings->groups[group_index];
	struct fp_seat *seat = &visit->entry->seats[group_index];
	struct fp_instance *own;
	int truth = match(visit, group_index, &own);

	if (truth < 0)
		return truth;
	if (group->options.descendants)
		inherit_seat(visit, group_index);
	seat->taken = own ? own : seat->inherited;
	if (!visit->due[group_index])
		return 0;
	if (seat->taken)
		return fp_instance_refs_add(&visit->taken, seat->taken);
	if (truth == FP_UNKNOWN) {
		visit->undecided[group_index]++;
		visit->undecided_pid = visit->entry->pid;
	}
	return 0;
}

int fp_visit_place(struct fp_visit *visit, struct fp_entry *entry)
{
	visit->entry = entry;
	visit->taken.len = 0;
	int status = fp_table_inherit(visit->table, entry);
	for (size_t g = 0; g < visit->settings->group_count && status == 0; g++)
		/* who descends from whom has to be known in every round, told or not */
		if (visit->due[g] || visit->settings->groups[g].options.descendants)
			status = place_in(visit, g);
	return status;
}

/* What parts of a group's name stand for. */
#include "sample/process.h"
#include "util/pattern.h"

#include <string.h>

/* The line of a block that a capture is taken from. */
static const struct fp_line *find_expression(
	const struct fp_block *block, enum fp_selector selector)
{
	for (size_t i = 0; i < block->count; i++)
		if (block->lines[i].selector == selector && !block->lines[i].negate &&
			fp_pattern_is_regex(block->lines[i].pattern))
			return &block->lines[i];
	return NULL;
}

/* The fact that a line of this selector would be told, whatever it then asks of it. */
static int ask(struct fp_process *process, enum fp_selector selector, char *name,
	const struct fp_line *expression, struct fp_fact *fact)
{
	struct fp_line line = {.selector = selector, .name = name};

	if (expression)
		line = *expression;
	return fp_process_fetch(process, &line, fact);
}

static int piece_of_user(struct fp_process *process, struct fp_piece *out)
{
	uint32_t uid = 0;
	const char *name = "";
	int status = fp_process_uid(process, &uid);

	if (status == 0)
		status = fp_users_name(process->users, process->host, uid, &name);
	if (status == 0 || status == -ENOENT)
		fp_piece_make(name, strlen(name), out);
	return status == -ENOENT ? 0 : status;
}

static int piece_of_container(struct fp_process *process, struct fp_piece *out)
{
	const char *name = "";
	int status = fp_process_container(process, &name);

	if (status == -ENOENT)
		name = "";
	if (status == 0 || status == -ENOENT)
		fp_piece_make(name, strlen(name), out);
	return status == -ENOENT ? 0 : status;
}

static int piece_of_capture(struct fp_process *process, const struct fp_block *block,
	enum fp_selector selector, unsigned capture, struct fp_piece *out)
{
	const struct fp_line *line = find_expression(block, selector);
	struct fp_fact fact;
	const char *found = "";
	size_t len = 0;
	int status = line ? ask(process, selector, NULL, line, &fact) : -ENOENT;

	if (status == 0 && fact.state == FP_FACT_UNKNOWN)
		return fact.reason;
	if (status == 0 && fact.state == FP_FACT_KNOWN)
		status = fp_pattern_capture(
			line->pattern, fact.data, fact.len, capture, &found, &len);
	if (status < 0 && status != -ENOENT)
		return status;
	fp_piece_make(found, len, out);
	return 0;
}

static int piece_of_fact(struct fp_process *process, enum fp_selector selector,
	const struct fp_part *part, struct fp_piece *out)
{
	struct fp_fact fact;
	int status = ask(process, selector, part->text, NULL, &fact);

	if (status < 0)
		return status;
	if (fact.state == FP_FACT_UNKNOWN)
		return fact.reason;
	if (fact.state == FP_FACT_NONE)
		fact = (struct fp_fact){.data = ""};
	if (part->kind == FP_PART_EXE) {
		const char *slash = memrchr(fact.data, '/', fact.len);
		size_t cut = slash ? (size_t)(slash - fact.data) + 1 : 0;
		fact.data += cut;
		fact.len -= cut;
	}
	fp_piece_make(fact.data, fact.len, out);
	return 0;
}

int fp_process_piece(struct fp_process *process, const struct fp_block *block,
	const struct fp_part *part, struct fp_piece *out)
{
	switch (part->kind) {
	case FP_PART_TEXT:
		fp_piece_make(part->text, strlen(part->text), out);
		return 0;
	case FP_PART_ENV:
		return piece_of_fact(process, FP_SEL_ENV, part, out);
	case FP_PART_EXE:
		return piece_of_fact(process, FP_SEL_EXE, part, out);
	case FP_PART_COMM:
		return piece_of_fact(process, FP_SEL_COMM, part, out);
	case FP_PART_UNIT:
		return piece_of_fact(process, FP_SEL_UNIT, part, out);
	case FP_PART_CONTAINER:
		return piece_of_container(process, out);
	case FP_PART_USER:
		return piece_of_user(process, out);
	case FP_PART_CGROUP:
		return piece_of_capture(process, block, FP_SEL_CGROUP, part->capture, out);
	case FP_PART_CMDLINE:
		return piece_of_capture(process, block, FP_SEL_CMDLINE, part->capture, out);
	}
	return -EINVAL;
}

/* What of a process can change without any sign of it. */
#include "sample/watch.h"

static bool is_volatile(enum fp_selector selector, bool events)
{
	switch (selector) {
	case FP_SEL_USER:
		return !events;
	case FP_SEL_CGROUP:
	case FP_SEL_UNIT:
	case FP_SEL_CONTAINER:
	case FP_SEL_CMDLINE:
		return true;
	case FP_SEL_COMM:    /* a look sees it */
	case FP_SEL_PIDFILE: /* the file tells */
	case FP_SEL_PID:
	case FP_SEL_EXE:
	case FP_SEL_ENV:
	case FP_SELECTORS:
		break;
	}
	return false;
}

static bool is_volatile_part(enum fp_part_kind kind, bool events)
{
	switch (kind) {
	case FP_PART_USER:
		return !events;
	case FP_PART_UNIT:
	case FP_PART_CONTAINER:
	case FP_PART_CGROUP:
	case FP_PART_CMDLINE:
		return true;
	case FP_PART_TEXT:
	case FP_PART_ENV:
	case FP_PART_EXE:
	case FP_PART_COMM:
		break;
	}
	return false;
}

/* Does any group ask for something that changes without a sign? */
bool fp_watch_has_volatile(const struct fp_settings *settings, bool events)
{
	for (size_t g = 0; g < settings->group_count; g++) {
		const struct fp_group *group = &settings->groups[g];
		for (size_t b = 0; b < group->count; b++)
			for (size_t i = 0; i < group->blocks[b].count; i++)
				if (is_volatile(group->blocks[b].lines[i].selector, events))
					return true;
		for (size_t i = 0; i < group->part_count; i++)
			if (is_volatile_part(group->parts[i].kind, events))
				return true;
	}
	return false;
}

bool fp_watch_may_move(const struct fp_watch *watch, const struct fp_entry *entry)
{
	if (watch->volatile_facts)
		return true;
	for (size_t g = 0; g < watch->settings->group_count; g++)
		if (fp_entry_seat(entry, g)->undecided || fp_entry_seat(entry, g)->stuck)
			return true;
	return false;
}

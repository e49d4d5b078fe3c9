/*
 * JSON that was kept: a state file of the daemon (see sample/state_json.h), or what --json of this
 * command wrote. What it does not know of them is passed over, so that files of later versions serve.
 */
#ifndef FP_CLI_SAVED_JSON_H
#define FP_CLI_SAVED_JSON_H

#include "cli/tally.h"

struct fp_saved_group {
	struct fp_tally tally;
	char *configured; /* its name with %{}; NULL: the name is as configured */
	struct fp_members members;
};

struct fp_saved {
	bool has_time, has_interval;
	double time_s, interval_s; /* since 1970; between readings */
	struct fp_saved_group *groups;
	size_t group_count;
	bool is_list;                /* of processes */
	bool is_cut;                 /* there were more of them, or of groups */
	struct fp_members processes; /* of a list */
	uint64_t seen, matched;      /* processes that were there, and those in some group; or 0 */
};

/*
 * 0; -EBADMSG for what is none of both, of version 1, with what it lacks to be one in *lacking, or NULL
 * there if that is not all; -ENOMEM. lacking itself may be NULL.
 */
int fp_saved_json_read(const char *text, size_t len, struct fp_saved *out, const char **lacking);
void fp_saved_json_free(struct fp_saved *saved);

#endif

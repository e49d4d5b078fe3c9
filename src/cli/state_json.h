/* A state file's JSON as a snapshot again; see sample/state_json.h for what it holds. */
#ifndef FP_CLI_STATE_JSON_H
#define FP_CLI_STATE_JSON_H

#include "sample/snapshot.h"

struct fp_state_text {
	struct fp_snapshot *snapshot; /* what JSON does not hold is 0 */
	struct fp_group *groups;      /* as many: of each only name and template_text */
};

/* 0; -EBADMSG for what is no state file of version 1; -ENOMEM. */
int fp_state_json_read(const char *text, size_t len, struct fp_state_text *out);
void fp_state_json_free(struct fp_state_text *state);

#endif

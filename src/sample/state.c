#include "sample/state.h"
#include "sample/state_file.h"
#include "sample/state_json.h"
#include "util/number.h"

#include <stdlib.h>
#include <string.h>

struct fp_state {
	const char *path;
	bool has_gid;
	uint32_t gid;
	struct fp_buf json;
	int said;
};

static int find_group(
	const struct fp_host *host, const struct fp_settings *settings, struct fp_state *state)
{
	const char *group = settings->state_group;
	uint64_t number;

	if (!group)
		return 0;
	state->has_gid = true;
	if (fp_number_u64(group, strlen(group), &number) == 0 && number < UINT32_MAX) {
		state->gid = (uint32_t)number;
		return 0;
	}
	int status = host->backend->group_id(host->os, group, &state->gid);
	if (status < 0)
		fp_log(&host->log, FP_ERROR, "<Plugin footprint>: StateFileGroup: \"%s\" %s", group,
			status == -ENOENT ? "is not a group of this host" : "cannot be looked up");
	return status;
}

int fp_state_new(
	const struct fp_host *host, const struct fp_settings *settings, struct fp_state **out)
{
	struct fp_state *state = calloc(1, sizeof(*state));

	if (!state)
		return -ENOMEM;
	state->path = settings->state_file;
	int status = fp_state_file_check(state->path, &host->log);
	if (status == 0)
		status = find_group(host, settings, state);
	if (status < 0) {
		fp_state_free(state);
		return status;
	}
	*out = state;
	return 0;
}

void fp_state_free(struct fp_state *state)
{
	if (!state)
		return;
	fp_buf_fini(&state->json);
	free(state);
}

void fp_state_write(struct fp_state *state, const struct fp_host *host,
	const struct fp_snapshot *snapshot, double interval_s)
{
	int status = fp_state_json_write(snapshot, interval_s, &state->json);

	if (status == 0)
		status = fp_state_file_write(
			state->path, state->has_gid, state->gid, state->json.data, state->json.len);
	if (status < 0 && status != state->said)
		fp_log(&host->log, FP_WARNING, "StateFile %s cannot be written: %s", state->path,
			strerror(-status));
	else if (status == 0 && state->said < 0)
		fp_log(&host->log, FP_NOTICE, "StateFile %s is written again", state->path);
	state->said = status;
}

/* The input is a file that groups or diff reads. */
#include "fuzz.h"

#include "cli/saved_json.h"

#include <string.h>

const char fuzz_name[] = "saved_json";

static void check_members(const struct fp_members *members)
{
	for (size_t i = 0; i < members->len; i++) {
		const struct fp_member *member = &members->at[i];
		FUZZ_CHECK(member->pid >= 0);
		FUZZ_CHECK(strnlen(member->comm, FP_COMM_SIZE) < FP_COMM_SIZE);
		FUZZ_CHECK((member->memory.has & ~FP_METRICS_ALL) == 0);
		FUZZ_CHECK(member->has_uid || member->uid == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fp_saved saved;
	char *text = fuzz_alloc(size);

	memcpy(text, data, size);
	int status = fp_saved_json_read(text, size, &saved, NULL);
	free(text);
	FUZZ_CHECK(status == 0 || status == -EBADMSG);
	FUZZ_CHECK(status == 0 || (!saved.groups && saved.group_count == 0));
	check_members(&saved.processes);
	for (size_t i = 0; i < saved.group_count; i++) {
		const struct fp_tally *tally = &saved.groups[i].tally;
		FUZZ_CHECK(strnlen(tally->name, FP_NAME_SIZE) < FP_NAME_SIZE);
		FUZZ_CHECK(tally->has < 1u << FP_COUNTS);
		FUZZ_CHECK(!tally->has_age || tally->age_s >= 0);
		check_members(&saved.groups[i].members);
	}
	fp_saved_json_free(&saved);
	return 0;
}

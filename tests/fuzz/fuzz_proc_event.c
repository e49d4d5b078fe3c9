#include "fuzz.h"

#include "os/proc_event.h"

#include <string.h>

const char fuzz_name[] = "proc_event";

/* What a caller would see if nothing was written. */
static const struct fp_os_event untouched = {FP_OS_EVENT_UID, -7, -7};

static void check_event(int status, const struct fp_os_event *event)
{
	FUZZ_CHECK(status == 1 || status == 0 || status == -EBADMSG);
	if (status != 1) {
		FUZZ_CHECK(memcmp(event, &untouched, sizeof(untouched)) == 0);
		return;
	}
	FUZZ_CHECK(event->kind == FP_OS_EVENT_FORK || event->kind == FP_OS_EVENT_EXEC ||
		   event->kind == FP_OS_EVENT_EXIT || event->kind == FP_OS_EVENT_COMM ||
		   event->kind == FP_OS_EVENT_UID);
	FUZZ_CHECK(event->pid > 0);
	FUZZ_CHECK(event->kind == FP_OS_EVENT_FORK ? event->parent >= 0 : event->parent == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fp_os_event event = untouched, again = untouched;
	int error = 0;
	int status = fp_proc_event_parse(data, size, &event);

	check_event(status, &event);
	/* what is behind the message does not matter, nor where the bytes lie */
	char *longer = fuzz_alloc(size + 5);
	memcpy(longer + 1, data, size);
	memset(longer + 1 + size, 0xff, 4);
	if (status >= 0) {
		FUZZ_CHECK(fp_proc_event_parse(longer + 1, size + 4, &again) == status);
		FUZZ_CHECK(memcmp(&again, &event, sizeof(event)) == 0);
	}
	free(longer);
	/* an acknowledgement is no event */
	if (fp_proc_event_is_ack(data, size, 1, &error))
		FUZZ_CHECK(status == 0);
	return 0;
}

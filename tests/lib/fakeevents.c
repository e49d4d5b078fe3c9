#include "fakehost.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* There is one at most. */
static struct fp_os_stream {
	char unused;
} stream;

void fake_tell_events(int status)
{
	fake->events_status = status;
}

void fake_event(enum fp_os_event_kind kind, int32_t pid, int32_t parent)
{
	if (!fake->is_streaming)
		return;
	if (fake->losing) {
		fake->losing--;
		fake->lost++;
		return;
	}
	assert_int_equal(
		fp_os_events_add(&fake->events, (struct fp_os_event){kind, pid, parent}), 0);
}

void fake_lose(unsigned count)
{
	fake->losing += count;
}

void fake_tell_last_pid(void)
{
	fake->tells_last_pid = true;
}

static int events_open(struct fp_os *os, struct fp_os_stream **out, const char **reason)
{
	(void)os;
	assert_false(fake->is_streaming);
	*reason = fake->events_status < 0 ? "the test does not want it" : NULL;
	if (fake->events_status < 0)
		return fake->events_status;
	fake->is_streaming = true;
	*out = &stream;
	return 0;
}

static void events_close(struct fp_os_stream *closed)
{
	if (!closed)
		return;
	assert_ptr_equal(closed, &stream);
	assert_true(fake->is_streaming);
	fake->is_streaming = false;
	fake->events.len = 0;
	fake->lost = 0;
}

static int events_drain(struct fp_os_stream *drained, struct fp_os_events *out, uint64_t *lost)
{
	assert_ptr_equal(drained, &stream);
	assert_true(fake->is_streaming);
	out->len = 0;
	if (fake->drain_status < 0)
		return fake->drain_status;
	for (size_t i = 0; i < fake->events.len; i++)
		assert_int_equal(fp_os_events_add(out, fake->events.at[i]), 0);
	fake->events.len = 0;
	*lost += fake->lost;
	fake->lost = 0;
	return 0;
}

static int host_read(struct fp_os *os, enum fp_os_host_file file, struct fp_buf *out)
{
	char text[128];

	(void)os;
	out->len = 0;
	int len = 0;
	if (file == FP_OS_HOST_LOADAVG && fake->tells_last_pid)
		len = snprintf(text, sizeof(text), "0.60 0.13 0.04 5/123 %d\n", fake->last_pid);
	else if (file == FP_OS_HOST_VMSTAT && !fake->hides_meddling)
		len = snprintf(text, sizeof(text), "pswpin 7\npgsteal_kswapd %" PRIu64 "\n",
			fake->meddled);
	else if (file == FP_OS_HOST_MEMINFO && fake->huge_pages)
		len = snprintf(text, sizeof(text),
			"MemTotal: 4 kB\nHugePages_Total: %" PRIu64 "\nHugePages_Free: %" PRIu64
			"\n",
			fake->huge_pages, fake->unused_huge_pages);
	return len ? fp_buf_append(out, text, (size_t)len) : -ENOTSUP;
}

void fake_begin_events(void)
{
	fake->backend.events_open = events_open;
	fake->backend.events_close = events_close;
	fake->backend.events_drain = events_drain;
	fake->backend.host_read = host_read;
	fake->events_status = -ENOTSUP;
}

void fake_end_events(void)
{
	assert_false(fake->is_streaming);
	free(fake->events.at);
}

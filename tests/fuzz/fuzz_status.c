#include "fuzz.h"

#include "parse/status.h"

#include <errno.h>
#include <string.h>

const char fuzz_name[] = "status";

#define BIT(metric) (UINT32_C(1) << (metric))

/* What status can tell. */
#define METRICS                                                                                    \
	(BIT(FP_PAGE_TABLES) | BIT(FP_RSS) | BIT(FP_VMS) | BIT(FP_TEXT) | BIT(FP_DATA) |           \
		BIT(FP_SHARED) | BIT(FP_SWAP))

static void check_equal(const struct fp_status *a, const struct fp_status *b)
{
	FUZZ_CHECK(a->has_euid == b->has_euid && a->euid == b->euid);
	FUZZ_CHECK(a->has_threads == b->has_threads && a->threads == b->threads);
	FUZZ_CHECK(a->has_ppid == b->has_ppid && a->ppid == b->ppid);
	FUZZ_CHECK(a->has_voluntary == b->has_voluntary);
	FUZZ_CHECK(a->has_involuntary == b->has_involuntary);
	FUZZ_CHECK(a->voluntary_switches == b->voluntary_switches);
	FUZZ_CHECK(a->involuntary_switches == b->involuntary_switches);
	FUZZ_CHECK(a->state == b->state && a->comm_len == b->comm_len);
	FUZZ_CHECK(memcmp(a->comm, b->comm, a->comm_len) == 0);
	FUZZ_CHECK(a->memory.has == b->memory.has);
	FUZZ_CHECK(memcmp(a->memory.bytes, b->memory.bytes, sizeof(a->memory.bytes)) == 0);
}

/* A last line that is cut says nothing, whatever stands in it. */
static void check_without_the_cut_line(
	const char *text, size_t size, const struct fp_status *status)
{
	struct fp_status shorter;

	while (size > 0 && text[size - 1] != '\n')
		size--;
	if (size == 0)
		return;
	char *copy = fuzz_alloc(size);
	memcpy(copy, text, size);
	FUZZ_CHECK(fp_status_parse(copy, size, &shorter) == 0);
	free(copy);
	check_equal(status, &shorter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct fp_status status;
	int result = fp_status_parse(text, size, &status);

	FUZZ_CHECK((size == 0) == (result == -ENODATA));
	FUZZ_CHECK(result == 0 || result == -ENODATA || result == -EBADMSG);
	if (result < 0)
		return 0;
	FUZZ_CHECK(status.comm_len < FP_COMM_SIZE);
	FUZZ_CHECK(strlen(status.comm) == status.comm_len);
	FUZZ_CHECK(status.ppid >= 0);
	FUZZ_CHECK((status.memory.has & ~METRICS) == 0);
	for (unsigned metric = 0; metric < FP_METRICS; metric++)
		FUZZ_CHECK(status.memory.bytes[metric] % 1024 == 0);
	check_without_the_cut_line(text, size, &status);
	return 0;
}

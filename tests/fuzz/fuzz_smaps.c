#include "fuzz.h"

#include "parse/smaps.h"

#include <errno.h>
#include <string.h>

const char fuzz_name[] = "smaps";

/* What smaps can tell. */
#define METRICS ((UINT32_C(1) << (FP_KSM + 1)) - 1)

/* A text twice over holds every mapping twice. */
static void check_twice(const char *text, size_t size, const struct fp_memory *once)
{
	struct fp_memory twice;
	char *copy = fuzz_alloc(2 * size);

	memcpy(copy, text, size);
	memcpy(copy + size, text, size);
	int status = fp_smaps_parse(copy, 2 * size, &twice);
	free(copy);
	FUZZ_CHECK(status == 0 || status == -EBADMSG);
	if (status < 0)
		return;
	FUZZ_CHECK(twice.has == once->has);
	for (unsigned metric = 0; metric < FP_METRICS; metric++)
		FUZZ_CHECK(twice.bytes[metric] == 2 * once->bytes[metric]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct fp_memory memory;
	int status = fp_smaps_parse(text, size, &memory);

	FUZZ_CHECK((size == 0) == (status == -ENODATA));
	FUZZ_CHECK(status == 0 || status == -ENODATA || status == -EBADMSG);
	if (status < 0)
		return 0;
	FUZZ_CHECK(text[size - 1] == '\n');
	FUZZ_CHECK(fp_memory_has(&memory, FP_RSS));
	FUZZ_CHECK((memory.has & ~METRICS) == 0);
	for (unsigned metric = 0; metric < FP_METRICS; metric++) {
		FUZZ_CHECK(memory.bytes[metric] % 1024 == 0);
		FUZZ_CHECK(fp_memory_has(&memory, (enum fp_metric)metric) ||
			   memory.bytes[metric] == 0);
	}
	check_twice(text, size, &memory);
	return 0;
}

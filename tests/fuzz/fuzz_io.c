#include "fuzz.h"

#include "parse/io.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

const char fuzz_name[] = "io";

#define BIT(activity) (UINT32_C(1) << (activity))

/* What io can tell. */
#define ACTIVITIES                                                                                 \
	(BIT(FP_IO_READ_BYTES) | BIT(FP_IO_WRITE_BYTES) | BIT(FP_IO_READ_OPS) |                    \
		BIT(FP_IO_WRITE_OPS))

/* Written as the kernel writes it, what was understood is understood again. */
static void check_again(const struct fp_activity_counters *counters)
{
	static const struct {
		enum fp_activity activity;
		const char *key;
	} lines[] = {
		{FP_IO_READ_OPS, "syscr"},
		{FP_IO_WRITE_OPS, "syscw"},
		{FP_IO_READ_BYTES, "read_bytes"},
		{FP_IO_WRITE_BYTES, "write_bytes"},
	};
	struct fp_activity_counters again = {0};
	char text[256] = "rchar: 1\n";
	size_t len = strlen(text);

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (counters->has & BIT(lines[i].activity))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s: %" PRIu64 "\n",
				lines[i].key, counters->value[lines[i].activity]);
	FUZZ_CHECK(len < sizeof(text));
	FUZZ_CHECK(fp_io_parse(text, len, &again) == 0);
	FUZZ_CHECK(again.has == counters->has);
	FUZZ_CHECK(memcmp(again.value, counters->value, sizeof(again.value)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct fp_activity_counters counters = {0};
	int status = fp_io_parse(text, size, &counters);

	FUZZ_CHECK((size == 0) == (status == -ENODATA));
	FUZZ_CHECK(status == 0 || status == -ENODATA || status == -EBADMSG);
	FUZZ_CHECK((counters.has & ~ACTIVITIES) == 0);
	FUZZ_CHECK(!counters.has_handles && counters.handles == 0);
	if (status < 0) {
		FUZZ_CHECK(counters.has == 0);
		return 0;
	}
	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		FUZZ_CHECK((counters.has & BIT(i)) || counters.value[i] == 0);
	check_again(&counters);
	return 0;
}

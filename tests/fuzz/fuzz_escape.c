/* The input is what a process calls itself. */
#include "fuzz.h"

#include "cli/escape.h"
#include "util/utf8.h"

#include <string.h>

const char fuzz_name[] = "escape";

/* Nothing that a terminal obeys, and nothing that is not UTF-8. */
static void check_shown(const struct fp_out *out)
{
	for (size_t i = 0; i < out->buf.len;) {
		size_t used = fp_utf8_length(out->buf.data + i, out->buf.len - i);
		FUZZ_CHECK(used);
		FUZZ_CHECK(!fp_escape_is_needed(fp_utf8_code(out->buf.data + i, used)));
		i += used;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fp_out whole = {0}, part = {0};
	char *text = fuzz_alloc(size);

	memcpy(text, data, size);
	size_t columns = fp_escape_put(&whole, text, size, SIZE_MAX);
	check_shown(&whole);
	FUZZ_CHECK(fp_escape_width(text, size, columns) == columns);
	for (size_t most = columns ? columns - 1 : 0; most > 0; most /= 2) {
		size_t taken = fp_escape_put(&part, text, size, most);
		FUZZ_CHECK(taken <= most);
		FUZZ_CHECK(part.buf.len <= whole.buf.len);
		FUZZ_CHECK(!part.buf.len || !memcmp(part.buf.data, whole.buf.data, part.buf.len));
		FUZZ_CHECK(fp_escape_width(text, size, most) == most + 1);
		check_shown(&part);
		part.buf.len = 0;
	}
	FUZZ_CHECK(whole.status == 0 && part.status == 0);
	fp_out_fini(&whole);
	fp_out_fini(&part);
	free(text);
	return 0;
}

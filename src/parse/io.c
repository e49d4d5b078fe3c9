#include "parse/io.h"

#include "parse/text.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *key;
	enum fp_activity activity;
} lines[] = {
	{"syscr", FP_IO_READ_OPS},
	{"syscw", FP_IO_WRITE_OPS},
	{"read_bytes", FP_IO_READ_BYTES},
	{"write_bytes", FP_IO_WRITE_BYTES},
};

static int take_line(struct fp_span line, struct fp_activity_counters *out)
{
	struct fp_span word, more;
	const char *colon = memchr(line.at, ':', line.len);

	if (!colon)
		return 0;
	struct fp_span key = {line.at, (size_t)(colon - line.at)};
	struct fp_span value = {colon + 1, line.len - key.len - 1};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		enum fp_activity activity = lines[i].activity;
		if (!fp_text_is(key, lines[i].key))
			continue;
		if (!fp_text_word(&value, &word) || fp_text_word(&value, &more))
			return -EBADMSG;
		out->has |= UINT32_C(1) << activity;
		return fp_text_number(word, UINT64_MAX, &out->value[activity]);
	}
	return 0;
}

int fp_io_parse(const char *text, size_t len, struct fp_activity_counters *out)
{
	struct fp_activity_counters found = *out;
	struct fp_span line;
	size_t offset = 0;

	if (len == 0)
		return -ENODATA;
	while (fp_text_line(text, len, &offset, &line)) {
		int status = take_line(line, &found);
		if (status < 0)
			return status;
	}
	*out = found;
	return 0;
}

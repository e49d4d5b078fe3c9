#include "parse/text.h"

#include "util/number.h"

#include <errno.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool fp_text_line(const char *text, size_t len, size_t *offset, struct fp_span *line)
{
	if (*offset >= len)
		return false;
	const char *start = text + *offset;
	const char *end = memchr(start, '\n', len - *offset);
	if (!end)
		return false;
	*line = (struct fp_span){start, (size_t)(end - start)};
	*offset += line->len + 1;
	return true;
}

bool fp_text_word(struct fp_span *rest, struct fp_span *word)
{
	size_t start = 0;

	while (start < rest->len && is_blank(rest->at[start]))
		start++;
	size_t end = start;
	while (end < rest->len && !is_blank(rest->at[end]))
		end++;
	if (start == end)
		return false;
	*word = (struct fp_span){rest->at + start, end - start};
	*rest = (struct fp_span){rest->at + end, rest->len - end};
	return true;
}

bool fp_text_is(struct fp_span span, const char *string)
{
	return span.len == strlen(string) && memcmp(span.at, string, span.len) == 0;
}

int fp_text_number(struct fp_span word, uint64_t max, uint64_t *out)
{
	uint64_t value;

	if (fp_number_u64(word.at, word.len, &value) < 0 || value > max)
		return -EBADMSG;
	*out = value;
	return 0;
}

int fp_text_kib(struct fp_span value, uint64_t *bytes)
{
	struct fp_span number, unit, more;
	uint64_t kib;

	if (!fp_text_word(&value, &number) || !fp_text_word(&value, &unit))
		return -EBADMSG;
	if (!fp_text_is(unit, "kB") || fp_text_word(&value, &more))
		return -EBADMSG;
	if (fp_text_number(number, UINT64_MAX / 1024, &kib) < 0)
		return -EBADMSG;
	*bytes = kib * 1024;
	return 0;
}

int fp_text_add(uint64_t *sum, uint64_t more)
{
	if (more > UINT64_MAX - *sum)
		return -EBADMSG;
	*sum += more;
	return 0;
}

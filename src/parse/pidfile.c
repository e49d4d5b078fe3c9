#include "parse/pidfile.h"

#include "parse/text.h"

#include <errno.h>
#include <string.h>

int fp_pidfile_parse(const char *text, size_t len, int32_t *pid)
{
	struct fp_span line = {text, len}, word, more;
	uint64_t value;

	if (len == 0)
		return -EBADMSG;
	/* written by hand or by printf, it may lack the end of its only line */
	const char *end = memchr(text, '\n', len);
	if (end)
		line.len = (size_t)(end - text);
	if (!fp_text_word(&line, &word) || fp_text_word(&line, &more))
		return -EBADMSG;
	if (fp_text_number(word, INT32_MAX, &value) < 0 || value == 0)
		return -EBADMSG;
	*pid = (int32_t)value;
	return 0;
}

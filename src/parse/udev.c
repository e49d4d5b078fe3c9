#include "parse/udev.h"

#include "parse/text.h"

#include <string.h>

/* Takes what the span has to begin with off its front. */
static bool take_head(struct fp_span *span, const char *head)
{
	size_t len = strlen(head);

	if (span->len < len || memcmp(span->at, head, len) != 0)
		return false;
	*span = (struct fp_span){span->at + len, span->len - len};
	return true;
}

bool fp_udev_property(
	const char *text, size_t len, const char *key, const char **value, size_t *value_len)
{
	struct fp_span line;
	size_t offset = 0;

	while (fp_text_line(text, len, &offset, &line)) {
		if (!take_head(&line, "E:") || !take_head(&line, key) || !take_head(&line, "="))
			continue;
		*value = line.at;
		*value_len = line.len;
		return line.len > 0;
	}
	return false;
}

bool fp_udev_link(const char *text, size_t len, const char *folder, size_t *offset,
	const char **name, size_t *name_len)
{
	struct fp_span line;

	while (fp_text_line(text, len, offset, &line)) {
		if (!take_head(&line, "S:") || !take_head(&line, folder) ||
			!take_head(&line, "/") || line.len == 0 || memchr(line.at, '/', line.len))
			continue;
		*name = line.at;
		*name_len = line.len;
		return true;
	}
	return false;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

size_t fp_udev_decode(const char *text, size_t len, char *out)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		int high = -1, low = -1;
		if (text[i] == '\\' && len - i >= 4 && text[i + 1] == 'x') {
			high = hex_digit(text[i + 2]);
			low = hex_digit(text[i + 3]);
		}
		if (high < 0 || low < 0) {
			out[used++] = text[i];
			continue;
		}
		out[used++] = (char)(high * 16 + low);
		i += 3;
	}
	return used;
}

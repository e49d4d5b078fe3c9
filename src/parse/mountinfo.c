#include "parse/mountinfo.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct span {
	const char *at;
	size_t len;
};

static bool equals(struct span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

/* Cuts the next piece off the rest; false when there is none left. */
static bool next_piece(struct span *rest, char separator, struct span *piece)
{
	if (rest->len == 0)
		return false;
	const char *end = memchr(rest->at, separator, rest->len);
	piece->at = rest->at;
	piece->len = end ? (size_t)(end - rest->at) : rest->len;
	size_t used = piece->len + (end ? 1 : 0);
	rest->at += used;
	rest->len -= used;
	return true;
}

static int hidepid_of(struct span options)
{
	static const struct {
		const char *option;
		int value;
	} values[] = {
		{"hidepid=1", 1},
		{"hidepid=noaccess", 1},
		{"hidepid=2", 2},
		{"hidepid=invisible", 2},
		{"hidepid=4", 4},
		{"hidepid=ptraceable", 4},
	};
	struct span option;

	while (next_piece(&options, ',', &option))
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
			if (equals(option, values[i].option))
				return values[i].value;
	return 0;
}

/* id parent major:minor root mount-point options [optional…] - type source super-options */
static int hidepid_of_line(struct span line, const char *path)
{
	struct span field;

	for (int i = 0; i < 5; i++)
		if (!next_piece(&line, ' ', &field))
			return -ENOENT;
	if (!equals(field, path))
		return -ENOENT;
	do {
		if (!next_piece(&line, ' ', &field))
			return -ENOENT;
	} while (!equals(field, "-"));
	if (!next_piece(&line, ' ', &field) || !equals(field, "proc"))
		return -ENOENT;
	if (!next_piece(&line, ' ', &field) || !next_piece(&line, ' ', &field))
		return 0;
	return hidepid_of(field);
}

int fp_mountinfo_hidepid(const char *text, size_t len, const char *path)
{
	struct span rest = {text, len}, line;
	int found = -ENOENT;

	while (next_piece(&rest, '\n', &line)) {
		int hidepid = hidepid_of_line(line, path);
		if (hidepid >= 0)
			found = hidepid;
	}
	return found;
}

#include "parse/maps.h"

#include "parse/text.h"

#include <errno.h>

enum { PERMISSIONS = 4 };

/* Hexadecimal digits up to the end mark, which is taken too. 0 or -EBADMSG. */
static int take_hex(struct fp_span *rest, char end, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	size_t i = 0;

	for (; i < rest->len && rest->at[i] != end; i++) {
		char c = rest->at[i];
		unsigned digit;
		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a') + 10;
		else
			return -EBADMSG;
		if (value > (max - digit) / 16)
			return -EBADMSG;
		value = value * 16 + digit;
	}
	if (i == 0 || i == rest->len)
		return -EBADMSG;
	*rest = (struct fp_span){rest->at + i + 1, rest->len - i - 1};
	*out = value;
	return 0;
}

static int take_permissions(struct fp_span *rest, struct fp_mapping *out)
{
	static const char *const allowed[PERMISSIONS] = {"r-", "w-", "x-", "sp"};
	const char *at = rest->at;

	if (rest->len <= PERMISSIONS || at[PERMISSIONS] != ' ')
		return -EBADMSG;
	for (size_t i = 0; i < PERMISSIONS; i++)
		if (at[i] != allowed[i][0] && at[i] != allowed[i][1])
			return -EBADMSG;
	out->writable = at[1] == 'w';
	out->executable = at[2] == 'x';
	out->shared = at[3] == 's';
	*rest = (struct fp_span){at + PERMISSIONS + 1, rest->len - PERMISSIONS - 1};
	return 0;
}

/* start-end perms offset major:minor inode [name]; the rest becomes the name. */
static int take_line(struct fp_span *rest, struct fp_mapping *out)
{
	uint64_t dev_major, dev_minor;
	struct fp_span inode;

	*out = (struct fp_mapping){0};
	if (take_hex(rest, '-', UINT64_MAX, &out->start) < 0 ||
		take_hex(rest, ' ', UINT64_MAX, &out->end) < 0 || out->start >= out->end ||
		take_permissions(rest, out) < 0 ||
		take_hex(rest, ' ', UINT64_MAX, &out->offset) < 0 ||
		take_hex(rest, ':', UINT32_MAX, &dev_major) < 0 ||
		take_hex(rest, ' ', UINT32_MAX, &dev_minor) < 0 || !fp_text_word(rest, &inode) ||
		fp_text_number(inode, UINT64_MAX, &out->inode) < 0)
		return -EBADMSG;
	out->dev_major = (uint32_t)dev_major;
	out->dev_minor = (uint32_t)dev_minor;
	while (rest->len && rest->at[0] == ' ')
		*rest = (struct fp_span){rest->at + 1, rest->len - 1};
	return 0;
}

int fp_maps_next(const char *text, size_t len, size_t *offset, struct fp_mapping *out)
{
	struct fp_span line;

	while (fp_text_line(text, len, offset, &line)) {
		if (take_line(&line, out) < 0)
			return -EBADMSG;
		if (fp_mapping_has_file(out) || !fp_text_is(line, "[vsyscall]"))
			return 1;
	}
	return 0;
}

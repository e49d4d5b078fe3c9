#include "cli/escape.h"
#include "util/utf8.h"
#include "util/width.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* How many may join one character: no word needs as many, and a line has an end. */
enum { JOINED_MAX = 6 };

/* Beyond the ranges of C0 and C1; first and last. */
static const uint32_t unseen[][2] = {
	{0x00ad, 0x00ad},   /* a hyphen that is none yet */
	{0x034f, 0x034f},   /* joins, unseen */
	{0x061c, 0x061c},   /* Arabic letter mark: turns the direction */
	{0x115f, 0x1160},   /* Korean letters that are none */
	{0x17b4, 0x17b5},   /* Khmer vowels that are none */
	{0x180b, 0x180f},   /* Mongolian variants and a separator */
	{0x200b, 0x200f},   /* of no width, and marks of direction */
	{0x2028, 0x202e},   /* ends of lines and paragraphs; direction */
	{0x2060, 0x206f},   /* of no width; direction */
	{0x2800, 0x2800},   /* braille without a dot */
	{0x3164, 0x3164},   /* a Korean letter that is none */
	{0xfe00, 0xfe0f},   /* variants */
	{0xfeff, 0xfeff},   /* of no width */
	{0xffa0, 0xffa0},   /* a Korean letter that is none */
	{0xfff0, 0xfffb},   /* nothing yet; annotations */
	{0x1bca0, 0x1bca3}, /* formats of shorthand */
	{0x1d173, 0x1d17a}, /* formats of music */
	{0xe0000, 0xe0fff}, /* tags, variants */
};

bool fp_escape_is_needed(uint32_t code)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		return true;
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]) && code >= unseen[i][0]; i++)
		if (code <= unseen[i][1])
			return true;
	return false;
}

static void set_glyph(struct fp_glyph *glyph, const char *text, size_t len, unsigned width)
{
	memcpy(glyph->text, text, len);
	glyph->len = len;
	glyph->width = width;
}

static void set_escape(struct fp_glyph *glyph, uint32_t code)
{
	static const char letters[] = "\tt\nn\rr";
	char text[FP_GLYPH_SIZE];

	for (size_t i = 0; i + 1 < sizeof(letters) - 1; i += 2) {
		if (code != (unsigned char)letters[i])
			continue;
		text[0] = '\\';
		text[1] = letters[i + 1];
		set_glyph(glyph, text, 2, 2);
		return;
	}
	const char *format = code < 0x80      ? "\\x%02" PRIx32
			     : code < 0x10000 ? "\\u%04" PRIx32
					      : "\\U%06" PRIx32;
	int len = snprintf(text, sizeof(text), format, code);
	set_glyph(glyph, text, (size_t)len, (unsigned)len);
}

size_t fp_escape_next(const char *text, size_t len, struct fp_glyph *glyph)
{
	size_t used = fp_utf8_length(text, len);

	if (used == 0) {
		set_glyph(glyph, "\xef\xbf\xbd", 3, 1);
		return 1;
	}
	uint32_t code = fp_utf8_code(text, used);
	if (fp_escape_is_needed(code))
		set_escape(glyph, code);
	else
		set_glyph(glyph, text, used, fp_width(code));
	return used;
}

/* How many bytes at the beginning are plain, one column each. */
static size_t plain_run(const char *text, size_t len, size_t columns)
{
	size_t run = 0;

	while (run < len && run < columns && text[run] >= 0x20 && text[run] < 0x7f)
		run++;
	return run;
}

/* The next character; *joined counts those that join the one before them. */
static size_t next_of_line(const char *text, size_t len, unsigned *joined, struct fp_glyph *glyph)
{
	size_t used = fp_escape_next(text, len, glyph);

	*joined = glyph->width ? 0 : *joined + 1;
	if (*joined > JOINED_MAX)
		set_escape(glyph, fp_utf8_code(text, used));
	return used;
}

/* Goes through the text, at most columns of it, and adds it to out, unless that is NULL. */
static size_t walk(struct fp_out *out, const char *text, size_t len, size_t columns, bool *whole)
{
	size_t taken = 0;
	unsigned joined = 0;
	struct fp_glyph glyph;

	*whole = true;
	while (len) {
		size_t used = plain_run(text, len, columns - taken);
		if (used) {
			if (out)
				fp_out_bytes(out, text, used);
			taken += used;
			joined = 0;
		} else {
			used = next_of_line(text, len, &joined, &glyph);
			*whole = glyph.width <= columns - taken;
			if (!*whole)
				break;
			if (out)
				fp_out_bytes(out, glyph.text, glyph.len);
			taken += glyph.width;
		}
		text += used;
		len -= used;
	}
	return taken;
}

size_t fp_escape_put(struct fp_out *out, const char *text, size_t len, size_t columns)
{
	bool whole;

	return walk(out, text, len, columns, &whole);
}

size_t fp_escape_width(const char *text, size_t len, size_t most)
{
	bool whole;
	size_t taken = walk(NULL, text, len, most, &whole);

	return whole ? taken : most + 1;
}

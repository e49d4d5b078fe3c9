#include "parse/diskstats.h"

#include "parse/decimal.h"

#include <errno.h>
#include <string.h>

/* Words of a line, by kernel; three of them are major, minor and name. */
enum { HEAD = 3, FORM_SHORT = 7, FORM_LONG = 14, FORM_DISCARD = 18, FORM_FLUSH = 20 };

#define FIELDS(form)       ((UINT32_C(1) << ((form)-HEAD)) - 1)
#define IN_FLIGHT_UNKNOWN  UINT64_MAX
#define BIT_OF(disk_field) (UINT32_C(1) << (disk_field))

static const enum fp_disk_field short_fields[FORM_SHORT - HEAD] = {
	FP_DISK_READS, FP_DISK_READ_SECTORS, FP_DISK_WRITES, FP_DISK_WRITE_SECTORS};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The form of a line of so many words, or 0. */
static size_t find_form(size_t words)
{
	if (words >= FORM_FLUSH)
		return FORM_FLUSH;
	if (words >= FORM_DISCARD)
		return FORM_DISCARD;
	if (words >= FORM_LONG)
		return FORM_LONG;
	return words == FORM_SHORT ? FORM_SHORT : 0;
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

static const char *skip_word(const char *at, const char *end)
{
	while (at < end && !is_blank(*at))
		at++;
	return at;
}

/* A word that is a number; *at is behind it, or behind the word if it is none. */
static inline bool take_number(const char **at, const char *end, uint64_t *out)
{
	const char *word = *at;

	if (fp_decimal_take(at, end, out) && (*at == end || is_blank(**at)))
		return true;
	*at = skip_word(word, end);
	return false;
}

/* The kernel counts it in racy pieces and has printed sums below zero, signed and unsigned. */
static bool take_negative(const char *word, const char *end, uint64_t *out)
{
	const char *at = word + 1;

	if (*word != '-' || at == end || !take_number(&at, end, out))
		return false;
	*out = IN_FLIGHT_UNKNOWN;
	return true;
}

/*
 * Takes numbers, one pass, since a host may have thousands of lines. Returns how many words there are,
 * all fields at most; *good is how many of them, from the first, are what they should be.
 */
static size_t take_numbers(
	const char *at, const char *end, uint64_t value[FP_DISK_FIELDS], size_t *good)
{
	size_t count = 0;

	*good = FP_DISK_FIELDS;
	for (; count < FP_DISK_FIELDS; count++) {
		at = skip_blanks(at, end);
		if (at == end)
			break;
		const char *word = at;
		if (take_number(&at, end, &value[count]))
			continue;
		if (count == FP_DISK_IN_FLIGHT && take_negative(word, end, &value[count]))
			continue;
		if (*good > count)
			*good = count;
	}
	return count;
}

int fp_diskstats_head(struct fp_diskstat_line line, struct fp_diskstat_head *out)
{
	const char *at = line.text, *end = line.text + line.len;
	uint64_t number[2];

	for (size_t i = 0; i < 2; i++) {
		at = skip_blanks(at, end);
		if (at == end || !take_number(&at, end, &number[i]) || number[i] > UINT32_MAX)
			return -EBADMSG;
	}
	const char *name = skip_blanks(at, end);
	at = skip_word(name, end);
	size_t len = (size_t)(at - name);
	if (len == 0 || len >= sizeof(out->name) || memchr(name, '\0', len) || at == end)
		return -EBADMSG;
	out->major = (uint32_t)number[0];
	out->minor = (uint32_t)number[1];
	memcpy(out->name, name, len);
	out->name[len] = '\0';
	out->len = (size_t)(at + 1 - line.text);
	return 0;
}

/* Puts the four values of the short form where they belong. */
static void spread_short(struct fp_disk_counters *counters)
{
	struct fp_disk_counters spread = {0};

	for (size_t i = 0; i < sizeof(short_fields) / sizeof(short_fields[0]); i++) {
		spread.has |= BIT_OF(short_fields[i]);
		spread.value[short_fields[i]] = counters->value[i];
	}
	*counters = spread;
}

int fp_diskstats_counters(
	struct fp_diskstat_line line, size_t head_len, struct fp_disk_counters *out)
{
	size_t good;
	size_t words =
		HEAD + take_numbers(line.text + head_len, line.text + line.len, out->value, &good);
	size_t form = find_form(words);

	if (form == 0 || HEAD + good < form)
		return -EBADMSG;
	if (form == FORM_SHORT) {
		spread_short(out);
		return 0;
	}
	out->has = FIELDS(form);
	for (size_t i = form - HEAD; i < FP_DISK_FIELDS; i++)
		out->value[i] = 0;
	if (out->value[FP_DISK_IN_FLIGHT] > INT32_MAX) {
		out->has &= ~BIT_OF(FP_DISK_IN_FLIGHT);
		out->value[FP_DISK_IN_FLIGHT] = 0;
	}
	return 0;
}

int fp_diskstats_line(const char *text, size_t len, size_t *offset, struct fp_diskstat_line *line)
{
	if (*offset >= len)
		return 0;
	line->text = text + *offset;
	const char *end = memchr(line->text, '\n', len - *offset);
	line->len = end ? (size_t)(end - line->text) : len - *offset;
	*offset += line->len + (end != NULL);
	/* a line without its end may lack the last digits of a number */
	return end ? 1 : -EBADMSG;
}

int fp_diskstats_next(const char *text, size_t len, size_t *offset, struct fp_diskstat *out)
{
	struct fp_diskstat_line line;
	int status = fp_diskstats_line(text, len, offset, &line);

	*out = (struct fp_diskstat){0};
	if (status != 1)
		return status;
	status = fp_diskstats_head(line, &out->head);
	if (status == 0)
		status = fp_diskstats_counters(line, out->head.len, &out->counters);
	if (status < 0)
		*out = (struct fp_diskstat){0};
	return status < 0 ? status : 1;
}

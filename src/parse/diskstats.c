#include "parse/diskstats.h"

#include "parse/text.h"

#include <errno.h>
#include <string.h>

/* Words of a line, by kernel; three of them are major, minor and name. */
enum { HEAD = 3, FORM_SHORT = 7, FORM_LONG = 14, FORM_DISCARD = 18, FORM_FLUSH = 20 };

static const enum fp_disk_field short_fields[FORM_SHORT - HEAD] = {
	FP_DISK_READS, FP_DISK_READ_SECTORS, FP_DISK_WRITES, FP_DISK_WRITE_SECTORS};

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

static void set_field(struct fp_disk_counters *counters, enum fp_disk_field field, uint64_t value)
{
	counters->has |= UINT32_C(1) << field;
	counters->value[field] = value;
}

/* The kernel counts it in racy pieces and has printed sums below zero, signed and unsigned. */
static int take_in_flight(struct fp_disk_counters *counters, struct fp_span word)
{
	bool negative = word.at[0] == '-';
	uint64_t value;

	if (negative)
		word = (struct fp_span){word.at + 1, word.len - 1};
	int status = fp_text_number(word, UINT64_MAX, &value);
	if (status == 0 && !negative && value <= INT32_MAX)
		set_field(counters, FP_DISK_IN_FLIGHT, value);
	return status;
}

static int take_counter(
	struct fp_disk_counters *counters, enum fp_disk_field field, struct fp_span word)
{
	uint64_t value;

	if (field == FP_DISK_IN_FLIGHT)
		return take_in_flight(counters, word);
	int status = fp_text_number(word, UINT64_MAX, &value);
	if (status == 0)
		set_field(counters, field, value);
	return status;
}

static int take_head(struct fp_diskstat *out, const struct fp_span *words)
{
	struct fp_span name = words[2];
	uint64_t major, minor;

	if (fp_text_number(words[0], UINT32_MAX, &major) < 0 ||
		fp_text_number(words[1], UINT32_MAX, &minor) < 0)
		return -EBADMSG;
	if (name.len >= sizeof(out->name) || memchr(name.at, '\0', name.len))
		return -EBADMSG;
	out->major = (uint32_t)major;
	out->minor = (uint32_t)minor;
	memcpy(out->name, name.at, name.len);
	return 0;
}

static int take_line(struct fp_diskstat *out, struct fp_span line)
{
	struct fp_span words[FORM_FLUSH];
	size_t count = 0;

	while (count < FORM_FLUSH && fp_text_word(&line, &words[count]))
		count++;
	size_t form = find_form(count);
	if (form == 0)
		return -EBADMSG;
	out->short_form = form == FORM_SHORT;
	int status = take_head(out, words);
	for (size_t i = HEAD; status == 0 && i < form; i++) {
		size_t at = i - HEAD;
		enum fp_disk_field field =
			out->short_form ? short_fields[at] : (enum fp_disk_field)at;
		status = take_counter(&out->counters, field, words[i]);
	}
	return status;
}

int fp_diskstats_next(const char *text, size_t len, size_t *offset, struct fp_diskstat *out)
{
	struct fp_span line;

	*out = (struct fp_diskstat){0};
	if (*offset >= len)
		return 0;
	/* a line without its end may lack the last digits of a number */
	if (!fp_text_line(text, len, offset, &line)) {
		*offset = len;
		return -EBADMSG;
	}
	int status = take_line(out, line);
	return status < 0 ? status : 1;
}

#include "parse/host.h"

#include "parse/text.h"

#include <errno.h>
#include <string.h>

/* What follows the first word of the first line that begins with it. 0 or -EBADMSG. */
static int find_line(const char *text, size_t len, const char *key, struct fp_span *value)
{
	struct fp_span line, word;
	size_t offset = 0;

	while (fp_text_line(text, len, &offset, &line)) {
		if (!fp_text_word(&line, &word) || !fp_text_is(word, key))
			continue;
		*value = line;
		return 0;
	}
	return -EBADMSG;
}

int fp_meminfo_total(const char *text, size_t len, uint64_t *bytes)
{
	struct fp_span value;
	int status = find_line(text, len, "MemTotal:", &value);

	return status < 0 ? status : fp_text_kib(value, bytes);
}

static int find_number(const char *text, size_t len, const char *key, uint64_t *number)
{
	struct fp_span value, word, more;
	int status = find_line(text, len, key, &value);

	if (status < 0)
		return status;
	if (!fp_text_word(&value, &word) || fp_text_word(&value, &more))
		return -EBADMSG;
	return fp_text_number(word, UINT64_MAX, number);
}

int fp_meminfo_huge_pages(const char *text, size_t len, uint64_t *total, uint64_t *unused)
{
	int status = find_number(text, len, "HugePages_Total:", total);

	return status < 0 ? status : find_number(text, len, "HugePages_Free:", unused);
}

int fp_hoststat_btime(const char *text, size_t len, uint64_t *epoch_s)
{
	return find_number(text, len, "btime", epoch_s);
}

static bool is_meddling(struct fp_span word)
{
	static const char steal[] = "pgsteal_";

	return fp_text_is(word, "pswpout") || fp_text_is(word, "thp_collapse_alloc") ||
	       (word.len > sizeof(steal) - 1 && memcmp(word.at, steal, sizeof(steal) - 1) == 0);
}

int fp_vmstat_meddled(const char *text, size_t len, uint64_t *count)
{
	struct fp_span line, word;
	size_t offset = 0;
	uint64_t sum = 0, number;
	int status = -EBADMSG;

	while (fp_text_line(text, len, &offset, &line)) {
		if (!fp_text_word(&line, &word) || !is_meddling(word))
			continue;
		if (!fp_text_word(&line, &word) || fp_text_number(word, UINT64_MAX, &number) < 0)
			return -EBADMSG;
		/* a wrap moves it, too */
		sum += number;
		status = 0;
	}
	if (status == 0)
		*count = sum;
	return status;
}

int fp_loadavg_last_pid(const char *text, size_t len, int32_t *pid)
{
	enum { FIELDS = 5 };
	struct fp_span line, word, more;
	size_t offset = 0;
	uint64_t number;

	if (!fp_text_line(text, len, &offset, &line))
		return -EBADMSG;
	for (size_t i = 0; i < FIELDS; i++)
		if (!fp_text_word(&line, &word))
			return -EBADMSG;
	if (fp_text_word(&line, &more) || fp_text_number(word, INT32_MAX, &number) < 0)
		return -EBADMSG;
	*pid = (int32_t)number;
	return 0;
}

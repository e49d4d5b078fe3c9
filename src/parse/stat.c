#include "parse/stat.h"

#include "parse/text.h"

#include <errno.h>
#include <string.h>

/* As man 5 proc numbers them. Every kernel since 2.6.0 has all of these and more. */
enum {
	FIELD_PPID = 4,
	FIELD_FLAGS = 9,
	FIELD_MINFLT = 10,
	FIELD_CMINFLT = 11,
	FIELD_MAJFLT = 12,
	FIELD_UTIME = 14,
	FIELD_STIME = 15,
	FIELD_THREADS = 20,
	FIELD_STARTTIME = 22,
	FIELD_VSIZE = 23,
	FIELD_RSS = 24,
	FIELD_STARTCODE = 26,
	FIELD_STARTSTACK = 28,
	FIELDS = FIELD_STARTSTACK
};

/* include/linux/sched.h */
#define PF_EXITING    UINT32_C(0x00000004)
#define PF_FORKNOEXEC UINT32_C(0x00000040)
#define PF_KTHREAD    UINT32_C(0x00200000)

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Unused fields hold negative numbers, and -1 as an unsigned one. */
static int check_number(struct fp_span word)
{
	uint64_t unused;

	if (word.at[0] == '-')
		word = (struct fp_span){word.at + 1, word.len - 1};
	return fp_text_number(word, UINT64_MAX, &unused);
}

static int take_i32(struct fp_span word, int32_t *out)
{
	uint64_t value;
	int status = fp_text_number(word, INT32_MAX, &value);

	if (status == 0)
		*out = (int32_t)value;
	return status;
}

static int take_u32(struct fp_span word, uint32_t *out)
{
	uint64_t value;
	int status = fp_text_number(word, UINT32_MAX, &value);

	if (status == 0)
		*out = (uint32_t)value;
	return status;
}

static int take_field(struct fp_stat *out, int field, struct fp_span word)
{
	switch (field) {
	case FIELD_PPID:
		return take_i32(word, &out->ppid);
	case FIELD_FLAGS:
		return take_u32(word, &out->flags);
	case FIELD_MINFLT:
		return fp_text_number(word, UINT64_MAX, &out->minflt);
	case FIELD_CMINFLT:
		return fp_text_number(word, UINT64_MAX, &out->cminflt);
	case FIELD_MAJFLT:
		return fp_text_number(word, UINT64_MAX, &out->majflt);
	case FIELD_UTIME:
		return fp_text_number(word, UINT64_MAX, &out->utime_ticks);
	case FIELD_STIME:
		return fp_text_number(word, UINT64_MAX, &out->stime_ticks);
	case FIELD_THREADS:
		return fp_text_number(word, INT32_MAX, &out->threads);
	case FIELD_STARTTIME:
		return fp_text_number(word, UINT64_MAX, &out->starttime_ticks);
	case FIELD_VSIZE:
		return fp_text_number(word, UINT64_MAX, &out->vsize_bytes);
	case FIELD_RSS:
		if (word.at[0] == '-')
			return check_number(word);
		return fp_text_number(word, UINT64_MAX, &out->rss_pages);
	case FIELD_STARTCODE:
		return fp_text_number(word, UINT64_MAX, &out->startcode);
	case FIELD_STARTSTACK:
		return fp_text_number(word, UINT64_MAX, &out->startstack);
	default:
		return check_number(word);
	}
}

/* "PID (COMM)", up to the ')' that close points to. */
static int take_head(struct fp_stat *out, const char *text, const char *close)
{
	const char *open = memchr(text, '(', (size_t)(close - text));

	if (!open || open == text || open[-1] != ' ')
		return -EBADMSG;
	size_t comm_len = (size_t)(close - open) - 1;
	if (comm_len >= sizeof(out->comm) || memchr(open + 1, '\0', comm_len))
		return -EBADMSG;
	memcpy(out->comm, open + 1, comm_len);
	out->comm_len = comm_len;
	return take_i32((struct fp_span){text, (size_t)(open - text) - 1}, &out->pid);
}

/* Fields behind the last one that is of use are passed over, whatever they are. */
static int take_fields(struct fp_stat *out, struct fp_span rest)
{
	struct fp_span word;

	if (!fp_text_word(&rest, &word) || word.len != 1 || !is_letter(word.at[0]))
		return -EBADMSG;
	out->state = word.at[0];
	for (int field = FIELD_PPID; field <= FIELDS; field++) {
		if (!fp_text_word(&rest, &word))
			return -EBADMSG;
		int status = take_field(out, field, word);
		if (status < 0)
			return status;
	}
	out->has_usage = true;
	return 0;
}

/* Where a last word starts that may lack some of its digits. */
static size_t find_cut(const char *text, size_t len)
{
	while (len > 0 && text[len - 1] != ' ' && text[len - 1] != '\n')
		len--;
	return len;
}

int fp_stat_parse(const char *text, size_t len, struct fp_stat *out)
{
	*out = (struct fp_stat){0};
	if (len == 0)
		return -ENODATA;
	if (text[len - 1] == '\n')
		len--;
	else
		len = find_cut(text, len);
	const char *close = memrchr(text, ')', len);
	if (!close)
		return -EBADMSG;
	const char *fields = close + 1;
	size_t fields_len = len - (size_t)(fields - text);
	if (memchr(fields, '\n', fields_len))
		return -EBADMSG;
	int status = take_head(out, text, close);
	if (status < 0)
		return status;
	return take_fields(out, (struct fp_span){fields, fields_len});
}

uint64_t fp_stat_key(const struct fp_stat *stat)
{
	uint64_t key = stat->startcode * UINT64_C(0x9e3779b97f4a7c15) ^ stat->startstack;

	if (stat->startstack == 0)
		return 0;
	/* every bit of both counts in every bit */
	key = (key ^ key >> 32) * UINT64_C(0xd6e8feb86659fd93);
	key = (key ^ key >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return key ? key : 1;
}

bool fp_stat_is_forked(const struct fp_stat *stat)
{
	return (stat->flags & PF_FORKNOEXEC) != 0;
}

enum fp_kind fp_stat_classify(const struct fp_stat *stat)
{
	bool ended = stat->state == 'Z' || stat->state == 'X' || stat->state == 'x';

	if (!ended && (stat->flags & PF_KTHREAD))
		return FP_KIND_KERNEL;
	/* between giving up its address space and becoming a zombie a thread is not yet in state Z */
	if (stat->vsize_bytes == 0 && (stat->flags & PF_EXITING))
		ended = true;
	if (ended)
		return stat->threads > 1 ? FP_KIND_DEAD_LEADER : FP_KIND_GONE;
	return stat->vsize_bytes == 0 ? FP_KIND_KERNEL : FP_KIND_USER;
}

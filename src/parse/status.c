#include "parse/status.h"

#include "parse/text.h"

#include <errno.h>
#include <string.h>

/* Amounts of memory, of which the metrics are made up. */
enum slot {
	VM_PTE,
	VM_PMD,
	VM_RSS,
	VM_SIZE,
	VM_EXE,
	VM_DATA,
	VM_STK,
	RSS_FILE,
	RSS_SHMEM,
	VM_SWAP,
	SLOTS
};

struct tally {
	uint32_t seen;
	uint64_t bytes[SLOTS];
};

static const char *const slot_keys[SLOTS] = {
	[VM_PTE] = "VmPTE",
	[VM_PMD] = "VmPMD",
	[VM_RSS] = "VmRSS",
	[VM_SIZE] = "VmSize",
	[VM_EXE] = "VmExe",
	[VM_DATA] = "VmData",
	[VM_STK] = "VmStk",
	[RSS_FILE] = "RssFile",
	[RSS_SHMEM] = "RssShmem",
	[VM_SWAP] = "VmSwap",
};

static int take_name(struct fp_span value, struct fp_status *out)
{
	/* one tab, not a run of blanks: a name may begin with some */
	if (value.len == 0 || value.at[0] != '\t' || memchr(value.at, '\0', value.len))
		return -EBADMSG;
	out->comm_len = 0;
	for (size_t i = 1; i < value.len; i++) {
		char c = value.at[i];
		if (c == '\\') {
			char escaped = ++i < value.len ? value.at[i] : '\0';
			if (escaped != 'n' && escaped != '\\')
				return -EBADMSG;
			c = escaped == 'n' ? '\n' : '\\';
		}
		if (out->comm_len == sizeof(out->comm) - 1)
			return -EBADMSG;
		out->comm[out->comm_len++] = c;
	}
	out->comm[out->comm_len] = '\0';
	return 0;
}

/* Such as "R (running)". */
static int take_state(struct fp_span value, struct fp_status *out)
{
	struct fp_span word;

	if (!fp_text_word(&value, &word) || word.len != 1)
		return -EBADMSG;
	char c = word.at[0];
	if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z'))
		return -EBADMSG;
	out->state = c;
	return 0;
}

static int take_single(struct fp_span value, uint64_t max, uint64_t *out)
{
	struct fp_span word, more;

	if (!fp_text_word(&value, &word) || fp_text_word(&value, &more))
		return -EBADMSG;
	return fp_text_number(word, max, out);
}

static int take_ppid(struct fp_span value, struct fp_status *out)
{
	uint64_t ppid;
	int status = take_single(value, INT32_MAX, &ppid);

	if (status < 0)
		return status;
	out->ppid = (int32_t)ppid;
	out->has_ppid = true;
	return 0;
}

static int take_threads(struct fp_span value, struct fp_status *out)
{
	int status = take_single(value, INT32_MAX, &out->threads);

	if (status < 0)
		return status;
	out->has_threads = true;
	return 0;
}

/* Kernels that print uids as signed numbers show 4294967294, an old nobody, as -2. */
static int take_uid(struct fp_span word, uint32_t *out)
{
	uint64_t value;

	if (word.at[0] == '-') {
		word = (struct fp_span){word.at + 1, word.len - 1};
		if (fp_text_number(word, UINT64_C(1) << 31, &value) < 0)
			return -EBADMSG;
		*out = (uint32_t)(0 - value);
		return 0;
	}
	if (fp_text_number(word, UINT32_MAX, &value) < 0)
		return -EBADMSG;
	*out = (uint32_t)value;
	return 0;
}

/* Real, effective, saved, of the file system. */
static int take_uids(struct fp_span value, struct fp_status *out)
{
	struct fp_span word;
	uint32_t uids[4];

	for (size_t i = 0; i < 4; i++)
		if (!fp_text_word(&value, &word) || take_uid(word, &uids[i]) < 0)
			return -EBADMSG;
	if (fp_text_word(&value, &word))
		return -EBADMSG;
	out->euid = uids[1];
	out->has_euid = true;
	return 0;
}

static int take_voluntary(struct fp_span value, struct fp_status *out)
{
	int status = take_single(value, UINT64_MAX, &out->voluntary_switches);

	out->has_voluntary = status == 0;
	return status;
}

static int take_involuntary(struct fp_span value, struct fp_status *out)
{
	int status = take_single(value, UINT64_MAX, &out->involuntary_switches);

	out->has_involuntary = status == 0;
	return status;
}

static const struct {
	const char *key;
	int (*take)(struct fp_span value, struct fp_status *out);
} lines[] = {
	{"Name", take_name},
	{"State", take_state},
	{"PPid", take_ppid},
	{"Uid", take_uids},
	{"Threads", take_threads},
	{"voluntary_ctxt_switches", take_voluntary},
	{"nonvoluntary_ctxt_switches", take_involuntary},
};

static int take_line(struct tally *tally, struct fp_span line, struct fp_status *out)
{
	const char *colon = memchr(line.at, ':', line.len);
	if (!colon)
		return 0;
	struct fp_span key = {line.at, (size_t)(colon - line.at)};
	struct fp_span value = {colon + 1, line.len - key.len - 1};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (fp_text_is(key, lines[i].key))
			return lines[i].take(value, out);
	for (size_t slot = 0; slot < SLOTS; slot++) {
		if (!fp_text_is(key, slot_keys[slot]))
			continue;
		tally->seen |= UINT32_C(1) << slot;
		return fp_text_kib(value, &tally->bytes[slot]);
	}
	return 0;
}

static bool has_seen(const struct tally *tally, enum slot slot)
{
	return (tally->seen >> slot) & 1;
}

/* The sum of two lines, known where both are there or the second need not be. */
static int set_sum(struct fp_memory *memory, enum fp_metric metric, const struct tally *tally,
	enum slot first, enum slot second, bool need_second)
{
	uint64_t bytes = tally->bytes[first];

	if (!has_seen(tally, first) || (need_second && !has_seen(tally, second)))
		return 0;
	int status = fp_text_add(&bytes, tally->bytes[second]);
	if (status == 0)
		fp_memory_set(memory, metric, bytes);
	return status;
}

static int set_memory(struct fp_memory *memory, const struct tally *tally)
{
	if (has_seen(tally, VM_RSS))
		fp_memory_set(memory, FP_RSS, tally->bytes[VM_RSS]);
	if (has_seen(tally, VM_SWAP))
		fp_memory_set(memory, FP_SWAP, tally->bytes[VM_SWAP]);
	if (has_seen(tally, VM_SIZE))
		fp_memory_set(memory, FP_VMS, tally->bytes[VM_SIZE]);
	if (has_seen(tally, VM_EXE))
		fp_memory_set(memory, FP_TEXT, tally->bytes[VM_EXE]);
	/* VmPMD was a line of its own only in Linux 4.0 to 4.14 */
	if (set_sum(memory, FP_PAGE_TABLES, tally, VM_PTE, VM_PMD, false) < 0 ||
		set_sum(memory, FP_DATA, tally, VM_DATA, VM_STK, true) < 0 ||
		set_sum(memory, FP_SHARED, tally, RSS_FILE, RSS_SHMEM, true) < 0)
		return -EBADMSG;
	return 0;
}

int fp_status_parse(const char *text, size_t len, struct fp_status *out)
{
	struct tally tally = {0};
	struct fp_span line;
	size_t offset = 0;

	*out = (struct fp_status){0};
	if (len == 0)
		return -ENODATA;
	while (fp_text_line(text, len, &offset, &line)) {
		int status = take_line(&tally, line, out);
		if (status < 0)
			return status;
	}
	return set_memory(&out->memory, &tally);
}

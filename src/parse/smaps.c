#include "parse/smaps.h"

#include "parse/text.h"

#include <errno.h>
#include <string.h>

/* Lines that are a metric by themselves are counted under it; the rest make up a metric. */
enum {
	PRIVATE_CLEAN = FP_METRICS,
	PRIVATE_DIRTY,
	PRIVATE_HUGETLB,
	SHARED_HUGETLB,
	ANONYMOUS,
	SLOTS
};

enum { KEY_MAX = sizeof("Private_Hugetlb") - 1, KEYS_OF_A_LENGTH = 3 };

/*
 * By length, because a text of 100,000 mappings has millions of lines: this leaves at most three
 * comparisons for each of them.
 */
static const struct {
	const char *name;
	unsigned slot;
} keys[KEY_MAX + 1][KEYS_OF_A_LENGTH] = {
	[3] = {{"Rss", FP_RSS}, {"Pss", FP_PSS}, {"KSM", FP_KSM}},
	[4] = {{"Swap", FP_SWAP}},
	[6] = {{"Locked", FP_LOCKED}},
	[7] = {{"SwapPss", FP_SWAP_PSS}},
	[8] = {{"Pss_Anon", FP_PSS_ANON}, {"Pss_File", FP_PSS_FILE}, {"LazyFree", FP_LAZYFREE}},
	[9] = {{"Pss_Shmem", FP_PSS_SHMEM}, {"Pss_Dirty", FP_PSS_DIRTY}, {"Anonymous", ANONYMOUS}},
	[13] = {{"Private_Clean", PRIVATE_CLEAN}, {"Private_Dirty", PRIVATE_DIRTY},
		{"AnonHugePages", FP_ANON_HUGE}},
	[14] = {{"Shared_Hugetlb", SHARED_HUGETLB}},
	[15] = {{"Private_Hugetlb", PRIVATE_HUGETLB}},
};

struct tally {
	uint32_t seen;
	uint64_t bytes[SLOTS];
};

/* The slot of the key, or SLOTS. */
static unsigned find_slot(const char *key, size_t len)
{
	for (size_t i = 0; i < KEYS_OF_A_LENGTH && keys[len][i].name; i++)
		if (memcmp(keys[len][i].name, key, len) == 0)
			return keys[len][i].slot;
	return SLOTS;
}

static int take_line(struct tally *tally, struct fp_span line)
{
	/* the first ':' of a mapping's own line, which may hold any path, is far behind KEY_MAX */
	size_t reach = line.len < KEY_MAX + 1 ? line.len : KEY_MAX + 1;
	const char *colon = memchr(line.at, ':', reach);
	if (!colon)
		return 0;
	size_t key_len = (size_t)(colon - line.at);
	unsigned slot = find_slot(line.at, key_len);
	if (slot == SLOTS)
		return 0;
	uint64_t bytes;
	int status = fp_text_kib((struct fp_span){colon + 1, line.len - key_len - 1}, &bytes);
	if (status < 0)
		return status;
	tally->seen |= UINT32_C(1) << slot;
	return fp_text_add(&tally->bytes[slot], bytes);
}

static bool has_seen(const struct tally *tally, unsigned slot)
{
	return (tally->seen >> slot) & 1;
}

/* Slots that no line was for hold 0, so a kernel without hugetlb lines needs no other way. */
static int set_sums(const struct tally *tally, struct fp_memory *out)
{
	uint64_t uss = tally->bytes[PRIVATE_CLEAN];
	uint64_t hugetlb = tally->bytes[PRIVATE_HUGETLB];

	if (fp_text_add(&uss, tally->bytes[PRIVATE_DIRTY]) < 0 ||
		fp_text_add(&uss, tally->bytes[PRIVATE_HUGETLB]) < 0 ||
		fp_text_add(&hugetlb, tally->bytes[SHARED_HUGETLB]) < 0)
		return -EBADMSG;
	if (has_seen(tally, PRIVATE_CLEAN) && has_seen(tally, PRIVATE_DIRTY))
		fp_memory_set(out, FP_USS, uss);
	if (has_seen(tally, PRIVATE_HUGETLB) || has_seen(tally, SHARED_HUGETLB))
		fp_memory_set(out, FP_HUGETLB, hugetlb);
	return 0;
}

int fp_smaps_parse(const char *text, size_t len, struct fp_memory *out)
{
	struct tally tally = {0};
	struct fp_span line;
	size_t offset = 0;

	*out = (struct fp_memory){0};
	if (len == 0)
		return -ENODATA;
	while (fp_text_line(text, len, &offset, &line)) {
		int status = take_line(&tally, line);
		if (status < 0)
			return status;
	}
	if (offset < len || !has_seen(&tally, FP_RSS))
		return -EBADMSG;
	for (unsigned metric = 0; metric < FP_METRICS; metric++)
		if (has_seen(&tally, metric))
			fp_memory_set(out, (enum fp_metric)metric, tally.bytes[metric]);
	out->has_anonymous = has_seen(&tally, ANONYMOUS);
	out->anonymous_bytes = tally.bytes[ANONYMOUS];
	return set_sums(&tally, out);
}

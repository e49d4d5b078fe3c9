#include "parse/statm.h"

#include "parse/text.h"

#include <errno.h>

enum { SIZE, RESIDENT, SHARED, TEXT, LIB, DATA, DIRTY, FIELDS };

static int take_pages(struct fp_span word, uint64_t page_bytes, uint64_t *bytes)
{
	uint64_t pages;
	int status = fp_text_number(word, UINT64_MAX, &pages);

	if (status < 0)
		return status;
	if (page_bytes && pages > UINT64_MAX / page_bytes)
		return -EBADMSG;
	*bytes = pages * page_bytes;
	return 0;
}

static int parse(const char *text, size_t len, uint64_t page_bytes, uint64_t bytes[FIELDS])
{
	struct fp_span rest = {text, len}, word;

	if (len == 0)
		return -ENODATA;
	if (text[len - 1] == '\n')
		rest.len--;
	for (size_t i = 0; i < FIELDS; i++)
		if (!fp_text_word(&rest, &word) || take_pages(word, page_bytes, &bytes[i]) < 0)
			return -EBADMSG;
	return fp_text_word(&rest, &word) ? -EBADMSG : 0;
}

int fp_statm_parse(const char *text, size_t len, uint64_t page_bytes, struct fp_memory *out)
{
	uint64_t bytes[FIELDS];
	int status = parse(text, len, page_bytes, bytes);

	if (status < 0)
		return status;
	fp_memory_set(out, FP_VMS, bytes[SIZE]);
	fp_memory_set(out, FP_SHARED, bytes[SHARED]);
	fp_memory_set(out, FP_TEXT, bytes[TEXT]);
	fp_memory_set(out, FP_DATA, bytes[DATA]);
	return 0;
}

int fp_statm_resident(const char *text, size_t len, uint64_t page_bytes, uint64_t *resident)
{
	uint64_t bytes[FIELDS];
	int status = parse(text, len, page_bytes, bytes);

	if (status == 0)
		*resident = bytes[RESIDENT];
	return status;
}

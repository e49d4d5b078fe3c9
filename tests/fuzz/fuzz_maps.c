#include "fuzz.h"

#include "parse/maps.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

const char fuzz_name[] = "maps";

/* Written as the kernel writes it, what was understood is understood again. */
static void check_again(const struct fp_mapping *mapping)
{
	char text[256];
	struct fp_mapping again;
	size_t offset = 0;
	int len = snprintf(text, sizeof(text),
		"%08" PRIx64 "-%08" PRIx64 " r%c%c%c 00000000 %02x:%02x %" PRIu64 " \n",
		mapping->start, mapping->end, mapping->writable ? 'w' : '-',
		mapping->executable ? 'x' : '-', mapping->shared ? 's' : 'p', mapping->dev_major,
		mapping->dev_minor, mapping->inode);

	FUZZ_CHECK(len > 0 && (size_t)len < sizeof(text));
	FUZZ_CHECK(fp_maps_next(text, (size_t)len, &offset, &again) == 1);
	FUZZ_CHECK(offset == (size_t)len);
	FUZZ_CHECK(again.start == mapping->start && again.end == mapping->end);
	FUZZ_CHECK(again.writable == mapping->writable && again.shared == mapping->shared);
	FUZZ_CHECK(again.executable == mapping->executable && again.inode == mapping->inode);
	FUZZ_CHECK(again.dev_major == mapping->dev_major && again.dev_minor == mapping->dev_minor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fp_mapping mapping;
	size_t offset = 0, before = 0;
	int status;

	while ((status = fp_maps_next((const char *)data, size, &offset, &mapping)) == 1) {
		FUZZ_CHECK(offset > before && offset <= size && data[offset - 1] == '\n');
		FUZZ_CHECK(mapping.start < mapping.end && mapping.page_bytes == 0);
		check_again(&mapping);
		before = offset;
	}
	FUZZ_CHECK(status == 0 || status == -EBADMSG);
	FUZZ_CHECK(offset <= size);
	return 0;
}

#include "fuzz.h"

#include "parse/udev.h"

#include <stdlib.h>
#include <string.h>

const char fuzz_name[] = "udev";

static void check_within(const char *text, size_t size, const char *part, size_t len)
{
	FUZZ_CHECK(part >= text && len <= size && part + len <= text + size);
	FUZZ_CHECK(!memchr(part, '\n', len));
}

static void check_decode(const char *part, size_t len)
{
	char *out = malloc(len + 1), *own = malloc(len + 1);

	FUZZ_CHECK(out && own);
	memcpy(own, part, len);
	size_t decoded = fp_udev_decode(part, len, out);
	FUZZ_CHECK(decoded <= len);
	FUZZ_CHECK(fp_udev_decode(own, len, own) == decoded && memcmp(own, out, decoded) == 0);
	free(out);
	free(own);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const keys[] = {"ID_FS_LABEL_ENC", "ID_SERIAL", "A", ""};
	const char *text = (const char *)data, *part;
	size_t offset = 0, before = 0, len;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!fp_udev_property(text, size, keys[i], &part, &len))
			continue;
		FUZZ_CHECK(len > 0);
		check_within(text, size, part, len);
		check_decode(part, len);
	}
	while (fp_udev_link(text, size, "disk/by-id", &offset, &part, &len)) {
		FUZZ_CHECK(len > 0 && !memchr(part, '/', len));
		check_within(text, size, part, len);
		FUZZ_CHECK(offset > before && offset <= size);
		before = offset;
	}
	return 0;
}

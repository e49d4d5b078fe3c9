#include "fuzz.h"

#include "parse/pidfile.h"

#include <errno.h>
#include <string.h>

const char fuzz_name[] = "pidfile";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	int32_t pid = -1, again = -1;
	char line[32];
	int status = fp_pidfile_parse(text, size, &pid);

	FUZZ_CHECK(status == 0 || status == -EBADMSG);
	if (status < 0) {
		FUZZ_CHECK(pid == -1);
		return 0;
	}
	FUZZ_CHECK(pid >= 1);
	/* the first line alone, written plainly, says the same */
	int len = snprintf(line, sizeof(line), "%d\n", (int)pid);
	FUZZ_CHECK(fp_pidfile_parse(line, (size_t)len, &again) == 0);
	FUZZ_CHECK(again == pid);
	FUZZ_CHECK(size >= strspn(line, "0123456789"));
	return 0;
}

/* The first string of the input is a name; what follows is environment and command line in one. */
#include "fuzz.h"

#include "parse/cmdline.h"
#include "parse/environ.h"

#include <string.h>

const char fuzz_name[] = "environ";

static void check_environ(const char *block, size_t len, const char *name)
{
	size_t name_len = strlen(name), value_len;
	const char *value = fp_environ_find(block, len, name, &value_len);

	if (!value)
		return;
	FUZZ_CHECK(name_len > 0);
	FUZZ_CHECK(value >= block && value_len <= len);
	size_t start = (size_t)(value - block);
	FUZZ_CHECK(start + value_len <= len);
	FUZZ_CHECK(!memchr(value, '\0', value_len));
	FUZZ_CHECK(start + value_len == len || value[value_len] == '\0');
	FUZZ_CHECK(start >= name_len + 1 && value[-1] == '=');
	const char *string = value - 1 - name_len;
	FUZZ_CHECK(memcmp(string, name, name_len) == 0);
	FUZZ_CHECK(string == block || string[-1] == '\0');
	/* it was the first: without it and what follows there is none */
	FUZZ_CHECK(!fp_environ_find(block, (size_t)(string - block), name, &value_len));
}

static void check_cmdline(const char *block, size_t len)
{
	char *text = fuzz_alloc(len);

	if (len)
		memcpy(text, block, len);
	size_t joined = fp_cmdline_join(text, len);
	FUZZ_CHECK(joined <= len);
	FUZZ_CHECK(joined == 0 || block[joined - 1] != '\0');
	for (size_t i = 0; i < joined; i++)
		FUZZ_CHECK(text[i] == (block[i] ? block[i] : ' '));
	for (size_t i = joined; i < len; i++)
		FUZZ_CHECK(block[i] == '\0');
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size ? memchr(text, '\0', size) : NULL;

	if (!end)
		return 0;
	size_t len = size - (size_t)(end + 1 - text);
	char *block = fuzz_alloc(len);
	if (len)
		memcpy(block, end + 1, len);
	check_environ(block, len, text);
	check_cmdline(block, len);
	free(block);
	return 0;
}

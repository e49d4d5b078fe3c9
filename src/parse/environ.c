#include "parse/environ.h"

#include <string.h>

const char *fp_environ_find(const char *block, size_t len, const char *name, size_t *value_len)
{
	size_t name_len = strlen(name);

	if (name_len == 0)
		return NULL;
	for (size_t start = 0; start < len;) {
		const char *string = block + start;
		size_t string_len = strnlen(string, len - start);
		if (string_len > name_len && string[name_len] == '=' &&
			memcmp(string, name, name_len) == 0) {
			*value_len = string_len - name_len - 1;
			return string + name_len + 1;
		}
		start += string_len + 1;
	}
	return NULL;
}

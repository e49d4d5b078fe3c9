#include "util/name.h"

#include <string.h>

static bool is_safe_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-';
}

bool fp_name_is_safe(const char *text, size_t len)
{
	if (len == 0 || len > FP_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_safe_byte(text[i]))
			return false;
	return true;
}

void fp_name_make_safe(const char *text, size_t len, char out[FP_NAME_SIZE])
{
	if (len == 0) {
		memcpy(out, "_empty", sizeof("_empty"));
		return;
	}
	if (len > FP_NAME_MAX)
		len = FP_NAME_MAX;
	for (size_t i = 0; i < len; i++)
		out[i] = is_safe_byte(text[i]) ? text[i] : '_';
	out[len] = '\0';
}

#include "compute/disk_name.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool fp_disk_whole_name(const char *name, char *out)
{
	size_t len = strlen(name), whole = len;

	while (whole > 0 && is_digit(name[whole - 1]))
		whole--;
	if (whole == len || whole == 0)
		return false;
	if (whole >= 2 && name[whole - 1] == 'p' && is_digit(name[whole - 2]))
		whole--;
	memcpy(out, name, whole);
	out[whole] = '\0';
	return true;
}

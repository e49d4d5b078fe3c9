#include "util/width.h"
#include "util/width_table.h"

#include <stdbool.h>
#include <stddef.h>

/* ends: first and last of each range, rising, so that the code's place among them tells. */
static bool is_in(uint32_t code, const uint32_t *ends, size_t count)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (code > ends[middle])
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && (low % 2 == 1 || code == ends[low]);
}

unsigned fp_width(uint32_t code)
{
	if (code < none[0])
		return 1;
	if (is_in(code, none, sizeof(none) / sizeof(none[0])))
		return 0;
	return is_in(code, two, sizeof(two) / sizeof(two[0])) ? 2 : 1;
}

#include "cli/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

size_t fp_terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

bool fp_terminal_color(enum fp_when when)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != FP_WHEN_TERMINAL)
		return when == FP_WHEN_ALWAYS;
	if ((no_color && *no_color) || !term || !*term || strcmp(term, "dumb") == 0)
		return false;
	return isatty(STDOUT_FILENO);
}

size_t fp_terminal_size(bool exact, uint64_t bytes, char out[FP_SIZE_TEXT])
{
	static const char units[] = "KMGTPE";
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (exact)
		return (size_t)snprintf(out, FP_SIZE_TEXT, "%" PRIu64, bytes);
	while (value >= 999.95 && unit < sizeof(units) - 2) {
		value /= 1024;
		unit++;
	}
	if (bytes && bytes < 1024)
		return (size_t)snprintf(out, FP_SIZE_TEXT, "%" PRIu64 "B", bytes);
	/* whole numbers are formatted in a fraction of the time, and memory comes in whole KiB */
	if (unit == 0 && bytes % 1024 == 0)
		return (size_t)snprintf(out, FP_SIZE_TEXT, "%" PRIu64 "K", (uint64_t)(value + 0.5));
	uint64_t tenths = (uint64_t)(value * 10 + 0.5);
	return (size_t)snprintf(out, FP_SIZE_TEXT, "%" PRIu64 ".%" PRIu64 "%c", tenths / 10,
		tenths % 10, units[unit]);
}

#include "cli/terminal.h"
#include "util/utf8.h"

#include <inttypes.h>
#include <sys/ioctl.h>
#include <unistd.h>

size_t fp_terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

/* The length of the character that begins here, 0 if none does that is safe to print. */
static size_t safe_length(const char *text, size_t len)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t length = fp_utf8_length(text, len);

	if (length == 1)
		return at[0] >= 0x20 && at[0] != 0x7f;
	if (length == 2)
		return at[0] == 0xc2 && at[1] < 0xa0 ? 0 : 2;
	if (length != 3 || at[0] != 0xe2)
		return length;
	/* line and paragraph separators, and marks that turn the direction of the text */
	bool turns = (at[1] == 0x80 && (at[2] == 0x8e || at[2] == 0x8f)) ||
		     (at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) ||
		     (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9);
	return turns ? 0 : 3;
}

void fp_terminal_write(FILE *stream, const char *text, size_t len, size_t width)
{
	for (size_t i = 0, shown = 0; i < len && (width == 0 || shown < width); shown++) {
		size_t used = safe_length(text + i, len - i);
		if (used)
			fwrite(text + i, 1, used, stream);
		else
			fputc('?', stream);
		i += used ? used : 1;
	}
}

void fp_terminal_size(bool exact, bool known, uint64_t bytes, char out[FP_SIZE_TEXT])
{
	static const char units[] = "KMGTPE";
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (!known) {
		snprintf(out, FP_SIZE_TEXT, "-");
		return;
	}
	if (exact) {
		snprintf(out, FP_SIZE_TEXT, "%" PRIu64, bytes);
		return;
	}
	while (value >= 999.95 && unit < sizeof(units) - 2) {
		value /= 1024;
		unit++;
	}
	snprintf(out, FP_SIZE_TEXT, unit ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

/* How a command is asked to show what it found. */
#ifndef FP_CLI_VIEW_H
#define FP_CLI_VIEW_H

#include <stdbool.h>
#include <stddef.h>

enum fp_format { FP_FORMAT_TEXT, FP_FORMAT_JSON, FP_FORMAT_CSV };
enum fp_total { FP_TOTAL_TOO, FP_TOTAL_ALONE, FP_TOTAL_NONE };
enum fp_when { FP_WHEN_TERMINAL, FP_WHEN_ALWAYS, FP_WHEN_NEVER };

/* A zeroed struct is what holds where nothing is said, but for header. */
struct fp_view {
	enum fp_format format;
	const char *fields; /* NAME,...; NULL: the usual ones */
	const char *sort;   /* [-]NAME; NULL: the usual one */
	size_t top;         /* rows; 0: all */
	bool bytes;         /* exact sizes, not in units of 1,024 */
	bool header;
	enum fp_total total;
	enum fp_when color;
};

#endif

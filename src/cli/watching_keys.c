#include "cli/watching.h"

#include <string.h>

enum { ESCAPE = 0x1b, DELETE = 0x7f, BACKSPACE = 0x08, SECONDS_MAX = 3600 };

const char *const fp_watching_help[] = {
	"",
	"  u p s r   sort by USS, PSS, swap or RSS",
	"  g G       sort by what USS grew, or PSS",
	"  n c       sort by number or by name",
	"  < >       sort by the column to the left or right",
	"  R         the other way round",
	"  /         filter: names, users and command lines that hold the text",
	"  Esc       no filter",
	"  Up Down   one row, also k and j; PgUp, PgDn, Home, End",
	"  0         growth begins now",
	"  Space     stop and go on",
	"  + -       a longer or shorter pause between readings",
	"  q         end",
	"",
	"  Any key goes back.",
	NULL,
};

static void sort_by(struct fp_watching *state, const char *name)
{
	const struct fp_column *column = fp_columns_find(state->columns, name);

	if (!column)
		return;
	state->report.sort = column;
	state->report.backwards = false;
	state->first = 0;
}

static void sort_beside(struct fp_watching *state, int step)
{
	struct fp_report *report = &state->report;
	size_t count = report->column_count;

	for (size_t i = 0; i < count; i++) {
		if (report->columns[i] != report->sort)
			continue;
		report->sort = report->columns[(i + (step < 0 ? count - 1 : 1)) % count];
		report->backwards = false;
		return;
	}
	report->sort = report->columns[0];
}

/* The end is held to when the rows are known. */
static void scroll(struct fp_watching *state, long rows)
{
	if (rows < 0 && state->first < (size_t)-rows)
		state->first = 0;
	else
		state->first += (size_t)rows;
}

static void press_letter(struct fp_watching *state, char key)
{
	static const struct {
		char key;
		const char *processes, *groups;
	} sorts[] = {
		{'u', "uss", "uss"},
		{'p', "pss", "pss"},
		{'s', "swap", "swap"},
		{'r', "rss", "rss"},
		{'g', "uss_change", "uss_change"},
		{'G', "pss_change", "pss_change"},
		{'n', "pid", "processes"},
		{'c', "cmdline", "name"},
	};

	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
		if (sorts[i].key == key)
			sort_by(state, state->argv->groups ? sorts[i].groups : sorts[i].processes);
}

static void press(struct fp_watching *state, char key)
{
	switch (key) {
	case 'q':
		state->ended = true;
		break;
	case 'h':
	case '?':
		state->mode = FP_WATCHING_HELP;
		break;
	case '/':
		state->mode = FP_WATCHING_FILTER;
		break;
	case ESCAPE:
		state->filter[0] = '\0';
		break;
	case ' ':
		state->paused = !state->paused;
		state->again = !state->paused;
		break;
	case '0':
		state->forget = state->again = true;
		break;
	case 'R':
		state->report.backwards = !state->report.backwards;
		break;
	case '+':
		state->seconds += state->seconds < SECONDS_MAX;
		break;
	case '-':
		state->seconds -= state->seconds > 1;
		break;
	case '<':
		sort_beside(state, -1);
		break;
	case '>':
		sort_beside(state, 1);
		break;
	case 'k':
		scroll(state, -1);
		break;
	case 'j':
		scroll(state, 1);
		break;
	default:
		press_letter(state, key);
	}
}

/* A key that comes as ESC [ and more (ECMA-48; what terminals send). */
static void press_sequence(struct fp_watching *state, const char *text, size_t len)
{
	static const struct {
		const char *text;
		char key;
	} plain[] = {{"A", 'k'}, {"B", 'j'}, {"C", '>'}, {"D", '<'}};
	long page = state->page ? (long)state->page : 1;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (len == 1 && *text == plain[i].text[0])
			press(state, plain[i].key);
	if (len == 2 && memcmp(text, "5~", 2) == 0)
		scroll(state, -page);
	if (len == 2 && memcmp(text, "6~", 2) == 0)
		scroll(state, page);
	if ((len == 1 && *text == 'H') || (len == 2 && memcmp(text, "1~", 2) == 0))
		state->first = 0;
	if ((len == 1 && *text == 'F') || (len == 2 && memcmp(text, "4~", 2) == 0))
		state->first = state->row_count;
}

/* The last character, which may have several bytes. */
static void erase(char *text)
{
	size_t len = strlen(text);

	while (len && (text[len - 1] & 0xc0) == 0x80)
		len--;
	text[len ? len - 1 : 0] = '\0';
}

static void edit(struct fp_watching *state, char key)
{
	size_t len = strlen(state->filter);

	state->first = 0;
	if (key == '\n' || key == '\r') {
		state->mode = FP_WATCHING_TABLE;
	} else if (key == ESCAPE) {
		state->mode = FP_WATCHING_TABLE;
		state->filter[0] = '\0';
	} else if (key == DELETE || key == BACKSPACE) {
		erase(state->filter);
	} else if ((unsigned char)key >= 0x20 && len + 1 < sizeof(state->filter)) {
		state->filter[len] = key;
		state->filter[len + 1] = '\0';
	}
}

/* How many bytes a key has that begins with ESC; 1: that key alone. */
static size_t sequence_length(const char *keys, size_t len)
{
	size_t i = 2;

	if (len < 3 || (keys[1] != '[' && keys[1] != 'O'))
		return 1;
	while (i < len && (keys[i] < 0x40 || keys[i] > 0x7e))
		i++;
	return i < len ? i + 1 : len;
}

void fp_watching_press(struct fp_watching *state, const char *keys, size_t len)
{
	while (len) {
		size_t used = *keys == ESCAPE ? sequence_length(keys, len) : 1;
		if (state->mode == FP_WATCHING_HELP)
			state->mode = FP_WATCHING_TABLE;
		else if (used > 1)
			press_sequence(state, keys + 2, used - 2);
		else if (state->mode == FP_WATCHING_FILTER)
			edit(state, *keys);
		else
			press(state, *keys);
		keys += used;
		len -= used;
	}
}

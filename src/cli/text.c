#include "cli/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_TEXT = 24, USER_WIDTH = 12 };

static const enum fp_metric columns[] = {FP_USS, FP_PSS, FP_SWAP, FP_RSS};
static const char *const titles[] = {"USS", "PSS", "SWAP", "RSS"};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static void format_size(bool exact, bool known, uint64_t bytes, char out[SIZE_TEXT])
{
	static const char units[] = "KMGTPE";
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (!known) {
		snprintf(out, SIZE_TEXT, "-");
		return;
	}
	if (exact) {
		snprintf(out, SIZE_TEXT, "%" PRIu64, bytes);
		return;
	}
	while (value >= 999.95 && unit < sizeof(units) - 2) {
		value /= 1024;
		unit++;
	}
	snprintf(out, SIZE_TEXT, unit ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

/* The length of the UTF-8 character that begins here, 0 if none does that is safe to print. */
static size_t character(const unsigned char *at, size_t len)
{
	size_t more = at[0] < 0x80 ? 0 : at[0] < 0xc2 ? 9 : at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3;

	if (at[0] < 0x20 || at[0] == 0x7f || at[0] > 0xf4 || more >= len)
		return 0;
	for (size_t i = 1; i <= more; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	bool c1 = at[0] == 0xc2 && at[1] < 0xa0;
	bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
	bool surrogate = at[0] == 0xed && at[1] >= 0xa0;
	bool beyond = at[0] == 0xf4 && at[1] >= 0x90;
	/* line and paragraph separators, and marks that turn the direction of the text */
	bool layout = at[0] == 0xe2 && ((at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) ||
					       (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
	return c1 || overlong || surrogate || beyond || layout ? 0 : more + 1;
}

static void write_safe(FILE *stream, const char *text, size_t len, size_t width)
{
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t i = 0, shown = 0; i < len && (width == 0 || shown < width); shown++) {
		size_t used = character(bytes + i, len - i);
		if (used)
			fwrite(bytes + i, 1, used, stream);
		else
			fputc('?', stream);
		i += used ? used : 1;
	}
}

static int by_uss(const void *a, const void *b)
{
	const struct fp_member *x = *(const struct fp_member *const *)a;
	const struct fp_member *y = *(const struct fp_member *const *)b;
	bool x_known = fp_memory_has(&x->memory, FP_USS),
	     y_known = fp_memory_has(&y->memory, FP_USS);
	uint64_t x_bytes = x->memory.bytes[FP_USS], y_bytes = y->memory.bytes[FP_USS];

	if (x_known != y_known)
		return x_known ? -1 : 1;
	if (x_known && x_bytes != y_bytes)
		return x_bytes > y_bytes ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int write_user(FILE *stream, const struct fp_member *member, const struct fp_host *host)
{
	struct fp_buf name = {0};
	char number[16] = "-";

	int status = member->has_uid ? host->backend->user_name(host->os, member->uid, &name) : -1;
	if (status == -ENOMEM)
		return status;
	if (member->has_uid)
		snprintf(number, sizeof(number), "%" PRIu32, member->uid);
	if (status == 0 && fp_buf_append(&name, "", 1) < 0) {
		fp_buf_fini(&name);
		return -ENOMEM;
	}
	fprintf(stream, " %-*.*s", USER_WIDTH, USER_WIDTH, status == 0 ? name.data : number);
	fp_buf_fini(&name);
	return 0;
}

static void write_sizes(FILE *stream, const uint64_t *bytes, const bool *known, bool exact)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		char text[SIZE_TEXT];
		format_size(exact, known[i], bytes[i], text);
		fprintf(stream, " %*s", exact ? 15 : 8, text);
	}
}

static int write_member(FILE *stream, const struct fp_member *member, const struct fp_host *host,
	const struct fp_text_options *options)
{
	uint64_t bytes[COLUMNS];
	bool known[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++) {
		known[i] = fp_memory_has(&member->memory, columns[i]);
		bytes[i] = member->memory.bytes[columns[i]];
	}
	fprintf(stream, "%7d", (int)member->pid);
	int status = write_user(stream, member, host);
	if (status < 0)
		return status;
	write_sizes(stream, bytes, known, options->bytes);
	size_t used = 7 + 1 + USER_WIDTH + COLUMNS * (options->bytes ? 16 : 9) + 1;
	size_t left = options->width == 0 ? 0 : options->width > used ? options->width - used : 1;
	bool has_line = member->cmdline && *member->cmdline;
	const char *text = has_line ? member->cmdline : member->comm;
	fputs(has_line ? " " : " [", stream);
	write_safe(stream, text, strlen(text), left);
	fputs(has_line ? "\n" : "]\n", stream);
	return 0;
}

static void write_total(
	FILE *stream, const struct fp_account *account, const struct fp_text_options *options)
{
	uint64_t bytes[COLUMNS] = {0};
	bool known[COLUMNS];

	/* those who may not be read are told of beside it; what a kernel does not say is in no sum */
	for (size_t i = 0; i < COLUMNS; i++)
		known[i] = fp_account_sum(account, columns[i], account->denied > 0, &bytes[i]);
	fprintf(stream, "%7s %-*s", "total", USER_WIDTH, "");
	write_sizes(stream, bytes, known, options->bytes);
	fprintf(stream, " %" PRIu64 " %s\n", account->processes,
		account->processes == 1 ? "process" : "processes");
}

int fp_text_write(FILE *stream, const struct fp_group_result *result, const struct fp_host *host,
	const struct fp_text_options *options)
{
	size_t count = result->members.len;
	const struct fp_member **order = calloc(count + 1, sizeof(*order));
	int status = 0;

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		order[i] = &result->members.at[i];
	qsort(order, count, sizeof(*order), by_uss);
	fprintf(stream, "%7s %-*s", "PID", USER_WIDTH, "USER");
	for (size_t i = 0; i < COLUMNS; i++)
		fprintf(stream, " %*s", options->bytes ? 15 : 8, titles[i]);
	fputs(" COMMAND\n", stream);
	for (size_t i = 0; i < count && status == 0; i++)
		status = write_member(stream, order[i], host, options);
	if (status == 0)
		write_total(stream, &result->account, options);
	free(order);
	return status;
}

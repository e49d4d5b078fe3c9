#include "cli/text.h"
#include "cli/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { USER_WIDTH = 12 };

static const enum fp_metric columns[] = {FP_USS, FP_PSS, FP_SWAP, FP_RSS};
static const char *const titles[] = {"USS", "PSS", "SWAP", "RSS"};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

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
		char text[FP_SIZE_TEXT];
		fp_terminal_size(exact, known[i], bytes[i], text);
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
	fp_terminal_write(stream, text, strlen(text), left);
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

/* What a process costs. */
#include "sample/process.h"
#include "parse/smaps.h"
#include "parse/statm.h"

#include <string.h>

/* A file of 100,000 mappings is 80 MB; the kernel's limit on mappings can be raised tenfold. */
enum { SMAPS_LIMIT = 1024 * 1024 * 1024, STATM_LIMIT = 4096 };

/* Takes over a metric from status, unless a better source gave it. */
static void take_from_status(
	struct fp_process *process, enum fp_metric metric, struct fp_memory *memory)
{
	const struct fp_memory *from = &process->status.memory;

	if (!fp_memory_has(memory, metric) && fp_memory_has(from, metric))
		fp_memory_set(memory, metric, from->bytes[metric]);
}

/* The first error stays: it is the reason why something lacks. */
static void keep_first(int *status, int next)
{
	if (*status == 0)
		*status = next;
}

static int read_smaps(struct fp_process *process, enum fp_os_file file, struct fp_memory *memory)
{
	struct fp_buf *text = &process->scratch;
	int status = fp_process_read(process, file, SMAPS_LIMIT, false, text);

	return status < 0 ? status : fp_smaps_parse(text->data, text->len, memory);
}

/* smaps serves only where the kernel or the tree has no smaps_rollup: it costs far more. */
static int measure_mappings(struct fp_process *process, struct fp_memory *memory)
{
	int status = read_smaps(process, FP_OS_SMAPS_ROLLUP, memory);

	if (status == -ENOENT)
		status = read_smaps(process, FP_OS_SMAPS, memory);
	if (status < 0)
		*memory = (struct fp_memory){0};
	return status;
}

static int measure_sizes(struct fp_process *process, struct fp_memory *memory)
{
	const struct fp_host *host = process->host;
	struct fp_buf *text = &process->scratch;
	int status = fp_process_read(process, FP_OS_STATM, STATM_LIMIT, false, text);

	if (status == 0)
		status = fp_statm_parse(
			text->data, text->len, host->backend->page_bytes(host->os), memory);
	return status == -ENOENT ? 0 : status;
}

static int take_status(
	struct fp_process *process, unsigned wanted, bool no_smaps, struct fp_memory *memory)
{
	static const enum fp_metric sizes[] = {FP_VMS, FP_TEXT, FP_DATA, FP_SHARED};
	int status = process->readable ? fp_process_status(process) : fp_process_refusal(process);

	if (status < 0)
		return status == -ENOENT ? 0 : status;
	if (wanted & FP_MEASURE_TABLES)
		take_from_status(process, FP_PAGE_TABLES, memory);
	for (size_t i = 0; (wanted & FP_MEASURE_SIZES) && i < sizeof(sizes) / sizeof(sizes[0]); i++)
		take_from_status(process, sizes[i], memory);
	if (no_smaps)
		take_from_status(process, FP_RSS, memory);
	return 0;
}

/* One pass over its files. */
static int measure(struct fp_process *process, unsigned wanted, struct fp_memory *memory)
{
	int status = wanted & FP_MEASURE_WALK ? measure_mappings(process, memory) : 0;
	bool no_smaps = status == -ENOENT;

	if (status == -ESRCH || fp_process_is_fatal(status))
		return status;
	int next = wanted & FP_MEASURE_SIZES ? measure_sizes(process, memory) : 0;
	if (next == -ESRCH || fp_process_is_fatal(next))
		return next;
	keep_first(&status, next);
	bool lacks_sizes = (wanted & FP_MEASURE_SIZES) && !fp_memory_has(memory, FP_VMS);
	if (!(wanted & FP_MEASURE_TABLES) && !no_smaps && !lacks_sizes)
		return status;
	next = take_status(process, wanted, no_smaps, memory);
	if (next == -ESRCH || fp_process_is_fatal(next))
		return next;
	keep_first(&status, next);
	return status;
}

/*
 * Did it give up its address space between two of the readings? Then statm still answers, with
 * zeros, and so does status, without a line of memory.
 */
static bool is_torn(const struct fp_process *process, const struct fp_memory *memory)
{
	const struct fp_process_text *text = &process->status_text;

	if (fp_memory_has(memory, FP_VMS) && memory->bytes[FP_VMS] == 0)
		return true;
	return text->tried && text->status == 0 && process->status.memory.has == 0;
}

int fp_process_measure(struct fp_process *process, unsigned wanted, struct fp_memory *memory)
{
	for (int i = 0;; i++) {
		*memory = (struct fp_memory){0};
		if (process->readable && process->kind == FP_KIND_KERNEL) {
			memory->has = FP_METRICS_ALL;
			return 0;
		}
		int status = measure(process, wanted, memory);
		if (status == -ESRCH || i == FP_PROCESS_LOOKS || !is_torn(process, memory))
			return status;
		/* of another thread, if only the first has ended */
		process->status_text.tried = false;
		int seen = fp_process_look(process);
		if (seen < 0)
			return seen;
	}
}

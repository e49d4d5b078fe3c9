/* The slots of a process's pages; see guard_calls.c. */
#include "sample/guard_thread.h"

#include <string.h>

/* Does not return in a thread that was left behind either. */
static void leave_pages(struct fp_guard_thread *thread, bool made)
{
	if (atomic_exchange(&thread->call, FP_GUARD_NO_CALL) != FP_GUARD_LEFT)
		return;
	if (made)
		fp_guard_inner()->pages_close(&thread->made_pages);
	fp_guard_come_back(thread, false);
}

static int guarded_pages_open(
	const struct fp_os_process *process, unsigned wanted, struct fp_os_pages *out)
{
	struct fp_guard_thread *thread = fp_guard_mine();

	if (!thread)
		return fp_guard_inner()->pages_open(process, wanted, out);
	int status = fp_guard_enter(thread, process, process->pid, FP_GUARD_IMAGE, "pagemap");
	if (status < 0)
		return status;
	status = fp_guard_inner()->pages_open(&thread->process, wanted, &thread->made_pages);
	leave_pages(thread, status == 0);
	*out = thread->made_pages;
	return status;
}

static int guarded_mapping_find(
	const struct fp_os_pages *pages, uint64_t address, unsigned kind, struct fp_mapping *out)
{
	struct fp_guard_thread *thread = fp_guard_mine();

	if (!thread)
		return fp_guard_inner()->mapping_find(pages, address, kind, out);
	int status = fp_guard_enter(thread, NULL, pages->pid, FP_GUARD_MEMORY, "maps");
	if (status < 0)
		return status;
	struct fp_os_pages asked = *pages;
	status = fp_guard_inner()->mapping_find(&asked, address, kind, &thread->mapping);
	leave_pages(thread, false);
	*out = thread->mapping;
	return status;
}

static int guarded_page_entries(const struct fp_os_pages *pages, uint64_t page, uint64_t *entries,
	size_t count, size_t *got)
{
	struct fp_guard_thread *thread = fp_guard_mine();

	if (!thread)
		return fp_guard_inner()->page_entries(pages, page, entries, count, got);
	int status = fp_buf_reserve(&thread->words, count * sizeof(*entries));
	if (status == 0)
		status = fp_guard_enter(thread, NULL, pages->pid, FP_GUARD_MEMORY, "pagemap");
	if (status < 0)
		return status;
	struct fp_os_pages asked = *pages;
	uint64_t *words = (uint64_t *)(void *)thread->words.data;
	status = fp_guard_inner()->page_entries(&asked, page, words, count, &thread->count);
	leave_pages(thread, false);
	*got = status == 0 ? thread->count : 0;
	if (*got)
		memcpy(entries, words, *got * sizeof(*entries));
	return status;
}

static int guarded_page_scan(const struct fp_os_pages *pages, struct fp_os_scan *scan)
{
	struct fp_guard_thread *thread = fp_guard_mine();

	if (!thread)
		return fp_guard_inner()->page_scan(pages, scan);
	int status = fp_buf_reserve(&thread->words, scan->cap * sizeof(scan->runs[0]));
	if (status == 0)
		status = fp_guard_enter(thread, NULL, pages->pid, FP_GUARD_MEMORY, "pagemap");
	if (status < 0)
		return status;
	struct fp_os_pages asked = *pages;
	thread->scan = *scan;
	thread->scan.runs = (struct fp_os_run *)(void *)thread->words.data;
	status = fp_guard_inner()->page_scan(&asked, &thread->scan);
	leave_pages(thread, false);
	struct fp_os_run *runs = scan->runs;
	if (status == 0 && thread->scan.count)
		memcpy(runs, thread->scan.runs, thread->scan.count * sizeof(runs[0]));
	*scan = thread->scan;
	scan->runs = runs;
	return status;
}

static int guarded_shared_swapped(
	const struct fp_os_process *process, const struct fp_mapping *mapping, uint64_t *count)
{
	struct fp_guard_thread *thread = fp_guard_mine();

	if (!thread)
		return fp_guard_inner()->shared_swapped(process, mapping, count);
	int status = fp_guard_enter(thread, process, process->pid, FP_GUARD_MEMORY, "map_files");
	if (status < 0)
		return status;
	struct fp_mapping asked = *mapping;
	status = fp_guard_inner()->shared_swapped(&thread->process, &asked, &thread->number);
	fp_guard_leave_call(thread, false);
	*count = thread->number;
	return status;
}

void fp_guard_wrap_pages(struct fp_os_backend *table)
{
	table->pages_open = guarded_pages_open;
	table->mapping_find = guarded_mapping_find;
	table->page_entries = guarded_page_entries;
	table->page_scan = guarded_page_scan;
	table->shared_swapped = guarded_shared_swapped;
}

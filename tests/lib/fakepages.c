#include "fakepages.h"

struct fake_pages fake_pages;

struct fp_pages {
	bool is_open;
};

int fake_begin_pages(void **state)
{
	int status = fake_begin(state);

	fake_pages = (struct fake_pages){
		.can = {true, true, true, true, true, true},
	};
	fake_go_live();
	return status;
}

void fake_check_readers(unsigned fasts, unsigned slices, unsigned walks)
{
	unsigned walked = 0;

	for (size_t i = 0; i < fake->count; i++)
		walked += fake_reads(&fake->processes[i], FP_OS_SMAPS_ROLLUP);
	if (fake_pages.fasts != fasts || fake_pages.slices != slices || walked != walks ||
		fake_pages.owns)
		fail_msg("round %u: %u fast, %u of own pages, %u in slices, %u walked",
			fake_pages.rounds, fake_pages.fasts, fake_pages.owns, fake_pages.slices,
			walked);
	fake_pages.fasts = fake_pages.slices = 0;
}

int fp_pages_new(const struct fp_host *host, struct fp_pages **out)
{
	static struct fp_pages pages;

	assert_ptr_equal(host, &fake->host);
	assert_false(pages.is_open);
	pages.is_open = true;
	*out = &pages;
	return 0;
}

void fp_pages_free(struct fp_pages *pages)
{
	if (pages)
		pages->is_open = false;
}

int fp_pages_probe(struct fp_pages *pages, struct fp_pages_abilities *out)
{
	(void)pages;
	*out = fake_pages.can;
	return 0;
}

void fp_pages_begin(struct fp_pages *pages)
{
	(void)pages;
	fake_pages.rounds++;
	assert_int_equal(fake_pages.rounds_open++, 0);
}

void fp_pages_end(struct fp_pages *pages)
{
	(void)pages;
	assert_int_equal(--fake_pages.rounds_open, 0);
}

static struct fake_process *fake_of(const struct fp_os_process *process)
{
	return &fake->processes[process->fd % FAKE_PROCESSES];
}

static int tell(const struct fp_os_process *process, int status, struct fp_memory *memory)
{
	struct fake_process *of = fake_of(process);

	assert_int_equal(fake_pages.rounds_open, 1);
	*memory = (struct fp_memory){0};
	if (fake_pages.in_reading)
		fake_pages.in_reading(of);
	if (status < 0)
		return status;
	uint64_t bytes = (uint64_t)(of->space + of->grown_kib + fake_pages.wrong_kib) * 1024;
	fp_memory_set(memory, FP_USS, bytes);
	fp_memory_set(memory, FP_RSS, of->resident * 4096);
	if (fake_pages.can.has_pfns)
		fp_memory_set(memory, FP_PSS, bytes + fake_pages.wrong_pss_bytes);
	return 0;
}

int fp_pages_read_single(struct fp_pages *pages, const struct fp_os_process *process,
	bool swap_in_use, struct fp_memory *memory)
{
	(void)pages;
	assert_int_equal(swap_in_use, fake->swap_bytes > 0);
	fake_pages.fasts++;
	int status = tell(process, fake_pages.fast_status, memory);
	if (status < 0 || !fake_pages.tells_sizes)
		return status;
	fp_memory_set(memory, FP_SHARED, fake_of(process)->file * 4096);
	fp_memory_set(memory, FP_VMS, fake_of(process)->mapped * 4096);
	return 0;
}

void fp_pages_spots(struct fp_pages *pages, struct fp_pages_spots *out)
{
	(void)pages;
	*out = (struct fp_pages_spots){.count = 1, .at = {{.first = 7, .count = 1}}};
}

int fp_pages_read_own(struct fp_pages *pages, const struct fp_os_process *process,
	const struct fp_os_kept *kept, const struct fp_os_pages *files,
	const struct fp_pages_spots *spots, const struct fp_memory *before,
	struct fp_memory *memory)
{
	(void)pages;
	assert_int_equal(spots->count, 1);
	assert_int_equal(spots->at[0].first, 7);
	assert_int_equal(before->bytes[FP_SHARED], fake_of(process)->file * 4096);
	assert_int_equal(before->bytes[FP_VMS], fake_of(process)->mapped * 4096);
	fake_pages.owns++;
	fake_pages.kept_owns += kept != NULL;
	fake_pages.file_owns += files != NULL;
	/* of an address space that is no more */
	if (files && files->pagemap_fd != (int)fake_of(process)->space)
		return -EAGAIN;
	/* which is of the first thread */
	if (kept && fake_of(process)->dead_leader)
		return -ESRCH;
	int status = tell(process, fake_pages.own_status, memory);
	if (status < 0)
		return status;
	fp_memory_set(memory, FP_SHARED, before->bytes[FP_SHARED]);
	fp_memory_set(memory, FP_VMS, before->bytes[FP_VMS]);
	return 0;
}

int fp_pages_read_slices(struct fp_pages *pages, const struct fp_os_process *process,
	bool swap_in_use, struct fp_memory *memory)
{
	(void)pages;
	assert_int_equal(swap_in_use, fake->swap_bytes > 0);
	fake_pages.slices++;
	return tell(process, fake_pages.slices_status, memory);
}

void fp_pages_seen(const struct fp_pages *pages, struct fp_pages_seen *out)
{
	(void)pages;
	*out = (struct fp_pages_seen){
		.has_shmem = fake_pages.has_shmem,
		.knows_shared_swap = fake->swap_bytes == 0 || !fake_pages.has_shmem ||
				     fake_pages.knows_shared_swap,
		.shared_swapped_bytes = fake->swap_bytes ? fake_pages.shared_swapped_bytes : 0,
	};
}

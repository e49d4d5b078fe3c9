#include "fakehost.h"

#include <stdio.h>

enum { GLANCE_FILES = 2, FOLDER_FILES = 3, PAGES_FILES = 1 };

void fake_go_live(void)
{
	fake->abilities = (struct fp_os_abilities){
		.can_ptrace = true,
		.can_dac_read = true,
		.sees_all = true,
		.is_live = true,
		.is_own = true,
	};
}

static int probe(struct fp_os *os, struct fp_os_abilities *out)
{
	(void)os;
	*out = fake->abilities;
	return 0;
}

static void count_kept(int files)
{
	fake->kept += files;
	if (fake->kept_most < fake->kept)
		fake->kept_most = fake->kept;
}

/* It is no longer one that is open for a while. */
static int process_keep(struct fp_os_process *process)
{
	assert_false(process->keeps);
	if (!fake->abilities.is_live || fake->refuses_to_keep)
		return -ENOTSUP;
	int status = fake_call();
	if (status < 0)
		return status;
	process->keeps = true;
	fake->opened--;
	count_kept(FOLDER_FILES);
	return 0;
}

void fake_close_kept(void)
{
	count_kept(-FOLDER_FILES);
}

/* Known by the address space that they are of. */
static int pages_open(const struct fp_os_process *process, unsigned wanted, struct fp_os_pages *out)
{
	assert_int_equal(wanted, 0);
	if (!fake->abilities.is_live)
		return -ENOTSUP;
	int status = fake_call();
	if (status < 0)
		return status;
	*out = fp_os_pages_none;
	out->pagemap_fd = (int)fake->processes[process->fd].space;
	out->pid = process->pid;
	count_kept(PAGES_FILES);
	return 0;
}

static void pages_close(struct fp_os_pages *pages)
{
	assert_int_not_equal(pages->pagemap_fd, -1);
	*pages = fp_os_pages_none;
	count_kept(-PAGES_FILES);
}

static int glance_open(const struct fp_os_process *process, struct fp_os_kept *out)
{
	if (!fake->abilities.is_live)
		return -ENOTSUP;
	*out = (struct fp_os_kept){process->fd, process->fd};
	count_kept(GLANCE_FILES);
	return 0;
}

static void glance_close(struct fp_os_kept *kept)
{
	assert_in_range(kept->statm_fd, 0, FAKE_PROCESSES - 1);
	*kept = (struct fp_os_kept){-1, -1};
	count_kept(-GLANCE_FILES);
}

/* As one of its threads that still has the memory. */
static size_t make_statm_of_thread(struct fake_process *process, char *text, size_t size)
{
	process->dead_leader = false;
	int len = fake_make_statm(process, text, size);
	process->dead_leader = true;
	return (size_t)len;
}

static int glance(struct fp_os *os, int32_t pid, const struct fp_os_kept *kept, bool threads,
	struct fp_os_glance *out)
{
	struct fake_process *process = kept ? &fake->processes[kept->statm_fd] : fake_find(pid);
	struct fake_process *other = fake_find(pid % OTHER_THREAD);

	(void)os;
	assert_true(fake->abilities.is_live);
	if (!process && other && other->dead_leader) {
		out->statm_len = make_statm_of_thread(other, out->statm, sizeof(out->statm));
		out->has_threads = false;
		return fake_call();
	}
	if (!process || !process->lives)
		return -ESRCH;
	int status = kept ? 0 : fake_call();
	if (status < 0)
		return status;
	process->glances++;
	/* of the first thread, which has no memory once it has ended */
	out->statm_len =
		process->dead_leader
			? (size_t)snprintf(out->statm, sizeof(out->statm), "0 0 0 0 0 0 0\n")
			: (size_t)fake_make_statm(process, out->statm, sizeof(out->statm));
	out->has_threads = threads;
	out->threads = 1 + process->more_threads;
	if (process->leader_ends_after && --process->leader_ends_after == 0)
		process->dead_leader = true;
	return 0;
}

static int cpu_clock(struct fp_os *os, int32_t pid, uint64_t *ns)
{
	struct fake_process *process = fake_find(pid);

	(void)os;
	assert_true(fake->abilities.is_live && fake->abilities.is_own);
	if (fake->lacks_clocks)
		return -ENOTSUP;
	fake->clocks++;
	if (!process || !process->lives || process->is_thread)
		return -ESRCH;
	process->clock_ns += !process->rests;
	*ns = process->clock_ns;
	return 0;
}

static int owner(const struct fp_os_process *process, uint32_t *uid)
{
	if (!fake->abilities.is_live)
		return -ENOTSUP;
	*uid = fake->processes[process->fd].uid;
	return 0;
}

static int swap_used(struct fp_os *os, uint64_t *bytes)
{
	(void)os;
	*bytes = fake->swap_bytes;
	return fake->abilities.is_live ? 0 : -ENOTSUP;
}

static int ksm_pages(struct fp_os *os, uint64_t *shared, uint64_t *sharing)
{
	(void)os;
	*shared = fake->ksm_shared;
	*sharing = fake->ksm_sharing;
	return fake->abilities.is_live ? 0 : -ENOTSUP;
}

static uint64_t thread_cpu_ns(struct fp_os *os)
{
	(void)os;
	return fake->cpu_ns;
}

static uint64_t descriptor_limit(struct fp_os *os)
{
	(void)os;
	return fake->descriptor_limit;
}

void fake_begin_live(void)
{
	fake->backend.probe = probe;
	fake->backend.process_keep = process_keep;
	fake->backend.pages_open = pages_open;
	fake->backend.pages_close = pages_close;
	fake->backend.glance_open = glance_open;
	fake->backend.glance_close = glance_close;
	fake->backend.glance = glance;
	fake->backend.cpu_clock = cpu_clock;
	fake->backend.owner = owner;
	fake->backend.swap_used = swap_used;
	fake->backend.ksm_pages = ksm_pages;
	fake->backend.thread_cpu_ns = thread_cpu_ns;
	fake->backend.descriptor_limit = descriptor_limit;
	fake->descriptor_limit = 1024;
}

void fake_end_live(void)
{
	assert_int_equal(fake->kept, 0);
}

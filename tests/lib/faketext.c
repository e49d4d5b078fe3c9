#include "fakehost.h"

#include <inttypes.h>
#include <stdio.h>

static int make_stat(const struct fake_process *p, char *text, size_t size)
{
	bool dead = p->dead_leader, empty = dead || p->kernel || p->dying;

	return snprintf(text, size,
		"%d (%s) %c %d 1 1 0 -1 %u %" PRIu64 " 0 %" PRIu64 " 0 1 1 0 0 20 0 %d 0 %" PRIu64
		" %d %" PRIu64 " 18446744073709551615 %" PRIu64 " 1 %" PRIu64
		" 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		p->pid, p->comm, dead ? 'Z' : 'S', p->ppid,
		4194304u + (p->forked ? 0x40 : 0) + (p->kernel ? 0x200000 : 0) + (p->dying ? 4 : 0),
		p->minflt, p->majflt, dead ? 2 : 1, p->starttime_ticks, empty ? 0 : 4096000,
		p->resident - p->unsettled, empty ? 0 : p->startcode, empty ? 0 : p->startstack);
}

int fake_make_statm(const struct fake_process *process, char *text, size_t size)
{
	if (process->dead_leader || process->kernel || process->dying)
		return snprintf(text, size, "0 0 0 0 0 0 0\n");
	return snprintf(text, size, "%" PRIu64 " %" PRIu64 " %" PRIu64 " 10 0 30 0\n",
		process->mapped, process->resident, process->file);
}

static int make_status(const struct fake_process *p, char *text, size_t size)
{
	char swap[32] = "";

	if (p->swap_kib)
		snprintf(swap, sizeof(swap), "VmSwap:\t%u kB\n", p->swap_kib);
	return snprintf(text, size,
		"Name:\t%s\nState:\tS (sleeping)\nPPid:\t%d\nUid:\t%u\t%u\t%u\t%u\n"
		"VmPTE:\t4 kB\n%sThreads:\t1\n",
		p->comm, p->ppid, p->uid, p->uid, p->uid, p->uid, swap);
}

int fake_make_text(const struct fake_process *p, unsigned file, char *text, size_t size)
{
	char anonymous[64] = "";

	switch (file) {
	case FP_OS_STAT:
		return make_stat(p, text, size);
	case FP_OS_STATUS:
		return make_status(p, text, size);
	case FP_OS_STATM:
		return fake_make_statm(p, text, size);
	case FP_OS_SMAPS_ROLLUP:
		if (p->anonymous_kib)
			snprintf(anonymous, sizeof(anonymous), "Anonymous: %" PRIu64 " kB\n",
				p->anonymous_kib);
		return snprintf(text, size,
			"400000-500000 ---p 00000000 00:00 0 [rollup]\nRss: %" PRIu64
			" kB\nPss: %u kB\n"
			"Private_Clean: 0 kB\nPrivate_Dirty: %u kB\nSwap: 0 kB\nSwapPss: 0 kB\n"
			"Pss_Dirty: %u kB\n%s",
			p->resident * 4, p->space + p->grown_kib, p->space + p->grown_kib,
			p->dirty_kib, anonymous);
	case FP_OS_CGROUP:
		return snprintf(text, size, "%s", p->cgroup);
	case FP_OS_CMDLINE:
		return snprintf(text, size, "%s|", p->cmdline);
	case FP_OS_ENVIRON:
		return snprintf(text, size, "%s|", p->environ);
	case FAKE_EXE:
		return snprintf(text, size, "%s", p->exe);
	}
	return -1;
}

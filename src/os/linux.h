/* The slots that only Linux fills; their contracts stand in os.h. */
#ifndef FP_OS_LINUX_H
#define FP_OS_LINUX_H

#include "os/os.h"

/* Is the descriptor of a running kernel's /proc, not of a captured tree? */
bool fp_linux_is_procfs(int fd);
/* Keeps descriptors of what is read in each round, where the tree is the running kernel's. */
void fp_linux_keep(struct fp_os *os);

int fp_linux_process_keep(struct fp_os_process *process);
int fp_linux_glance_open(const struct fp_os_process *process, struct fp_os_kept *out);
void fp_linux_glance_close(struct fp_os_kept *kept);
int fp_linux_glance(struct fp_os *os, int32_t pid, const struct fp_os_kept *kept, bool threads,
	struct fp_os_glance *out);
int fp_linux_cpu_clock(struct fp_os *os, int32_t pid, uint64_t *ns);
int fp_linux_owner(const struct fp_os_process *process, uint32_t *uid);
int fp_linux_swap_used(struct fp_os *os, uint64_t *bytes);
int fp_linux_ksm_pages(struct fp_os *os, uint64_t *shared, uint64_t *sharing);

#endif

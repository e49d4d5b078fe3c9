/* /proc/PID/status (man 5 proc). */
#ifndef FP_PARSE_STATUS_H
#define FP_PARSE_STATUS_H

#include "model.h"

struct fp_status {
	bool has_euid, has_threads, has_ppid;
	uint32_t euid;
	uint64_t threads;
	int32_t ppid;
	char state;              /* 0 where there is no State line */
	char comm[FP_COMM_SIZE]; /* Name, with the kernel's \n and \\ undone */
	size_t comm_len;
	/* voluntary_ctxt_switches and nonvoluntary_ctxt_switches: of this one thread alone (2.6.23) */
	bool has_voluntary, has_involuntary;
	uint64_t voluntary_switches, involuntary_switches;
	/*
	 * FP_PAGE_TABLES (VmPTE + VmPMD), FP_RSS (VmRSS), FP_VMS (VmSize), FP_TEXT (VmExe),
	 * FP_DATA (VmData + VmStk),
	 * FP_SWAP (VmSwap, 2.6.34: without what is swapped out of shared memory), FP_SHARED (RssFile + RssShmem, 4.5): those whose lines are there.
	 */
	struct fp_memory memory;
};

/*
 * 0; -ENODATA when the text is empty; -EBADMSG when one of the lines above has a value that the
 * kernel does not write. Lines that are not known, and a last line that is cut, are passed over.
 */
int fp_status_parse(const char *text, size_t len, struct fp_status *out);

#endif

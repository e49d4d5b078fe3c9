#include "sample/member.h"

#include <stdlib.h>
#include <string.h>

int fp_member_keep(struct fp_members *members, struct fp_process *process,
	const struct fp_memory *memory, bool denied, bool keep_cmdline)
{
	struct fp_member member = {.pid = process->pid, .denied = denied, .memory = *memory};
	const char *text;
	size_t len;

	if (process->readable) {
		member.starttime_ticks = process->stat.starttime_ticks;
		member.threads = process->stat.threads;
		memcpy(member.comm, process->stat.comm, process->stat.comm_len);
	}
	int status = fp_process_uid(process, &member.uid);
	if (status == -ESRCH || fp_process_is_fatal(status))
		return status;
	member.has_uid = status == 0;
	if (keep_cmdline && fp_process_cmdline(process, &text, &len) == 0) {
		member.cmdline = strndup(len ? text : "", len);
		if (!member.cmdline)
			return -ENOMEM;
	}
	status = fp_members_add(members, member);
	if (status < 0)
		free(member.cmdline);
	return status;
}

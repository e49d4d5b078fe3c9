#include "sample/warnings.h"
#include "parse/mountinfo.h"

#include <string.h>

/* hidepid=4 hides from the group of gid= too. */
static void say_hidden(const struct fp_host *host, const char *proc_path, int hidepid)
{
	fp_log(&host->log, FP_WARNING,
		"%s is mounted with hidepid=%d: without CAP_SYS_PTRACE, processes of other users "
		"%s%s",
		proc_path, hidepid,
		hidepid == 1 ? "cannot be told apart, so they count as denied in every group"
			     : "are invisible and cannot even be counted",
		hidepid < 4 ? ", unless this program is in the group that the mount names (gid=)"
			    : "");
}

void fp_warnings_announce(const struct fp_host *host, const char *proc_path)
{
	struct fp_os_abilities abilities = {0};
	struct fp_buf text = {0};

	if (host->backend->probe(host->os, &abilities) == 0 && !abilities.can_ptrace &&
		host->backend->host_read(host->os, FP_OS_HOST_MOUNTINFO, &text) == 0) {
		int hidepid = fp_mountinfo_hidepid(text.data, text.len, proc_path);
		if (hidepid > 0)
			say_hidden(host, proc_path, hidepid);
	}
	fp_buf_fini(&text);
}

const char *fp_warnings_denial(const struct fp_host *host)
{
	struct fp_os_abilities abilities = {0};

	if (host->backend->probe(host->os, &abilities) < 0)
		return "this program may not read it";
	if (!abilities.can_ptrace && !abilities.can_dac_read)
		return "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are missing";
	if (!abilities.can_ptrace)
		return "CAP_SYS_PTRACE is missing";
	if (!abilities.can_dac_read)
		return "CAP_DAC_READ_SEARCH is missing";
	return "the capabilities are there, so a security module or a user namespace forbids it";
}

const char *fp_warnings_group_text(const struct fp_group *group)
{
	return group->template_text ? group->template_text : group->name;
}

static void say_denied(const struct fp_host *host, const struct fp_group *group, int32_t pid)
{
	fp_log(&host->log, FP_WARNING,
		"<Group \"%s\">: process %d may not be read: %s. Until it may, count-denied tells "
		"how many there are in a group, and the sums that they belong to are not "
		"dispatched; this is said once",
		fp_warnings_group_text(group), (int)pid, fp_warnings_denial(host));
}

static void say_too_long(const struct fp_host *host, const struct fp_group *group, int32_t pid)
{
	fp_log(&host->log, FP_WARNING,
		"<Group \"%s\">: a regular expression takes too long on what process %d says of "
		"itself, so nobody can tell whether it belongs there; such processes count as "
		"denied; this is said once",
		fp_warnings_group_text(group), (int)pid);
}

static void say_no_smaps(const struct fp_host *host, const struct fp_group *group, int32_t pid)
{
	fp_log(&host->log, FP_WARNING,
		"<Group \"%s\">: process %d has neither smaps_rollup nor smaps, so sums that it "
		"belongs to are not dispatched; this is said once",
		fp_warnings_group_text(group), (int)pid);
}

void fp_warnings_unreadable(struct fp_warnings *warnings, const struct fp_host *host,
	const struct fp_group *group, int32_t pid, int status)
{
	/* the guard said it */
	if (status == -EBUSY)
		return;
	bool denied = status == -EACCES;
	bool no_smaps = status == -ENOENT || status == -ENODATA;
	bool too_long = status == -E2BIG;
	bool *said = denied     ? &warnings->said_denied
		     : too_long ? &warnings->said_too_long
		     : no_smaps ? &warnings->said_no_smaps
				: &warnings->said_senseless;

	warnings->met_denied = warnings->met_denied || denied;
	if (*said)
		return;
	*said = true;
	if (denied)
		say_denied(host, group, pid);
	else if (too_long)
		say_too_long(host, group, pid);
	else if (no_smaps)
		say_no_smaps(host, group, pid);
	else
		fp_log(&host->log, FP_WARNING,
			"<Group \"%s\">: a file of process %d cannot be used (%s), so sums that it "
			"belongs to are not dispatched; this is said once",
			fp_warnings_group_text(group), (int)pid, strerror(-status));
}

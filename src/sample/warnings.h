/* What keeps numbers from being told, said in the log once. */
#ifndef FP_SAMPLE_WARNINGS_H
#define FP_SAMPLE_WARNINGS_H

#include "sample/host.h"

/* What was said; a zeroed struct has said nothing. */
struct fp_warnings {
	bool said_denied, said_senseless, said_no_smaps, said_too_long;
	bool met_denied; /* said or not */
};

/* What the permissions of this program will keep from it in the tree at the path. */
void fp_warnings_announce(const struct fp_host *host, const char *proc_path);

/* Why processes of others may not be read, in words; constant. */
const char *fp_warnings_denial(const struct fp_host *host);

/* A process whose memory, or whose place, cannot be found out for the reason that status gives. */
void fp_warnings_unreadable(struct fp_warnings *warnings, const struct fp_host *host,
	const struct fp_group *group, int32_t pid, int status);

/* A group as the operator wrote it. */
const char *fp_warnings_group_text(const struct fp_group *group);

#endif

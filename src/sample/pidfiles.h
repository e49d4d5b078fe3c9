/* The PID files that selectors name, read once a round. */
#ifndef FP_SAMPLE_PIDFILES_H
#define FP_SAMPLE_PIDFILES_H

#include "sample/host.h"

struct fp_pidfiles;

/*
 * One for every PidFile line of the settings, which must outlive it. say_missing: whoever asks once
 * wants to know of a file that is not there, too. 0 or -ENOMEM.
 */
int fp_pidfiles_new(const struct fp_settings *settings, bool say_missing, struct fp_pidfiles **out);
void fp_pidfiles_free(struct fp_pidfiles *files);

/*
 * Reads all files again. What is wrong with a file is said once, until it changes; a file that is
 * not there is no mistake by itself, since the service may be down. *named becomes the processes that
 * files named or name now, of those that changed; true: some file became readable or is that no more,
 * so that it concerns everybody.
 */
bool fp_pidfiles_refresh(
	struct fp_pidfiles *files, const struct fp_host *host, const struct fp_pids **named);

/*
 * Is this the process that the line's file names? 1 or 0; -EACCES when the file may not be read. A
 * process that started after the file was written has got the pid of another: 0.
 */
int fp_pidfiles_match(struct fp_pidfiles *files, const struct fp_host *host,
	const struct fp_line *line, int32_t pid, uint64_t starttime_ticks);

#endif

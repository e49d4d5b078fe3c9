#include "sample/pidfiles.h"
#include "parse/host.h"
#include "parse/pidfile.h"

#include <stdlib.h>
#include <string.h>

enum {
	PIDFILE_LIMIT = 4096,
	/* btime and a file's mtime are each rounded to their own grain */
	STALE_SLACK_S = 2
};

struct pidfile {
	const struct fp_line *line;
	int status, said;
	int32_t pid;
	struct fp_os_file_info info;
	int64_t said_stale_mtime_s;
};

struct fp_pidfiles {
	struct pidfile *at;
	size_t count;
	struct fp_pids named; /* see fp_pidfiles_refresh() */
	bool has_btime, say_missing;
	uint64_t btime_s, ticks_per_second;
};

static size_t collect(const struct fp_settings *settings, struct pidfile *out)
{
	size_t count = 0;

	for (size_t g = 0; g < settings->group_count; g++) {
		const struct fp_group *group = &settings->groups[g];
		for (size_t b = 0; b < group->count; b++) {
			for (size_t i = 0; i < group->blocks[b].count; i++) {
				const struct fp_line *line = &group->blocks[b].lines[i];
				if (line->selector != FP_SEL_PIDFILE)
					continue;
				if (out)
					out[count].line = line;
				count++;
			}
		}
	}
	return count;
}

int fp_pidfiles_new(const struct fp_settings *settings, bool say_missing, struct fp_pidfiles **out)
{
	struct fp_pidfiles *files = calloc(1, sizeof(*files));

	if (!files)
		return -ENOMEM;
	files->say_missing = say_missing;
	files->count = collect(settings, NULL);
	files->at = calloc(files->count + 1, sizeof(files->at[0]));
	if (!files->at) {
		free(files);
		return -ENOMEM;
	}
	collect(settings, files->at);
	*out = files;
	return 0;
}

void fp_pidfiles_free(struct fp_pidfiles *files)
{
	if (!files)
		return;
	free(files->at);
	free(files->named.at);
	free(files);
}

static void refresh_one(
	struct pidfile *file, bool say_missing, const struct fp_host *host, struct fp_buf *text)
{
	const char *path = file->line->name;

	file->status = host->backend->file_read(host->os, path, PIDFILE_LIMIT, text, &file->info);
	if (file->status == 0)
		file->status = fp_pidfile_parse(text->data, text->len, &file->pid);
	if (file->status != file->said && file->status < 0 &&
		(file->status != -ENOENT || say_missing)) {
		const char *why = file->status == -EBADMSG  ? "its first line is not a process id"
				  : file->status == -ELOOP  ? "it is a symbolic link"
				  : file->status == -EINVAL ? "it is not a regular file"
				  : file->status == -EFBIG  ? "it is longer than 4096 bytes"
							    : strerror(-file->status);
		fp_log(&host->log, FP_WARNING, "PidFile \"%s\" cannot be used: %s", path, why);
	}
	file->said = file->status;
}

static void refresh_btime(
	struct fp_pidfiles *files, const struct fp_host *host, struct fp_buf *text)
{
	files->ticks_per_second = host->backend->ticks_per_second(host->os);
	files->has_btime = files->ticks_per_second > 0 &&
			   host->backend->host_read(host->os, FP_OS_HOST_STAT, text) == 0 &&
			   fp_hoststat_btime(text->data, text->len, &files->btime_s) == 0;
}

/* Whom what is new in a file concerns; true: everybody. */
static bool compare(struct fp_pids *named, const struct pidfile *before, const struct pidfile *now)
{
	bool same = before->status == now->status && before->pid == now->pid &&
		    before->info.mtime_s == now->info.mtime_s &&
		    before->info.mtime_ns == now->info.mtime_ns &&
		    before->info.inode == now->info.inode;

	if (same)
		return false;
	bool named_all = before->pid <= 0 || fp_pids_add(named, before->pid) == 0;
	if (now->pid > 0 && now->pid != before->pid)
		named_all = fp_pids_add(named, now->pid) == 0 && named_all;
	return !named_all || (before->status == -EACCES) != (now->status == -EACCES);
}

bool fp_pidfiles_refresh(
	struct fp_pidfiles *files, const struct fp_host *host, const struct fp_pids **named)
{
	struct fp_buf text = {0};
	bool all = false;

	files->named.len = 0;
	*named = &files->named;
	if (files->count == 0)
		return false;
	refresh_btime(files, host, &text);
	for (size_t i = 0; i < files->count; i++) {
		struct pidfile before = files->at[i];
		refresh_one(&files->at[i], files->say_missing, host, &text);
		all = compare(&files->named, &before, &files->at[i]) || all;
	}
	fp_buf_fini(&text);
	return all;
}

static bool is_stale(const struct fp_pidfiles *files, const struct pidfile *file, uint64_t ticks)
{
	if (!files->has_btime)
		return false;
	uint64_t started_s = files->btime_s + ticks / files->ticks_per_second;
	return file->info.mtime_s >= 0 && started_s > (uint64_t)file->info.mtime_s + STALE_SLACK_S;
}

static int match(struct fp_pidfiles *files, const struct fp_host *host, struct pidfile *file,
	int32_t pid, uint64_t ticks)
{
	if (file->status < 0)
		return file->status == -EACCES ? -EACCES : 0;
	if (file->pid != pid)
		return 0;
	if (!is_stale(files, file, ticks))
		return 1;
	if (file->said_stale_mtime_s != file->info.mtime_s)
		fp_log(&host->log, FP_WARNING,
			"PidFile \"%s\" is stale: process %d started after it was written, so the "
			"pid is taken for another's",
			file->line->name, (int)pid);
	file->said_stale_mtime_s = file->info.mtime_s;
	return 0;
}

int fp_pidfiles_match(struct fp_pidfiles *files, const struct fp_host *host,
	const struct fp_line *line, int32_t pid, uint64_t starttime_ticks)
{
	for (size_t i = 0; i < files->count; i++)
		if (files->at[i].line == line)
			return match(files, host, &files->at[i], pid, starttime_ticks);
	return 0;
}

#include "cli/conffile.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <wordexp.h>

/* As deep as the daemon goes. */
enum { DEPTH_MAX = 8 };

/* Far more than any configuration has; what never ends must not fill the memory. */
enum { FILE_MAX = 64 * 1024 * 1024, READ_STEP = 65536 };

static int read_path(struct fp_conf *conf, const char *path, const char *filter, unsigned depth,
	bool in_folder, char *message);

static int fail(char *message, int status, const char *path, const char *what)
{
	snprintf(message, FP_CONF_MESSAGE_SIZE, "%s: %s", path, what);
	return status;
}

static int read_all(FILE *file, struct fp_buf *text)
{
	while (text->len <= FILE_MAX) {
		int status = fp_buf_reserve(text, READ_STEP);
		if (status < 0)
			return status;
		errno = 0;
		size_t n = fread(text->data + text->len, 1, READ_STEP, file);
		text->len += n;
		if (n == 0)
			return ferror(file) ? -errno : 0;
	}
	return -EFBIG;
}

static int read_whole(const char *path, struct fp_buf *text)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	int status = read_all(file, text);
	fclose(file);
	return status;
}

static int read_file(struct fp_conf *conf, const char *path, unsigned depth, char *message)
{
	struct fp_buf text = {0};
	int status = read_whole(path, &text);

	if (status < 0)
		fail(message, status, path, strerror(-status));
	else
		status = fp_conffile_take(conf, path, &text, depth, message);
	/* other plugins' passwords stand there too */
	fp_buf_wipe(&text);
	fp_buf_fini(&text);
	return status;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_folder(
	struct fp_conf *conf, const char *folder, const char *filter, unsigned depth, char *message)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_shown, by_bytes);
	int status = 0;

	if (count < 0)
		return fail(message, -errno, folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		char *path = NULL;
		if (status == 0 && asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0) {
			path = NULL;
			status = -ENOMEM;
		}
		if (status == 0)
			status = read_path(conf, path, filter, depth, true, message);
		free(path);
		free(entries[i]);
	}
	free(entries);
	return status;
}

/* A file that the filter leaves out is passed over in a folder only. */
static int read_filtered(struct fp_conf *conf, const char *path, const char *filter, unsigned depth,
	bool in_folder, char *message)
{
	if (!filter || fnmatch(filter, base_name(path), 0) == 0)
		return read_file(conf, path, depth, message);
	if (in_folder)
		return 0;
	return fail(message, -EINVAL, path,
		"is named by an Include whose Filter leaves it out, which the daemon refuses; "
		"include its folder, or let the pattern name no more than the Filter");
}

static int read_path(struct fp_conf *conf, const char *path, const char *filter, unsigned depth,
	bool in_folder, char *message)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		/* the daemon warns of it and goes on */
		if (depth > 0 && errno == ENOENT)
			return 0;
		return fail(message, -errno, path, strerror(errno));
	}
	if (S_ISDIR(st.st_mode))
		return read_folder(conf, path, filter, depth, message);
	/* so of a device or a pipe, which only a caller may name */
	if (depth > 0 && !S_ISREG(st.st_mode))
		return 0;
	return read_filtered(conf, path, filter, depth, in_folder, message);
}

int fp_conffile_include(struct fp_conf *conf, const char *path, const char *filter, unsigned depth,
	char message[FP_CONF_MESSAGE_SIZE])
{
	wordexp_t words;
	int status = 0;

	if (depth >= DEPTH_MAX)
		return fail(message, -EINVAL, path,
			"is included by an include by an include ...: the daemon goes 7 deep");
	int error = wordexp(path, &words, WRDE_NOCMD);
	if (error == WRDE_NOSPACE)
		return -ENOMEM;
	if (error)
		return fail(message, -EINVAL, path,
			"is no path that Include understands; it takes words with patterns as a "
			"shell does, without commands");
	qsort(words.we_wordv, words.we_wordc, sizeof(words.we_wordv[0]), by_name);
	for (size_t i = 0; i < words.we_wordc && status == 0; i++)
		status = read_path(conf, words.we_wordv[i], filter, depth, false, message);
	wordfree(&words);
	return status;
}

int fp_conffile_read(struct fp_conf *conf, const char *path, char message[FP_CONF_MESSAGE_SIZE])
{
	snprintf(message, FP_CONF_MESSAGE_SIZE, "out of memory");
	return read_path(conf, path, NULL, 0, false, message);
}

/*
 * Feeds files to a fuzz target: those named on the command line, where a folder stands for all
 * that is in it, or else the target's own seeds. Prints TAP, one line a file.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static unsigned files, failures;

/* 0 or -errno. */
static int read_all(const char *path, char **out, size_t *size)
{
	struct stat info;
	FILE *file = fopen(path, "rb");
	int status = 0;

	if (!file)
		return -errno;
	if (fstat(fileno(file), &info) < 0) {
		status = -errno;
	} else {
		*size = (size_t)info.st_size;
		*out = fuzz_alloc(*size);
		if (fread(*out, 1, *size, file) != *size) {
			status = -EIO;
			free(*out);
		}
	}
	fclose(file);
	return status;
}

static void replay_file(const char *path)
{
	char *data = NULL;
	size_t size = 0;
	int status = read_all(path, &data, &size);

	files++;
	if (status < 0) {
		failures++;
		printf("not ok %u - %s # %s\n", files, path, strerror(-status));
		return;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)data, size);
	free(data);
	printf("ok %u - %s\n", files, path);
	/* the next file may be the one that ends the program */
	fflush(stdout);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay(const char *path)
{
	struct dirent **entries;
	char inner[4096];
	int count = scandir(path, &entries, is_visible, alphasort);

	if (count < 0) {
		replay_file(path);
		return;
	}
	for (int i = 0; i < count; i++) {
		snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
		replay_file(inner);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	char seeds[4096];

	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc < 2) {
		snprintf(
			seeds, sizeof(seeds), "%s/tests/fuzz/seeds/%s", top ? top : ".", fuzz_name);
		replay(seeds);
	}
	if (files == 0) {
		printf("Bail out! there is nothing to replay\n");
		return 1;
	}
	printf("1..%u\n", files);
	return failures ? 1 : 0;
}

/* What the proc connector asks of whoever listens, found out in another way than by asking it. */
#ifndef FP_TESTS_E2E_INITIAL_H
#define FP_TESTS_E2E_INITIAL_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The initial namespaces of every kernel have these inodes (linux/proc_ns.h). */
enum { INITIAL_PID = 0xEFFFFFFCu, INITIAL_USER = 0xEFFFFFFDu };

static inline bool initial_is(const char *path, unsigned inode)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_ino == inode;
}

/* Only the initial network namespace has the file. */
static inline bool initial_has_connector(void)
{
	char line[128] = "";
	FILE *file = fopen("/proc/net/connector", "r");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strncmp(line, "cn_proc", 7) == 0;
	if (file)
		fclose(file);
	return found;
}

/* Why no event is to be had here; NULL: they are. */
static inline const char *initial_lacks(void)
{
	if (geteuid() != 0)
		return "only root can change what is told";
	if (!initial_is("/proc/self/ns/pid", INITIAL_PID))
		return "this is not the initial pid namespace";
	if (!initial_is("/proc/self/ns/user", INITIAL_USER))
		return "this is not the initial user namespace";
	if (!initial_has_connector())
		return "no proc connector in this kernel or network namespace";
	return NULL;
}

/* The plan of a test that has nothing to look at. */
static inline int initial_skip(const char *reason)
{
	printf("1..0 # SKIP %s\n", reason);
	return 0;
}

#endif

/*
 * The processes that contrib/quickstart measures: a parent with 64 MiB, four forked children that
 * share these pages and have 8 MiB each besides, and a file that is written and synced four times a
 * second. Without a file, one process that does nothing. Ends with its standard input.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MIB = 1024 * 1024, SHARED_MIB = 64, OWN_MIB = 8, CHILDREN = 4, WRITE_EVERY_MS = 250 };

/* Pages cost nothing before something is written to them. */
static char *fill(size_t bytes)
{
	char *memory = malloc(bytes);

	if (memory)
		memset(memory, 'x', bytes);
	else
		perror("quickstart: malloc");
	return memory;
}

static void be_child(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || !fill((size_t)OWN_MIB * MIB))
		_exit(1);
	for (;;)
		pause();
}

static int start_children(pid_t *children)
{
	pid_t parent = getpid();

	for (int i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		if (children[i] == 0)
			be_child(parent);
		if (children[i] < 0) {
			perror("quickstart: fork");
			return -1;
		}
	}
	return 0;
}

static int wait_for_end(void)
{
	char byte;

	return read(STDIN_FILENO, &byte, 1) < 0 ? -1 : 0;
}

static int write_until_end(const char *path, const char *data)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		perror(path);
		return -1;
	}
	while (poll(&input, 1, WRITE_EVERY_MS) == 0) {
		if (pwrite(fd, data, MIB, 0) < 0 || fdatasync(fd) < 0) {
			perror(path);
			return -1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	pid_t children[CHILDREN] = {0};
	int status = -1;

	if (argc < 2)
		return wait_for_end() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	char *shared = fill((size_t)SHARED_MIB * MIB);
	if (shared && start_children(children) == 0)
		status = write_until_end(argv[1], shared);
	for (int i = 0; i < CHILDREN && children[i] > 0; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/*
 * rest PARENT: one of a crowd. It does nothing, and ends with the process PARENT that started it.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return 2;
	/* who ended before that was said sends nothing any more */
	if (getppid() != atoi(argv[1]))
		return 1;
	for (;;)
		pause();
}

#include "sample/late.h"
#include "sample/process.h"

#include <stdlib.h>
#include <string.h>

/* As many looks for a process in the middle of exec; see fp_process.patience. */
enum { PATIENCE = 20 };

FP_VEC(texts, char *);

struct fp_late {
	struct fp_process process;
	struct texts texts; /* that were given away */
};

int fp_late_new(const struct fp_host *host, struct fp_late **out)
{
	struct fp_late *late = calloc(1, sizeof(*late));

	if (!late)
		return -ENOMEM;
	/* what a selector would be told of is not asked for */
	fp_process_init(&late->process, host, NULL, NULL, NULL);
	late->process.patience = PATIENCE;
	*out = late;
	return 0;
}

void fp_late_free(struct fp_late *late)
{
	if (!late)
		return;
	for (size_t i = 0; i < late->texts.len; i++)
		free(late->texts.at[i]);
	free(late->texts.at);
	fp_process_fini(&late->process);
	free(late);
}

static int copy_cmdline(struct fp_late *late, const char **out)
{
	const char *text;
	size_t len;
	int status = fp_process_cmdline(&late->process, &text, &len);

	if (status < 0)
		return status;
	char *copy = strndup(len ? text : "", len);
	if (!copy)
		return -ENOMEM;
	status = texts_add(&late->texts, copy);
	if (status < 0)
		free(copy);
	else
		*out = copy;
	return status;
}

int fp_late_cmdline(struct fp_late *late, const struct fp_member *member, const char **out)
{
	struct fp_process *process = &late->process;
	int status = fp_process_open(process, member->pid);

	if (status < 0)
		return status;
	if (!process->readable)
		status = -EACCES;
	else if (process->stat.starttime_ticks != member->starttime_ticks)
		status = -ESRCH;
	else
		status = copy_cmdline(late, out);
	fp_process_close(process);
	return status;
}

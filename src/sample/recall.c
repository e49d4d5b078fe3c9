#include "sample/recall.h"
#include "sample/process.h"

#include <stdlib.h>
#include <string.h>

/* As many looks for a process in the middle of exec; see fp_process.patience. */
enum { PATIENCE = 20 };

FP_VEC(texts, char *);

struct fp_recall {
	struct fp_process process;
	struct texts texts; /* that were given away */
};

int fp_recall_new(const struct fp_host *host, struct fp_recall **out)
{
	struct fp_recall *recall = calloc(1, sizeof(*recall));

	if (!recall)
		return -ENOMEM;
	/* what a selector would be told of is not asked for */
	fp_process_init(&recall->process, host, NULL, NULL, NULL);
	recall->process.patience = PATIENCE;
	*out = recall;
	return 0;
}

void fp_recall_free(struct fp_recall *recall)
{
	if (!recall)
		return;
	for (size_t i = 0; i < recall->texts.len; i++)
		free(recall->texts.at[i]);
	free(recall->texts.at);
	fp_process_fini(&recall->process);
	free(recall);
}

static int copy_cmdline(struct fp_recall *recall, const char **out)
{
	const char *text;
	size_t len;
	int status = fp_process_cmdline(&recall->process, &text, &len);

	if (status < 0)
		return status;
	char *copy = strndup(len ? text : "", len);
	if (!copy)
		return -ENOMEM;
	status = texts_add(&recall->texts, copy);
	if (status < 0)
		free(copy);
	else
		*out = copy;
	return status;
}

int fp_recall_cmdline(struct fp_recall *recall, const struct fp_member *member, const char **out)
{
	struct fp_process *process = &recall->process;

	/* a thread that was here before may have been left behind */
	fp_process_close(process);
	int status = fp_process_open(process, member->pid);
	if (status < 0)
		return status;
	if (!process->readable)
		status = -EACCES;
	else if (process->stat.starttime_ticks != member->starttime_ticks)
		status = -ESRCH;
	else
		status = copy_cmdline(recall, out);
	fp_process_close(process);
	return status;
}

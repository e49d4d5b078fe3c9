#include "sample/pids.h"

#include <stdlib.h>

void fp_pids_free(struct fp_pids *pids)
{
	free(pids->at);
	*pids = (struct fp_pids){0};
}

static int compare(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

void fp_pids_sort(struct fp_pids *pids)
{
	size_t kept = 0;

	if (pids->len)
		qsort(pids->at, pids->len, sizeof(pids->at[0]), compare);
	for (size_t i = 0; i < pids->len; i++)
		if (kept == 0 || pids->at[kept - 1] != pids->at[i])
			pids->at[kept++] = pids->at[i];
	pids->len = kept;
}

bool fp_pids_has(const struct fp_pids *pids, int32_t pid)
{
	return pids->len && bsearch(&pid, pids->at, pids->len, sizeof(pids->at[0]), compare);
}

/*
 * The page readers on request, for tests to compare.
 *
 *     pages-tell [WITHOUT...]          pfns, kinds, query, scan, statm: as if the kernel lacked it
 *
 * Prints its abilities, and then an answer for each line of its standard input:
 *     single PID | slices PID | slices-swap PID     a status, and then NAME=BYTES for what is known
 *     begin | end                                    of a round
 */
#include "sample/pages_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	enum fp_metric metric;
} metrics[] = {
	{"rss", FP_RSS},
	{"uss", FP_USS},
	{"pss", FP_PSS},
	{"pss_anon", FP_PSS_ANON},
	{"pss_file", FP_PSS_FILE},
	{"pss_shmem", FP_PSS_SHMEM},
	{"swap", FP_SWAP},
	{"swap_pss", FP_SWAP_PSS},
	{"shared", FP_SHARED},
	{"vms", FP_VMS},
	{"text", FP_TEXT},
	{"data", FP_DATA},
};

static void take_away(struct fp_pages_abilities *can, const char *what)
{
	if (strcmp(what, "pfns") == 0)
		can->has_pfns = can->has_kinds = false;
	else if (strcmp(what, "kinds") == 0)
		can->has_kinds = false;
	else if (strcmp(what, "query") == 0)
		can->has_query = false;
	else if (strcmp(what, "scan") == 0)
		can->has_scan = false;
	else if (strcmp(what, "statm") == 0)
		can->exact_statm = false;
	else
		abort();
}

static int read_process(
	struct fp_pages *pages, const char *how, int32_t pid, struct fp_memory *memory)
{
	const struct fp_host *host = pages->host;
	struct fp_os_process process;
	int status = host->backend->process_open(host->os, pid, &process);

	if (status < 0)
		return status;
	if (strncmp(how, "single", 6) == 0)
		status = fp_pages_read_single(
			pages, &process, strcmp(how, "single-swap") == 0, memory);
	else
		status = fp_pages_read_slices(
			pages, &process, strcmp(how, "slices-swap") == 0, memory);
	host->backend->process_close(&process);
	return status;
}

static void tell(const struct fp_pages *pages, int status, const struct fp_memory *memory)
{
	struct fp_pages_seen seen;

	fp_pages_seen(pages, &seen);
	printf("status=%d", status);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		if (fp_memory_has(memory, metrics[i].metric))
			printf(" %s=%" PRIu64, metrics[i].name, memory->bytes[metrics[i].metric]);
	printf(" has_shmem=%d knows_shared_swap=%d shared_swapped=%" PRIu64 " mappings=%" PRIu64
	       " entries=%" PRIu64 " counts=%" PRIu64 " cpu_ns=%" PRIu64 " longest_ns=%" PRIu64
	       "\n",
		seen.has_shmem, seen.knows_shared_swap, seen.shared_swapped_bytes, seen.mappings,
		seen.entries, seen.counts, seen.cpu_ns, seen.longest_ns);
	fflush(stdout);
}

static void answer(struct fp_pages *pages, const char *line)
{
	struct fp_memory memory = {0};
	char how[32] = "";
	int pid = 0;

	if (sscanf(line, "%31s %d", how, &pid) == 2) {
		int status = read_process(pages, how, pid, &memory);
		tell(pages, status, &memory);
		return;
	}
	if (strcmp(how, "end") == 0)
		fp_pages_end(pages);
	else
		fp_pages_begin(pages);
	tell(pages, 0, &memory);
}

int main(int argc, char **argv)
{
	struct fp_host host = {.backend = fp_os_default()};
	struct fp_pages_abilities can;
	struct fp_pages *pages;
	char line[128];

	if (host.backend->open("/proc", "/sys", &host.os) < 0 || fp_pages_new(&host, &pages) < 0 ||
		fp_pages_probe(pages, &can) < 0)
		return 1;
	for (int i = 1; i < argc; i++)
		take_away(&pages->can, argv[i]);
	printf("pagemap=%d pfns=%d kinds=%d query=%d scan=%d statm=%d\n", can.has_pagemap,
		can.has_pfns, can.has_kinds, can.has_query, can.has_scan, can.exact_statm);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		answer(pages, line);
	fp_pages_free(pages);
	host.backend->close(host.os);
	return 0;
}

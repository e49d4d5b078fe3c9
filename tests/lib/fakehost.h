/* A host of a few processes that a test makes up, changes between rounds, and lets a sampler read. */
#ifndef FP_TESTS_LIB_FAKEHOST_H
#define FP_TESTS_LIB_FAKEHOST_H

#include "readtext.h"
#include "sample/guard.h"
#include "sample/sampler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { FAKE_PROCESSES = 64, FAKE_TEXT = 512 };

struct fake_process {
	bool lives;
	bool forked;      /* and no exec since */
	bool dead_leader; /* its first thread has ended, and tells nothing of the image */
	int threads_status, thread_status; /* of listing, of opening another: 0 or -errno */
	int32_t pid, ppid;
	uint64_t starttime_ticks;
	uint64_t startcode, startstack; /* of its image; see fake_exec() */
	char comm[FP_COMM_SIZE];
	char cmdline[FAKE_TEXT], environ[FAKE_TEXT]; /* with '|' for NUL */
	char exe[FAKE_TEXT], cgroup[FAKE_TEXT];      /* cgroup is the whole file */
	uint32_t uid;
	unsigned space;  /* its address space, of so many KiB: those with one number share it */
	unsigned denied; /* bit 1 << file, or FAKE_EXE: answers -EACCES */
	unsigned reads[FP_OS_FILES + 1]; /* of each file, and of FAKE_EXE */
};

enum { FAKE_EXE = FP_OS_FILES };

struct fake_host {
	struct fp_os_backend backend;
	struct fp_host host;
	struct fake_process processes[FAKE_PROCESSES]; /* all that ever were */
	size_t count;
	uint64_t images;
	unsigned spaces;
	uint64_t now_s, round_s; /* the clock, and how long a round takes to come */
	struct readtext settings;
	struct fp_guard *guard; /* NULL: the sampler has none */
	struct fp_sampler *sampler;
	struct fp_snapshot *snapshot; /* of the last round */
	unsigned lines;
	char said[4096]; /* the log, lines ended by '\n' */

	/* Called before a file is read: a test may change the host in the middle of a round. */
	void (*before_read)(struct fake_process *process, unsigned file);
};

/* The host of the test that runs. */
extern struct fake_host *fake;

/* Before and after each test: a host without processes at 1000 s after its start, and its end. */
int fake_begin(void **state);
int fake_end(void **state);

#define ON_A_FAKE_HOST(test) cmocka_unit_test_setup_teardown(test, fake_begin, fake_end)

/* Puts a guard between the host and the sampler that is configured next; see sample/guard.h. */
void fake_guard(uint64_t timeout_ns);

/* Starts sampling with this inside of a <Plugin footprint> block. */
void fake_configure(const char *text);

/*
 * A new process with an image and an address space of its own. Its command line is its name, its
 * executable /bin/NAME, its user 1000.
 */
struct fake_process *fake_start(
	int32_t pid, int32_t ppid, const char *comm, const char *environ_text);

/* A child with the image of its parent, in memory of its own. */
struct fake_process *fake_fork(const struct fake_process *parent, int32_t pid);

/* Gives it another image; environ_text NULL: the same environment. */
void fake_exec(struct fake_process *process, const char *comm, const char *environ_text);

/* Ends it: its children are the first process's from now on. */
void fake_exit(struct fake_process *process);

/* The next round, round_s later. */
void fake_round(void);

/*
 * Fails unless in the last round this group had exactly these members, as pids in order: "10 11"; ""
 * for none; NULL: the group was not told. Its USS, if told, is that of their address spaces.
 */
void fake_check(const char *group, const char *pids);

/* What was told of a group in the last round; NULL: nothing. */
const struct fp_group_result *fake_result(const char *group);

/* Fails unless so many lines were said since the last call, and the part is in them. */
void fake_check_said(unsigned lines, const char *part);

/* How often a file was read since the last call for it. */
unsigned fake_reads(struct fake_process *process, unsigned file);

#endif

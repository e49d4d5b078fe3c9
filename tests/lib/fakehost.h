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

enum { FAKE_PROCESSES = 640, FAKE_TEXT = 512 };

/* A process has one thread that is not its first, of an id beyond its own by this. */
enum { OTHER_THREAD = 10000 };

struct fake_process {
	bool lives;
	bool forked;      /* and no exec since */
	bool dead_leader; /* its first thread has ended, and tells nothing of the image */
	int threads_status, thread_status; /* of listing, of opening another: 0 or -errno */
	unsigned
		passes_on, /* so often another takes over and the listed one ends before it is opened */
		passed_on;
	unsigned leader_ends_after; /* so many more glances at it; 0: not because of that */
	bool is_thread; /* of another process: no list has it, and it has no clock of its own */
	int32_t pid, ppid;
	uint64_t starttime_ticks;
	uint64_t startcode, startstack; /* of its image; see fake_exec() */
	char comm[FP_COMM_SIZE];
	char cmdline[FAKE_TEXT], environ[FAKE_TEXT]; /* with '|' for NUL */
	char exe[FAKE_TEXT], cgroup[FAKE_TEXT];      /* cgroup is the whole file */
	uint32_t uid;
	unsigned space;  /* its address space, of so many KiB: those with one number share it */
	unsigned denied; /* bit 1 << file, or FAKE_EXE: answers -EACCES */
	unsigned opens;  /* how often it was opened, and glanced at */
	unsigned glances;
	unsigned reads[FP_OS_FILES + 1]; /* of each file, and of FAKE_EXE */

	/* Of a live host: see fake_go_live(). */
	bool kernel, dying;      /* a thread of the kernel; one that gave up its memory */
	uint64_t resident, file; /* pages in statm, */
	uint64_t mapped;         /* and all that it maps; */
	uint64_t unsettled;      /* so many of the resident ones are not in stat yet */
	uint64_t minflt, majflt; /* in stat */
	unsigned more_threads;   /* beyond the first, of which only a glance tells */
	bool rests;              /* its clock stands still, */
	uint64_t clock_ns;       /* which is that */
	unsigned swap_kib;       /* VmSwap in status; 0: it does not say */
	unsigned dirty_kib;      /* Pss_Dirty in smaps_rollup */
	uint64_t anonymous_kib;  /* Anonymous there; 0: it does not say */
	unsigned grown_kib;      /* beyond what its space says */
	uint64_t walk_ns;        /* CPU time that reading smaps_rollup takes */
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
	uint64_t late_ns;        /* beyond now_s: a test may let time pass in a round */
	int opened;              /* processes and threads that are open now */
	unsigned lists;          /* how often all were listed */
	unsigned misses;         /* how often nobody was there to be opened */
	struct readtext settings;
	struct fp_guard *guard; /* NULL: the sampler has none */
	struct fp_sampler *sampler;
	struct fp_snapshot *snapshot; /* of the last round */
	unsigned lines;
	char said[4096]; /* the log, lines ended by '\n' */

	/* Of process events and of the last pid: see fakeevents.c. */
	int events_status, drain_status; /* of opening a stream, of draining it: 0 or -errno */
	bool is_streaming;
	struct fp_os_events events; /* not drained yet */
	unsigned losing;            /* so many of the next events */
	uint64_t lost;
	bool tells_last_pid;
	int32_t last_pid;

	/* Of a live host: see fakelive.c. */
	struct fp_os_abilities abilities;
	uint64_t cpu_ns; /* of the thread that samples */
	uint64_t swap_bytes, ksm_shared, ksm_sharing;
	uint64_t huge_pages, unused_huge_pages; /* of the pool */
	uint64_t meddled;                       /* pages that the kernel took from processes */
	bool hides_meddling;                    /* and does not tell */
	bool lacks_clocks;                      /* processes have none, */
	unsigned thread_opens;                  /* of a thread that is not the first */
	unsigned clocks;                        /* or how often a process's clock was asked for */
	uint64_t descriptor_limit;
	bool refuses_to_keep; /* processes open */
	int kept, kept_most;  /* descriptors that stay open: now, and at most so far */

	/* Below 0: what opening, glancing or reading fails with once, after so many that do not. */
	int call_status;
	unsigned calls_left;

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

/* The same for many rounds, so that samples are kept, and within Budget. */
void fake_follow(const char *text);

/* From now on the host is a running kernel's, whose processes can be glanced at, with all rights. */
void fake_go_live(void);

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

/*
 * From now on a sampler can open a stream of process events, into which all of the above feed: a start
 * is a fork and an exec. Until then -ENOTSUP, and with status < 0 that, is the answer.
 */
void fake_tell_events(int status);

/* Feeds one more event, such as that of another name or user. */
void fake_event(enum fp_os_event_kind kind, int32_t pid, int32_t parent);

/* The next events are lost, so many of them. */
void fake_lose(unsigned count);

/* From now on /proc/loadavg tells the last pid. */
void fake_tell_last_pid(void);

/* The next round, round_s later. */
void fake_round(void);

void fake_rounds(int count);

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

/* Fails unless since the last call these processes were opened, and no others, dead ones included. */
void fake_check_opened(const char *pids);

/* As well: of whom smaps_rollup was read, once each. NULL: whoever it was. */
void fake_check_read(const char *pids);

/* Of a group in the last round: its complete USS, and how old its oldest sample is. */
uint64_t fake_uss_kib(const char *group);
uint64_t fake_age_s(const char *group);

/* The process that lives under a pid, or NULL. */
struct fake_process *fake_find(int32_t pid);

/* For fakehost.c: fills in the slots of events, and frees what they took. */
void fake_begin_events(void);
void fake_end_events(void);

/* As well: the slots of a live host, which serve once it is one. */
void fake_begin_live(void);
void fake_end_live(void);

/* Between the parts of this: the error that a call has to fail with now, or 0. */
int fake_call(void);

/* A process that was kept open is closed. */
void fake_close_kept(void);

/* statm as it is now; the text of any file, in which '|' may stand for NUL, or below 0. */
int fake_make_statm(const struct fake_process *process, char *text, size_t size);
int fake_make_text(const struct fake_process *process, unsigned file, char *text, size_t size);

#endif

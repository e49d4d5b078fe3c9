/* One process during one round: opened, told apart, asked for facts, measured, closed. */
#ifndef FP_SAMPLE_PROCESS_H
#define FP_SAMPLE_PROCESS_H

#include "compute/expand.h"
#include "compute/select.h"
#include "parse/cgroup.h"
#include "parse/stat.h"
#include "parse/status.h"
#include "sample/containers.h"
#include "sample/host.h"
#include "sample/pidfiles.h"
#include "sample/users.h"

/* What was read of a process: reused from one to the next, so that a round allocates little. */
struct fp_process_text {
	bool tried;
	int status;
	struct fp_buf bytes;
};

struct fp_process {
	const struct fp_host *host;
	struct fp_pidfiles *pidfiles;
	struct fp_users *users;
	struct fp_containers *containers;

	int32_t pid;
	struct fp_os_process self;   /* its directory */
	struct fp_os_process body;   /* a live thread's, where the leader is dead; else the same */
	struct fp_os_process thread; /* one that is looked at; see fp_process_thread_open() */
	bool has_self, has_body, has_thread; /* which are open */
	bool borrows_self;                   /* which somebody else keeps, and closes */
	int32_t tid;                         /* of the body */
	uint64_t key;  /* of its image, see fp_stat_key(), by a live thread; 0: not known */
	bool readable; /* false: even stat is denied, and only the pid is known */
	bool stuck;    /* not even stat answers: its starttime and its image are not known */
	struct fp_stat stat;
	enum fp_kind kind;
	bool has_clock;
	uint64_t clock_ns; /* its CPU time before stat was read */

	struct fp_process_text status_text, exe, cmdline, environ, cgroup;
	struct fp_status status; /* parsed, while status_text.status is 0 */
	struct fp_buf scratch;
	struct fp_pids tids, ended; /* of its threads; of those that were no more */
	char found[FP_UNIT_SIZE];   /* a unit's name or a container's id */

	/*
	 * How often this round may still wait for a process without any argument, which is either in
	 * the middle of exec or has none: set by the owner at the start of a round.
	 */
	int patience;

	/* Set by the owner: ids have clocks here, and to ask one spares a second look at an image. */
	bool asks_clocks;
};

/* Binds a zeroed process to its host, once for many rounds; _fini frees what it read. */
void fp_process_init(struct fp_process *process, const struct fp_host *host,
	struct fp_pidfiles *pidfiles, struct fp_users *users, struct fp_containers *containers);
void fp_process_fini(struct fp_process *process);

/*
 * Opens a process and finds out its kind. 0, also for one that may not be read at all or does not
 * answer; -ESRCH when there is none, or only a zombie; -ENOMEM, -EMFILE and the like. Closing closes whatever is open,
 * also what a thread that was left behind in a call had opened.
 */
int fp_process_open(struct fp_process *process, int32_t pid);
void fp_process_close(struct fp_process *process);

/* As fp_process_open(), by a place that somebody keeps, and closes when nobody has it open so. */
int fp_process_open_kept(struct fp_process *process, const struct fp_os_process *place);

/*
 * Keeps the directory of an opened process and the files that each reading needs: *place is the
 * caller's to close, after this process was. 0 or -errno.
 */
int fp_process_keep(struct fp_process *process, struct fp_os_process *place);

/* Opens a thread of an opened process as process->thread, one at a time; as the backend's thread_open. */
int fp_process_thread_open(struct fp_process *process, int32_t tid);
void fp_process_thread_close(struct fp_process *process);

/*
 * Does it still have this image? What cannot be told is no change: without permission, and when it
 * has ended.
 */
bool fp_process_has_image(struct fp_process *process, uint64_t key);

/* How often one reading looks again before it takes what it finds as it is. */
enum { FP_PROCESS_LOOKS = 4 };

/*
 * Finds out what it is now: it may have ended, or its first thread may have. 0; -ESRCH; -ENOMEM and
 * the like.
 */
int fp_process_look(struct fp_process *process);

/* Does the error say something of this machine, not of the process? Then the round cannot go on. */
bool fp_process_is_fatal(int status);

/* Why nothing can be known of a process that is not readable: -EBUSY or -EACCES. */
static inline int fp_process_refusal(const struct fp_process *process)
{
	return process->stuck ? -EBUSY : -EACCES;
}

/* Reads and parses status, once. 0; -ENOENT, -ENODATA, -EBADMSG, or as the backend's read. */
int fp_process_status(struct fp_process *process);

/*
 * Reads a file of the address space. It is not there for a moment while a process changes its
 * image, and for good when it ends or its first thread does: which of these, stat says. 0; -ESRCH
 * when it has ended; -ENODATA when the file stays away or empty without a reason; else as the
 * backend's read.
 */
int fp_process_read(struct fp_process *process, enum fp_os_file file, size_t limit,
	bool may_be_empty, struct fp_buf *out);

/* In facts.c. The fetch of struct fp_facts; context is the process. */
int fp_process_fetch(void *context, const struct fp_line *line, struct fp_fact *fact);

/*
 * In pieces.c. What a part of a group's name stands for, the process having matched the block: what there is none
 * of is empty. 0; -EACCES and the like when it may not be read; as fetch otherwise.
 */
int fp_process_piece(struct fp_process *process, const struct fp_block *block,
	const struct fp_part *part, struct fp_piece *out);

/* The name of its container, or the first 12 digits of its id. 0; -ENOENT: in none; as fetch. */
int fp_process_container(struct fp_process *process, const char **name);

/* The effective uid. 0; -ENOENT when the tree does not say; as fetch otherwise. */
int fp_process_uid(struct fp_process *process, uint32_t *uid);

/* The command line, arguments joined by spaces; lives until the process is closed. As fetch. */
int fp_process_cmdline(struct fp_process *process, const char **text, size_t *len);

/*
 * In measure.c. What to measure of its memory: the mappings one by one (smaps_rollup, or smaps where
 * there is none), its sizes (statm) and its page tables (status).
 */
enum { FP_MEASURE_WALK = 1, FP_MEASURE_SIZES = 2, FP_MEASURE_TABLES = 4 };

/*
 * Measures what is wanted: *memory is overwritten with what is known. 0; -EACCES when parts lack for
 * want of permission; -ESRCH when it has ended meanwhile; -EBADMSG when a file makes no sense;
 * -ENOENT or -ENODATA when the tree has no smaps of it; -ENOMEM and the like.
 */
int fp_process_measure(struct fp_process *process, unsigned wanted, struct fp_memory *memory);

#endif

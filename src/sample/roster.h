/*
 * The members of groups, each with its last sample: which are due to be read again, and reading them.
 */
#ifndef FP_SAMPLE_ROSTER_H
#define FP_SAMPLE_ROSTER_H

#include "compute/budget.h"
#include "compute/plan.h"
#include "sample/pages.h"
#include "sample/spaces.h"
#include "sample/watch.h"

/*
 * A member. Everything of a sample is of one reading, save what only a walk tells, see walked_ns, and
 * what stood while only its own pages moved, see whole_ns.
 */
struct fp_held {
	struct fp_entry *entry;
	size_t place;                               /* in the roster */
	bool is_due_group, is_active, wants_detail; /* of its groups, in this round */

	/* how it looks now */
	bool has_glance, is_kept;
	struct fp_os_kept kept;
	struct fp_os_process folder; /* stays open, where it keeps its files; */
	struct fp_os_pages files;    /* so do these, then, if they are open */
	uint64_t resident_pages, file_pages, mapped_pages;
	uint64_t threads;
	bool has_clock, has_stamp;
	uint64_t clock_ns;    /* its CPU time before the last glance */
	unsigned passed;      /* how often it was not its turn */
	uint64_t still_round; /* the last in which it was seen to stand still */
	uint64_t stamp;       /* how it looks to its relatives */

	/* the sample */
	bool has_sample;
	int status; /* of the reading: 0, or why something lacks */
	struct fp_memory memory;
	uint64_t read_ns, walked_ns; /* monotonic; 0: never */
	uint64_t whole_ns;           /* of more than its own pages */
	uint64_t oldest_ns;          /* of what is in memory */
	uint64_t read_round, tables_round;
	bool has_base;  /* the glance that belongs to it */
	unsigned unfit; /* samples in a row that were not of what the glance before saw */
	uint64_t base_resident_pages, base_file_pages;
	uint64_t base_faults;
	uint64_t kin_stamp, outside_stamp;           /* of what else its sample depends on */
	uint64_t next_kin_stamp, next_outside_stamp; /* and how that is now */
	uint64_t swap_stamp;                         /* as of swap_moves */
	uint64_t forks, next_forks;                  /* see moved.c: at its sample, and now */
	/* may the sample be of a moment in which a fork that nobody knew of shared the memory? */
	bool is_proven;               /* that is decided */
	bool is_suspect, was_suspect; /* it may; so might the sample before */
	enum fp_reader_kind reader;
	struct fp_pages_spots *spots; /* of its memory; NULL: never read without a walk */
	bool maps_shmem;              /* as of the last reading as a whole */
	bool rest_stands;             /* now: nothing but its own pages moved since its sample */
	uint64_t cost_ns;             /* CPU time */

	/* what was learnt of it, as long as its image and its relatives stay */
	bool fast_refused, slices_refused;
	uint64_t refused_ns; /* when one last did */
	uint64_t dark_ns; /* when nobody knew what of its shared memory is swapped out; 0: never */

	bool is_due, is_deferred, is_stuck, is_gone; /* in this round */
	bool was_stuck;                              /* in the round before */
	struct fp_space *space;                      /* NULL: nobody can share it */
	struct fp_held *leader; /* in this round: whose sample counts, if not its own */

	/* for those who ask for members */
	char comm[FP_COMM_SIZE];
	bool has_uid;
	uint32_t uid;
	char *cmdline;
};

FP_VEC(fp_held_list, struct fp_held *);
FP_VEC(fp_due_list, struct fp_due_reading);

/* What readings did and cost; counters since the start but for the last two. */
struct fp_readings {
	uint64_t walks, rollups, fasts; /* by slices; by smaps_rollup or smaps; without a walk */
	uint64_t longest_ns;            /* of one reading, by the clock, in this round */
	uint64_t deferred, stuck;       /* members, in this round */
};

struct fp_roster {
	const struct fp_host *host;
	const struct fp_settings *settings;
	struct fp_table *table;
	struct fp_watch *watch;
	struct fp_process *process; /* the tool of the thread that runs */
	struct fp_pages *pages;     /* as well; NULL: only walks */
	struct fp_held_list list;
	struct fp_spaces spaces;
	bool has_left_space; /* somebody has, since all were asked for theirs */
	struct fp_due_list due;
	struct fp_budget budget;
	struct fp_readings readings;
	struct fp_pages_abilities can;
	struct fp_os_abilities abilities;
	struct fp_plan_host plan; /* of this round */
	uint64_t round, now_ns, max_age_ns;
	uint64_t outside; /* moves with whatever may change anybody's share */
	size_t relatives; /* members that have some */
	bool has_clocks;  /* in this round: who did not run tells nothing new */
	bool has_meddled; /* meddled is known, */
	uint64_t meddled; /* which moves where the kernel changed what processes have */
	struct fp_buf text;
	uint64_t ksm_shared, ksm_sharing;
	uint64_t huge_unused;            /* of the host's huge pages */
	uint64_t swap_bytes, swap_moves; /* of the host's; how often that was another number */
	bool ksm_seen;                   /* it held pages at some time */
	size_t kept_files, kept_max;     /* descriptors of members that stay open */
	size_t folder_files;             /* those of folders among them */
	bool is_resumed;                 /* the last round was never over */
	bool is_complete;                /* everybody has been read once */
	bool said_estimate, said_age;
	bool follows; /* there are rounds to come, for which a sample and its cost are kept */
	bool keep_sizes, keep_members, keep_cmdline;
	bool skip_tables;
};

/* In roster_host.c. Reads the host's numbers, and decides what they mean for members. */
void fp_roster_read_host(struct fp_roster *roster);

/* A round begins, at now: what holds for all members. */
void fp_roster_begin(struct fp_roster *roster, uint64_t now_ns, double interval_s);

/* Makes the process of an entry a member, if it is none yet. 0 or -ENOMEM. */
int fp_roster_hold(struct fp_roster *roster, struct fp_entry *entry);

/* It is a member no more. */
void fp_roster_release(struct fp_roster *roster, struct fp_entry *entry);

/* Its image is another: nothing of its sample is true any more. */
void fp_roster_change_image(struct fp_roster *roster, struct fp_held *held);

void fp_roster_fini(struct fp_roster *roster);

/*
 * Of a member whose process is open: who it is, for those who ask for members. 0; -ESRCH; -ENOMEM
 * and the like.
 */
int fp_roster_describe(struct fp_roster *roster, struct fp_held *held);

/*
 * In roster_files.c. A member was read, whose process is open: keeps descriptors, as far as there may be
 * more, so that the next glance costs less, and the next reading too if it was read shortly before.
 * read_before: in which round; 0: never.
 */
void fp_roster_keep(struct fp_roster *roster, struct fp_held *held, uint64_t read_before);

/*
 * Closes what is kept of a member's pages; its folder too; that only if it is of no more use; or all. Its
 * folder only while its process is not open.
 */
void fp_roster_close_pages(struct fp_roster *roster, struct fp_held *held);
void fp_roster_close_folder(struct fp_roster *roster, struct fp_held *held);
void fp_roster_close_unused(struct fp_roster *roster, struct fp_held *held);
void fp_roster_close_files(struct fp_roster *roster, struct fp_held *held);

/*
 * In roster_spaces.c. Finds out who shares a memory and in this round has the sample of whom. 0; -ENOMEM
 * and the like.
 */
int fp_roster_join_spaces(struct fp_roster *roster);

/* As well. Its memory is no longer the one that it was found to have. */
void fp_roster_leave_space(struct fp_roster *roster, struct fp_held *held);

/*
 * As well. A thread that has the memory of a process, of which the first may have ended; 0: nobody can
 * tell. 0; -ENOMEM and the like.
 */
int fp_roster_find_thread(struct fp_roster *roster, const struct fp_entry *entry, int32_t *tid);

/* Not of who was read in this very round, where the next one can still tell whether it moved. */
bool fp_roster_needs_glance(const struct fp_roster *roster, const struct fp_held *held);

/*
 * Looks at a member, and finds out whether it is to be read in this round. 0; -ESRCH: it has ended, or
 * what it is has to be found out anew; -ENOMEM and the like.
 */
int fp_roster_glance(struct fp_roster *roster, struct fp_held *held);

/* In moved.c. Why it is due, by what moved since its sample. 0; -ENOMEM and the like. */
int fp_roster_find_due(struct fp_roster *roster, struct fp_held *held, enum fp_due *due);

/* As well. Is its sample of a moment at which it looked as it did at the last glance, as far as anybody can tell? */
bool fp_roster_fits(const struct fp_roster *roster, const struct fp_held *held);

/* Which members are due, in the order in which to read them: roster->due. 0 or -ENOMEM. */
int fp_roster_plan(struct fp_roster *roster);

/*
 * In reading.c. Reads a member whose process is open. 0, also when something of it may not be read;
 * -EAGAIN: it moved too much, or its first thread ended, and is to be read another time; -ESRCH; -ENOMEM
 * and the like.
 */
int fp_roster_read(struct fp_roster *roster, struct fp_held *held, enum fp_reader_kind reader);

/* The reader that is right for it now. */
enum fp_reader_kind fp_roster_choose(
	const struct fp_roster *roster, const struct fp_held *held, struct fp_plan_member *facts);

/* Do its page tables have to be looked up? */
bool fp_roster_lacks_tables(const struct fp_roster *roster, const struct fp_held *held);
int fp_roster_read_tables(struct fp_roster *roster, struct fp_held *held);

#endif

/*
 * Who lives, and what was found out of each: so that only what changed is asked again.
 *
 * A process is (pid, starttime). What belongs to its image (executable, environment) is forgotten
 * when it changes that, and inherited by a fork that did not yet; what may change without (user,
 * command line, cgroup) is forgotten when its name changes, while it is young, and in rotation.
 *
 * An entry of a process that no group wants takes about 100 bytes: what others need beyond that lies
 * in its more.
 */
#ifndef FP_SAMPLE_TABLE_H
#define FP_SAMPLE_TABLE_H

#include "compute/expand.h"
#include "sample/instances.h"
#include "sample/process.h"
#include "util/pidmap.h"

/* Where a process sits in one group. */
struct fp_seat {
	struct fp_instance
		*matched; /* what its own name expands to, while that cannot have changed */
	struct fp_instance
		*inherited;        /* through its ancestors, where the group takes descendants */
	struct fp_instance *taken; /* since it was last placed: one of the two, or none */
	bool stale;     /* it may lead elsewhere: matched only holds if nobody can tell now */
	bool undecided; /* nobody can tell */
	bool stuck;     /* as well, since it does not answer */
};

struct fp_held; /* sample/roster.h */

struct fp_entry_more {
	struct fp_held *held;     /* of a member */
	struct fp_piece **pieces; /* of each part of a name that belongs to the image; or NULL */
	struct fp_seat seats[];   /* of each group */
};

enum { FP_NOBODY = UINT32_MAX }; /* an index that is none */

enum { FP_IMAGES_MASK = 127 };

struct fp_entry {
	int32_t pid;        /* 0: the place is free */
	int32_t parent_pid; /* whose child it was when it was first seen; 0: unknown, or nobody's */
	uint64_t starttime_ticks;
	uint64_t key;          /* of its image, see fp_stat_key(); 0: not known, or none */
	uint32_t parent_start; /* the low bits of that parent's starttime */
	uint32_t name_hash;
	uint32_t index; /* its own */
	uint32_t key_next, key_previous;
	/* who may share copy-on-write memory with it: sample/kin.h */
	uint32_t kin, kin_next, kin_previous;
	uint32_t young_until_s; /* on the table's own clock */
	unsigned readable : 1, forked : 1, kernel : 1, dead_leader : 1;
	unsigned unsure : 1;  /* did not answer so far, so that its starttime is not known */
	unsigned is_new : 1;  /* not there in the round before, which there was */
	unsigned visited : 1; /* once at least; see fp_table_inherit() */
	unsigned is_parent : 1;
	unsigned
		children_due : 1; /* it moved in a group that takes descendants, and they did not */
	unsigned to_place : 1;    /* where it belongs has to be found out anew */
	unsigned placed : 1;      /* it was found out once, since its image changed */
	unsigned is_dirty : 1;    /* in the list of the watch */
	unsigned has_execed : 1;  /* an event said so, and nobody looked since */
	unsigned kept_key : 1;    /* an exec kept its key, since the round before */
	unsigned is_split : 1; /* one did that nobody told of, and its kin is not that of its key */
	unsigned images : 7;   /* how many did; */
	unsigned parent_images : 7; /* and of its parent, when it was forked */
	struct fp_entry_more *more; /* NULL: in no group, and nothing to remember */
	uint8_t known[];            /* of each line; see struct fp_facts */
};

FP_VEC(fp_entries, struct fp_entry *);
FP_VEC(fp_indexes, uint32_t);
FP_VEC(fp_chunks, char *);

struct fp_kin {
	uint32_t first, count; /* who lives, as entries */
	uint32_t pending;      /* forks that nobody looked at yet */
	uint32_t next_free;
	uint32_t moved_to; /* where everybody went, while forks are still pending here */
	int32_t founder; /* pid of a fork that has had an exec since, and begins this kin; 0: none */
	uint64_t changes;              /* moves when somebody joins or leaves */
	uint64_t forks;                /* moves with each fork that is told, however soon it ends */
	bool has_left;                 /* somebody has, since the roster looked; */
	uint64_t left_round;           /* in which round that was; 0: it is counted */
	uint64_t stamp, stamped_round; /* the roster's: of what its members' memory looked like */
};

FP_VEC(fp_kins, struct fp_kin);

struct fp_table {
	const struct fp_settings *settings;
	/* Called before an entry is freed. */
	void (*gone)(void *context, struct fp_entry *entry);
	void *context;

	size_t entry_bytes;
	struct fp_chunks chunks;
	uint32_t places, free_place; /* of the chunks; free ones are linked by key_next */
	struct fp_pidmap by_pid;     /* pid to index */
	uint32_t *by_key;            /* the first of each chain of equal hashes */
	size_t key_mask;
	struct fp_kins kins;
	uint32_t free_kin;

	struct fp_pids fresh, young; /* who has is_new; who is young, and some that were */
	bool began;                  /* a first round is over */
	uint64_t base_ns;            /* of its clock of seconds */
	size_t dead_leaders;
	size_t count, unknown_keys; /* of processes; of those, user processes without a key */
	uint64_t untold;            /* moves where nobody may have told of a fork */
	uint64_t turnover;          /* moves when somebody comes, goes or changes its image */
};

/* settings must outlive it. 0 or -ENOMEM. */
int fp_table_new(const struct fp_settings *settings, struct fp_table **out);
void fp_table_free(struct fp_table *table);

/* The entry at an index below table->places; NULL: the place is free. */
struct fp_entry *fp_table_at(const struct fp_table *table, uint32_t index);
struct fp_entry *fp_table_find(const struct fp_table *table, int32_t pid);

/* What a look at a process found. */
enum { FP_LOOK_NEW = 1, FP_LOOK_IMAGE = 2, FP_LOOK_NAME = 4 };

/*
 * Takes in what an opened process is now: its entry, made if need be, in the place of one that had
 * its pid before; *changed says what is not as it was. What may have changed is forgotten. 0 or
 * -ENOMEM.
 */
int fp_table_look(struct fp_table *table, const struct fp_process *process, uint64_t now_ns,
	struct fp_entry **out, unsigned *changed);

/* It has ended. */
void fp_table_remove(struct fp_table *table, struct fp_entry *entry);

/* Forgets what may have changed of an entry: image says whether that has, too. */
void fp_table_forget(const struct fp_table *table, struct fp_entry *entry, bool image);

bool fp_table_is_young(const struct fp_table *table, const struct fp_entry *entry, uint64_t now_ns);

/* A round is over: nobody is new any more. */
void fp_table_settle(struct fp_table *table);

/* The parent that it had when it was first seen, if that lives; else NULL. */
struct fp_entry *fp_table_parent(const struct fp_table *table, const struct fp_entry *entry);

/* That parent, as long as both still have the image that they shared when it was born; else NULL. */
struct fp_entry *fp_table_image_parent(const struct fp_table *table, const struct fp_entry *entry);

/*
 * Before an entry is placed for the first time, and after its parent was: takes over what is known of
 * the image that they share. A fork that has not changed its image has its parent's environment, also
 * when it has written a title over its own. 0 or -ENOMEM.
 */
int fp_table_inherit(const struct fp_table *table, struct fp_entry *entry);

/* The more of an entry, made if need be; NULL: out of memory. */
struct fp_entry_more *fp_table_more(const struct fp_table *table, struct fp_entry *entry);

/* Its seat in a group, for looking. */
const struct fp_seat *fp_entry_seat(const struct fp_entry *entry, size_t group);

/*
 * Before an instance is freed: no entry remembers it. Its group has room again, and its name may be
 * another group's, so that who sits in a rest has to_place set.
 */
void fp_table_forget_instance(struct fp_table *table, const struct fp_instance *instance);

#endif

/* Inside the rounds over disks: what is remembered of them. */
#ifndef FP_SAMPLE_DISK_LIST_H
#define FP_SAMPLE_DISK_LIST_H

#include "parse/diskstats.h"
#include "sample/disk_facts.h"
#include "sample/disks.h"

/* What is not needed at every round. */
struct fp_disk_record {
	struct fp_diskstat_head head;
	struct fp_disk_facts facts;
	uint64_t looked_ns;
	unsigned generation;           /* of what the facts may have changed with */
	unsigned checked;              /* generation at which it was the same device at least */
	char name[FP_NAME_SIZE];       /* under which it is told; "": it is not */
	char lost_name[FP_NAME_SIZE];  /* another device has it too, which was said */
	char stuck_name[FP_NAME_SIZE]; /* under which it was told to be stuck; "": it was not */
	/* what is added to a counter, modulo 2^64: what it left behind at 2^32, or under another name */
	uint64_t turns[FP_DISK_FIELDS];
	struct fp_disk_counters told; /* with it; while turned */
	struct fp_disk_counters last; /* what was told at the sample before */
	uint64_t life;                /* another one is another device, or medium, or began anew */
	struct fp_disk_delta delta;   /* of the last interval, where it is kept */
	uint64_t elapsed_ns;
};

/* A name that a device went by, and what was told of it then. */
struct fp_disk_ended {
	char name[FP_NAME_SIZE];
	uint64_t life, ended_ns;
	uint64_t turns[FP_DISK_FIELDS];
	struct fp_disk_counters told;
};

FP_VEC(fp_disk_ended_list, struct fp_disk_ended);

/*
 * What is needed at every round. There may be thousands of devices, of which few do anything: what an
 * idle one needs comes first, and fits into one line of a processor's cache. The line is that of the
 * sample, so that one that stands there again need not be read again.
 */
struct fp_disk {
	size_t line_at, line_len; /* in the text of the last round */
	uint64_t sampled_ns;
	struct fp_disk_record *record;
	uint32_t head_len; /* of the line */
	bool present;      /* in this round */
	bool missed; /* not in the one before: the kernel can pass over a device while others go */
	bool resting; /* nothing came in the last interval, as the rates say, and nothing is in flight */
	bool used;            /* it has counted something */
	bool first;           /* this is its first sample */
	bool anew;            /* it began anew since it was looked at */
	bool looked, changed; /* facts are known; it has to be decided anew whether it is shown */
	bool left;            /* when it was looked at last, sysfs no longer had it */
	bool soon;            /* to be looked at in the next round in which it is there */
	bool shown, nameless;
	bool turned;         /* its record's counters are those to be told */
	bool stuck, alarmed; /* alarmed: that was told */
	struct fp_disk_progress progress;
	struct fp_disk_counters counters;
	struct fp_disk_rates rates;
};

FP_VEC(fp_disk_list, struct fp_disk);

struct fp_disks {
	const struct fp_host *host;
	const struct fp_disk_settings *settings;
	struct fp_disk_links *links;
	struct fp_disk_list disks;
	struct fp_disk_ended_list ended; /* by name, each once */
	uint64_t lives;                  /* so far */
	struct fp_disk_round round;
	struct fp_buf text, last_text;
	struct fp_buf again; /* a second reading in one round */
	uint64_t now_ns;
	bool keep_deltas;
	bool has_events;
	uint64_t events;
	unsigned generation;
	size_t turn;       /* whose turn it is to be looked at, whatever happened */
	size_t next_stale; /* where the search for stale ones goes on */
	bool any_stale;    /* facts of another generation, or to be looked at soon */
	bool any_soon;     /* one is to be looked at in the next round */
	bool any_new, any_changed;
	bool any_alarmed; /* one was told to be stuck */
	bool rename;      /* who is shown, or by which names, may have changed */
	int said_error;
	bool said_line;
};

/*
 * Finds out what has changed of the devices that are there: of all that are new, and of so many of the
 * others that a round does not take long. Of those that have to wait and are shown, whether they are
 * the same devices still. 0, or -ENOMEM, -EMFILE and the like, as all that look at any.
 */
int fp_disk_looks_update(struct fp_disks *disks);

/* One device. 0 or -errno. */
int fp_disk_look(struct fp_disks *disks, struct fp_disk *disk);

/* Does it wait for its look? The look, if so: 1 if it found something else; 0 or -errno. */
bool fp_disk_is_stale(const struct fp_disks *disks, const struct fp_disk *disk);
int fp_disk_look_if_stale(struct fp_disks *disks, struct fp_disk *disk);

/*
 * Finds out what has changed of the devices that are there, and decides who is shown under which name.
 * 0 or -errno.
 */
int fp_disk_names_update(struct fp_disks *disks);

/* Fills the round's results, and its notices of devices that became stuck or no longer are. */
int fp_disk_round_collect(struct fp_disks *disks);

/* Adds to the notices if it was told to be stuck, and is not, by that name. 0 or -ENOMEM. */
int fp_disk_round_end_alarm(struct fp_disks *disks, struct fp_disk *disk, bool visible);

/*
 * Takes the counters of the round's sample as those of the device, and what came since the last one:
 * rates, and whether it is stuck. Same: they are those of the last one.
 */
void fp_disk_update(struct fp_disks *disks, struct fp_disk *disk,
	const struct fp_disk_counters *now, bool same);
void fp_disk_update_same(struct fp_disks *disks, struct fp_disk *disk);

/* Is any of them more than 0? */
bool fp_disk_is_used(const struct fp_disk_counters *counters);

/* Forgets what is known of the last interval: it is another device, or another medium. */
void fp_disk_begin_anew(struct fp_disks *disks, struct fp_disk *disk);

/* The counters that are told of it; such that follow from its turns; such that go on from others. */
const struct fp_disk_counters *fp_disk_told(const struct fp_disk *disk);
void fp_disk_set_told(struct fp_disk *disk, const struct fp_disk_counters *now);
void fp_disk_tell_on(struct fp_disk *disk, const struct fp_disk_counters *last);

/*
 * A device no longer goes by its name, if it has one: 0, or -ENOMEM with all as it was. Then, when all
 * such are known, others may begin to go by those names, and nobody sees a leap in their counters.
 */
int fp_disk_name_end(struct fp_disks *disks, struct fp_disk *disk);
void fp_disk_names_sort_ended(struct fp_disks *disks);
void fp_disk_name_begin(
	struct fp_disks *disks, struct fp_disk *disk, const char name[FP_NAME_SIZE]);

void fp_disk_record_free(struct fp_disk_record *record);

#endif

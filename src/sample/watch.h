/*
 * Whom a round has to look at: who came, who may have changed, and, in rotation, everybody of whom
 * something can change without a sign.
 *
 * The kernel's process events tell the first two where it gives them. Elsewhere the list of all
 * processes is read when an id was given since the last time, and some hundred are looked at in turn.
 */
#ifndef FP_SAMPLE_WATCH_H
#define FP_SAMPLE_WATCH_H

#include "sample/table.h"

struct fp_watch {
	const struct fp_host *host;
	const struct fp_settings *settings;
	struct fp_table *table;
	struct fp_os_stream *stream; /* NULL: the kernel does not tell */
	struct fp_os_events events;
	uint64_t lost; /* events, so far */

	struct fp_pidmap pending; /* forks that nobody looked at yet: pid to kin */
	struct fp_pids dirty;     /* whom an event was about */
	struct fp_pids listed;
	struct fp_buf text;
	bool rescan; /* everybody is to be looked at */
	bool was_scanned, is_live, volatile_facts;
	bool has_last_pid;
	int32_t last_pid;
	uint64_t collected_ns, listed_ns;
	double rotation; /* places of the table that are due, and the next of them */
	uint32_t rotation_at, look_at;
};

/*
 * Binds a zeroed watch. follow: it is for long, so events are asked for; what serves is said in the
 * log. 0 or -ENOMEM. host, settings and table must outlive it.
 */
int fp_watch_init(struct fp_watch *watch, const struct fp_host *host,
	const struct fp_settings *settings, struct fp_table *table, bool follow);
void fp_watch_fini(struct fp_watch *watch);

/* Takes in what the kernel told. Between rounds too, so that its buffer never fills. 0 or -ENOMEM. */
int fp_watch_drain(struct fp_watch *watch);

/*
 * Overwrites pids with whom to look at now, by ascending id, each once. unsettled: nobody could tell of
 * some process whether a group takes it. 0; -errno when the host cannot be read at all; -ENOMEM. After
 * a round that failed, fp_watch_retry().
 */
int fp_watch_collect(struct fp_watch *watch, uint64_t now_ns, bool unsettled, struct fp_pids *pids);
void fp_watch_retry(struct fp_watch *watch);

/* It was looked at, and is the entry now; NULL: it has ended. Ties a fork to its kin. */
void fp_watch_seen(struct fp_watch *watch, int32_t pid, struct fp_entry *entry);

/* Something outside of it decides where it belongs: it is to be placed anew in the next round. */
int fp_watch_mark(struct fp_watch *watch, struct fp_entry *entry);

/* Where no events tell: has no process come since the list was last read? */
bool fp_watch_is_quiet(struct fp_watch *watch);

/* In volatile.c. Does any group ask for something that changes without a sign? events: the kernel tells. */
bool fp_watch_has_volatile(const struct fp_settings *settings, bool events);

/* There too. Could a further question to the process put it elsewhere? */
bool fp_watch_may_move(const struct fp_watch *watch, const struct fp_entry *entry);

#endif

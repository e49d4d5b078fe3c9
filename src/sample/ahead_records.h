/* What the two halves of an ahead share: ahead.c has the helpers, ahead_calls.c those who ask. */
#ifndef FP_SAMPLE_AHEAD_RECORDS_H
#define FP_SAMPLE_AHEAD_RECORDS_H

#include "sample/ahead.h"

#include <pthread.h>

enum {
	FP_AHEAD_HELPERS = 4,
	/* records at once, each with a process open: at most, and of the descriptors that there may be */
	FP_AHEAD_WINDOW = 128,
	FP_AHEAD_SHARE = 4,
	/* who caught up waits until so many are ready: to wait for each costs as much as to read it */
	FP_AHEAD_READY = 32,
	FP_AHEAD_TEXT_LIMIT = 1024 * 1024
};

/* No index, as of nobody. */
#define FP_AHEAD_NONE SIZE_MAX

/* What is read of a process, in this order. */
enum fp_ahead_part {
	FP_AHEAD_PLACE,
	FP_AHEAD_STAT,
	FP_AHEAD_OWNER,
	FP_AHEAD_CMDLINE,
	FP_AHEAD_ROLLUP,
	FP_AHEAD_STATM,
	FP_AHEAD_STATUS,
	FP_AHEAD_PARTS
};

/* The file of a part; FP_OS_FILES of one that is no file. */
extern const enum fp_os_file fp_ahead_files[FP_AHEAD_PARTS];

struct fp_ahead_text {
	bool there; /* it was read, and nobody took it yet */
	int status;
	struct fp_buf bytes;
};

/* A process in the window. Each part is its helper's until it is done, and then whose that asks. */
struct fp_ahead_record {
	/* under the lock */
	size_t index;  /* of its pid */
	unsigned done; /* parts */
	bool given;    /* the caller has the place, and did not close it yet */
	bool over;     /* the caller needs it no more */
	bool closed;

	int32_t pid;
	int place_status, owner_status;
	struct fp_os_process place;
	bool has_owner;
	uint32_t uid;
	struct fp_ahead_text texts[FP_AHEAD_PARTS];
};

struct fp_ahead {
	struct fp_host host; /* with the table below */
	struct fp_os_backend table;
	const struct fp_os_backend *inner;
	unsigned wanted;
	size_t window; /* records in use, */
	size_t ready;  /* and how many are waited for at once */

	pthread_mutex_t lock;      /* of all that follows */
	pthread_cond_t done, room; /* of what is awaited; in the window */
	struct fp_pids pids;
	bool listed, over;
	size_t next;           /* the first that no helper has taken */
	size_t current;        /* whom the caller is at: it needs none before; or FP_AHEAD_NONE */
	size_t awaited;        /* the index that somebody waits for; or FP_AHEAD_NONE */
	unsigned awaited_done; /* so many parts of it */
	unsigned waiting;      /* helpers for whom there is no room */
	pthread_t helpers[FP_AHEAD_HELPERS];
	unsigned helper_count, running;
	struct fp_ahead_record records[FP_AHEAD_WINDOW];
};

/* Where the record of an index is or would be. */
static inline struct fp_ahead_record *fp_ahead_record(struct fp_ahead *ahead, size_t index)
{
	return &ahead->records[index % ahead->window];
}

/* What follows is called under the lock. */

/* Up to which index, not included, there may be records now. */
size_t fp_ahead_window_end(const struct fp_ahead *ahead);

/* Closes the process when neither its helper nor the caller needs it any more. */
void fp_ahead_settle(const struct fp_ahead *ahead, struct fp_ahead_record *record);

/* Starts helpers over the pids. None at all is no error: who asks then reads by itself. */
void fp_ahead_start(struct fp_ahead *ahead);

/* Fills the table, whose slots go by this ahead from now on. 0; -EBUSY: by another. */
int fp_ahead_wrap(struct fp_ahead *ahead);
void fp_ahead_unwrap(void);

#endif

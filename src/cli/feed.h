/* Readings asked for by a thread, so that whoever watches them waits for keys as well. */
#ifndef FP_CLI_FEED_H
#define FP_CLI_FEED_H

#include "sample/engine.h"

struct fp_feed;

/* Starts the thread over an engine that outlives it, with no reading asked for. 0 or -errno. */
int fp_feed_start(struct fp_engine *engine, struct fp_feed **out);

/* Asks for a reading. Only where none is on its way. */
void fp_feed_ask(struct fp_feed *feed);

/* Is readable once the reading is there. */
int fp_feed_fd(const struct fp_feed *feed);

/* Takes the reading: as fp_engine_take(). */
int fp_feed_take(struct fp_feed *feed, struct fp_snapshot **out);

/*
 * Ends the thread and frees the feed: 0. -EBUSY while a reading is on its way; everything under it then
 * has to stay as it is until the program ends, which a thread that is held up does not prevent.
 */
int fp_feed_stop(struct fp_feed *feed);

#endif

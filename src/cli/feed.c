#include "cli/feed.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct fp_feed {
	struct fp_engine *engine;
	pthread_t thread;
	int asked[2], done[2]; /* pipes: a byte asks for a reading, one says that it is there */
	bool busy;             /* of who asks */

	/* handed over with the byte */
	int status;
	struct fp_snapshot *snapshot;
};

static bool get_byte(int fd)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

static void put_byte(int fd)
{
	ssize_t n;

	do
		n = write(fd, "", 1);
	while (n < 0 && errno == EINTR);
}

/* Ends when nobody can ask any more. */
static void *run(void *context)
{
	struct fp_feed *feed = context;

	while (get_byte(feed->asked[0])) {
		feed->status = fp_engine_take(feed->engine, &feed->snapshot);
		put_byte(feed->done[1]);
	}
	return NULL;
}

static void close_pair(const int pair[2])
{
	if (pair[0] >= 0)
		close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
}

/* Signals are the business of the thread that has the terminal. */
static int start_thread(struct fp_feed *feed)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int status = -pthread_create(&feed->thread, NULL, run, feed);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

int fp_feed_start(struct fp_engine *engine, struct fp_feed **out)
{
	struct fp_feed *feed = calloc(1, sizeof(*feed));

	if (!feed)
		return -ENOMEM;
	*feed = (struct fp_feed){.engine = engine, .asked = {-1, -1}, .done = {-1, -1}};
	int status = pipe2(feed->asked, O_CLOEXEC) < 0 || pipe2(feed->done, O_CLOEXEC) < 0
			     ? -errno
			     : start_thread(feed);
	if (status < 0) {
		close_pair(feed->asked);
		close_pair(feed->done);
		free(feed);
		return status;
	}
	*out = feed;
	return 0;
}

void fp_feed_ask(struct fp_feed *feed)
{
	feed->busy = true;
	put_byte(feed->asked[1]);
}

int fp_feed_fd(const struct fp_feed *feed)
{
	return feed->done[0];
}

int fp_feed_take(struct fp_feed *feed, struct fp_snapshot **out)
{
	*out = NULL;
	if (!get_byte(feed->done[0]))
		return -EIO;
	feed->busy = false;
	if (feed->status == 0)
		*out = feed->snapshot;
	feed->snapshot = NULL;
	return feed->status;
}

int fp_feed_stop(struct fp_feed *feed)
{
	if (feed->busy)
		return -EBUSY;
	close(feed->asked[1]);
	feed->asked[1] = -1;
	pthread_join(feed->thread, NULL);
	close_pair(feed->asked);
	close_pair(feed->done);
	free(feed);
	return 0;
}

#include "compute/activity.h"

#include <stdlib.h>
#include <string.h>

/* See fp_activity_advance(). */
enum { MISSES_MAX = 3 };

static uint64_t add_bounded(uint64_t a, uint64_t b)
{
	return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* How far a counter went ahead. */
static uint64_t ahead(uint64_t before, uint64_t now)
{
	return now > before ? now - before : 0;
}

void fp_activity_birth(struct fp_activity_reading *base)
{
	*base = (struct fp_activity_reading){
		.whole = {.has = FP_ACTIVITIES_ALL},
		.has_threads = true,
	};
}

void fp_activity_reading_fini(struct fp_activity_reading *reading)
{
	free(reading->threads.at);
	reading->threads = (struct fp_activity_threads){0};
}

static int compare_tids(const void *a, const void *b)
{
	int32_t x = ((const struct fp_activity_thread *)a)->tid;
	int32_t y = ((const struct fp_activity_thread *)b)->tid;

	return (x > y) - (x < y);
}

const struct fp_activity_thread *fp_activity_find(
	const struct fp_activity_threads *threads, int32_t tid)
{
	const struct fp_activity_thread key = {.tid = tid};

	if (threads->len == 0)
		return NULL;
	return bsearch(&key, threads->at, threads->len, sizeof(threads->at[0]), compare_tids);
}

/* The same thread at the base; a tid may have been given to another meanwhile. */
static const struct fp_activity_thread *find_thread(
	const struct fp_activity_threads *threads, const struct fp_activity_thread *like)
{
	const struct fp_activity_thread *found = fp_activity_find(threads, like->tid);

	return found && found->starttime_ticks == like->starttime_ticks ? found : NULL;
}

/* What is known of every thread, and so of their sum. */
static uint32_t known_of_threads(const struct fp_activity_reading *now)
{
	uint32_t known = FP_ACTIVITIES_OF_THREADS;

	if (!now->has_threads || now->threads.len == 0)
		return 0;
	for (size_t i = 0; i < now->threads.len; i++)
		known &= now->threads.at[i].own.has;
	return known;
}

static bool changed_image(
	const struct fp_activity_reading *base, const struct fp_activity_reading *now)
{
	bool known = base->startstack != 0 && now->startstack != 0;

	return known && (base->startcode != now->startcode || base->startstack != now->startstack);
}

/* Are the threads of now those of the base, and others that began since? */
static bool is_continued(
	const struct fp_activity_reading *base, const struct fp_activity_reading *now)
{
	return base->has_threads && !(base->threads.len > 1 && changed_image(base, now));
}

static void add_thread(const struct fp_activity_reading *base,
	const struct fp_activity_thread *thread, struct fp_activity_counters *delta)
{
	const struct fp_activity_thread *before = find_thread(&base->threads, thread);

	for (unsigned i = 0; i < FP_ACTIVITIES; i++) {
		enum fp_activity activity = (enum fp_activity)i;
		if (!fp_activity_has(delta, activity))
			continue;
		if (before && !fp_activity_has(&before->own, activity))
			continue;
		delta->value[i] = add_bounded(delta->value[i],
			ahead(before ? before->own.value[i] : 0, thread->own.value[i]));
	}
}

static void measure_threads(const struct fp_activity_reading *base,
	const struct fp_activity_reading *now, struct fp_activity_counters *delta)
{
	delta->has |= known_of_threads(now);
	if (!is_continued(base, now))
		return;
	for (size_t i = 0; i < now->threads.len; i++)
		add_thread(base, &now->threads.at[i], delta);
}

static void measure_whole(const struct fp_activity_reading *base,
	const struct fp_activity_reading *now, struct fp_activity_counters *delta)
{
	uint32_t usable = now->whole.has & ~FP_ACTIVITIES_OF_THREADS;

	delta->has |= usable;
	/* it tells of ended threads too, and so is better than their sum while it tells of no child */
	if (now->reaped == base->reaped)
		usable |= now->whole.has & base->whole.has & delta->has;
	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		if ((usable >> i) & 1)
			delta->value[i] = (base->whole.has >> i) & 1
						  ? ahead(base->whole.value[i], now->whole.value[i])
						  : 0;
}

/* Moves counters on where they are in moved, and keeps the others. */
static void move_counters(struct fp_activity_counters *counters,
	const struct fp_activity_counters *before, uint32_t moved)
{
	for (unsigned i = 0; i < FP_ACTIVITIES; i++) {
		uint32_t bit = UINT32_C(1) << i;
		if (moved & counters->has & before->has & bit)
			counters->value[i] = larger(counters->value[i], before->value[i]);
		else if (!(moved & bit))
			counters->value[i] = before->value[i];
	}
	counters->has = (counters->has & moved) | (before->has & ~moved);
}

/* What a thread had done when the base was read, if it was not there: nothing yet, or nobody knows. */
static struct fp_activity_counters before_listing(bool continued)
{
	return (struct fp_activity_counters){.has = continued ? FP_ACTIVITIES_OF_THREADS : 0};
}

/* Remembers threads that are not listed now behind those that are, and puts all in order. */
static void keep_missed(
	const struct fp_activity_threads *old, size_t listed, struct fp_activity_threads *moved)
{
	struct fp_activity_threads now = {.at = moved->at, .len = listed};

	for (size_t i = 0; i < old->len; i++) {
		if (old->at[i].missed == MISSES_MAX || fp_activity_find(&now, old->at[i].tid))
			continue;
		moved->at[moved->len] = old->at[i];
		moved->at[moved->len++].missed++;
	}
	if (moved->len > listed)
		qsort(moved->at, moved->len, sizeof(moved->at[0]), compare_tids);
}

/* moved is a copy of the threads of now, with room for those of the base. */
static void move_threads(struct fp_activity_reading *base, const struct fp_activity_reading *now,
	struct fp_activity_threads *moved, uint32_t known)
{
	bool continued = is_continued(base, now);
	const struct fp_activity_counters unlisted = before_listing(continued);

	for (size_t i = 0; i < moved->len; i++) {
		const struct fp_activity_thread *before =
			continued ? find_thread(&base->threads, &moved->at[i]) : NULL;
		move_counters(&moved->at[i].own, before ? &before->own : &unlisted, known);
	}
	if (continued)
		keep_missed(&base->threads, moved->len, moved);
	free(base->threads.at);
	base->threads = *moved;
	base->has_threads = true;
}

/* The I/O of the whole and of the threads moves on together, or it would be counted twice. */
static void move_whole(struct fp_activity_reading *base, const struct fp_activity_reading *now,
	uint32_t known_of_the_threads)
{
	struct fp_activity_counters whole = now->whole;
	uint32_t io = known_of_the_threads & FP_ACTIVITIES_OF_IO;

	if (now->reaped != base->reaped)
		base->whole.has &= ~FP_ACTIVITIES_OF_IO;
	base->reaped = now->reaped;
	move_counters(&whole, &base->whole, (now->whole.has & ~FP_ACTIVITIES_OF_THREADS) | io);
	base->whole = whole;
}

static int copy_threads(
	const struct fp_activity_threads *threads, size_t more, struct fp_activity_threads *out)
{
	size_t cap = threads->len + more;

	*out = (struct fp_activity_threads){0};
	if (cap == 0)
		return 0;
	out->at = calloc(cap, sizeof(threads->at[0]));
	if (!out->at)
		return -ENOMEM;
	if (threads->len)
		memcpy(out->at, threads->at, threads->len * sizeof(threads->at[0]));
	out->len = threads->len;
	out->cap = cap;
	return 0;
}

int fp_activity_advance(struct fp_activity_reading *base, const struct fp_activity_reading *now,
	struct fp_activity_counters *delta)
{
	uint32_t known = known_of_threads(now);
	struct fp_activity_threads threads;
	int status = copy_threads(&now->threads, base->threads.len, &threads);

	if (status < 0)
		return status;
	*delta = (struct fp_activity_counters){
		.has_handles = now->whole.has_handles, .handles = now->whole.handles};
	measure_threads(base, now, delta);
	measure_whole(base, now, delta);
	move_whole(base, now, known);
	if (now->has_threads)
		move_threads(base, now, &threads, known);
	else
		free(threads.at);
	if (now->startstack != 0) {
		base->startcode = now->startcode;
		base->startstack = now->startstack;
	}
	return 0;
}

void fp_activity_begin(struct fp_activity_sum *sum)
{
	sum->handles = 0;
	sum->known = sum->missing = 0;
	sum->handles_known = sum->handles_missing = false;
}

void fp_activity_add(struct fp_activity_sum *sum, const struct fp_activity_counters *delta)
{
	sum->known |= delta->has;
	sum->missing |= ~delta->has & FP_ACTIVITIES_ALL;
	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		if (fp_activity_has(delta, (enum fp_activity)i))
			sum->value[i] = add_bounded(sum->value[i], delta->value[i]);
	if (delta->has_handles) {
		sum->handles_known = true;
		sum->handles = add_bounded(sum->handles, delta->handles);
	} else {
		sum->handles_missing = true;
	}
}

void fp_activity_undecided(struct fp_activity_sum *sum)
{
	sum->missing = FP_ACTIVITIES_ALL;
	sum->handles_missing = true;
}

void fp_activity_tell(
	const struct fp_activity_sum *sum, bool partial, struct fp_activity_counters *out)
{
	*out = (struct fp_activity_counters){.has = ~sum->missing & FP_ACTIVITIES_ALL};
	if (partial)
		out->has |= sum->known;
	for (unsigned i = 0; i < FP_ACTIVITIES; i++)
		if (fp_activity_has(out, (enum fp_activity)i))
			out->value[i] = sum->value[i];
	out->has_handles = !sum->handles_missing || (partial && sum->handles_known);
	if (out->has_handles)
		out->handles = sum->handles;
}

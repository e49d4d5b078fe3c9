/* /proc/PID/stat (man 5 proc). */
#ifndef FP_PARSE_STAT_H
#define FP_PARSE_STAT_H

#include "model.h"

/* What kind of thing holds the pid; see fp_stat_classify(). */
enum fp_kind {
	FP_KIND_USER,        /* a process with an address space of its own */
	FP_KIND_KERNEL,      /* a kernel thread: no memory of its own */
	FP_KIND_DEAD_LEADER, /* its first thread has ended, others live on */
	FP_KIND_GONE         /* a zombie, or past the point where its memory was given back */
};

struct fp_stat {
	int32_t pid, ppid;
	char comm[FP_COMM_SIZE]; /* may hold any byte but NUL */
	size_t comm_len;
	char state; /* R S D Z T t X x K W P I */
	uint32_t flags;
	uint64_t threads;
	uint64_t starttime_ticks; /* since boot; USER_HZ */
	uint64_t vsize_bytes;
	uint64_t rss_pages; /* about: the kernel counts this one in batches */
	/*
	 * Where the code and the stack of its image begin: inherited by fork, made anew by exec. Both
	 * 0 for a kernel thread; 1 and 0 where the reader has no permission.
	 */
	uint64_t startcode, startstack;
	/*
	 * What all its threads did, those that have ended too; in a thread's own stat, what that one
	 * did. Known where the line was parsed, and not where a struct was made up in its place.
	 */
	bool has_usage;
	uint64_t minflt, majflt;
	uint64_t utime_ticks, stime_ticks; /* USER_HZ */
	uint64_t cminflt; /* of children that were waited for: moves with each of them */
};

/*
 * 0; -ENODATA when the text is empty; -EBADMSG when it is not a line of stat. The name ends at the
 * last ')', since it may hold any byte. A name over 63 bytes, which no kernel writes, is -EBADMSG.
 */
int fp_stat_parse(const char *text, size_t len, struct fp_stat *out);

/* Pure; PF_KTHREAD where the kernel has it (2.6.27), else the lack of an address space, decides. */
enum fp_kind fp_stat_classify(const struct fp_stat *stat);

/*
 * Pure. A number that tells images apart: of startcode and startstack. 0 where they are not known, and
 * for a kernel thread.
 */
uint64_t fp_stat_key(const struct fp_stat *stat);

/* Pure. Was it forked, and has not changed its image by exec since? */
bool fp_stat_is_forked(const struct fp_stat *stat);

#endif

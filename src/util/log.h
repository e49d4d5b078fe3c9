/* Where a part that may not know the daemon says what an operator has to know. */
#ifndef FP_UTIL_LOG_H
#define FP_UTIL_LOG_H

enum fp_level { FP_ERROR, FP_WARNING, FP_NOTICE, FP_INFO };

struct fp_log {
	/* Takes one line without its end; may be called from the sampler's thread. */
	void (*say)(void *context, enum fp_level level, const char *line);
	void *context;
};

/*
 * Formats and says one line; longer than 1,023 bytes is cut. Bytes that could break a log line
 * (control characters, which a process's name may hold) become '?'.
 */
void fp_log(const struct fp_log *log, enum fp_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif

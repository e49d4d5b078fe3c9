#define PCRE2_CODE_UNIT_WIDTH 8

#include "util/pattern.h"

#include <errno.h>
#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * The bounds of one match. PCRE2's own match limit neither counts what the JIT's inner loops scan
 * nor adds up over the places where a match may start, so that a hostile subject of two megabytes
 * keeps even "[^x]*[^x]*y" busy for minutes. A callout before every item of the expression watches the
 * CPU time instead: between two of them a subject is scanned at most once.
 */
enum {
	CPU_LIMIT_NS = 250000000,
	CALLOUTS_PER_LOOK = 64, /* the clock of the CPU costs a system call */
	HEAP_LIMIT_KIB = 65536,
	JIT_STACK_START = 32 * 1024,
	JIT_STACK_MAX = 1024 * 1024
};

struct watch {
	unsigned long long callouts;
	int64_t start_ns;
};

/* One of a list, in the pattern's text. */
struct word {
	const char *text;
	size_t len;
};

struct fp_pattern {
	char *text;
	size_t text_len;
	struct word *words; /* in order; NULL: it is no list */
	size_t word_count;
	pcre2_code *code; /* NULL: a literal or a list */
	pcre2_match_data *match_data;
	pcre2_match_context *context;
	pcre2_jit_stack *jit_stack;
	struct watch watch;
};

bool fp_pattern_text_is_regex(const char *text)
{
	size_t len = strlen(text);

	return len >= 3 && text[0] == '/' && text[len - 1] == '/';
}

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int watch_time(pcre2_callout_block *block, void *data)
{
	struct watch *watch = data;

	(void)block;
	if (++watch->callouts % CALLOUTS_PER_LOOK != 0)
		return 0;
	int64_t now_ns = cpu_ns();
	if (watch->callouts == CALLOUTS_PER_LOOK)
		watch->start_ns = now_ns;
	return now_ns - watch->start_ns > CPU_LIMIT_NS ? PCRE2_ERROR_CALLOUT : 0;
}

/* JIT where it is to be had: a system that forbids executable memory leaves the interpreter. */
static int set_up_matching(struct fp_pattern *pattern)
{
	bool jit = pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE) == 0;

	pattern->match_data = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	pattern->context = pcre2_match_context_create(NULL);
	if (!pattern->match_data || !pattern->context)
		return -ENOMEM;
	pcre2_set_heap_limit(pattern->context, HEAP_LIMIT_KIB);
	pcre2_set_callout(pattern->context, watch_time, &pattern->watch);
	if (!jit)
		return 0;
	pattern->jit_stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
	if (!pattern->jit_stack)
		return -ENOMEM;
	pcre2_jit_stack_assign(pattern->context, NULL, pattern->jit_stack);
	return 0;
}

static int compile(struct fp_pattern *pattern, struct fp_pattern_error *error)
{
	int number;
	PCRE2_SIZE offset;

	pattern->code = pcre2_compile((PCRE2_SPTR)pattern->text + 1, pattern->text_len - 2,
		PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_AUTO_CALLOUT, &number,
		&offset, NULL);
	if (pattern->code)
		return set_up_matching(pattern);
	pcre2_get_error_message(number, (PCRE2_UCHAR *)error->message, sizeof(error->message));
	error->offset = offset;
	return -EINVAL;
}

int fp_pattern_new(const char *text, struct fp_pattern **out, struct fp_pattern_error *error)
{
	struct fp_pattern *pattern = calloc(1, sizeof(*pattern));

	if (!pattern)
		return -ENOMEM;
	pattern->text = strdup(text);
	pattern->text_len = strlen(text);
	int status = pattern->text ? 0 : -ENOMEM;
	if (status == 0 && fp_pattern_text_is_regex(text))
		status = compile(pattern, error);
	if (status < 0) {
		fp_pattern_free(pattern);
		return status;
	}
	*out = pattern;
	return 0;
}

static int compare_words(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->text, y->text, x->len);
}

static int split(struct fp_pattern *pattern)
{
	size_t count = 1;

	for (const char *at = pattern->text; (at = strchr(at, ',')); at++)
		count++;
	pattern->words = calloc(count, sizeof(pattern->words[0]));
	if (!pattern->words)
		return -ENOMEM;
	for (const char *at = pattern->text; pattern->word_count < count;) {
		size_t len = strcspn(at, ",");
		pattern->words[pattern->word_count++] = (struct word){at, len};
		at += len + 1;
	}
	qsort(pattern->words, count, sizeof(pattern->words[0]), compare_words);
	return 0;
}

int fp_pattern_new_list(const char *text, struct fp_pattern **out)
{
	struct fp_pattern *pattern = calloc(1, sizeof(*pattern));

	if (!pattern)
		return -ENOMEM;
	pattern->text = strdup(text);
	pattern->text_len = strlen(text);
	int status = pattern->text ? split(pattern) : -ENOMEM;
	if (status < 0)
		fp_pattern_free(pattern);
	else
		*out = pattern;
	return status;
}

static bool is_listed(const struct fp_pattern *pattern, const char *subject, size_t len)
{
	const struct word word = {subject, len};

	return bsearch(&word, pattern->words, pattern->word_count, sizeof(word), compare_words);
}

void fp_pattern_free(struct fp_pattern *pattern)
{
	if (!pattern)
		return;
	pcre2_match_context_free(pattern->context);
	pcre2_jit_stack_free(pattern->jit_stack);
	pcre2_match_data_free(pattern->match_data);
	pcre2_code_free(pattern->code);
	free(pattern->words);
	free(pattern->text);
	free(pattern);
}

const char *fp_pattern_text(const struct fp_pattern *pattern)
{
	return pattern->text;
}

bool fp_pattern_is_literal(const struct fp_pattern *pattern)
{
	return !pattern->code && !pattern->words;
}

bool fp_pattern_is_regex(const struct fp_pattern *pattern)
{
	return pattern->code != NULL;
}

static int match_regex(struct fp_pattern *pattern, const char *subject, size_t len)
{
	PCRE2_SPTR bytes = (PCRE2_SPTR)subject;

	pattern->watch.callouts = 0;
	int status =
		pcre2_match(pattern->code, bytes, len, 0, 0, pattern->match_data, pattern->context);
	/* what outgrows the JIT's stack is interpreted, on the heap and within its limit */
	if (status == PCRE2_ERROR_JIT_STACKLIMIT)
		status = pcre2_match(pattern->code, bytes, len, 0, PCRE2_NO_JIT,
			pattern->match_data, pattern->context);
	if (status >= 0)
		return 1;
	if (status == PCRE2_ERROR_NOMATCH)
		return 0;
	return status == PCRE2_ERROR_NOMEMORY ? -ENOMEM : -E2BIG;
}

int fp_pattern_match(struct fp_pattern *pattern, const char *subject, size_t len)
{
	if (len == 0)
		subject = ""; /* what was never filled may have no address */
	if (pattern->code)
		return match_regex(pattern, subject, len);
	if (pattern->words)
		return is_listed(pattern, subject, len);
	return len == pattern->text_len && memcmp(subject, pattern->text, len) == 0;
}

/* Shorter subjects cost too little to be refused. */
enum { LONG_SUBJECT = 4096 };

int fp_pattern_match_within(struct fp_pattern *pattern, const char *subject, size_t len,
	struct fp_pattern_allowance *allowance)
{
	if (!pattern->code || len <= LONG_SUBJECT)
		return fp_pattern_match(pattern, subject, len);
	if (allowance->left_ns <= 0)
		return -E2BIG;
	int64_t start_ns = cpu_ns();
	int status = fp_pattern_match(pattern, subject, len);
	allowance->left_ns -= cpu_ns() - start_ns;
	return status;
}

unsigned fp_pattern_captures(const struct fp_pattern *pattern)
{
	uint32_t captures = 0;

	if (pattern->code)
		pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &captures);
	return captures;
}

int fp_pattern_capture(struct fp_pattern *pattern, const char *subject, size_t len, unsigned number,
	const char **found, size_t *found_len)
{
	int status = fp_pattern_match(pattern, subject, len);

	*found = subject;
	*found_len = 0;
	if (status != 1 || number > fp_pattern_captures(pattern))
		return status;
	const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(pattern->match_data) + 2 * number;
	/* \K in a lookahead can put the end before the start */
	if (offsets[0] == PCRE2_UNSET || offsets[1] <= offsets[0])
		return status;
	*found = subject + offsets[0];
	*found_len = offsets[1] - offsets[0];
	return status;
}

#include "fuzz.h"

#include "parse/stat.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

const char fuzz_name[] = "stat";

/* Written as the kernel writes it, what was understood is understood again. */
static void check_again(const struct fp_stat *stat)
{
	struct fp_stat again;
	char line[512];
	int head = snprintf(line, sizeof(line), "%" PRId32 " (", stat->pid);

	memcpy(line + head, stat->comm, stat->comm_len);
	size_t len = (size_t)head + stat->comm_len;
	len += (size_t)snprintf(line + len, sizeof(line) - len,
		") %c %" PRId32 " 1 1 0 -1 %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64
		" 0 %" PRIu64 " %" PRIu64 " 0 0 20 0 %" PRIu64 " 0 %" PRIu64 " %" PRIu64
		" 1 18446744073709551615 %" PRIu64 " 1 %" PRIu64 " 0 0 0 0 0 0 0 0 0 17 0 0 0\n",
		stat->state, stat->ppid, stat->flags, stat->minflt, stat->cminflt, stat->majflt,
		stat->utime_ticks, stat->stime_ticks, stat->threads, stat->starttime_ticks,
		stat->vsize_bytes, stat->startcode, stat->startstack);
	FUZZ_CHECK(len < sizeof(line));
	FUZZ_CHECK(fp_stat_parse(line, len, &again) == 0);
	FUZZ_CHECK(again.pid == stat->pid && again.ppid == stat->ppid);
	FUZZ_CHECK(again.comm_len == stat->comm_len);
	FUZZ_CHECK(memcmp(again.comm, stat->comm, sizeof(stat->comm)) == 0);
	FUZZ_CHECK(again.state == stat->state && again.flags == stat->flags);
	FUZZ_CHECK(again.threads == stat->threads);
	FUZZ_CHECK(again.starttime_ticks == stat->starttime_ticks);
	FUZZ_CHECK(again.vsize_bytes == stat->vsize_bytes);
	FUZZ_CHECK(again.has_usage && stat->has_usage);
	FUZZ_CHECK(again.minflt == stat->minflt && again.majflt == stat->majflt);
	FUZZ_CHECK(again.cminflt == stat->cminflt);
	FUZZ_CHECK(again.utime_ticks == stat->utime_ticks);
	FUZZ_CHECK(again.stime_ticks == stat->stime_ticks);
	FUZZ_CHECK(again.startcode == stat->startcode && again.startstack == stat->startstack);
	FUZZ_CHECK(fp_stat_classify(&again) == fp_stat_classify(stat));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct fp_stat stat;
	int status = fp_stat_parse(text, size, &stat);

	FUZZ_CHECK((size == 0) == (status == -ENODATA));
	FUZZ_CHECK(status == 0 || status == -ENODATA || status == -EBADMSG);
	if (status < 0)
		return 0;
	FUZZ_CHECK(stat.pid >= 0 && stat.ppid >= 0);
	FUZZ_CHECK(stat.comm_len < FP_COMM_SIZE);
	FUZZ_CHECK(strlen(stat.comm) == stat.comm_len);
	FUZZ_CHECK(stat.threads <= INT32_MAX);
	enum fp_kind kind = fp_stat_classify(&stat);
	FUZZ_CHECK(kind == FP_KIND_USER || kind == FP_KIND_KERNEL || kind == FP_KIND_DEAD_LEADER ||
		   kind == FP_KIND_GONE);
	FUZZ_CHECK(kind != FP_KIND_DEAD_LEADER || stat.threads > 1);
	FUZZ_CHECK(kind != FP_KIND_USER || stat.vsize_bytes > 0);
	check_again(&stat);
	return 0;
}

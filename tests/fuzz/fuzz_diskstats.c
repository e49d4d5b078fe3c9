#include "fuzz.h"

#include "parse/diskstats.h"

#include <errno.h>
#include <string.h>

const char fuzz_name[] = "diskstats";

#define FIELDS(count) ((UINT32_C(1) << (count)) - 1)
#define BIT(field)    (UINT32_C(1) << (field))

static void check_disk(const struct fp_diskstat *disk)
{
	uint32_t has = disk->counters.has;

	FUZZ_CHECK(memchr(disk->head.name, '\0', sizeof(disk->head.name)));
	FUZZ_CHECK(disk->head.name[0] != '\0');
	FUZZ_CHECK(!strpbrk(disk->head.name, " \t\n"));
	for (unsigned field = 0; field < FP_DISK_FIELDS; field++)
		FUZZ_CHECK(fp_disk_has(&disk->counters, (enum fp_disk_field)field) ||
			   disk->counters.value[field] == 0);
	if (fp_diskstats_is_short(&disk->counters)) {
		FUZZ_CHECK(has == (BIT(FP_DISK_READS) | BIT(FP_DISK_READ_SECTORS) |
					  BIT(FP_DISK_WRITES) | BIT(FP_DISK_WRITE_SECTORS)));
		return;
	}
	FUZZ_CHECK(disk->counters.value[FP_DISK_IN_FLIGHT] <= INT32_MAX);
	has |= BIT(FP_DISK_IN_FLIGHT);
	FUZZ_CHECK(has == FIELDS(FP_DISK_WEIGHTED_MS + 1) ||
		   has == FIELDS(FP_DISK_DISCARD_MS + 1) || has == FIELDS(FP_DISK_FLUSH_MS + 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct fp_diskstat disk;
	size_t offset = 0;
	int status;

	do {
		size_t before = offset;
		status = fp_diskstats_next(text, size, &offset, &disk);
		FUZZ_CHECK(status == 1 || status == 0 || status == -EBADMSG);
		FUZZ_CHECK((status == 0) == (before == size));
		if (status == 0)
			break;
		/* exactly one line was taken */
		FUZZ_CHECK(offset > before && offset <= size);
		const char *end = memchr(text + before, '\n', size - before);
		FUZZ_CHECK(offset == (end ? (size_t)(end - text) + 1 : size));
		FUZZ_CHECK(end || status < 0);
		if (status == 1)
			check_disk(&disk);
	} while (status != 0);
	FUZZ_CHECK(offset == size);
	return 0;
}

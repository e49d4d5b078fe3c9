/*
 * What the fuzz targets share. Each is linked with libFuzzer (configure --enable-fuzzer) to look
 * for inputs, and with replay.c to run the committed ones as a test.
 */
#ifndef FP_TESTS_FUZZ_FUZZ_H
#define FP_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The folder below tests/fuzz/seeds that holds the target's inputs. */
extern const char fuzz_name[];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input. */
#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,          \
				#condition);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Memory of exactly that size, so that a sanitizer sees a byte too many; freed with free(). */
static inline char *fuzz_alloc(size_t size)
{
	char *memory = malloc(size ? size : 1);

	FUZZ_CHECK(memory);
	return memory;
}

#endif

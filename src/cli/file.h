/* Whole files that an operator names. */
#ifndef FP_CLI_FILE_H
#define FP_CLI_FILE_H

#include "util/buf.h"

/* Appends what is in the file, or for "-" in standard input. 0; -EFBIG past 1 GiB; -ENOENT and the like. */
int fp_file_read(const char *path, struct fp_buf *out);

#endif

/* /proc/PID/maps (man 5 proc): the mappings of an address space. */
#ifndef FP_PARSE_MAPS_H
#define FP_PARSE_MAPS_H

#include "model.h"

/*
 * The mapping whose line starts at *offset, which moves behind it: 1; 0 when no ended line is left;
 * -EBADMSG for a line that the kernel does not write. [vsyscall], which is no memory of a process,
 * is passed over. page_bytes is never told.
 */
int fp_maps_next(const char *text, size_t len, size_t *offset, struct fp_mapping *out);

#endif

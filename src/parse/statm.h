/* /proc/PID/statm (man 5 proc): seven numbers of pages. */
#ifndef FP_PARSE_STATM_H
#define FP_PARSE_STATM_H

#include "model.h"

/*
 * Adds FP_VMS (size), FP_SHARED (shared), FP_TEXT (text) and FP_DATA (data) to *out. 0; -ENODATA
 * when the text is empty; -EBADMSG otherwise, with *out as it was. The resident field is left to
 * smaps, so that a member's RSS, USS and PSS are of one moment.
 */
int fp_statm_parse(const char *text, size_t len, uint64_t page_bytes, struct fp_memory *out);

/* The resident field alone, in bytes. 0; -ENODATA; -EBADMSG. */
int fp_statm_resident(const char *text, size_t len, uint64_t page_bytes, uint64_t *bytes);

#endif

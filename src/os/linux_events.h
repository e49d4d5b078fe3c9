/* Process events from the proc connector of Linux: the slots of the backend, where the contract stands. */
#ifndef FP_OS_LINUX_EVENTS_H
#define FP_OS_LINUX_EVENTS_H

#include "os/os.h"

int fp_linux_events_open(struct fp_os *os, struct fp_os_stream **out, const char **reason);
void fp_linux_events_close(struct fp_os_stream *stream);
int fp_linux_events_drain(struct fp_os_stream *stream, struct fp_os_events *out, uint64_t *lost);

#endif

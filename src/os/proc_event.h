/*
 * What the kernel's proc connector sends: one datagram of netlink a time, which holds a struct cn_msg
 * with a struct proc_event in it (linux/connector.h, linux/cn_proc.h). Bytes to structs: no I/O.
 * Linux only.
 */
#ifndef FP_OS_PROC_EVENT_H
#define FP_OS_PROC_EVENT_H

#include "os/os.h"

/*
 * Takes an event of a process out of a datagram. 1: *out is one; 0: it is of a thread other than the
 * first, of a kind that nobody here asks for, or an acknowledgement; -EBADMSG: no kernel sends this.
 * Below 1 *out is as it was.
 */
int fp_proc_event_parse(const void *bytes, size_t len, struct fp_os_event *out);

/*
 * Is the datagram the acknowledgement of the request that had this number for its ack? All listeners
 * get those of each other, and the kernel keeps no other number of a request. *error becomes what it
 * made of the request: 0 or an errno.
 */
bool fp_proc_event_is_ack(const void *bytes, size_t len, uint32_t number, int *error);

#endif

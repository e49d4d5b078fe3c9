/* /proc/PID/cgroup (man 7 cgroups), and what the paths in it say of units and containers. */
#ifndef FP_PARSE_CGROUP_H
#define FP_PARSE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/* 64 hex digits and a NUL. */
enum { FP_CONTAINER_ID_SIZE = 65 };

/* Two names of at most 255 bytes, a '/' and a NUL. */
enum { FP_UNIT_SIZE = 512 };

/*
 * The path of the process's cgroup, which points into the text: that of version 2 (the line "0::"),
 * without the " (deleted)" that the kernel puts behind a removed one. Where that is "/" or missing,
 * the one of systemd's own hierarchy (name=systemd), then the first other; a "/" gives way to any
 * path that says more.
 *
 * Lines are id:controllers:path, and the path may hold every byte but a newline. Lines that are not,
 * and a last line that is cut, are passed over. 0; -ENODATA when the text is empty; -EBADMSG when no
 * line is one of the kernel's.
 */
int fp_cgroup_path(const char *text, size_t len, const char **path, size_t *path_len);

/*
 * The systemd unit that the path lies in, in its own name: the first component that is neither ".."
 * (as seen from inside another cgroup namespace) nor a slice, if it is a service, scope, socket,
 * mount or swap, with systemd's escaping '_' taken off. Below another component, such as
 * /docker/ID, whoever owns that may name cgroups at will, so nothing there is a unit.
 *
 * A user's unit is user@UID.service/NAME: NAME is found in the same way below the user's manager,
 * and where there is none, the unit is user@UID.service. (systemd.unit(5), systemd's
 * CGROUP_DELEGATION.) false where there is no unit, or out is too small for its name, which one of
 * FP_UNIT_SIZE never is; out is then the empty string.
 */
bool fp_cgroup_unit(const char *path, size_t len, char *out, size_t out_size);

/*
 * The id of the container that the path lies in: the last run of exactly 64 lower-case hex digits,
 * as in docker-ID.scope, /docker/ID, libpod-ID.scope/container, cri-containerd-ID.scope, crio-ID.scope
 * or /kubepods/burstable/podUID/ID. A cgroup named conmon-ID holds the container's monitor, which
 * runs outside of it. false where there is none; out is then the empty string.
 */
bool fp_cgroup_container(const char *path, size_t len, char out[FP_CONTAINER_ID_SIZE]);

/* Is this a container's id: 64 lower-case hex digits and no more? */
bool fp_cgroup_is_container_id(const char *text, size_t len);

#endif

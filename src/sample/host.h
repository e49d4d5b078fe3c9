/* An opened host: what every part of a sampler reads from and speaks through. */
#ifndef FP_SAMPLE_HOST_H
#define FP_SAMPLE_HOST_H

#include "os/os.h"
#include "util/log.h"

struct fp_host {
	const struct fp_os_backend *backend;
	struct fp_os *os;
	struct fp_log log;
};

#endif

/*
 * The daemon's headers, from where configure found them: installed as Debian does, or in a source
 * tree. They bring collectd's own PACKAGE, VERSION and the like.
 */
#ifndef FP_COLLECTD_HEADERS_H
#define FP_COLLECTD_HEADERS_H

#ifdef FP_COLLECTD_INSTALLED
#include <collectd/core/daemon/collectd.h>

#include <collectd/core/daemon/plugin.h>
#include <collectd/core/utils/common/common.h>
#else
#include "daemon/collectd.h"

#include "daemon/plugin.h"
#include "utils/common/common.h"
#endif

#endif

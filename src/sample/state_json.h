/*
 * A snapshot as JSON, for the state file: what the newest reading found, member by member.
 *
 *   {"version": 1,
 *    "time": seconds since 1970 with three decimals, when the reading ended,
 *    "interval": seconds between readings,
 *    "groups": the groups that were due in this reading, each
 *      {"name": ..., "template": the name as configured, only where that has %{},
 *       "interval": seconds, only where the group has one of its own,
 *       "processes": ..., "threads": ..., absent while somebody is undecided,
 *       "denied": ..., "undecided": ..., "deferred": ..., "stuck": ...,
 *       "age_seconds": age of the oldest sample in the sums,
 *       "memory": {"rss": bytes, ..., "uss_max": bytes}, each absent where the sum is not complete,
 *       "activity": {"cpu_user_us": ..., ...}, only where the group asks for it,
 *       "members": [{"pid": ..., "starttime": ticks since boot, "comm": ..., "uid": ..., "threads": ...,
 *                    "denied": true, only if so, "memory": {...}}, ...]},
 *    "self": {"cpu_ns": of this reading, "processes": those that were there, "matched": ...,
 *      "total_cpu_ns": ..., "longest_read_ns": ..., "walks": ..., "rollups": ..., "fasts": ...,
 *      "lost_events": ..., "kept_files": ..., "deferred": ..., "stuck": ..., as in struct fp_self,
 *      "verify_uss_bytes": ..., "verify_pss_bytes": ..., only where two readings were compared}}
 *
 * What is unknown is absent. Memory goes by the names under which it is dispatched. A comm that is
 * not UTF-8 has U+FFFD in the place of each byte that is not. No command line and no environment is
 * ever in it.
 */
#ifndef FP_SAMPLE_STATE_JSON_H
#define FP_SAMPLE_STATE_JSON_H

#include "sample/snapshot.h"
#include "util/buf.h"

/* The name of a metric in JSON, the type instance under which it is dispatched. */
const char *fp_state_json_metric(enum fp_metric metric);

/*
 * Overwrites out with the JSON text and a newline; interval_s is that between readings.
 * 0 or -ENOMEM.
 */
int fp_state_json_write(const struct fp_snapshot *snapshot, double interval_s, struct fp_buf *out);

#endif

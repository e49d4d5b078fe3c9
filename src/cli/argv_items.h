/* Inside argv: what its options make up. Strings are gone on using. */
#ifndef FP_CLI_ARGV_ITEMS_H
#define FP_CLI_ARGV_ITEMS_H

#include "cli/argv.h"

/* A selector's line. 0; -E2BIG: there are too many; -ENOMEM. */
int fp_argv_add_selector(struct fp_argv *out, const char *key, bool negate, const char *text);

/* A Disk line. As above. */
int fp_argv_add_disk(struct fp_argv *out, const char *text);

/* ProcPath or SysPath. */
void fp_argv_set_path(struct fp_argv *out, const char *key, const char *text);

/* The sources of names of disks, by commas. -EEXIST: that is said already; else as above. */
int fp_argv_set_sources(struct fp_argv *out, const char *text);

/* What groups are named after. -EEXIST: that is said already; -EINVAL: a value; else as above. */
int fp_argv_set_by(struct fp_argv *out, const char *what);

/* Puts it all together. */
void fp_argv_finish(struct fp_argv *out);

#endif

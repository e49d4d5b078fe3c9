/*
 * What a daemon's configuration files hold for this plugin: its blocks, taken out as they stand, and
 * what else decides how they are read. Files that Include names are read in their place, as the
 * daemon does (configfile.c).
 */
#ifndef FP_CLI_CONFFILE_H
#define FP_CLI_CONFFILE_H

#include "util/buf.h"
#include "util/vec.h"

#include <errno.h>
#include <stdbool.h>

enum { FP_CONF_MESSAGE_SIZE = 1024 };

/*
 * A stretch of a file with blocks in it. All other lines are empty, so that each block is on its own
 * line as before; StateFile and StateFileGroup are left out too.
 */
struct fp_conf_piece {
	char *path;
	struct fp_buf text;
};

FP_VEC(fp_conf_pieces, struct fp_conf_piece);
FP_VEC(fp_conf_names, char *);

struct fp_conf {
	struct fp_conf_pieces pieces;
	struct fp_conf_names groups;    /* of all <Group NAME>, as often as they stand there */
	char *state_file, *state_group; /* what was left out; NULL: not there */
	bool loads;                     /* by LoadPlugin, or by AutoLoadPlugin and a block */
	char *early;                    /* "PATH:LINE" of a block that the daemon ignores, since its
	                                  LoadPlugin comes later; NULL: none */

	/* while reading */
	double global_interval_s, load_interval_s; /* 0: not said */
	bool auto_load;
	char *first; /* "PATH:LINE" of the first block before any LoadPlugin */
};

/*
 * Reads a file, or a folder of them, into a conf that is zeroed or has read others before. 0; -EINVAL
 * with a mistake in message; -ENOENT, -EACCES and the like for a file that cannot be read, said there
 * too; -ENOMEM.
 */
int fp_conffile_read(struct fp_conf *conf, const char *path, char message[FP_CONF_MESSAGE_SIZE]);
void fp_conffile_fini(struct fp_conf *conf);

/* The seconds between two readings that follow from all that was read. */
double fp_conffile_interval(const struct fp_conf *conf);

/* Takes what is in the text of a file, at this depth of Include. As fp_conffile_read(). */
int fp_conffile_take(struct fp_conf *conf, const char *path, const struct fp_buf *text,
	unsigned depth, char message[FP_CONF_MESSAGE_SIZE]);

/*
 * In conffile_include.c. All that the path of an Include stands for: words with patterns, each a file or
 * a folder. filter: of the files' names; may be NULL. As fp_conffile_read().
 */
int fp_conffile_include(struct fp_conf *conf, const char *path, const char *filter, unsigned depth,
	char message[FP_CONF_MESSAGE_SIZE]);

#endif

/*
 * collectd's configuration syntax, for tests: text to the neutral items of settings/item.h.
 *
 * It reads as the daemon's own scanner does, its oddities included: bytes that begin no word are
 * passed over, so that php-fpm is two words and ^java.*$ is java; 1e3 and True are strings; a
 * backslash in quotes gives the byte behind it; a block with nothing at all between its lines is
 * dropped, one with an empty line or a comment is kept. Addresses (1.2.3.4, ::1) are left out.
 */
#ifndef TESTS_CONFTEXT_H
#define TESTS_CONFTEXT_H

#include "settings/item.h"

enum { CONFTEXT_ERROR_SIZE = 128 };

/*
 * Parses the text into the children of *root, which is overwritten. 0; -EINVAL with the line and
 * what is wrong in error; -ENOMEM. The caller frees with conftext_fini() after a success.
 */
int conftext_parse(const char *text, struct fp_item *root, char error[CONFTEXT_ERROR_SIZE]);
void conftext_fini(struct fp_item *root);

#endif

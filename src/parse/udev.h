/*
 * A device's entry in udev's database, such as /run/udev/data/b8:1: a line each, of a letter, a colon
 * and what it tells. E:KEY=VALUE is a property, S:disk/by-id/NAME a link below /dev.
 */
#ifndef FP_PARSE_UDEV_H
#define FP_PARSE_UDEV_H

#include <stdbool.h>
#include <stddef.h>

/* The value of a property, a part of the text. false: it has none of this key, or an empty one. */
bool fp_udev_property(
	const char *text, size_t len, const char *key, const char **value, size_t *value_len);

/*
 * The next link below a folder of /dev, such as "disk/by-id": its name in the folder, a part of the
 * text. *offset is 0 at first and is moved. false at the end.
 */
bool fp_udev_link(const char *text, size_t len, const char *folder, size_t *offset,
	const char **name, size_t *name_len);

/*
 * Undoes what udev does to a text that is to be a file's name: "\x20" is a space again. out has room
 * for len bytes, and may be text itself. Returns the length.
 */
size_t fp_udev_decode(const char *text, size_t len, char *out);

#endif

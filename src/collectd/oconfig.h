/* The daemon's configuration tree as neutral items. */
#ifndef FP_COLLECTD_OCONFIG_H
#define FP_COLLECTD_OCONFIG_H

#include "collectd/headers.h"
#include "settings/item.h"

/*
 * Makes an item of the daemon's, whose strings it goes on using. 0 or -ENOMEM; freed with
 * fp_oconfig_free(), which takes what a failed call left too.
 */
int fp_oconfig_convert(const oconfig_item_t *from, struct fp_item *out);
void fp_oconfig_free(struct fp_item *item);

#endif

/* Inside the dispatch: a value list for the daemon. */
#ifndef FP_COLLECTD_TELL_H
#define FP_COLLECTD_TELL_H

#include "collectd/headers.h"

/* The daemon copies the list, and logs itself when it cannot take it. */
static inline void tell(const value_list_t *base, const char *type, const char *instance,
	value_t *values, size_t count)
{
	value_list_t list = *base;

	list.values = values;
	list.values_len = count;
	sstrncpy(list.type, type, sizeof(list.type));
	sstrncpy(list.type_instance, instance, sizeof(list.type_instance));
	plugin_dispatch_values(&list);
}

static inline void tell_gauge(
	const value_list_t *base, const char *type, const char *instance, double value)
{
	tell(base, type, instance, &(value_t){.gauge = value}, 1);
}

#endif

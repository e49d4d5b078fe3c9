#include "collectd/oconfig.h"

static struct fp_value convert_value(const oconfig_value_t *from)
{
	switch (from->type) {
	case OCONFIG_TYPE_STRING:
		return (struct fp_value){.type = FP_STRING, .string = from->value.string};
	case OCONFIG_TYPE_NUMBER:
		return (struct fp_value){.type = FP_NUMBER, .number = from->value.number};
	default:
		return (struct fp_value){.type = FP_BOOLEAN, .boolean = from->value.boolean != 0};
	}
}

static int convert_values(const oconfig_item_t *from, struct fp_item *out)
{
	if (from->values_num <= 0)
		return 0;
	size_t count = (size_t)from->values_num;
	struct fp_value *values = calloc(count, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		values[i] = convert_value(&from->values[i]);
	out->values = values;
	out->value_count = count;
	return 0;
}

int fp_oconfig_convert(const oconfig_item_t *from, struct fp_item *out)
{
	*out = (struct fp_item){.key = from->key};
	int status = convert_values(from, out);
	if (status < 0 || from->children_num <= 0)
		return status;
	size_t count = (size_t)from->children_num;
	struct fp_item *children = calloc(count, sizeof(*children));
	if (!children)
		return -ENOMEM;
	out->children = children;
	out->child_count = count;
	for (size_t i = 0; i < count && status == 0; i++)
		status = fp_oconfig_convert(&from->children[i], &children[i]);
	return status;
}

void fp_oconfig_free(struct fp_item *item)
{
	for (size_t i = 0; i < item->child_count; i++)
		fp_oconfig_free((struct fp_item *)&item->children[i]);
	free((void *)item->children);
	free((void *)item->values);
	*item = (struct fp_item){0};
}

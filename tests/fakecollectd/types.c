#include "fake.h"

#include <math.h>

static data_set_t *types;
static size_t count;

static double parse_limit(const char *text)
{
	return strcmp(text, "U") == 0 ? NAN : strtod(text, NULL);
}

/* One data source, such as read:DERIVE:0:U. */
static void parse_source(const char *text, data_source_t *source)
{
	char name[64], type[16], min[32], max[32];

	if (sscanf(text, "%63[^:]:%15[^:]:%31[^:]:%31[^:]", name, type, min, max) != 4)
		fake_die("types: %s", text);
	sstrncpy(source->name, name, sizeof(source->name));
	source->type = strcmp(type, "GAUGE") == 0 ? DS_TYPE_GAUGE : DS_TYPE_DERIVE;
	source->min = parse_limit(min);
	source->max = parse_limit(max);
}

static void parse_line(char *line)
{
	static const char separators[] = " \t,\n";
	char *rest, *word = strtok_r(line, separators, &rest);

	if (!word || *word == '#')
		return;
	types = realloc(types, (count + 1) * sizeof(types[0]));
	if (!types)
		fake_die("out of memory");
	data_set_t *type = &types[count++];
	memset(type, 0, sizeof(*type));
	sstrncpy(type->type, word, sizeof(type->type));
	while ((word = strtok_r(NULL, separators, &rest))) {
		type->ds = realloc(type->ds, (type->ds_num + 1) * sizeof(type->ds[0]));
		if (!type->ds)
			fake_die("out of memory");
		parse_source(word, &type->ds[type->ds_num++]);
	}
}

void fake_types_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[512];

	if (!file)
		fake_die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file))
		parse_line(line);
	fclose(file);
	if (count == 0)
		fake_die("%s: there is no type in it", path);
}

void fake_types_free(void)
{
	for (size_t i = 0; i < count; i++)
		free(types[i].ds);
	free(types);
}

const data_set_t *plugin_get_ds(const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(types[i].type, name) == 0)
			return &types[i];
	return NULL;
}

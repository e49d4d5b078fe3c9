#include "parse/container_json.h"

#include <errno.h>
#include <string.h>
#include <yajl/yajl_parse.h>

enum { DEPTH_MAX = 64 };

/* Which member of a container's object is read; KEY_IDLE stands for all that nobody asks for. */
enum key { KEY_IDLE, KEY_ID, KEY_NAME, KEY_NAMES };

enum kind { KIND_STRING, KIND_NULL, KIND_OTHER, KIND_OBJECT, KIND_ARRAY };

struct reader {
	bool docker;
	unsigned depth;        /* objects and arrays that are open */
	unsigned object_depth; /* inside of a container's object */
	enum key key;
	unsigned seen; /* bit 1 << key */
	bool has_id;
	struct fp_container container;
	int (*take)(void *context, const struct fp_container *container);
	void *context;
	int status;
};

/* A callback of yajl returns 0 to end the reading. */
static int stop(struct reader *reader, int status)
{
	reader->status = status;
	return 0;
}

/* ---- What a container's object says ---- */

static void set_id(struct reader *reader, const char *text, size_t len)
{
	reader->has_id = fp_cgroup_is_container_id(text, len);
	if (reader->has_id)
		memcpy(reader->container.id, text, len);
}

static int set_name(struct reader *reader, const char *text, size_t len)
{
	char *name = reader->container.name;

	if (reader->docker && len > 0 && text[0] == '/') {
		text++;
		len--;
	}
	if (len == 0 || memchr(text, '\0', len))
		return stop(reader, -EBADMSG);
	if (name[0])
		return 1;
	if (len >= FP_CONTAINER_NAME_SIZE)
		len = FP_CONTAINER_NAME_SIZE - 1;
	memcpy(name, text, len);
	name[len] = '\0';
	return 1;
}

static int begin_container(struct reader *reader)
{
	reader->seen = 0;
	reader->key = KEY_IDLE;
	reader->has_id = false;
	memset(&reader->container, 0, sizeof(reader->container));
	return 1;
}

static int end_container(struct reader *reader)
{
	const struct fp_container *container = &reader->container;

	if (!(reader->seen & (1u << KEY_ID)) ||
		(reader->docker && (!reader->has_id || !container->name[0])))
		return stop(reader, -EBADMSG);
	if (!reader->has_id || !container->name[0])
		return 1;
	int status = reader->take(reader->context, container);
	return status < 0 ? stop(reader, status) : 1;
}

/* ---- Where in the text ---- */

/* May a value of this kind stand here? */
static bool is_expected(const struct reader *reader, enum kind kind)
{
	if (reader->depth + 1 == reader->object_depth)
		return kind == KIND_OBJECT;
	if (reader->depth < reader->object_depth)
		return kind == KIND_ARRAY || kind == KIND_NULL;
	if (reader->depth == reader->object_depth && reader->key == KEY_NAMES)
		return kind == KIND_ARRAY || kind == KIND_NULL;
	if (reader->depth == reader->object_depth && reader->key != KEY_IDLE)
		return kind == KIND_STRING;
	if (reader->depth == reader->object_depth + 1 && reader->key == KEY_NAMES)
		return kind == KIND_STRING;
	return true;
}

static int on_scalar(struct reader *reader, enum kind kind)
{
	return is_expected(reader, kind) ? 1 : stop(reader, -EBADMSG);
}

static int on_null(void *context)
{
	return on_scalar(context, KIND_NULL);
}

static int on_boolean(void *context, int value)
{
	(void)value;
	return on_scalar(context, KIND_OTHER);
}

static int on_number(void *context, const char *text, size_t len)
{
	(void)text;
	(void)len;
	return on_scalar(context, KIND_OTHER);
}

static int on_string(void *context, const unsigned char *text, size_t len)
{
	struct reader *reader = context;

	if (!is_expected(reader, KIND_STRING))
		return stop(reader, -EBADMSG);
	bool is_member = reader->depth == reader->object_depth;
	if (is_member && reader->key == KEY_ID)
		set_id(reader, (const char *)text, len);
	else if ((is_member && reader->key == KEY_NAME) ||
		 (reader->depth == reader->object_depth + 1 && reader->key == KEY_NAMES))
		return set_name(reader, (const char *)text, len);
	return 1;
}

static int on_open(struct reader *reader, enum kind kind)
{
	if (!is_expected(reader, kind) || reader->depth == DEPTH_MAX)
		return stop(reader, -EBADMSG);
	reader->depth++;
	return reader->depth == reader->object_depth ? begin_container(reader) : 1;
}

static int on_start_map(void *context)
{
	return on_open(context, KIND_OBJECT);
}

static int on_start_array(void *context)
{
	return on_open(context, KIND_ARRAY);
}

static int on_map_key(void *context, const unsigned char *text, size_t len)
{
	static const struct {
		const char *name;
		bool docker;
		enum key key;
	} keys[] = {
		{"ID", true, KEY_ID},
		{"Name", true, KEY_NAME},
		{"id", false, KEY_ID},
		{"names", false, KEY_NAMES},
	};
	struct reader *reader = context;

	if (reader->depth != reader->object_depth)
		return 1;
	reader->key = KEY_IDLE;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].docker == reader->docker && len == strlen(keys[i].name) &&
			memcmp(keys[i].name, text, len) == 0)
			reader->key = keys[i].key;
	if (reader->key == KEY_IDLE)
		return 1;
	if (reader->seen & (1u << reader->key))
		return stop(reader, -EBADMSG);
	reader->seen |= 1u << reader->key;
	return 1;
}

static int on_end(void *context)
{
	struct reader *reader = context;

	reader->depth--;
	return reader->depth + 1 == reader->object_depth ? end_container(reader) : 1;
}

/* ---- The two files ---- */

static int read_all(struct reader *reader, const char *text, size_t len)
{
	/* numbers as they are written: none is too large */
	static const yajl_callbacks callbacks = {
		.yajl_null = on_null,
		.yajl_boolean = on_boolean,
		.yajl_number = on_number,
		.yajl_string = on_string,
		.yajl_start_map = on_start_map,
		.yajl_map_key = on_map_key,
		.yajl_end_map = on_end,
		.yajl_start_array = on_start_array,
		.yajl_end_array = on_end,
	};
	yajl_handle handle = yajl_alloc(&callbacks, NULL, reader);

	if (!handle)
		return -ENOMEM;
	yajl_status status = yajl_parse(handle, (const unsigned char *)text, len);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(handle);
	yajl_free(handle);
	if (status != yajl_status_ok && reader->status == 0)
		return -EBADMSG;
	return reader->status;
}

static int take_one(void *context, const struct fp_container *container)
{
	struct fp_container *out = context;

	*out = *container;
	return 0;
}

int fp_container_json_docker(const char *text, size_t len, struct fp_container *out)
{
	struct reader reader = {
		.docker = true, .object_depth = 1, .take = take_one, .context = out};

	return read_all(&reader, text, len);
}

int fp_container_json_podman(const char *text, size_t len,
	int (*take)(void *context, const struct fp_container *container), void *context)
{
	struct reader reader = {.object_depth = 2, .take = take, .context = context};

	return len == 0 ? 0 : read_all(&reader, text, len);
}

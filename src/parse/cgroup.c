#include "parse/cgroup.h"
#include "parse/text.h"

#include <errno.h>
#include <string.h>

enum { ID_LEN = FP_CONTAINER_ID_SIZE - 1, NAME_LEN_MAX = 255 };

static bool ends_with(struct fp_span span, const char *tail)
{
	size_t len = strlen(tail);

	return span.len >= len && memcmp(span.at + span.len - len, tail, len) == 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- Lines ---- */

/* Splits id:controllers:path. */
static bool split_line(
	struct fp_span line, struct fp_span *id, struct fp_span *controllers, struct fp_span *path)
{
	const char *end = line.at + line.len;
	const char *first = memchr(line.at, ':', line.len);
	const char *second = first ? memchr(first + 1, ':', (size_t)(end - first - 1)) : NULL;
	uint64_t number;

	if (!second || end - second < 2 || second[1] != '/')
		return false;
	*id = (struct fp_span){line.at, (size_t)(first - line.at)};
	*controllers = (struct fp_span){first + 1, (size_t)(second - first - 1)};
	*path = (struct fp_span){second + 1, (size_t)(end - second - 1)};
	return fp_text_number(*id, UINT32_MAX, &number) == 0;
}

/* Keeps the first path, unless it is the root and a later one says more. */
static void keep(struct fp_span *kept, struct fp_span path)
{
	if (!kept->at || (kept->len == 1 && path.len > 1))
		*kept = path;
}

int fp_cgroup_path(const char *text, size_t len, const char **path, size_t *path_len)
{
	static const char deleted[] = " (deleted)";
	enum { VERSION_2, SYSTEMD, OTHER, KINDS };
	struct fp_span line, id, controllers, found, best = {0}, kinds[KINDS] = {{0}};
	size_t offset = 0;

	if (len == 0)
		return -ENODATA;
	while (fp_text_line(text, len, &offset, &line)) {
		if (!split_line(line, &id, &controllers, &found))
			continue;
		int kind = fp_text_is(controllers, "name=systemd") ? SYSTEMD : OTHER;
		if (fp_text_is(id, "0") && controllers.len == 0) {
			kind = VERSION_2;
			if (ends_with(found, deleted))
				found.len -= sizeof(deleted) - 1;
		}
		keep(&kinds[kind], found);
	}
	for (int kind = 0; kind < KINDS; kind++)
		if (kinds[kind].at)
			keep(&best, kinds[kind]);
	if (!best.at)
		return -EBADMSG;
	*path = best.at;
	*path_len = best.len;
	return 0;
}

/* ---- Units ---- */

/* Takes the next component off the front of the path. false at its end. */
static bool next_component(struct fp_span *path, struct fp_span *component)
{
	while (path->len > 0 && path->at[0] == '/')
		*path = (struct fp_span){path->at + 1, path->len - 1};
	const char *end = memchr(path->at, '/', path->len);
	size_t len = end ? (size_t)(end - path->at) : path->len;
	*component = (struct fp_span){path->at, len};
	*path = (struct fp_span){path->at + len, path->len - len};
	return len > 0;
}

/* systemd puts a '_' before what the kernel could take for a file of its own, and before a '_'. */
static struct fp_span unescape(struct fp_span name)
{
	if (name.len > 0 && name.at[0] == '_')
		return (struct fp_span){name.at + 1, name.len - 1};
	return name;
}

/* The alphabet of unit names, by systemd.unit(5). */
static bool is_unit_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
	       (c && strchr(":-_.\\@", c));
}

static bool is_unit(struct fp_span name, const char *type)
{
	if (name.len > NAME_LEN_MAX || name.len <= strlen(type) || !ends_with(name, type))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!is_unit_byte(name.at[i]))
			return false;
	return name.at[0] != '@';
}

static bool owns_processes(struct fp_span name)
{
	static const char *const types[] = {".service", ".scope", ".socket", ".mount", ".swap"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (is_unit(name, types[i]))
			return true;
	return false;
}

/* Finds the unit at the head of the path and takes all up to its end off the path. */
static bool find_unit(struct fp_span *path, struct fp_span *unit)
{
	while (next_component(path, unit)) {
		if (fp_text_is(*unit, ".."))
			continue;
		*unit = unescape(*unit);
		if (owns_processes(*unit))
			return true;
		if (!is_unit(*unit, ".slice"))
			return false;
	}
	return false;
}

static bool is_user_manager(struct fp_span unit)
{
	static const char head[] = "user@", tail[] = ".service";
	const size_t head_len = sizeof(head) - 1, tail_len = sizeof(tail) - 1;

	if (unit.len <= head_len + tail_len || memcmp(unit.at, head, head_len) != 0 ||
		!ends_with(unit, tail))
		return false;
	for (size_t i = head_len; i < unit.len - tail_len; i++)
		if (!is_digit(unit.at[i]))
			return false;
	return true;
}

bool fp_cgroup_unit(const char *path, size_t len, char *out, size_t out_size)
{
	struct fp_span rest = {path, len}, unit, inner = {0};

	if (out_size == 0)
		return false;
	out[0] = '\0';
	if (!find_unit(&rest, &unit))
		return false;
	if (!is_user_manager(unit) || !find_unit(&rest, &inner))
		inner.len = 0;
	size_t inner_size = inner.len ? inner.len + 1 : 0;
	if (unit.len + inner_size >= out_size)
		return false;
	memcpy(out, unit.at, unit.len);
	if (inner.len) {
		out[unit.len] = '/';
		memcpy(out + unit.len + 1, inner.at, inner.len);
	}
	out[unit.len + inner_size] = '\0';
	return true;
}

/* ---- Containers ---- */

static bool is_lower_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_hex(char c)
{
	return is_lower_hex(c) || (c >= 'A' && c <= 'F');
}

bool fp_cgroup_is_container_id(const char *text, size_t len)
{
	if (len != ID_LEN)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_lower_hex(text[i]))
			return false;
	return true;
}

bool fp_cgroup_container(const char *path, size_t len, char out[FP_CONTAINER_ID_SIZE])
{
	size_t end = len;

	out[0] = '\0';
	while (end > 0) {
		size_t start = end;
		while (start > 0 && is_hex(path[start - 1]))
			start--;
		struct fp_span before = {path, start};
		if (fp_cgroup_is_container_id(path + start, end - start) &&
			!ends_with(before, "conmon-")) {
			memcpy(out, path + start, ID_LEN);
			out[ID_LEN] = '\0';
			return true;
		}
		end = start == end ? end - 1 : start;
	}
	return false;
}

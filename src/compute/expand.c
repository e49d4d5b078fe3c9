#include "compute/expand.h"
#include "util/name.h"

#include <string.h>

/* FNV-1a, 64 bits: nobody gains anything by a collision but one announcement less. */
static uint64_t add_hash(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static const uint64_t hash_start = UINT64_C(0xcbf29ce484222325);

void fp_piece_make(const char *bytes, size_t len, struct fp_piece *out)
{
	fp_name_make_safe(bytes, len, out->text);
	out->hash = add_hash(hash_start, bytes, len);
}

void fp_expand(const struct fp_group *group, const struct fp_piece *pieces, char name[FP_NAME_SIZE],
	uint64_t *hash)
{
	size_t len = 0;

	*hash = hash_start;
	for (size_t i = 0; i < group->part_count; i++) {
		size_t more = strlen(pieces[i].text);
		*hash = add_hash(*hash, &pieces[i].hash, sizeof(pieces[i].hash));
		if (more > FP_NAME_MAX - len)
			more = FP_NAME_MAX - len;
		memcpy(name + len, pieces[i].text, more);
		len += more;
	}
	name[len] = '\0';
	if (name[0] == '_' && pieces[0].hash != hash_start)
		name[0] = '-';
}

#include "compute/disk_name.h"
#include "util/name.h"
#include "util/number.h"

#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool begins(const char *text, size_t len, const char *head)
{
	return len >= strlen(head) && memcmp(text, head, strlen(head)) == 0;
}

bool fp_disk_whole_name(const char *name, char *out, uint64_t *number)
{
	size_t len = strlen(name), whole = len;

	while (whole > 0 && is_digit(name[whole - 1]))
		whole--;
	if (whole == len || whole == 0)
		return false;
	if (number && fp_number_u64(name + whole, len - whole, number) < 0)
		return false;
	if (whole >= 2 && name[whole - 1] == 'p' && is_digit(name[whole - 2]))
		whole--;
	memcpy(out, name, whole);
	out[whole] = '\0';
	return true;
}

bool fp_disk_name_of_place(const char *place, size_t len, const char **name, size_t *name_len)
{
	size_t end = len;

	while (end > 0 && place[end - 1] != '/')
		end--;
	if (end == 0)
		return false;
	size_t start = --end;
	while (start > 0 && place[start - 1] != '/')
		start--;
	*name = place + start;
	*name_len = end - start;
	return start > 0 && end > start;
}

static bool begins_with_any(const char *text, const char *const *heads, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (begins(text, strlen(text), heads[i]))
			return true;
	return false;
}

bool fp_disk_name_is_wwn(const char *link)
{
	static const char *const heads[] = {
		"wwn-", "nvme-eui.", "nvme-nguid.", "nvme-uuid.", "nvme-nvme."};

	return begins_with_any(link, heads, sizeof(heads) / sizeof(heads[0]));
}

bool fp_disk_name_is_of_contents(const char *link)
{
	static const char *const heads[] = {"dm-name-", "dm-uuid-", "lvm-pv-uuid-", "md-uuid-"};

	return begins_with_any(link, heads, sizeof(heads) / sizeof(heads[0]));
}

bool fp_disk_name_make_wwn(const char *text, size_t len, char *out, size_t size)
{
	static const struct {
		const char *head, *becomes;
		size_t kept; /* bytes of the head */
	} forms[] = {
		{"0x", "wwn-", 2},
		{"naa.", "wwn-0x", 0},
		{"eui.", "nvme-", 4},
		{"nguid.", "nvme-", 6},
		{"uuid.", "nvme-", 5},
		{"nvme.", "nvme-", 5},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t skipped = strlen(forms[i].head) - forms[i].kept;
		if (!begins(text, len, forms[i].head) || len == strlen(forms[i].head))
			continue;
		int used = snprintf(out, size, "%s%.*s", forms[i].becomes, (int)(len - skipped),
			text + skipped);
		return used > 0 && (size_t)used < size;
	}
	return false;
}

/* How long the end "-part" and number is; 0: there is none. */
static size_t part_length(const char *text, size_t len)
{
	static const char part[] = "-part";
	size_t start = len;

	while (start > 0 && is_digit(text[start - 1]))
		start--;
	if (start == len || start < strlen(part))
		return 0;
	start -= strlen(part);
	return begins(text + start, len - start, part) ? len - start : 0;
}

bool fp_disk_name_make_safe(const char *text, size_t len, char out[FP_NAME_SIZE])
{
	size_t end = part_length(text, len);

	if (len == 0)
		return false;
	fp_name_make_safe(text, len, out);
	if (len > FP_NAME_MAX && end > 0 && end < FP_NAME_MAX / 2)
		memcpy(out + FP_NAME_MAX - end, text + len - end, end);
	return true;
}

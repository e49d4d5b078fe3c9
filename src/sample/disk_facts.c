#include "sample/disk_facts.h"
#include "compute/disk_name.h"
#include "parse/diskstats.h"
#include "parse/udev.h"
#include "util/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 1024 };

/* What is at hand while a device is looked at. */
struct look {
	const struct fp_host *host;
	const struct fp_disk_links *links;
	const struct fp_disk_device *device;
	const struct fp_disk_past *past;
	struct fp_disk_facts *out;
	struct fp_buf text, entry;         /* the latest attribute; udev's entry, if any */
	char suffix[sizeof("-part") + 20]; /* such as "-part1"; "" of a whole disk */
	int failed;                        /* 0, or why no answer can be relied on */
};

/* Where a name comes from. */
struct source {
	/* in the properties of udev's database, in sysfs; NULL: links alone tell it */
	bool (*find)(struct look *look, char *text, size_t size);
	bool of_whole; /* what it finds is the whole disk's: a partition needs a suffix */
	enum { NO_LINKS, LINKS_FIRST, LINKS_LAST } links; /* before find, or after it */
	enum fp_disk_folder folder;
	bool (*accept)(const char *link);
};

static bool is_of_kind(const struct look *look, const char *head)
{
	return strncmp(look->device->kernel_name, head, strlen(head)) == 0;
}

static int note_failure(struct look *look, int status)
{
	if (fp_disk_is_fatal(status))
		look->failed = status;
	return status;
}

static bool read_attribute(struct look *look, const char *name, const char *attribute)
{
	int status =
		look->host->backend->disk_attribute(look->host->os, name, attribute, &look->text);

	return note_failure(look, status) == 0 && look->text.len > 0;
}

static bool read_number(struct look *look, const char *name, const char *attribute, uint64_t *out)
{
	return read_attribute(look, name, attribute) &&
	       fp_number_u64(look->text.data, look->text.len, out) == 0;
}

/* Copies what is not blank at its ends, as serial numbers are. */
static bool copy_trimmed(const char *from, size_t len, char *text, size_t size)
{
	while (len && (*from == ' ' || *from == '\t'))
		from++, len--;
	while (len && (from[len - 1] == ' ' || from[len - 1] == '\t' || from[len - 1] == '\0'))
		len--;
	if (len == 0 || len >= size || memchr(from, '\0', len))
		return false;
	memcpy(text, from, len);
	text[len] = '\0';
	return true;
}

static bool copy_attribute(
	struct look *look, const char *name, const char *attribute, char *text, size_t size)
{
	return read_attribute(look, name, attribute) &&
	       copy_trimmed(look->text.data, look->text.len, text, size);
}

static bool copy_property(const struct look *look, const char *key, char *text, size_t size)
{
	const char *value;
	size_t len;

	return fp_udev_property(look->entry.data, look->entry.len, key, &value, &len) &&
	       copy_trimmed(value, len, text, size);
}

/* The name that device-mapper has now, before udev has heard of it. */
static bool find_dm(struct look *look, char *text, size_t size)
{
	if (!is_of_kind(look, "dm-"))
		return false;
	return copy_attribute(look, look->device->kernel_name, "dm/name", text, size);
}

/* Members of an array have the property too. */
static bool find_md(struct look *look, char *text, size_t size)
{
	return is_of_kind(look, "md") && copy_property(look, "MD_DEVNAME", text, size);
}

static bool find_label(struct look *look, char *text, size_t size)
{
	return copy_property(look, "ID_FS_LABEL_ENC", text, size);
}

static bool find_partlabel(struct look *look, char *text, size_t size)
{
	return copy_property(look, "ID_PART_ENTRY_NAME", text, size);
}

static bool find_uuid(struct look *look, char *text, size_t size)
{
	return copy_property(look, "ID_FS_UUID_ENC", text, size);
}

static bool accept_id(const char *link)
{
	return !fp_disk_name_is_wwn(link) && !fp_disk_name_is_of_contents(link);
}

static bool find_path(struct look *look, char *text, size_t size)
{
	return copy_property(look, "ID_PATH", text, size);
}

/* The kernel keeps a wwid from when it found the disk, so that reading it does not reach the disk. */
static bool find_wwn(struct look *look, char *text, size_t size)
{
	static const char *const keys[] = {"ID_WWN_WITH_EXTENSION", "ID_WWN"};
	static const char *const attributes[] = {"wwid", "device/wwid"};
	char value[TEXT_SIZE];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (copy_property(look, keys[i], value, sizeof(value)) &&
			fp_disk_name_make_wwn(value, strlen(value), text, size))
			return true;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (copy_attribute(look, look->out->whole, attributes[i], value, sizeof(value)) &&
			fp_disk_name_make_wwn(value, strlen(value), text, size))
			return true;
	return false;
}

/* Is it the disk that was looked at before? A kernel before Linux 5.15 does not tell for certain. */
static bool is_disk_of_past(const struct look *look)
{
	const struct fp_disk_facts *before = look->past->facts, *now = look->out;

	if (!before || before->has_sequence != now->has_sequence)
		return false;
	if (now->has_sequence)
		return before->sequence == now->sequence;
	return !look->past->anew && before->has_size == now->has_size &&
	       before->size_sectors == now->size_sectors;
}

/*
 * Reading these may send a request to the disk, as virtio's drivers do, and then waits for as long as
 * the disk does not answer.
 */
static void ask_for_serial(struct look *look)
{
	const struct fp_disk_facts *before = look->past->facts;
	struct fp_disk_facts *out = look->out;
	char text[TEXT_SIZE] = "";

	if (is_disk_of_past(look) && before->serial) {
		out->serial = strdup(before->serial);
	} else if (look->past->answers(look->past->context, out->whole)) {
		if (!copy_attribute(look, out->whole, "serial", text, sizeof(text)) &&
			!copy_attribute(look, out->whole, "device/serial", text, sizeof(text)))
			text[0] = '\0';
		out->serial = strdup(text);
	} else {
		out->unasked = true;
		return;
	}
	if (!out->serial)
		note_failure(look, -ENOMEM);
}

static bool find_serial(struct look *look, char *text, size_t size)
{
	if (copy_property(look, "ID_SERIAL_SHORT", text, size) ||
		copy_property(look, "ID_SERIAL", text, size))
		return true;
	ask_for_serial(look);
	return look->out->serial &&
	       copy_trimmed(look->out->serial, strlen(look->out->serial), text, size);
}

static bool find_kernel(struct look *look, char *text, size_t size)
{
	return copy_trimmed(
		look->device->kernel_name, strlen(look->device->kernel_name), text, size);
}

/*
 * What a device holds is said in the database of each that holds it, while a link of that name leads
 * to one of them, and not always the same: there the database comes first, and they have the same
 * name, which is told. Elsewhere udev chose well among several, so its links come first: those below
 * /dev, or in the database, so that a name is the same where only one of the two can be read.
 */
static const struct source sources[FP_DISK_NAMES] = {
	[FP_DISK_NAME_DM] = {.find = find_dm},
	[FP_DISK_NAME_MD] = {find_md, true, LINKS_FIRST, FP_DISK_FOLDER_MD, NULL},
	[FP_DISK_NAME_LABEL] = {find_label, false, LINKS_LAST, FP_DISK_FOLDER_LABEL, NULL},
	[FP_DISK_NAME_PARTLABEL] = {find_partlabel, false, LINKS_LAST, FP_DISK_FOLDER_PARTLABEL,
		NULL},
	[FP_DISK_NAME_UUID] = {find_uuid, false, LINKS_LAST, FP_DISK_FOLDER_UUID, NULL},
	[FP_DISK_NAME_ID] = {NULL, false, LINKS_FIRST, FP_DISK_FOLDER_ID, accept_id},
	[FP_DISK_NAME_PATH] = {find_path, true, LINKS_FIRST, FP_DISK_FOLDER_PATH, NULL},
	[FP_DISK_NAME_WWN] = {find_wwn, true, LINKS_FIRST, FP_DISK_FOLDER_ID, fp_disk_name_is_wwn},
	[FP_DISK_NAME_SERIAL] = {.find = find_serial, .of_whole = true},
	[FP_DISK_NAME_KERNEL] = {.find = find_kernel},
};

uint32_t fp_disk_facts_folders(const struct fp_disk_settings *settings)
{
	uint32_t wanted = 0;

	for (size_t i = 0; i < settings->name_count; i++) {
		enum fp_disk_name name = settings->names[i];
		if (sources[name].links != NO_LINKS)
			wanted |= UINT32_C(1) << sources[name].folder;
		if (name != FP_DISK_NAME_DM && name != FP_DISK_NAME_KERNEL)
			wanted |= UINT32_C(1) << FP_DISK_DATABASE;
	}
	return wanted;
}

static bool find_link(const struct look *look, const struct source *source, char *text, size_t size)
{
	const char *link =
		fp_disk_links_find(look->links, source->folder, look->device, source->accept);

	return link && copy_trimmed(link, strlen(link), text, size);
}

/* The links that udev's database has, of which the first is that of the folder. */
static bool find_listed(
	const struct look *look, const struct source *source, char *text, size_t size)
{
	const char *folder = fp_disk_folder_path(source->folder), *name, *best = NULL;
	size_t offset = 0, len, best_len = 0;

	while (fp_udev_link(look->entry.data, look->entry.len, folder, &offset, &name, &len)) {
		char link[TEXT_SIZE];
		if (!copy_trimmed(name, len, link, sizeof(link)) ||
			(source->accept && !source->accept(link)))
			continue;
		int order = best ? memcmp(name, best, len < best_len ? len : best_len) : -1;
		if (order < 0 || (order == 0 && len < best_len)) {
			best = name;
			best_len = len;
		}
	}
	return best && copy_trimmed(best, best_len, text, size);
}

static bool find_rest(struct look *look, const struct source *source, char *text, size_t size)
{
	if (!source->find || !source->find(look, text, size))
		return false;
	size_t len = strlen(text);
	if (!source->of_whole || !look->suffix[0])
		return true;
	return snprintf(text + len, size - len, "%s", look->suffix) < (int)(size - len);
}

static bool find_name(struct look *look, const struct source *source, char *text, size_t size)
{
	if (source->links == LINKS_FIRST &&
		(find_link(look, source, text, size) || find_listed(look, source, text, size)))
		return true;
	if (find_rest(look, source, text, size))
		return true;
	return source->links == LINKS_LAST && look->entry.len == 0 &&
	       find_link(look, source, text, size);
}

static int take_name(struct look *look, enum fp_disk_name name)
{
	char text[TEXT_SIZE];

	if (look->out->names[name] || !find_name(look, &sources[name], text, sizeof(text)))
		return 0;
	if (name != FP_DISK_NAME_KERNEL)
		text[fp_udev_decode(text, strlen(text), text)] = '\0';
	look->out->names[name] = strdup(text);
	return look->out->names[name] ? 0 : -ENOMEM;
}

/* Which whole disk is it a partition of? */
static void find_whole(struct look *look)
{
	const char *kernel_name = look->device->kernel_name, *name;
	char by_rule[FP_DISK_KERNEL_NAME_SIZE];
	size_t len;
	int status = look->host->backend->disk_place(look->host->os, kernel_name, &look->text);

	note_failure(look, status);
	if (status == 0 && fp_disk_name_of_place(look->text.data, look->text.len, &name, &len) &&
		len < sizeof(look->out->whole))
		snprintf(look->out->whole, sizeof(look->out->whole), "%.*s", (int)len, name);
	else if (fp_disk_whole_name(kernel_name, by_rule, NULL))
		memcpy(look->out->whole, by_rule, sizeof(by_rule));
}

static void look_at_kind(struct look *look)
{
	struct fp_disk_facts *out = look->out;
	const char *kernel_name = look->device->kernel_name;
	uint64_t number = 0;

	snprintf(out->whole, sizeof(out->whole), "%s", kernel_name);
	out->has_size = read_number(look, kernel_name, "size", &out->size_sectors);
	if (!out->has_size)
		return;
	out->partition = read_number(look, kernel_name, "partition", &number);
	if (out->partition) {
		snprintf(look->suffix, sizeof(look->suffix), "-part%llu",
			(unsigned long long)number);
		find_whole(look);
	}
	out->has_sequence = read_number(look, out->whole, "diskseq", &out->sequence);
}

static int look_at_names(struct look *look, const struct fp_disk_settings *settings)
{
	int status = -ENOENT;

	if (fp_disk_facts_folders(settings))
		status = fp_disk_links_read_entry(look->links, look->device, &look->entry);
	if (status == -ENOENT)
		status = 0;
	if (status == 0)
		status = take_name(look, FP_DISK_NAME_DM);
	for (size_t i = 0; i < settings->name_count && status == 0; i++)
		status = take_name(look, settings->names[i]);
	return status;
}

int fp_disk_facts_look(const struct fp_host *host, const struct fp_disk_settings *settings,
	const struct fp_disk_links *links, const struct fp_disk_device *device,
	const struct fp_disk_past *past, struct fp_disk_facts *out)
{
	struct look look = {
		.host = host, .links = links, .device = device, .past = past, .out = out};

	*out = (struct fp_disk_facts){0};
	look_at_kind(&look);
	int status = look_at_names(&look, settings);
	fp_buf_fini(&look.text);
	fp_buf_fini(&look.entry);
	return look.failed ? look.failed : status;
}

int fp_disk_facts_check(const struct fp_host *host, const struct fp_disk_facts *facts,
	struct fp_buf *text, bool *same)
{
	uint64_t sequence;

	*same = true;
	if (!facts->has_sequence)
		return 0;
	int status = host->backend->disk_attribute(host->os, facts->whole, "diskseq", text);
	if (fp_disk_is_fatal(status))
		return status;
	*same = status == 0 && fp_number_u64(text->data, text->len, &sequence) == 0 &&
		sequence == facts->sequence;
	return 0;
}

void fp_disk_facts_fini(struct fp_disk_facts *facts)
{
	for (size_t i = 0; i < FP_DISK_NAMES; i++)
		free(facts->names[i]);
	free(facts->serial);
	*facts = (struct fp_disk_facts){0};
}

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool fp_disk_facts_equal(const struct fp_disk_facts *a, const struct fp_disk_facts *b)
{
	for (size_t i = 0; i < FP_DISK_NAMES; i++)
		if (!is_same_text(a->names[i], b->names[i]))
			return false;
	return a->partition == b->partition && a->has_size == b->has_size &&
	       (a->size_sectors == 0) == (b->size_sectors == 0);
}

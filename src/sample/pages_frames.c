/* What the host knows of page frames: how often they are mapped, and whether they are shared memory. */
#include "sample/pages_reader.h"

#include <stdlib.h>

/* Flags of kpageflags (Documentation/admin-guide/mm/pagemap.rst). */
#define FLAG_UPTODATE   (UINT64_C(1) << 3)
#define FLAG_SWAPBACKED (UINT64_C(1) << 14)
#define FLAG_TAIL       (UINT64_C(1) << 16)

static bool has_flight(const struct fp_frame_block *block, uint64_t flight)
{
	return (block->have >> flight) & 1;
}

/* The last flight of the block that what lies ahead will ask for, without a gap. */
static uint64_t last_flight(
	const struct fp_frame_block *block, const uint64_t *entries, size_t ahead)
{
	uint64_t flight = (entries[0] & FP_PAGE_FRAME) % FP_BLOCK_FRAMES / FP_FLIGHT;

	for (size_t i = 1; i < ahead; i++) {
		uint64_t frame = entries[i] & FP_PAGE_FRAME;
		if (!fp_page_wants_count(entries[i]))
			continue;
		uint64_t next = frame % FP_BLOCK_FRAMES / FP_FLIGHT;
		if (frame / FP_BLOCK_FRAMES != block->number || next < flight ||
			next > flight + 1 || has_flight(block, next))
			break;
		flight = next;
	}
	return flight;
}

static int fill(struct fp_pages *pages, struct fp_frame_block *block, uint64_t first, uint64_t last)
{
	uint64_t begin = first * FP_FLIGHT, count = (last - first + 1) * FP_FLIGHT;
	size_t got;
	int status = pages->host->backend->frame_counts(&pages->frames,
		block->number * FP_BLOCK_FRAMES + begin, pages->words, (size_t)count, &got);

	if (status < 0)
		return status;
	pages->seen.counts += got;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t value = i < got ? pages->words[i] : 0;
		block->counts[begin + i] = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
	}
	for (uint64_t flight = first; flight <= last; flight++)
		block->have |= UINT64_C(1) << flight;
	return 0;
}

static int find_block(struct fp_pages *pages, uint64_t frame, struct fp_frame_block **out)
{
	uint64_t number = frame / FP_BLOCK_FRAMES;
	struct fp_frame_block **place = &pages->blocks[number % FP_BLOCKS];

	if (!*place) {
		*place = malloc(sizeof(**place));
		if (!*place)
			return -ENOMEM;
		(*place)->round = 0;
		pages->block_count++;
	}
	*out = *place;
	if ((*out)->round != pages->round || (*out)->number != number) {
		(*out)->number = number;
		(*out)->round = pages->round;
		(*out)->have = 0;
	}
	return 0;
}

void fp_frames_forget(struct fp_pages *pages, size_t most)
{
	if (pages->block_count <= most)
		return;
	for (size_t i = 0; i < FP_BLOCKS; i++) {
		free(pages->blocks[i]);
		pages->blocks[i] = NULL;
	}
	pages->block_count = 0;
}

/*
 * What was counted earlier in the round may be of a frame's former life. An entry that is not
 * exclusive disproves a count below two, unless it is of a zero page.
 */
static bool is_disproved(const struct fp_pages *pages, uint64_t frame, uint32_t count)
{
	return count < 2 && frame != pages->zero_frame;
}

int fp_frames_count(
	struct fp_pages *pages, const uint64_t *entries, size_t ahead, uint32_t *mapcount)
{
	uint64_t frame = entries[0] & FP_PAGE_FRAME, place = frame % FP_BLOCK_FRAMES;
	uint64_t flight = place / FP_FLIGHT;
	struct fp_frame_block *block;
	int status = find_block(pages, frame, &block);

	if (status < 0)
		return status;
	if (!has_flight(block, flight) || is_disproved(pages, frame, block->counts[place])) {
		status = fill(pages, block, flight, last_flight(block, entries, ahead));
		if (status == 0 && block->counts[place] == 0)
			pages->zero_frame = frame;
	}
	*mapcount = block->counts[place];
	return status;
}

int fp_frames_block(struct fp_pages *pages, uint64_t frame, bool anew, const uint32_t **counts)
{
	struct fp_frame_block *block;
	int status = find_block(pages, frame, &block);

	if (status == 0 && (anew || block->have != UINT64_MAX))
		status = fill(pages, block, 0, FP_BLOCK_FRAMES / FP_FLIGHT - 1);
	if (status == 0)
		*counts = block->counts;
	return status;
}

static struct fp_kept_kind *kept(const struct fp_pages *pages, const struct fp_piece *piece)
{
	uint64_t place = (piece->inode ^ piece->dev_minor * UINT64_C(0x9e3779b1)) % FP_KINDS_KEPT;

	return (struct fp_kept_kind *)&pages->kinds[place];
}

bool fp_frames_known_kind(const struct fp_pages *pages, struct fp_piece *piece)
{
	const struct fp_kept_kind *kind = kept(pages, piece);

	if (kind->round != pages->round || kind->inode != piece->inode ||
		kind->dev_minor != piece->dev_minor)
		return false;
	piece->has_kind = true;
	piece->kind = kind->kind;
	return true;
}

bool fp_frames_file_system_kind(const struct fp_pages *pages, struct fp_piece *piece)
{
	struct fp_piece any = {.dev_minor = piece->dev_minor};

	if (fp_frames_known_kind(pages, piece))
		return true;
	if (!fp_frames_known_kind(pages, &any))
		return false;
	piece->kind = any.kind;
	return true;
}

static void keep(struct fp_pages *pages, const struct fp_piece *piece, uint64_t inode)
{
	struct fp_piece key = {.dev_minor = piece->dev_minor, .inode = inode};

	*kept(pages, &key) = (struct fp_kept_kind){
		.round = pages->round,
		.inode = inode,
		.dev_minor = piece->dev_minor,
		.kind = piece->kind,
	};
}

void fp_frames_kind(struct fp_pages *pages, struct fp_piece *piece, uint64_t frame)
{
	size_t got = 0;

	if (fp_frames_known_kind(pages, piece))
		return;
	/* one asking is enough for a piece, also where there is no answer */
	piece->has_kind = true;
	int status = -EACCES;
	if (pages->can.has_kinds)
		status = pages->host->backend->frame_flags(
			&pages->frames, frame, pages->words, 1, &got);
	/* before Linux 6.10 the frames of a folio behind its first have no flags of their own */
	bool mute = (pages->words[0] & (FLAG_TAIL | FLAG_UPTODATE)) == FLAG_TAIL;
	if (status < 0 || got == 0 || mute) {
		pages->knowledge.kinds = false;
		piece->is_unsure = true;
		return;
	}
	piece->kind = pages->words[0] & FLAG_SWAPBACKED ? FP_PAGE_OF_SHMEM : FP_PAGE_OF_FILE;
	keep(pages, piece, piece->inode);
	/* a file system is of one kind, but for an overlay that has shared memory beneath */
	keep(pages, piece, 0);
}

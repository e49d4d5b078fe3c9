/*
 * Shared memory: what of it is swapped out no process's page entries tell, only its file does. Which
 * mappings are of it shows in their pages, as far as there are any.
 */
#include "sample/pages_reader.h"

size_t fp_shared_suspect(struct fp_pages *pages, const struct fp_mapping *mapping)
{
	if (!fp_mapping_has_file(mapping) || mapping->dev_major != 0)
		return FP_SUSPECTS;
	if (pages->suspect_count == FP_SUSPECTS) {
		pages->has_more_suspects = true;
		return FP_SUSPECTS;
	}
	pages->suspects[pages->suspect_count] = (struct fp_suspect){.mapping = *mapping};
	return pages->suspect_count++;
}

void fp_shared_note(struct fp_pages *pages, const struct fp_piece *piece)
{
	if (piece->suspect == FP_SUSPECTS || !piece->has_kind || piece->is_unsure)
		return;
	struct fp_suspect *suspect = &pages->suspects[piece->suspect];
	suspect->has_kind = true;
	suspect->kind = piece->kind;
}

/* None of its pages is there to be asked about: they may all be swapped out. */
static void find_kind(const struct fp_pages *pages, struct fp_suspect *suspect)
{
	struct fp_piece piece = {
		.dev_minor = suspect->mapping.dev_minor,
		.inode = suspect->mapping.inode,
		.kind = FP_PAGE_OF_FILE,
	};

	if (suspect->has_kind)
		return;
	suspect->has_kind = true;
	if (pages->has_shared_dev && piece.dev_minor == pages->shared_dev_minor)
		suspect->kind = FP_PAGE_OF_SHMEM;
	else if (fp_frames_file_system_kind(pages, &piece))
		suspect->kind = piece.kind;
	else
		suspect->has_kind = false;
}

static struct fp_kept_share *kept(struct fp_pages *pages, const struct fp_mapping *mapping)
{
	uint64_t mixed =
		mapping->inode ^ mapping->offset >> 12 ^ mapping->dev_minor * UINT64_C(0x9e3779b1);

	return &pages->shares[mixed % FP_SHARES_KEPT];
}

/* Many processes map the same, and to count it takes as long as it is large. */
static int count_swapped(
	struct fp_pages *pages, const struct fp_mapping *mapping, uint64_t *swapped)
{
	const struct fp_kept_share wanted = {
		.round = pages->round,
		.inode = mapping->inode,
		.offset = mapping->offset,
		.len = mapping->end - mapping->start,
		.dev_minor = mapping->dev_minor,
	};
	struct fp_kept_share *share = kept(pages, mapping);
	int status = 0;

	if (share->round != wanted.round || share->inode != wanted.inode ||
		share->offset != wanted.offset || share->len != wanted.len ||
		share->dev_minor != wanted.dev_minor) {
		uint64_t count;
		status = pages->host->backend->shared_swapped(pages->process, mapping, &count);
		if (status < 0)
			return status;
		*share = wanted;
		share->swapped = count;
	}
	*swapped = share->swapped;
	/* what was written privately is not in the file: only nothing is the same for both */
	return *swapped && mapping->writable && !mapping->shared ? -ENOTSUP : 0;
}

static bool is_fatal(int status)
{
	return status == -ENOMEM || status == -EMFILE || status == -ENFILE || status == -EBUSY;
}

int fp_shared_tell(struct fp_pages *pages, bool swap_in_use)
{
	struct fp_pages_seen *seen = &pages->seen;

	seen->has_shmem = pages->has_more_suspects;
	seen->knows_shared_swap = !swap_in_use || !pages->has_more_suspects;
	for (size_t i = 0; i < pages->suspect_count; i++) {
		struct fp_suspect *suspect = &pages->suspects[i];
		uint64_t swapped = 0;
		find_kind(pages, suspect);
		if (suspect->has_kind && suspect->kind == FP_PAGE_OF_FILE)
			continue;
		seen->has_shmem = true;
		if (!swap_in_use || !seen->knows_shared_swap)
			continue;
		int status = suspect->has_kind ? count_swapped(pages, &suspect->mapping, &swapped)
					       : -ENOTSUP;
		if (is_fatal(status))
			return status;
		seen->knows_shared_swap = status == 0;
		seen->shared_swapped_bytes += swapped * pages->page_bytes;
	}
	return 0;
}

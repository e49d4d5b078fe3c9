/*
 * Shared memory: what of it is swapped out no process's page entries tell, only its file does. Which
 * mappings are of it shows in their pages, as far as there are any.
 */
#include "sample/pages_reader.h"

/* Many mappings are of one file, most of all where no file lies on a disk of its own, as in containers. */
static bool is_known(const struct fp_pages *pages, const struct fp_mapping *mapping)
{
	struct fp_piece piece = {.dev_minor = mapping->dev_minor, .inode = mapping->inode};

	return fp_frames_known_kind(pages, &piece) && piece.kind == FP_PAGE_OF_FILE;
}

size_t fp_shared_suspect(struct fp_pages *pages, const struct fp_mapping *mapping)
{
	const struct fp_suspect suspect = {.mapping = *mapping};
	struct fp_suspects *suspects = &pages->suspects;

	if (!fp_mapping_has_file(mapping) || mapping->dev_major != 0 || is_known(pages, mapping))
		return FP_SUSPECTS;
	if (suspects->len == FP_SUSPECTS || fp_suspects_add(suspects, suspect) < 0) {
		pages->has_more_suspects = true;
		return FP_SUSPECTS;
	}
	return suspects->len - 1;
}

void fp_shared_note(struct fp_pages *pages, const struct fp_piece *piece)
{
	if (piece->suspect == FP_SUSPECTS || !piece->has_kind || piece->is_unsure)
		return;
	struct fp_suspect *suspect = &pages->suspects.at[piece->suspect];
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

/* What is swapped out of one, if that can be known. */
static int add_suspect(struct fp_pages *pages, const struct fp_suspect *suspect)
{
	struct fp_pages_seen *seen = &pages->seen;
	uint64_t swapped = 0;
	int status =
		suspect->has_kind ? count_swapped(pages, &suspect->mapping, &swapped) : -ENOTSUP;

	if (is_fatal(status))
		return status;
	seen->knows_shared_swap = status == 0;
	/* it was just unmapped, or opened by somebody for himself */
	seen->may_know_later = status == -ESRCH || status == -EAGAIN;
	seen->shared_swapped_bytes += swapped * pages->page_bytes;
	return 0;
}

int fp_shared_tell(struct fp_pages *pages, bool swap_in_use)
{
	struct fp_pages_seen *seen = &pages->seen;
	int status = 0;

	seen->has_shmem = pages->has_more_suspects;
	seen->knows_shared_swap = !swap_in_use || !pages->has_more_suspects;
	for (size_t i = 0; i < pages->suspects.len && status == 0; i++) {
		struct fp_suspect *suspect = &pages->suspects.at[i];
		find_kind(pages, suspect);
		if (suspect->has_kind && suspect->kind == FP_PAGE_OF_FILE)
			continue;
		seen->has_shmem = true;
		if (swap_in_use && seen->knows_shared_swap)
			status = add_suspect(pages, suspect);
	}
	return status;
}

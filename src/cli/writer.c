#include "cli/writer.h"
#include "cli/terminal.h"

const struct fp_writer *const fp_writers[] = {
	[FP_FORMAT_TEXT] = &fp_writer_text,
	[FP_FORMAT_JSON] = &fp_writer_json,
	[FP_FORMAT_CSV] = &fp_writer_csv,
};

void fp_document_note(struct fp_document *document, const char *name, struct fp_cell cell)
{
	if (document->note_count < FP_DOCUMENT_NOTES)
		document->notes[document->note_count++] =
			(struct fp_note){.name = name, .cell = cell};
}

int fp_document_write(struct fp_document *document, const struct fp_view *view)
{
	struct fp_out out = {0};

	document->width = fp_terminal_width();
	document->color = fp_terminal_color(view->color);
	fp_writers[view->format]->write(document, view, &out);
	int code = fp_out_tell(&out);
	fp_out_fini(&out);
	return code;
}

/* Ways to write a document: reports with what belongs to all of them. */
#ifndef FP_CLI_WRITER_H
#define FP_CLI_WRITER_H

#include "cli/out.h"
#include "cli/report.h"

/* A fact about the whole, such as how long the interval was. Only where JSON is written. */
struct fp_note {
	const char *name;
	struct fp_cell cell;
};

enum { FP_DOCUMENT_REPORTS = 2, FP_DOCUMENT_NOTES = 6 };

struct fp_document {
	const struct fp_report *reports[FP_DOCUMENT_REPORTS];
	size_t report_count;
	struct fp_note notes[FP_DOCUMENT_NOTES];
	size_t note_count;
	size_t width; /* columns of the terminal; 0: it is none */
	bool color;
};

/* Adds a note, of which there may not be too many. */
void fp_document_note(struct fp_document *document, const char *name, struct fp_cell cell);

struct fp_writer {
	const char *name;
	/* Errors stay in out. */
	void (*write)(
		const struct fp_document *document, const struct fp_view *view, struct fp_out *out);
};

/* By enum fp_format. */
extern const struct fp_writer *const fp_writers[];

extern const struct fp_writer fp_writer_text, fp_writer_json, fp_writer_csv;

/* Writes a document in the view's format to standard output. 0 or FP_EXIT_TROUBLE, which is told. */
int fp_document_write(struct fp_document *document, const struct fp_view *view);

/* Part of a text: the lines of a report from first on, at most count, with its header and total. */
struct fp_text_part {
	size_t first, count;
	size_t width; /* 0: as wide as it gets */
	bool color;
	bool mark_sort; /* which column it is sorted by */
};

void fp_text_write(const struct fp_report *report, const struct fp_view *view,
	const struct fp_text_part *part, struct fp_out *out);

#endif

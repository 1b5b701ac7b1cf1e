#ifndef DG_REPORT_DOC_H
#define DG_REPORT_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

/*
 * doc.h - a report for people, without a format: sections of lines, lists and
 * tables.  Built once (build.h), rendered by one file for each format: text.c for
 * terminals, markdown.c and html.c for documents.
 *
 * Text in it is raw; every renderer escapes for its own output.  Memory that
 * runs out is remembered: build all, then look at is_failed once.
 *
 * Words of a machine in a text (addresses, names, files, commands) are runs of their own: see
 * dg_run_next.
 */

struct dg_text_style;

/* Where a block is shown. */
enum dg_shown {
	DG_SHOWN_ALWAYS,
	DG_SHOWN_TERMINAL, /* narrow, scrolls away */
	DG_SHOWN_DOCUMENT, /* is kept and sent: has room, and must tell all */
};

enum dg_block_kind {
	DG_BLOCK_LINE,
	DG_BLOCK_ITEM, /* of a list */
	DG_BLOCK_TABLE,
	DG_BLOCK_HEAD, /* begins a statement: "fault: SENTENCE" */
	/* From here on: a label, and what it is a label of. */
	DG_BLOCK_PART,     /* of a statement: a paragraph */
	DG_BLOCK_SENTENCE, /* of a paragraph; documents list them */
	DG_BLOCK_POINT,    /* of a list */
	DG_BLOCK_COMMAND,  /* for a shell */
};

enum dg_align {
	DG_ALIGN_LEFT,
	DG_ALIGN_RIGHT,
	DG_ALIGN_BAR, /* cells are shares, 0 to 1, or negative for none */
};

/* What a count in a column means, where there is any. */
enum dg_tone {
	DG_TONE_NONE,
	DG_TONE_GOOD,
	DG_TONE_BAD,
	DG_TONE_DOUBT,
};

struct dg_column {
	const char *title; /* static */
	enum dg_align align;
	enum dg_tone tone;
	const char *full; /* the title in documents, static; NULL: the same */
};

struct dg_cell {
	char *text;   /* NULL in a bar; two spaces before it: it is a part of the row above */
	double share; /* of a bar */
};

struct dg_block {
	enum dg_block_kind kind;
	enum dg_shown shown;
	char *text;                      /* of all but a table */
	const char *label;               /* of a head and its parts; static, or NULL */
	const char *code;                /* of a head: of the finding; static, or NULL */
	const struct dg_column *columns; /* of a table; static */
	size_t column_count;
	struct dg_cell *cells; /* row by row */
	size_t cell_count;
	size_t cell_room;
};

struct dg_section {
	const char *title; /* static; NULL for what needs none */
	struct dg_block *blocks;
	size_t block_count;
	size_t block_room;
};

struct dg_doc {
	char *title; /* of a document, and of a ticket; NULL */
	struct dg_section *sections;
	size_t section_count;
	size_t section_room;
	enum dg_shown shown; /* of the blocks that are added next */
	bool is_failed;
};

void dg_doc_fini(struct dg_doc *d);

/* What is added from now on is shown there only, or always again. */
void dg_doc_for(struct dg_doc *d, enum dg_shown shown);

void dg_doc_title(struct dg_doc *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Each adds to what was begun last. */
void dg_doc_section(struct dg_doc *d, const char *title);
void dg_doc_line(struct dg_doc *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void dg_doc_item(struct dg_doc *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A statement, and what belongs to it.  Of parts in a row with one label it is shown once. */
void dg_doc_head(struct dg_doc *d, const char *label, const char *code, const char *text);
void dg_doc_sentence(struct dg_doc *d, const char *label, const char *text);
void dg_doc_part(struct dg_doc *d, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void dg_doc_point(struct dg_doc *d, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void dg_doc_command(struct dg_doc *d, const char *label, const char *command);
void dg_doc_table(struct dg_doc *d, const struct dg_column *columns, size_t count);
void dg_doc_cell(struct dg_doc *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void dg_doc_bar(struct dg_doc *d, double share);

/* Has the section a block that is shown in documents (or else on terminals)? */
bool dg_section_is_shown(const struct dg_section *s, bool is_document);
bool dg_block_is_shown(const struct dg_block *b, bool is_document);

/* What a label is called where there is room: "What else it can be" for "or else"; a label
 * that is not known is itself.  Static, or the label. */
const char *dg_label_full(const char *label);

/*
 * A word from outside that may hold anything (a file's name), to be put into a text of a
 * document: a run of its own; control characters stand as \xNN in it.
 */
void dg_doc_code(struct dg_strbuf *b, const char *text);

/* A text without the marks around such words. */
void dg_doc_plain(struct dg_strbuf *b, const char *text);

/* A part of a text: words of a person, or of a machine. */
struct dg_run {
	const char *text; /* borrowed from the text; not NUL-terminated */
	size_t size;
	bool is_code;
};

/*
 * Takes the next run of a text: code is what came by dg_doc_code, what stands between
 * backticks, and addresses with their prefix length or port.  False at the end.
 */
bool dg_run_next(const char **at, struct dg_run *run);

/* The document for a terminal (text.c); the caller frees it.  NULL when memory ran out. */
char *dg_doc_text(const struct dg_doc *d, const struct dg_text_style *style);

/* The document as Markdown (markdown.c); the same. */
char *dg_doc_markdown(const struct dg_doc *d);

#endif

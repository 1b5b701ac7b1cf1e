#ifndef DG_REPORT_DOC_H
#define DG_REPORT_DOC_H

#include <stdbool.h>
#include <stddef.h>

/*
 * doc.h - a report for people, without a format: sections of lines, lists and
 * tables.  Built once (build.h), rendered by one file for each format.
 *
 * Text in it is raw; every renderer escapes for its own output.  Memory that
 * runs out is remembered: build all, then ask dg_doc_failed once.
 */

enum dg_block_kind {
	DG_BLOCK_LINE,
	DG_BLOCK_ITEM, /* of a list */
	DG_BLOCK_TABLE,
	DG_BLOCK_HEAD,    /* begins a statement: "fault: SENTENCE" */
	DG_BLOCK_PART,    /* of a statement: a label and a paragraph */
	DG_BLOCK_POINT,   /* the same as one of a list */
	DG_BLOCK_COMMAND, /* the same as a command for a shell */
};

enum dg_align {
	DG_ALIGN_LEFT,
	DG_ALIGN_RIGHT,
	DG_ALIGN_BAR, /* cells are shares, 0 to 1, or negative for none */
};

struct dg_column {
	const char *title; /* static */
	enum dg_align align;
};

struct dg_cell {
	char *text;   /* NULL in a bar */
	double share; /* of a bar */
};

struct dg_block {
	enum dg_block_kind kind;
	char *text;                      /* of all but a table */
	const char *label;               /* of a head and its parts; static, or NULL */
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
	struct dg_section *sections;
	size_t section_count;
	size_t section_room;
	bool is_failed;
};

void dg_doc_fini(struct dg_doc *d);

/* Each adds to what was begun last. */
void dg_doc_section(struct dg_doc *d, const char *title);
void dg_doc_line(struct dg_doc *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void dg_doc_item(struct dg_doc *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A statement, and what belongs to it.  Of parts in a row with one label it is shown once. */
void dg_doc_head(struct dg_doc *d, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void dg_doc_part(struct dg_doc *d, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void dg_doc_point(struct dg_doc *d, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void dg_doc_command(struct dg_doc *d, const char *label, const char *command);
void dg_doc_table(struct dg_doc *d, const struct dg_column *columns, size_t count);
void dg_doc_cell(struct dg_doc *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void dg_doc_bar(struct dg_doc *d, double share);

/* The document as plain ASCII (text.c); the caller frees it.  NULL when memory ran out. */
char *dg_doc_text(const struct dg_doc *d, unsigned columns);

#endif

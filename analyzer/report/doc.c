/*
 * doc.c - a report for people, without a format.
 */
#include "report/doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
dg_doc_fini(struct dg_doc *d)
{
	for (size_t s = 0; s < d->section_count; s++) {
		struct dg_section *section = &d->sections[s];

		for (size_t b = 0; b < section->block_count; b++) {
			struct dg_block *block = &section->blocks[b];

			for (size_t c = 0; c < block->cell_count; c++)
				free(block->cells[c].text);
			free(block->cells);
			free(block->text);
		}
		free(section->blocks);
	}
	free(d->sections);
	free(d->title);
	*d = (struct dg_doc){0};
}

/* One more element, zeroed, at the end of a growing array; NULL without memory. */
static void *
extend(struct dg_doc *d, void *array, size_t *count, size_t *room, size_t size, void **moved)
{
	*moved = array;
	if (d->is_failed)
		return NULL;
	if (*count == *room) {
		size_t more = *room == 0 ? 8 : *room * 2;
		void *larger = realloc(array, more * size);

		if (larger == NULL) {
			d->is_failed = true;
			return NULL;
		}
		*moved = larger;
		*room = more;
	}
	return memset((char *)*moved + size * (*count)++, 0, size);
}

void
dg_doc_section(struct dg_doc *d, const char *title)
{
	void *moved;
	struct dg_section *section = extend(
	    d, d->sections, &d->section_count, &d->section_room, sizeof *section, &moved);

	d->sections = moved;
	if (section != NULL)
		section->title = title;
}

static struct dg_block *
add_block(struct dg_doc *d, enum dg_block_kind kind)
{
	struct dg_section *section;
	struct dg_block *block;
	void *moved;

	if (d->is_failed)
		return NULL;
	section = &d->sections[d->section_count - 1];
	block = extend(d, section->blocks, &section->block_count, &section->block_room,
	    sizeof *block, &moved);
	section->blocks = moved;
	if (block != NULL) {
		block->kind = kind;
		block->shown = d->shown;
	}
	return block;
}

__attribute__((format(printf, 2, 0))) static char *
print(struct dg_doc *d, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0) {
		d->is_failed = true;
		return NULL;
	}
	return text;
}

__attribute__((format(printf, 4, 0))) static void
add_text(struct dg_doc *d, enum dg_block_kind kind, const char *label, const char *format,
    va_list args)
{
	struct dg_block *block = add_block(d, kind);

	if (block == NULL)
		return;
	block->label = label;
	block->text = print(d, format, args);
}

void
dg_doc_for(struct dg_doc *d, enum dg_shown shown)
{
	d->shown = shown;
}

void
dg_doc_title(struct dg_doc *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	free(d->title);
	d->title = print(d, format, args);
	va_end(args);
}

void
dg_doc_line(struct dg_doc *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_text(d, DG_BLOCK_LINE, NULL, format, args);
	va_end(args);
}

void
dg_doc_item(struct dg_doc *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_text(d, DG_BLOCK_ITEM, NULL, format, args);
	va_end(args);
}

void
dg_doc_part(struct dg_doc *d, const char *label, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_text(d, DG_BLOCK_PART, label, format, args);
	va_end(args);
}

void
dg_doc_point(struct dg_doc *d, const char *label, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_text(d, DG_BLOCK_POINT, label, format, args);
	va_end(args);
}

/* A block with a text as it is. */
static struct dg_block *
add_copy(struct dg_doc *d, enum dg_block_kind kind, const char *label, const char *text)
{
	struct dg_block *block = add_block(d, kind);

	if (block == NULL)
		return NULL;
	block->label = label;
	block->text = strdup(text);
	d->is_failed |= block->text == NULL;
	return block;
}

void
dg_doc_head(struct dg_doc *d, const char *label, const char *code, const char *text)
{
	struct dg_block *block = add_copy(d, DG_BLOCK_HEAD, label, text);

	if (block != NULL)
		block->code = code;
}

void
dg_doc_sentence(struct dg_doc *d, const char *label, const char *text)
{
	add_copy(d, DG_BLOCK_SENTENCE, label, text);
}

void
dg_doc_command(struct dg_doc *d, const char *label, const char *command)
{
	add_copy(d, DG_BLOCK_COMMAND, label, command);
}

void
dg_doc_table(struct dg_doc *d, const struct dg_column *columns, size_t count)
{
	struct dg_block *block = add_block(d, DG_BLOCK_TABLE);

	if (block == NULL)
		return;
	block->columns = columns;
	block->column_count = count;
}

static struct dg_cell *
add_cell(struct dg_doc *d)
{
	struct dg_section *section;
	struct dg_block *block;
	struct dg_cell *cell;
	void *moved;

	if (d->is_failed)
		return NULL;
	section = &d->sections[d->section_count - 1];
	block = &section->blocks[section->block_count - 1];
	cell = extend(
	    d, block->cells, &block->cell_count, &block->cell_room, sizeof *cell, &moved);
	block->cells = moved;
	return cell;
}

void
dg_doc_cell(struct dg_doc *d, const char *format, ...)
{
	struct dg_cell *cell = add_cell(d);
	va_list args;

	if (cell == NULL)
		return;
	va_start(args, format);
	cell->text = print(d, format, args);
	va_end(args);
}

void
dg_doc_bar(struct dg_doc *d, double share)
{
	struct dg_cell *cell = add_cell(d);

	if (cell != NULL)
		cell->share = share;
}

bool
dg_block_is_shown(const struct dg_block *b, bool is_document)
{
	return b->shown == DG_SHOWN_ALWAYS || (b->shown == DG_SHOWN_DOCUMENT) == is_document;
}

bool
dg_section_is_shown(const struct dg_section *s, bool is_document)
{
	for (size_t i = 0; i < s->block_count; i++) {
		if (dg_block_is_shown(&s->blocks[i], is_document))
			return true;
	}
	return s->block_count == 0;
}

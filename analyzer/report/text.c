/*
 * text.c - a report for a terminal, as wide as it is told; plain ASCII unless the style has
 * more.
 *
 * Colours come last, around text that was escaped and measured without them, and say nothing
 * that a word does not say too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "report/build.h"
#include "report/report.h"
#include "report/text.h"

/* Titles are short; this is room for a line of one. */
#define TITLE_MAX 200

#define PART_MARGIN 4
#define LEAD_MAX 64
#define LIST_MIN 24
#define GOES_ON " \\"

/* To the next space; what stands between backticks is one word. */
static size_t
word_length(const char *p)
{
	size_t length = strcspn(p, " `");

	while (p[length] == '`') {
		const char *end = strchr(p + length + 1, '`');

		length = end != NULL ? (size_t)(end - p) + 1 : length + 1;
		length += strcspn(p + length, " `");
	}
	return length;
}

/* As much of a long list of ports as fits, up to a comma; else all of the word. */
static size_t
piece_length(const char *p, size_t room)
{
	size_t word = word_length(p), piece = room;

	if (word <= LIST_MIN || word <= room)
		return word;
	while (piece > 0 && p[piece - 1] != ',')
		piece--;
	return piece > 0 ? piece : word;
}

/* Begins a line at a column, which it gives. */
static size_t
break_line(struct dg_strbuf *b, size_t column)
{
	dg_strbuf_add(b, "\n");
	dg_strbuf_add_run(b, ' ', column);
	return column;
}

void
dg_text_paint(struct dg_strbuf *b, const struct dg_text_style *style, const char *colour,
    const char *text)
{
	if (style->has_colour && colour != NULL && *text != '\0')
		dg_strbuf_addf(b, "\33[%sm%s\33[0m", colour, text);
	else
		dg_strbuf_add(b, text);
}

/* What the first of some lines begins with; the others are indented as far. */
struct lead {
	const char *before;
	const char *word;
	const char *after;
	const char *colour; /* of the word, or NULL */
};

static size_t
add_lead(struct dg_strbuf *b, const struct lead *lead, const struct dg_text_style *style)
{
	dg_strbuf_add(b, lead->before);
	dg_text_paint(b, style, lead->colour, lead->word);
	dg_strbuf_add(b, lead->after);
	return strlen(lead->before) + strlen(lead->word) + strlen(lead->after);
}

/* A text without marks, escaped: safe->text, unless memory ran out. */
static void
make_safe(struct dg_strbuf *safe, const char *text)
{
	struct dg_strbuf plain = {0};

	dg_doc_plain(&plain, text);
	if (!plain.is_failed)
		dg_escape_terminal(safe, plain.text);
	dg_strbuf_add(safe, "");
	safe->is_failed |= plain.is_failed;
	dg_strbuf_fini(&plain);
}

/* Words, broken into lines. */
static void
add_wrapped(struct dg_strbuf *b, const struct lead *lead, const char *text,
    const struct dg_text_style *style)
{
	struct dg_strbuf safe = {0};
	size_t indent = add_lead(b, lead, style), at = indent, columns = style->columns;
	const char *p;

	make_safe(&safe, text);
	b->is_failed |= safe.is_failed;
	for (p = safe.text; !b->is_failed && *p != '\0';) {
		size_t gap = at > indent;
		size_t piece = piece_length(p, columns > at + gap ? columns - at - gap : 0);

		if (gap > 0 && at + gap + piece > columns) {
			at = break_line(b, indent);
			continue;
		}
		dg_strbuf_add_run(b, ' ', gap);
		dg_strbuf_add_bytes(b, p, piece);
		at += gap + piece;
		p += piece;
		if (*p != '\0' && *p != ' ')
			at = break_line(b, indent);
		p += strspn(p, " ");
	}
	dg_strbuf_add(b, "\n");
	dg_strbuf_fini(&safe);
}

/* A command, broken into lines as a shell takes them; words in quotes have no spaces. */
static void
add_command(struct dg_strbuf *b, const struct lead *lead, const char *text,
    const struct dg_text_style *style)
{
	struct dg_strbuf safe = {0};
	size_t indent = add_lead(b, lead, style), at = indent, columns = style->columns;

	make_safe(&safe, text);
	b->is_failed |= safe.is_failed;
	for (const char *p = safe.text; !b->is_failed && *p != '\0';) {
		size_t word = strcspn(p, " ");
		size_t gap = p > safe.text;
		size_t end = p[word] != '\0' ? strlen(GOES_ON) : 0;

		if (gap > 0 && at + gap + word + end > columns) {
			dg_strbuf_add(b, GOES_ON);
			at =
			    break_line(b, indent + word + end > columns ? PART_MARGIN : indent);
			gap = 0;
		}
		dg_strbuf_add_run(b, ' ', gap);
		dg_strbuf_add_bytes(b, p, word);
		at += gap + word;
		p += word + (p[word] == ' ');
	}
	dg_strbuf_add(b, "\n");
	dg_strbuf_fini(&safe);
}

/* The shown block before the n-th, when it has the same label; else NULL. */
static const struct dg_block *
same_before(const struct dg_section *s, size_t n)
{
	const struct dg_block *block = &s->blocks[n];

	while (n-- > 0) {
		if (!dg_block_is_shown(&s->blocks[n], false))
			continue;
		return s->blocks[n].label == block->label ? &s->blocks[n] : NULL;
	}
	return NULL;
}

/* The sentences of one label, from the n-th block on, as one paragraph. */
static char *
join_sentences(const struct dg_section *s, size_t n)
{
	struct dg_strbuf b = {0};
	const char *label = s->blocks[n].label;

	for (; n < s->block_count; n++) {
		const struct dg_block *block = &s->blocks[n];

		if (!dg_block_is_shown(block, false))
			continue;
		if (block->kind != DG_BLOCK_SENTENCE || block->label != label)
			break;
		dg_strbuf_addf(&b, "%s%s", b.size > 0 ? " " : "", block->text);
	}
	return dg_strbuf_take(&b);
}

/* Parts of a statement: labels in one column, texts in the next. */
static void
add_part(struct dg_strbuf *b, const struct dg_section *s, size_t n,
    const struct dg_text_style *style)
{
	const struct dg_block *block = &s->blocks[n];
	bool is_again = same_before(s, n) != NULL;
	char after[LEAD_MAX];
	struct lead lead = {.word = is_again ? "" : block->label, .after = after};
	size_t width = 0;
	char *joined;

	for (size_t i = 0; i < s->block_count; i++) {
		const struct dg_block *other = &s->blocks[i];

		if (other->kind >= DG_BLOCK_PART && dg_block_is_shown(other, false) &&
		    strlen(other->label) > width)
			width = strlen(other->label);
	}
	lead.before = s->title != NULL ? "    " : "";
	snprintf(after, sizeof after, "%*s  %s", (int)(width - strlen(lead.word)), "",
	    block->kind == DG_BLOCK_POINT ? "- " : "");
	if (block->kind == DG_BLOCK_COMMAND) {
		add_command(b, &lead, block->text, style);
	} else if (block->kind != DG_BLOCK_SENTENCE) {
		add_wrapped(b, &lead, block->text, style);
	} else if (!is_again) {
		joined = join_sentences(s, n);
		b->is_failed |= joined == NULL;
		if (joined != NULL)
			add_wrapped(b, &lead, joined, style);
		free(joined);
	}
}

const char *
dg_text_severity(const char *name)
{
	static const char *const colours[][2] = {
	    {"fault", "1;31"}, {"warning", "1;33"}, {"note", "1;36"}};

	for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
		if (strcmp(colours[i][0], name) == 0)
			return colours[i][1];
	}
	return "1";
}

static void
add_head(struct dg_strbuf *b, const struct dg_section *s, size_t n,
    const struct dg_text_style *style)
{
	const struct dg_block *block = &s->blocks[n];
	struct lead lead = {.before = s->title != NULL ? "  " : "",
	    .word = block->label,
	    .after = ": ",
	    .colour = dg_text_severity(block->label)};
	struct dg_strbuf text = {0};

	if (n > 0)
		dg_strbuf_add(b, "\n");
	dg_strbuf_add(&text, block->text);
	if (block->code != NULL)
		dg_strbuf_addf(&text, " [%s]", block->code);
	b->is_failed |= text.is_failed;
	if (!text.is_failed)
		add_wrapped(b, &lead, text.text, style);
	dg_strbuf_fini(&text);
}

static void
add_block(struct dg_strbuf *b, const struct dg_section *s, size_t n,
    const struct dg_text_style *style)
{
	const struct dg_block *block = &s->blocks[n];
	struct lead lead = {.before = "", .word = "", .after = ""};

	if (block->kind == DG_BLOCK_TABLE) {
		dg_text_table(b, block, style);
	} else if (block->kind == DG_BLOCK_HEAD) {
		add_head(b, s, n, style);
	} else if (block->kind >= DG_BLOCK_PART) {
		add_part(b, s, n, style);
	} else {
		if (block->kind == DG_BLOCK_ITEM)
			lead.before = "  - ";
		else if (s->title != NULL)
			lead.before = "  ";
		add_wrapped(b, &lead, block->text, style);
	}
}

/* A title, broken into lines between words where it is too long for one. */
static void
add_title(struct dg_strbuf *b, const char *title, const struct dg_text_style *style)
{
	char line[TITLE_MAX + 1];

	while (*title != '\0') {
		size_t length = strlen(title), fit = length;

		while (fit > 0 &&
		    (fit > style->columns || fit > TITLE_MAX ||
			(title[fit] != '\0' && title[fit] != ' ')))
			fit--;
		if (fit == 0)
			fit = length < TITLE_MAX ? length : TITLE_MAX;
		memcpy(line, title, fit);
		line[fit] = '\0';
		dg_text_paint(b, style, "1", line);
		dg_strbuf_add(b, "\n");
		title += fit + (title[fit] == ' ');
	}
}

static void
add_section(struct dg_strbuf *b, const struct dg_section *s, const struct dg_text_style *style)
{
	if (!dg_section_is_shown(s, false))
		return;
	if (s->title != NULL) {
		dg_strbuf_add(b, "\n");
		add_title(b, s->title, style);
	}
	for (size_t i = 0; i < s->block_count; i++) {
		if (dg_block_is_shown(&s->blocks[i], false))
			add_block(b, s, i, style);
	}
}

char *
dg_doc_text(const struct dg_doc *d, const struct dg_text_style *style)
{
	struct dg_strbuf b = {0};

	for (size_t i = 0; !d->is_failed && i < d->section_count; i++)
		add_section(&b, &d->sections[i], style);
	b.is_failed |= d->is_failed;
	return dg_strbuf_take(&b);
}

char *
dg_report_text(const struct dg_report *r, const struct dg_text_style *style)
{
	struct dg_doc d = {0};
	char *text;

	dg_build(&d, r);
	text = dg_doc_text(&d, style);
	dg_doc_fini(&d);
	return text;
}

/*
 * escape_markdown.c - text from outside made harmless for Markdown.
 *
 * What CommonMark and GFM give a meaning gets a backslash.  That does not stop what ticket
 * systems do afterwards with the text that they see: @names, #12, !12, :words:, links, keys of
 * issues, hashes of commits.  They all leave code spans alone, so a word in which they could
 * see such a thing stands in one; so does a word with a character that is no printable ASCII.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/escape.h"

#define HASH_MIN 7
#define HASH_MAX 64
#define EMOJI_DIGITS_MIN 3

static bool
is_printable(char c)
{
	return c > ' ' && c < 0x7f;
}

/* The longest run of backticks. */
static size_t
longest_ticks(const char *text, size_t size)
{
	size_t longest = 0, run = 0;

	for (size_t i = 0; i < size; i++) {
		run = text[i] == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static bool
is_blank(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] != ' ')
			return false;
	}
	return true;
}

void
dg_escape_markdown_code(struct dg_strbuf *b, const char *text, size_t size)
{
	size_t ticks = longest_ticks(text, size) + 1;
	bool is_padded;

	if (size == 0)
		return;
	/* What begins or ends with a backtick would lose it, and what begins and ends with a
	 * space would, unless it is nothing but spaces (CommonMark 6.1). */
	is_padded = text[0] == '`' || text[size - 1] == '`' ||
	    (text[0] == ' ' && text[size - 1] == ' ' && !is_blank(text, size));
	/* Two spans side by side would be another one. */
	if (b->size > 0 && b->text[b->size - 1] == '`')
		dg_strbuf_add(b, " ");
	dg_strbuf_add_run(b, '`', ticks);
	dg_strbuf_add(b, is_padded ? " " : "");
	for (size_t i = 0; i < size; i++) {
		/* A pipe ends a cell of a table even in a span. */
		if ((is_printable(text[i]) || text[i] == ' ') && text[i] != '|')
			dg_strbuf_add_bytes(b, text + i, 1);
		else
			dg_strbuf_addf(b, "\\x%02x", (unsigned char)text[i]);
	}
	dg_strbuf_add(b, is_padded ? " " : "");
	dg_strbuf_add_run(b, '`', ticks);
}

static bool
has_word(const char *text, size_t size, const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i + length <= size; i++) {
		if (strncasecmp(text + i, word, length) == 0)
			return true;
	}
	return false;
}

/* "@name", "#12", "!12", "%12", "~label", "$12", "&12", "&amp;". */
static bool
has_reference(const char *word, size_t size)
{
	for (size_t i = 0; i + 1 < size; i++) {
		if (strchr("@#!%~$&", word[i]) != NULL &&
		    (isalnum((unsigned char)word[i + 1]) ||
			strchr("_\"#", word[i + 1]) != NULL))
			return true;
	}
	return false;
}

/* ":smile:"; the minutes of a time are none. */
static bool
has_emoji(const char *word, size_t size)
{
	const char *colon = memchr(word, ':', size);

	while (colon != NULL) {
		size_t left = size - (size_t)(colon + 1 - word), length = 0;
		bool has_letter = false;

		for (; length < left &&
		     (isalnum((unsigned char)colon[1 + length]) ||
			 strchr("_+-", colon[1 + length]) != NULL);
		     length++)
			has_letter |= !isdigit((unsigned char)colon[1 + length]);
		if (length < left && colon[1 + length] == ':' &&
		    (length >= EMOJI_DIGITS_MIN || (has_letter && length > 0)))
			return true;
		colon = memchr(colon + 1, ':', left);
	}
	return false;
}

/* "ABC-12", "GH-12": the key of an issue. */
static bool
has_key(const char *word, size_t size)
{
	for (size_t i = 2; i + 1 < size; i++) {
		if (word[i] == '-' && isdigit((unsigned char)word[i + 1]) &&
		    (isupper((unsigned char)word[i - 1]) ||
			isdigit((unsigned char)word[i - 1])) &&
		    isupper((unsigned char)word[i - 2]))
			return true;
	}
	return false;
}

/* The hash of a commit. */
static bool
is_hash(const char *word, size_t size)
{
	bool has_digit = false, has_letter = false;

	for (size_t i = 0; i < size; i++) {
		if (!isxdigit((unsigned char)word[i]))
			return false;
		has_digit |= isdigit((unsigned char)word[i]) != 0;
		has_letter |= isalpha((unsigned char)word[i]) != 0;
	}
	return size >= HASH_MIN && size <= HASH_MAX && has_digit && has_letter;
}

static bool
is_risky(const char *word, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!is_printable(word[i]))
			return true;
	}
	return has_word(word, size, "://") || has_word(word, size, "www.") ||
	    has_word(word, size, "mailto:") || has_word(word, size, "xmpp:") ||
	    has_reference(word, size) || has_emoji(word, size) || has_key(word, size) ||
	    is_hash(word, size);
}

/* Is nothing on the line but what begins headings, items and quotes? */
static bool
begins_line(const struct dg_strbuf *b)
{
	for (size_t i = b->size; i > 0 && b->text[i - 1] != '\n'; i--) {
		if (strchr(" >#*+-.)0123456789", b->text[i - 1]) == NULL)
			return false;
	}
	return true;
}

/* The character of a line's first word that would make it an item, a quote, an underline. */
static bool
begins_block(const char *word, size_t at)
{
	if (at == 0)
		return strchr("-+=>", word[0]) != NULL;
	for (size_t i = 0; i < at; i++) {
		if (!isdigit((unsigned char)word[i]))
			return false;
	}
	return word[at] == '.' || word[at] == ')';
}

static void
add_word(struct dg_strbuf *b, const char *word, size_t size)
{
	bool is_first = begins_line(b);

	if (is_risky(word, size)) {
		dg_escape_markdown_code(b, word, size);
		return;
	}
	for (size_t i = 0; i < size; i++) {
		/* No HTML begins with "<=", and it reads better. */
		if (word[i] == '<' && (i + 1 == size || word[i + 1] != '='))
			dg_strbuf_add(b, "&lt;");
		else if (strchr("\\`*_[]{}|~#$", word[i]) != NULL ||
		    (is_first && begins_block(word, i)))
			dg_strbuf_addf(b, "\\%c", word[i]);
		else
			dg_strbuf_add_bytes(b, word + i, 1);
	}
}

void
dg_escape_markdown(struct dg_strbuf *b, const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end) {
		const char *space = memchr(text, ' ', (size_t)(end - text));
		size_t word = (size_t)((space != NULL ? space : end) - text);

		if (word > 0)
			add_word(b, text, word);
		/* Spaces that begin a line would make it code. */
		else if (b->size > 0 && strchr(" \n", b->text[b->size - 1]) == NULL)
			dg_strbuf_add(b, " ");
		text += word > 0 ? word : 1;
	}
}

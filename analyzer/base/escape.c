/*
 * escape.c - text from outside made harmless.
 */
#include "base/escape.h"

#include <stdint.h>
#include <string.h>

/* How many bytes the valid UTF-8 character at p has (RFC 3629), or 0. */
static size_t
utf8_size(const unsigned char *p, size_t left)
{
	size_t size = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t code;

	if (size <= 1)
		return size;
	if (p[0] > 0xf4 || left < size)
		return 0;
	code = p[0] & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if ((size == 3 && code < 0x800) || (size == 4 && code < 0x10000) || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return size;
}

void
dg_escape_bytes(struct dg_strbuf *b, const void *bytes, size_t size)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < size; i++) {
		if (p[i] >= ' ' && p[i] < 0x7f)
			dg_strbuf_add_bytes(b, p + i, 1);
		else
			dg_strbuf_addf(b, "\\x%02x", p[i]);
	}
}

void
dg_escape_terminal(struct dg_strbuf *b, const char *text)
{
	dg_escape_bytes(b, text, strlen(text));
}

/* The character of valid UTF-8 that is `size` bytes long. */
static uint32_t
utf8_code(const unsigned char *p, size_t size)
{
	uint32_t code = size == 1 ? p[0] : p[0] & (0x7fu >> size);

	for (size_t i = 1; i < size; i++)
		code = code << 6 | (p[i] & 0x3f);
	return code;
}

/*
 * Characters beyond ASCII that are not seen, that break lines or change their direction, or
 * that are none (Unicode's Cc, Cf, Zl, Zp and noncharacters), as far as text can do harm by
 * them.
 */
static bool
is_unseen(uint32_t code)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} unseen[] = {
	    {0x80, 0x9f},
	    {0xad, 0xad},
	    {0x34f, 0x34f},
	    {0x600, 0x605},
	    {0x61c, 0x61c},
	    {0x6dd, 0x6dd},
	    {0x70f, 0x70f},
	    {0x8e2, 0x8e2},
	    {0x115f, 0x1160},
	    {0x17b4, 0x17b5},
	    {0x180b, 0x180f},
	    {0x200b, 0x200f},
	    {0x2028, 0x202e},
	    {0x2060, 0x206f},
	    {0x3164, 0x3164},
	    {0xfdd0, 0xfdef},
	    {0xfe00, 0xfe0f},
	    {0xfeff, 0xfeff},
	    {0xffa0, 0xffa0},
	    {0xfff0, 0xfffb},
	    {0x1bca0, 0x1bca3},
	    {0x1d173, 0x1d17a},
	    {0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++) {
		if (code >= unseen[i].first && code <= unseen[i].last)
			return true;
	}
	return (code & 0xfffe) == 0xfffe;
}

void
dg_escape_html(struct dg_strbuf *b, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text);

	while (left > 0) {
		size_t size = utf8_size(p, left);

		if (size > 1 && is_unseen(utf8_code(p, size)))
			dg_strbuf_addf(b, "\\u{%04X}", (unsigned)utf8_code(p, size));
		else if (size > 1)
			dg_strbuf_add_bytes(b, p, size);
		else if (size == 0 || *p < ' ' || *p == 0x7f)
			dg_strbuf_addf(b, "\\x%02x", *p);
		else if (strchr("&<>\"'", *p) != NULL)
			dg_strbuf_addf(b, "&#%u;", *p);
		else
			dg_strbuf_add_bytes(b, p, 1);
		p += size > 0 ? size : 1;
		left -= size > 0 ? size : 1;
	}
}

void
dg_escape_json(struct dg_strbuf *b, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text);

	while (left > 0) {
		size_t size = utf8_size(p, left);

		if (size == 0) {
			dg_strbuf_addf(b, "\\x%02x", *p);
			size = 1;
		} else {
			dg_strbuf_add_bytes(b, p, size);
		}
		p += size;
		left -= size;
	}
}

void
dg_escape_label(struct dg_strbuf *b, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text);

	while (left > 0) {
		size_t size = utf8_size(p, left);
		bool is_escape = *p == '\\' && p[1] == 'x';

		if (size > 1 && is_unseen(utf8_code(p, size)))
			size = 0;
		if (size == 0 || *p < ' ' || *p == 0x7f || is_escape)
			dg_strbuf_addf(b, "\\\\x%02x", *p);
		else if (*p == '\\' || *p == '"')
			dg_strbuf_addf(b, "\\%c", *p);
		else
			dg_strbuf_add_bytes(b, p, size);
		p += size > 0 ? size : 1;
		left -= size > 0 ? size : 1;
	}
}

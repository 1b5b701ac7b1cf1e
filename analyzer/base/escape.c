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

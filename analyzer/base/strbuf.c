/*
 * strbuf.c - text that grows.
 */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
dg_strbuf_fini(struct dg_strbuf *b)
{
	free(b->text);
	*b = (struct dg_strbuf){0};
}

/* Makes room for `more` bytes and a NUL. */
static bool
reserve(struct dg_strbuf *b, size_t more)
{
	size_t room = b->room == 0 ? 256 : b->room;
	char *text;

	if (b->is_failed)
		return false;
	while (room - b->size < more + 1)
		room *= 2;
	if (room == b->room)
		return true;
	text = realloc(b->text, room);
	if (text == NULL) {
		b->is_failed = true;
		return false;
	}
	b->text = text;
	b->room = room;
	return true;
}

void
dg_strbuf_add_bytes(struct dg_strbuf *b, const void *bytes, size_t size)
{
	if (!reserve(b, size))
		return;
	memcpy(b->text + b->size, bytes, size);
	b->size += size;
	b->text[b->size] = '\0';
}

void
dg_strbuf_add(struct dg_strbuf *b, const char *text)
{
	dg_strbuf_add_bytes(b, text, strlen(text));
}

void
dg_strbuf_addf(struct dg_strbuf *b, const char *format, ...)
{
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (size < 0 || !reserve(b, (size_t)size))
		return;
	va_start(args, format);
	vsnprintf(b->text + b->size, b->room - b->size, format, args);
	va_end(args);
	b->size += (size_t)size;
}

void
dg_strbuf_add_run(struct dg_strbuf *b, char c, size_t times)
{
	if (!reserve(b, times))
		return;
	memset(b->text + b->size, c, times);
	b->size += times;
	b->text[b->size] = '\0';
}

char *
dg_strbuf_take(struct dg_strbuf *b)
{
	char *text = NULL;

	if (reserve(b, 0)) {
		text = b->text;
		text[b->size] = '\0';
		b->text = NULL;
	}
	dg_strbuf_fini(b);
	return text;
}

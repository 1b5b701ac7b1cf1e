#ifndef DG_BASE_STRBUF_H
#define DG_BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * strbuf.h - text that grows.
 *
 * Memory that runs out is remembered, not reported: write all, then ask once.
 */

struct dg_strbuf {
	char *text; /* NUL-terminated once anything was added */
	size_t size;
	size_t room;
	bool is_failed;
};

void dg_strbuf_fini(struct dg_strbuf *b);
void dg_strbuf_add(struct dg_strbuf *b, const char *text);
void dg_strbuf_add_bytes(struct dg_strbuf *b, const void *bytes, size_t size);
void dg_strbuf_addf(struct dg_strbuf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* `times` copies of a character. */
void dg_strbuf_add_run(struct dg_strbuf *b, char c, size_t times);

/* The text, the caller's to free(), or NULL when memory ran out.  Empties b. */
char *dg_strbuf_take(struct dg_strbuf *b);

#endif

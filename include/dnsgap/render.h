#ifndef DNSGAP_RENDER_H
#define DNSGAP_RENDER_H

#include <stddef.h>

#include "dnsgap/session.h"

/**
 * The report as JSON (schema dnsgap.report/1), ending with a newline.
 * Fails with DNSGAP_EWRITE, _ENOMEM, and _ESTATE when the session is not finished.
 */
DNSGAP_API int dnsgap_render_json(
    const struct dnsgap_session *s, dnsgap_write *write, void *context);

/* How text for a terminal may look; 0 is plain ASCII without colours. */
enum dnsgap_text_style {
	DNSGAP_TEXT_COLOUR = 1, /* ANSI colours */
	DNSGAP_TEXT_UTF8 = 2,   /* bars in block characters */
};

/* The report as text of at most `columns` columns (40 to 200); `style`: flags of
 * dnsgap_text_style.  Fails as above, and with DNSGAP_EINVAL. */
DNSGAP_API int dnsgap_render_text(const struct dnsgap_session *s, unsigned columns,
    unsigned style, dnsgap_write *write, void *context);

/* What a person watches while traffic is sniffed: ranges, servers, findings, drops, on exactly
 * `lines` lines (10 to 200) of at most `columns` columns (40 to 200), each ended by a newline;
 * no cursor movement.  `status` (or NULL) is the first line's right side, plain ASCII.  Fails
 * as dnsgap_render_text does. */
struct dnsgap_screen {
	unsigned columns;
	unsigned lines;
	unsigned style; /* flags of dnsgap_text_style */
	const char *status;
	uint64_t open; /* transactions that wait (dnsgap_session_open) */
};
DNSGAP_API int dnsgap_render_screen(const struct dnsgap_session *s,
    const struct dnsgap_screen *screen, dnsgap_write *write, void *context);

/* One line about a finished session for a log, without a newline, plain ASCII: how many
 * transactions, how many reached, what was not reached by range, drops, the worst finding. */
DNSGAP_API int dnsgap_render_line(
    const struct dnsgap_session *s, dnsgap_write *write, void *context);

/* The report as Markdown, to paste into a ticket.  Fails as dnsgap_render_json does. */
DNSGAP_API int dnsgap_render_markdown(
    const struct dnsgap_session *s, dnsgap_write *write, void *context);

/* The report as one HTML file with pictures, without scripts and links.  Fails as
 * dnsgap_render_json does. */
DNSGAP_API int dnsgap_render_html(
    const struct dnsgap_session *s, dnsgap_write *write, void *context);

/* The JSON Schema of the report; *size is its length.  Static, not NUL-terminated. */
DNSGAP_API const char *dnsgap_report_schema(size_t *size);

/* The same of a transaction's line (dnsgap_session_set_transactions). */
DNSGAP_API const char *dnsgap_transaction_schema(size_t *size);

/* The libraries at work: the n-th one's name, and its version as it tells it; both static.
 * NULL past the last. */
DNSGAP_API const char *dnsgap_library(size_t n, const char **version);

#endif

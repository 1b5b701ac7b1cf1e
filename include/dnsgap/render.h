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

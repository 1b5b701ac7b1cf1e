#ifndef DNSGAP_FINDING_H
#define DNSGAP_FINDING_H

#include <stddef.h>

#include "dnsgap/session.h"
#include "dnsgap/summary.h"

/**
 * What a finished session found: statements about the traffic, the worst first.  The report
 * (render.h) has all that belongs to them; here is what a program needs to act.
 */

/* How bad a finding is; the lesser number is the worse. */
enum dnsgap_severity {
	DNSGAP_FAULT,   /* something does not work, and what it is is as good as certain */
	DNSGAP_WARNING, /* something does not work, or will not under other circumstances */
	DNSGAP_NOTE,    /* good to know: a weak suspicion, or a limit of the capture */
	DNSGAP_SEVERITIES
};

/* "fault"; static.  NULL for no severity. */
DNSGAP_API const char *dnsgap_severity_name(enum dnsgap_severity severity);

/* How many there are; 0 for a session that is not finished. */
DNSGAP_API size_t dnsgap_findings(const struct dnsgap_session *s);

/* The n-th finding's code ("ports-silent"; static), severity, and summary, a sentence that
 * lives as long as the session.  NULL, and DNSGAP_SEVERITIES, past the last one. */
DNSGAP_API const char *dnsgap_finding_code(const struct dnsgap_session *s, size_t n);
DNSGAP_API enum dnsgap_severity dnsgap_finding_severity(
    const struct dnsgap_session *s, size_t n);
DNSGAP_API const char *dnsgap_finding_summary(const struct dnsgap_session *s, size_t n);

/* The address of the first of the servers that the n-th finding names, as text; false when it
 * names none, or past the last finding. */
DNSGAP_API bool dnsgap_finding_server(
    const struct dnsgap_session *s, size_t n, char address[DNSGAP_ADDRESS_TEXT]);

/* The n-th code that a finding may have, and in *title a line about it; both static.  NULL
 * past the last one. */
DNSGAP_API const char *dnsgap_code(size_t n, const char **title);

/**
 * Explains a code in text of at most `columns` columns (40 to 200), plain ASCII; NULL: lists
 * all codes with a line each.  Fails with DNSGAP_EINVAL when there is no such code or width,
 * with _EWRITE and with _ENOMEM.
 */
DNSGAP_API int dnsgap_explain(
    const char *code, unsigned columns, dnsgap_write *write, void *context);

#endif

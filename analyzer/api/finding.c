/*
 * finding.c - the findings of a finished session, and what their codes mean.
 */
#include "dnsgap/finding.h"

#include <stdlib.h>
#include <string.h>

#include "api/inner.h"
#include "diagnose/explain.h"
#include "report/report.h"

/* The public numbers are ours: the compiler keeps them so. */
_Static_assert((int)DNSGAP_FAULT == (int)DG_FAULT, "same order");
_Static_assert((int)DNSGAP_WARNING == (int)DG_WARNING, "same order");
_Static_assert((int)DNSGAP_SEVERITIES == (int)DG_SEVERITY_COUNT, "same severities");

const char *
dnsgap_severity_name(enum dnsgap_severity severity)
{
	if ((unsigned)severity >= DNSGAP_SEVERITIES)
		return NULL;
	return dg_severity_name((enum dg_severity)severity);
}

size_t
dnsgap_findings(const struct dnsgap_session *s)
{
	return s->diagnosis != NULL ? s->diagnosis->findings.count : 0;
}

static const struct dg_finding *
finding_of(const struct dnsgap_session *s, size_t n)
{
	return n < dnsgap_findings(s) ? s->diagnosis->findings.list[n] : NULL;
}

const char *
dnsgap_finding_code(const struct dnsgap_session *s, size_t n)
{
	const struct dg_finding *f = finding_of(s, n);

	return f != NULL ? dg_code_name(f->code) : NULL;
}

enum dnsgap_severity
dnsgap_finding_severity(const struct dnsgap_session *s, size_t n)
{
	const struct dg_finding *f = finding_of(s, n);

	return f != NULL ? (enum dnsgap_severity)f->severity : DNSGAP_SEVERITIES;
}

const char *
dnsgap_finding_summary(const struct dnsgap_session *s, size_t n)
{
	const struct dg_finding *f = finding_of(s, n);

	return f != NULL ? f->summary : NULL;
}

bool
dnsgap_finding_server(
    const struct dnsgap_session *s, size_t n, char address[DNSGAP_ADDRESS_TEXT])
{
	const struct dg_finding *f = finding_of(s, n);
	uint16_t port;

	return f != NULL && f->server_count > 0 &&
	    dnsgap_server(s, f->servers[0], address, &port);
}

const char *
dnsgap_code(size_t n, const char **title)
{
	if (n >= DG_CODE_COUNT)
		return NULL;
	*title = dg_explanation((enum dg_code)n)->title;
	return dg_code_name((enum dg_code)n);
}

int
dnsgap_explain(const char *code, unsigned columns, dnsgap_write *write, void *context)
{
	enum dg_code number = code != NULL ? dg_code_of(code) : DG_CODE_COUNT;
	char *text;
	int error = DNSGAP_ENOMEM;

	if ((code != NULL && number == DG_CODE_COUNT) || columns < DG_COLUMNS_MIN ||
	    columns > DG_COLUMNS_MAX)
		return DNSGAP_EINVAL;
	text = code != NULL ? dg_explain_code(number, columns) : dg_explain_codes(columns);
	if (text != NULL)
		error = write(context, text, strlen(text)) == 0 ? 0 : DNSGAP_EWRITE;
	free(text);
	return error;
}

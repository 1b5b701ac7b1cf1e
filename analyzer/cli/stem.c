/*
 * stem.c - a name for the files of a report.
 */
#include "cli/stem.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "dnsgap/finding.h"
#include "dnsgap/summary.h"

#define DAY_CHARACTERS 10

static bool
is_safe(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    c == '.' || c == '-';
}

void
dg_stem(const struct dnsgap_session *s, char stem[DG_STEM_MAX])
{
	char day[DG_TIME_TEXT_MAX] = "", server[DNSGAP_ADDRESS_TEXT] = "";
	const char *what = dnsgap_finding_code(s, 0);
	int64_t first_ns, last_ns;

	if (dnsgap_times(s, &first_ns, &last_ns)) {
		dg_time_text(first_ns, day);
		day[DAY_CHARACTERS] = '\0';
	}
	if (what == NULL)
		what = dnsgap_transactions(s) > 0 ? "healthy" : "no-queries";
	else if (!dnsgap_finding_server(s, 0, server))
		server[0] = '\0';
	snprintf(stem, DG_STEM_MAX, "dnsgap%s%s-%s%s%s", day[0] != '\0' ? "-" : "", day, what,
	    server[0] != '\0' ? "-" : "", server);
	/* An IPv6 address has colons, which not every file system takes. */
	for (char *c = stem; *c != '\0'; c++) {
		if (!is_safe(*c))
			*c = '-';
	}
}

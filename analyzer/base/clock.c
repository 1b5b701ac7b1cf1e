/*
 * clock.c - how packet time is written.
 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

const char *
dg_time_text(int64_t time_ns, char text[DG_TIME_TEXT_MAX])
{
	int64_t fraction = time_ns % DG_NS_PER_S;
	time_t seconds = (time_t)(time_ns / DG_NS_PER_S);
	struct tm tm;

	if (fraction < 0) {
		fraction += DG_NS_PER_S;
		seconds--;
	}
	gmtime_r(&seconds, &tm);
	snprintf(text, DG_TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    (int)fraction);
	return text;
}

/*
 * clock.c - how packet time is written.
 */
#include "base/clock.h"

#include <string.h>

#define DAY_S 86400

/* Digits at text[at], as many as asked for. */
static void
put_digits(char *text, unsigned at, unsigned count, unsigned number)
{
	for (unsigned i = count; i-- > 0; number /= 10)
		text[at + i] = (char)('0' + number % 10);
}

/*
 * The date of a day counted from 1970.  Years begin with March, so that the day that some
 * lack is the last; 400 of them have 146097 days, and 5 months 153.
 */
static void
put_date(char *text, int64_t day)
{
	int64_t shifted = day + 719468; /* from 1 March of the year 0 */
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	unsigned of_era = (unsigned)(shifted - era * 146097);
	unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * of_year + 2) / 153;

	put_digits(text, 8, 2, of_year - (153 * month + 2) / 5 + 1);
	month = month < 10 ? month + 3 : month - 9;
	put_digits(text, 5, 2, month);
	put_digits(text, 0, 4, (unsigned)((int64_t)year + era * 400) + (month <= 2));
}

/* By hand: gmtime_r and snprintf would take longer than finding what the time belongs to. */
const char *
dg_time_text(int64_t time_ns, char text[DG_TIME_TEXT_MAX])
{
	int64_t fraction = time_ns % DG_NS_PER_S, seconds = time_ns / DG_NS_PER_S, day;
	unsigned of_day;

	if (fraction < 0) {
		fraction += DG_NS_PER_S;
		seconds--;
	}
	day = (seconds >= 0 ? seconds : seconds - (DAY_S - 1)) / DAY_S;
	of_day = (unsigned)(seconds - day * DAY_S);
	memcpy(text, "0000-00-00T00:00:00.000000000Z", 31);
	put_date(text, day);
	put_digits(text, 11, 2, of_day / 3600);
	put_digits(text, 14, 2, of_day / 60 % 60);
	put_digits(text, 17, 2, of_day % 60);
	put_digits(text, 20, 9, (unsigned)fraction);
	return text;
}

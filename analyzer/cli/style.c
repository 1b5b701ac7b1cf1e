/*
 * style.c - colours and block characters: for terminals that have them.
 */
#include "cli/style.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dnsgap/render.h"

/* NO_COLOR counts when it is not empty (https://no-color.org). */
static bool
has_colours(void)
{
	const char *unwanted = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return (unwanted == NULL || unwanted[0] == '\0') && terminal != NULL &&
	    terminal[0] != '\0' && strcmp(terminal, "dumb") != 0;
}

/* Whether the locale's characters are UTF-8.  The program's own locale stays "C", so that
 * nothing else depends on where it runs. */
static bool
has_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool is_so;

	if (locale == (locale_t)0)
		return false;
	is_so = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	freelocale(locale);
	return is_so;
}

unsigned
dg_style_of(const struct dg_output *o, enum dg_switch colour)
{
	bool is_terminal = o->fd >= 0 && isatty(o->fd);
	unsigned style = 0;

	if (colour == DG_SWITCH_ON ||
	    (colour == DG_SWITCH_AUTO && is_terminal && has_colours()))
		style |= DNSGAP_TEXT_COLOUR;
	if (is_terminal && has_utf8())
		style |= DNSGAP_TEXT_UTF8;
	return style;
}

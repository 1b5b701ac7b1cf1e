/*
 * screen.c - a finished session for a screen, and for a line in a log.
 */
#include <stdlib.h>
#include <string.h>

#include "api/inner.h"
#include "api/rendered.h"
#include "dnsgap/render.h"
#include "report/screen.h"

#define LINES_MIN 10
#define LINES_MAX 200

static char *
make_screen(const struct dg_report *r, const void *looks)
{
	return dg_report_screen(r, looks);
}

static char *
make_line(const struct dg_report *r, const void *looks)
{
	(void)looks;
	return dg_report_log_line(r);
}

static int
render(const struct dnsgap_session *s, dg_make_text *make, const void *looks,
    dnsgap_write *write, void *context)
{
	char *text;
	int error = dg_rendered(s, make, looks, &text);

	if (error != 0)
		return error;
	error = write(context, text, strlen(text)) == 0 ? 0 : DNSGAP_EWRITE;
	free(text);
	return error;
}

int
dnsgap_render_screen(const struct dnsgap_session *s, const struct dnsgap_screen *screen,
    dnsgap_write *write, void *context)
{
	struct dg_screen_look look = {
	    .lines = screen->lines, .status = screen->status, .open = screen->open};

	if (!dg_text_looks(screen->columns, screen->style, &look.style) ||
	    screen->lines < LINES_MIN || screen->lines > LINES_MAX)
		return DNSGAP_EINVAL;
	return render(s, make_screen, &look, write, context);
}

int
dnsgap_render_line(const struct dnsgap_session *s, dnsgap_write *write, void *context)
{
	return render(s, make_line, NULL, write, context);
}

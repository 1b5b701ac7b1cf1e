/*
 * render.c - a report in any form and style, through the public API.
 *
 *	render FORM [COLUMNS] FILE...
 *
 * FORM is json, markdown, html, text, colour (text in colours), blocks (text with UTF-8), or
 * both.  Text is 80 columns wide when COLUMNS is not given.  A file that cannot be read whole
 * changes no exit status: the report says so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/config.h"
#include "dnsgap/render.h"
#include "dnsgap/session.h"

static int
put(void *context, const void *bytes, size_t size)
{
	return fwrite(bytes, 1, size, context) == size ? 0 : -1;
}

static int
render(const struct dnsgap_session *s, const char *form, unsigned columns)
{
	static const struct {
		const char *form;
		unsigned style;
	} styles[] = {{"text", 0}, {"colour", DNSGAP_TEXT_COLOUR}, {"blocks", DNSGAP_TEXT_UTF8},
	    {"both", DNSGAP_TEXT_COLOUR | DNSGAP_TEXT_UTF8}};

	if (strcmp(form, "json") == 0)
		return dnsgap_render_json(s, put, stdout);
	if (strcmp(form, "markdown") == 0)
		return dnsgap_render_markdown(s, put, stdout);
	if (strcmp(form, "html") == 0)
		return dnsgap_render_html(s, put, stdout);
	for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
		if (strcmp(form, styles[i].form) == 0)
			return dnsgap_render_text(s, columns, styles[i].style, put, stdout);
	}
	return DNSGAP_EINVAL;
}

/* A session with the files, read and finished; NULL without memory. */
static struct dnsgap_session *
read_all(char **files)
{
	struct dnsgap_config *config = NULL;
	struct dnsgap_session *s = NULL;

	if (dnsgap_config_new(&config) != 0 || dnsgap_session_new(config, &s) != 0)
		goto done;
	for (; *files != NULL; files++) {
		if (dnsgap_session_add_file(s, *files) != 0)
			goto fail;
	}
	/* What went wrong while reading is in the report. */
	dnsgap_session_run(s, NULL, NULL);
	if (dnsgap_session_finish(s) == 0)
		goto done;
fail:
	dnsgap_session_free(s);
	s = NULL;
done:
	dnsgap_config_free(config);
	return s;
}

int
main(int argc, char **argv)
{
	struct dnsgap_session *s;
	unsigned columns = 80;
	char **files = argv + 2;
	int error;

	if (argc > 3 && strspn(argv[2], "0123456789") == strlen(argv[2])) {
		columns = (unsigned)strtoul(argv[2], NULL, 10);
		files++;
	}
	if (argc < 3 || *files == NULL) {
		fputs("usage: render FORM [COLUMNS] FILE...\n", stderr);
		return 1;
	}
	s = read_all(files);
	if (s == NULL) {
		fputs("render: no session\n", stderr);
		return 1;
	}
	error = render(s, argv[1], columns);
	dnsgap_session_free(s);
	if (error != 0 || fflush(stdout) != 0)
		fprintf(stderr, "render: error %d\n", error);
	return error == 0 ? 0 : 3;
}

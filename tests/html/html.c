/*
 * html.c - writes the HTML report of captures: what the tests of the page look at.
 *
 *	html CAPTURE PAGE [CAPTURE PAGE ...]
 */
#include <stdio.h>

#include "dnsgap/config.h"
#include "dnsgap/render.h"
#include "dnsgap/session.h"

static int
put(void *context, const void *bytes, size_t size)
{
	return fwrite(bytes, 1, size, context) == size ? 0 : 1;
}

/* 0, or a negative DNSGAP_E...; a capture with problems has a report all the same. */
static int
analyse(struct dnsgap_session *s, const char *capture, FILE *page)
{
	int error = dnsgap_session_add_file(s, capture);

	if (error == 0)
		error = dnsgap_session_run(s, NULL, NULL);
	if (error == 0)
		error = dnsgap_session_finish(s);
	if (error == 0)
		error = dnsgap_render_html(s, put, page);
	if (error != 0)
		fprintf(stderr, "html: %s: %s\n", capture, dnsgap_error_text(error));
	return error;
}

static int
make_page(const struct dnsgap_config *config, const char *capture, const char *path)
{
	struct dnsgap_session *s;
	FILE *page;
	int error = dnsgap_session_new(config, &s);

	if (error != 0)
		return error;
	page = fopen(path, "w");
	error = page != NULL ? analyse(s, capture, page) : DNSGAP_EWRITE;
	if (page == NULL)
		perror(path);
	else if (fclose(page) != 0)
		error = DNSGAP_EWRITE;
	dnsgap_session_free(s);
	return error;
}

int
main(int argc, char **argv)
{
	struct dnsgap_config *config;
	int error = dnsgap_config_new(&config);

	if (error != 0)
		return 1;
	if (argc < 3 || argc % 2 == 0) {
		fputs("usage: html CAPTURE PAGE [CAPTURE PAGE ...]\n", stderr);
		error = DNSGAP_EINVAL;
	}
	for (int i = 1; error == 0 && i < argc; i += 2)
		error = make_page(config, argv[i], argv[i + 1]);
	dnsgap_config_free(config);
	return error != 0;
}

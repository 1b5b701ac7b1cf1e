/*
 * render.c - a report in any form and style, through the public API.
 *
 *	render FORM [COLUMNS[xLINES][,COLUMNSxLINES]...] FILE...
 *	render words < WORDS
 *
 * FORM is json, markdown, html, line, metrics, text, colour (text in colours), blocks (text
 *with UTF-8), or both.  Text is 80 columns wide when COLUMNS is not given; with LINES it is a
 *screen.  A file that cannot be read whole changes no exit status: the report says so.
 *
 * The second one needs no capture.  Each of the words, which end with a NUL, stands in the
 * Markdown that it prints as text and as code, in an item and in a row of a table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/config.h"
#include "dnsgap/metrics.h"
#include "dnsgap/render.h"
#include "dnsgap/session.h"
#include "dnsgap/summary.h"
#include "report/doc.h"

#define WORD_BYTES_MAX 4096

static int
put(void *context, const void *bytes, size_t size)
{
	return fwrite(bytes, 1, size, context) == size ? 0 : -1;
}

/* Some of everything that a screen is told. */
#define SCREEN_STATUS "report 3, next in 42 s"
#define SCREEN_OPEN 1234

/* Screens, or a text, of the sizes that a list has. */
static int
render_sizes(const struct dnsgap_session *s, unsigned style, const char *sizes)
{
	int error = 0;

	while (error == 0 && *sizes != '\0') {
		struct dnsgap_screen screen = {
		    .style = style, .status = SCREEN_STATUS, .open = SCREEN_OPEN};
		char *end;

		screen.columns = (unsigned)strtoul(sizes, &end, 10);
		if (*end != 'x')
			return dnsgap_render_text(s, screen.columns, style, put, stdout);
		screen.lines = (unsigned)strtoul(end + 1, &end, 10);
		error = dnsgap_render_screen(s, &screen, put, stdout);
		sizes = end + (*end == ',');
		if (*sizes != '\0')
			putchar('\0');
	}
	return error;
}

/* As if it had been sniffed, in one cut. */
static int
render_metrics(const struct dnsgap_session *s)
{
	const struct dnsgap_interface_counts counts[] = {
	    {"eth0", 1, dnsgap_frames(s), 0, 3, true, false},
	    {"a\"b\\c\n\x1b[2J\xff", 1, 0, 18446744073709551615u, 0, true, true}};
	struct dnsgap_metrics *m;
	int error = dnsgap_metrics_new(&m);

	if (error != 0)
		return error;
	dnsgap_metrics_add(m, s);
	dnsgap_metrics_set_open(m, SCREEN_OPEN);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		dnsgap_metrics_set_interface(m, i, &counts[i]);
	error = dnsgap_metrics_render(m, put, stdout);
	dnsgap_metrics_free(m);
	return error;
}

static int
render(const struct dnsgap_session *s, const char *form, const char *sizes)
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
	if (strcmp(form, "metrics") == 0)
		return render_metrics(s);
	if (strcmp(form, "line") == 0)
		return dnsgap_render_line(s, put, stdout);
	for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
		if (strcmp(form, styles[i].form) == 0)
			return render_sizes(s, styles[i].style, sizes);
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

static void
add_word(struct dg_doc *items, struct dg_doc *rows, const char *word)
{
	struct dg_strbuf code = {0};

	dg_doc_code(&code, word);
	if (!code.is_failed) {
		dg_doc_item(items, "%s", word);
		dg_doc_item(items, "%s", code.text);
		dg_doc_cell(rows, "%s", word);
		dg_doc_cell(rows, "%s", code.text);
	}
	items->is_failed |= code.is_failed;
	dg_strbuf_fini(&code);
}

static int
print_document(struct dg_doc *d)
{
	char *text = dg_doc_markdown(d);
	int status = text == NULL || fputs(text, stdout) == EOF ? 1 : 0;

	free(text);
	dg_doc_fini(d);
	return status;
}

static int
render_words(void)
{
	static const struct dg_column columns[] = {{"text", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
	    {"code", DG_ALIGN_RIGHT, DG_TONE_NONE, NULL}};
	struct dg_doc items = {0}, rows = {0};
	char word[WORD_BYTES_MAX];
	size_t size = 0;
	int c, status;

	dg_doc_title(&items, "DNS: words");
	dg_doc_title(&rows, "DNS: words");
	dg_doc_section(&items, NULL);
	dg_doc_section(&rows, NULL);
	dg_doc_table(&rows, columns, sizeof columns / sizeof *columns);
	while ((c = getchar()) != EOF && size < sizeof word) {
		word[size++] = (char)c;
		if (c != '\0')
			continue;
		add_word(&items, &rows, word);
		size = 0;
	}
	status = print_document(&items);
	putchar('\0');
	return print_document(&rows) + status == 0 ? 0 : 3;
}

int
main(int argc, char **argv)
{
	struct dnsgap_session *s;
	const char *sizes = "80";
	char **files = argv + 2;
	int error;

	if (argc == 2 && strcmp(argv[1], "words") == 0)
		return render_words();
	if (argc > 3 && strspn(argv[2], "0123456789x,") == strlen(argv[2])) {
		sizes = argv[2];
		files++;
	}
	if (argc < 3 || *files == NULL) {
		fputs("usage: render FORM [COLUMNS[xLINES]...] FILE...\n", stderr);
		return 1;
	}
	s = read_all(files);
	if (s == NULL) {
		fputs("render: no session\n", stderr);
		return 1;
	}
	error = render(s, argv[1], sizes);
	dnsgap_session_free(s);
	if (error != 0 || fflush(stdout) != 0)
		fprintf(stderr, "render: error %d\n", error);
	return error == 0 ? 0 : 3;
}

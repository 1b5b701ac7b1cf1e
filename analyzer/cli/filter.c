/*
 * filter.c - the text of a filter: words of the command line, or a file.
 */
#include "cli/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* What the library takes, and a NUL. */
#define FILTER_BYTES_MAX ((size_t)65536 + 1)

bool
dg_filter_add(char **filter, const char *word)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", *filter != NULL ? *filter : "",
		*filter != NULL ? " " : "", word) < 0) {
		dg_cli_complain("out of memory");
		return false;
	}
	free(*filter);
	*filter = joined;
	return true;
}

static void
blank_comments(char *text)
{
	bool is_comment = false;

	for (char *c = text; *c != '\0'; c++) {
		is_comment = *c != '\n' && (is_comment || *c == '#');
		if (is_comment || *c == '\n' || *c == '\r')
			*c = ' ';
	}
}

bool
dg_filter_read(char **filter, const char *path)
{
	bool is_standard = strcmp(path, "-") == 0, is_good = false;
	FILE *file = is_standard ? stdin : fopen(path, "re");
	char *text = malloc(FILTER_BYTES_MAX);
	size_t size;

	if (file == NULL || text == NULL) {
		dg_cli_complain("%s: %s", path, strerror(file == NULL ? errno : ENOMEM));
		goto done;
	}
	size = fread(text, 1, FILTER_BYTES_MAX, file);
	if (ferror(file)) {
		dg_cli_complain("%s: could not be read", path);
		goto done;
	}
	if (size == FILTER_BYTES_MAX || memchr(text, '\0', size) != NULL) {
		dg_cli_complain("%s: is no filter: text of at most 64 KiB is wanted", path);
		goto done;
	}
	text[size] = '\0';
	blank_comments(text);
	*filter = text;
	text = NULL;
	is_good = true;
done:
	if (file != NULL && !is_standard)
		fclose(file);
	free(text);
	return is_good;
}

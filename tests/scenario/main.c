/*
 * main.c - plays scenarios and prints TAP.
 *
 *	scenario FILE.scn ...
 *
 * Each scenario is checked once, and then played again with other batches and
 * another secret: what comes out must be the same to the last bit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

static const struct scn_way ways[] = {
    {"in one call", {1, 2}, {SCN_FRAMES_MAX}},
    {"one frame at a time", {1, 2}, {1}},
    {"in odd batches", {1, 2}, {1, 2, 3, 5, 7, 33, 64}},
    {"with another secret", {0x9e3779b97f4a7c15, 0xfedcba9876543210}, {SCN_FRAMES_MAX}},
};

/* All of a file with a zero at its end, or NULL. */
static char *
read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	ssize_t length;

	if (file == NULL)
		return NULL;
	length = getdelim(&text, &size, '\0', file);
	fclose(file);
	if (length < 0 || (size_t)length != strlen(text)) {
		free(text);
		return NULL;
	}
	return text;
}

static bool
play(const struct scenario *s)
{
	static struct scn_result first, other;
	bool good;

	scn_run(s, &ways[0], &first);
	good = scn_check(s, &first);
	for (size_t i = 1; i < sizeof ways / sizeof *ways; i++) {
		scn_run(s, &ways[i], &other);
		good &= scn_check_same(s, ways[i].name, &first, &other);
	}
	return good;
}

int
main(int argc, char **argv)
{
	static struct scenario s;
	int count = 0, failed = 0;

	for (int i = 1; i < argc; i++) {
		char *text = read_text(argv[i]);
		char *at = text;
		int line = 0;

		if (text == NULL) {
			printf("not ok %d - %s cannot be read\n", ++count, argv[i]);
			failed++;
			continue;
		}
		while (scn_next(&s, argv[i], &at, &line)) {
			bool good = s.error[0] == '\0' && play(&s);

			if (s.error[0] != '\0')
				printf("# %s\n", s.error);
			printf("%s %d - %s\n", good ? "ok" : "not ok", ++count, s.name);
			failed += !good;
			scn_fini(&s);
		}
		free(text);
	}
	printf("1..%d\n", count);
	return failed > 0 || count == 0;
}

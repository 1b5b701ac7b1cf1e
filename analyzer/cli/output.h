#ifndef DG_CLI_OUTPUT_H
#define DG_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * output.h - a report into a file: whole or not at all.
 */

struct dg_output {
	const char *path; /* NULL or "-": standard output */
	bool may_replace;
	int fd;
	char *
	    aside; /* the file that is written, until it is whole; NULL when written in place */
	int error; /* errno of the first trouble */
};

/**
 * Whether the path could be written, looked at before the long work: it must not exist
 * without may_replace, and its folder must.  Complains and returns false.
 */
bool dg_output_check(const char *path, bool may_replace);

/* Whether both paths mean one name in one folder, or both standard output. */
bool dg_output_is_same(const char *a, const char *b);

/**
 * Opens a file beside the one to be written.  Complains and returns false when that
 * cannot be.  Devices, pipes and standard output are written in place.
 */
bool dg_output_open(struct dg_output *o, const char *path, bool may_replace);

/* How wide text for this path is to be: as wide as the terminal, when there is one; but not
 * too wide to read. */
unsigned dg_output_columns(const char *path);

/* Prints to standard output; an exit status. */
int dg_output_print(const char *text, size_t size);

/* A dnsgap_write function; `context` is the output. */
int dg_output_write(void *context, const void *bytes, size_t size);

/* Removes what is half written, from a signal handler; the program ends then. */
void dg_output_abandon(const struct dg_output *o);

/**
 * Makes the file durable and gives it its name, or removes it when `is_good` is
 * false or anything failed.  Complains and returns false on failure.
 */
bool dg_output_close(struct dg_output *o, bool is_good);

#endif

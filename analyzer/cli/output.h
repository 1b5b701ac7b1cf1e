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
	/* The file that is written, until it has its name; NULL: in place.  A signal's handler
	 * looks at it. */
	char *volatile aside;
	bool is_named; /* it has its name */
	int error;     /* errno of the first trouble */
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

/* A device, pipe or socket, which is written in place: there is nothing to rename. */
bool dg_output_is_in_place(const char *path);

/* What messages call a path. */
const char *dg_output_name_of(const char *path);

/* How wide text is to be: as wide as the terminal, when the output is one; but not too wide
 * to read. */
unsigned dg_output_columns(const struct dg_output *o);

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

/*
 * The same in two steps, for files that are to get their names together.  After a failure of
 * either, and after dg_output_remove, there is no file; what it replaced is gone.
 */
bool dg_output_seal(struct dg_output *o, bool is_good);
bool dg_output_name(struct dg_output *o);
void dg_output_remove(struct dg_output *o);

#endif

#ifndef DG_CLI_BUNDLE_H
#define DG_CLI_BUNDLE_H

#include "cli/opts_read.h"
#include "dnsgap/session.h"

/*
 * bundle.h - `--report DIR`: a report in all its forms and the evidence, in one folder, under
 * one name.
 */

/* Whether the folder could be written to, or made, looked at before the long work.  Complains
 * and returns false. */
bool dg_bundle_check(const char *folder);

/**
 * Writes all files, or none: they get their names when all are whole.  Evidence that cannot be
 * made for want of captures to read again is left out, and that is told.  Then, unless
 * something else goes to standard output, prints there the paths, one a line.
 *
 * Is to come before other reports: they name the evidence, too.  Complains and returns false
 * when not everything was written that was to be.
 */
bool dg_bundle_write(struct dnsgap_session *s, const struct dg_read_options *o);

#endif

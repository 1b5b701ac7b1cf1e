#ifndef DG_CLI_STEM_H
#define DG_CLI_STEM_H

#include "dnsgap/session.h"

/*
 * stem.h - a name for the files of a report that says in a ticket what they are.
 */

#define DG_STEM_MAX 128

/**
 * "dnsgap-2026-11-21-ports-silent-198.51.100.53": the day of the first frame (UTC), the worst
 * finding's code and its first server, as far as there are such; "healthy" without a finding,
 * "no-queries" without a transaction.  Letters, digits, dots and dashes only.
 */
void dg_stem(const struct dnsgap_session *s, char stem[DG_STEM_MAX]);

#endif

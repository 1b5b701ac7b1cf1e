#ifndef DG_CLI_CLI_H
#define DG_CLI_CLI_H

/*
 * cli.h - what the commands share.
 */

/* Exit statuses (docs/formats.md).  Of several the first of 3, 10, 2, 4: a report that is not
 * there, what was found, what was not read. */
enum dg_status {
	DG_STATUS_OK = 0,
	DG_STATUS_USAGE = 1,      /* wrong arguments, or nothing could be opened */
	DG_STATUS_INCOMPLETE = 2, /* the report is there, but not everything was read */
	DG_STATUS_OUTPUT = 3,     /* an output could not be written */
	DG_STATUS_LIMIT = 4,      /* a limit was hit, and --strict was given */
	DG_STATUS_FINDING = 10,   /* there is a finding, and --fail-on asked for it */
};

/* "dnsgap: TEXT" on standard error, made harmless for a terminal. */
void dg_cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* dnsgap read: argv[0] is the command. */
int dg_cmd_read(int argc, char **argv);

/* dnsgap live: likewise. */
int dg_cmd_live(int argc, char **argv);

/* dnsgap explain: likewise. */
int dg_cmd_explain(int argc, char **argv);

#endif

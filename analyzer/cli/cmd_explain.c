/*
 * cmd_explain.c - dnsgap explain: what a finding means.
 */
#include <string.h>

#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "dnsgap/finding.h"

static const char help[] =
    "Usage: dnsgap explain [CODE]\n"
    "Says what a finding means: what was seen, what that usually means, what else it\n"
    "may be, what to check, what not to do.  Without CODE it lists all codes.\n"
    "\n"
    "  -h, --help  this text\n"
    "\n"
    "Exit status: 0; 1 when there is no such code; 3 when it could not be written.\n";

static int
refuse(const char *typed)
{
	struct dg_strbuf codes = {0};
	const char *code, *title;

	if (typed[0] == '-') {
		dg_cli_complain("unknown option `%s`; see dnsgap explain --help", typed);
		return DG_STATUS_USAGE;
	}
	for (size_t n = 0; (code = dnsgap_code(n, &title)) != NULL; n++)
		dg_strbuf_addf(&codes, "%s%s", n > 0 ? ", " : "", code);
	dg_cli_complain("no finding has the code `%s`; there are: %s", typed,
	    codes.is_failed ? "see dnsgap explain" : codes.text);
	dg_strbuf_fini(&codes);
	return DG_STATUS_USAGE;
}

int
dg_cmd_explain(int argc, char **argv)
{
	const char *code = argc > 1 ? argv[1] : NULL;
	struct dg_output output;
	int error;

	if (code != NULL && (strcmp(code, "--help") == 0 || strcmp(code, "-h") == 0))
		return dg_output_print(help, strlen(help));
	if (argc > 2) {
		dg_cli_complain("one code at a time; see dnsgap explain --help");
		return DG_STATUS_USAGE;
	}
	if (!dg_output_open(&output, NULL, false))
		return DG_STATUS_OUTPUT;
	error = dnsgap_explain(code, dg_output_columns(&output), dg_output_write, &output);
	if (error == DNSGAP_EINVAL)
		return refuse(code);
	if (error == DNSGAP_ENOMEM)
		dg_cli_complain("%s", dnsgap_error_text(error));
	return dg_output_close(&output, error == 0) ? DG_STATUS_OK : DG_STATUS_OUTPUT;
}

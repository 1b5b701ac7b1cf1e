/*
 * main.c - a table of commands.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "cli/cli.h"
#include "dnsgap/render.h"
#include "dnsgap/version.h"

static const char help[] =
    "Usage: dnsgap COMMAND [OPTION...] [FILE...]\n"
    "Reads or sniffs DNS traffic; says which source ports go unanswered, and where.\n"
    "\n"
    "Commands:\n"
    "  read FILE...   captures in, report out; `-` is standard input\n"
    "  live -i IFACE  interfaces in, reports out, until Ctrl-C; -D lists interfaces\n"
    "  explain [CODE] what a finding means, what to check, what not to do\n"
    "  help [COMMAND] this text, or a command's options\n"
    "\n"
    "  dnsgap read --text capture.pcap          a report to read\n"
    "  dnsgap read capture.pcap | jq .findings  the same for programs\n"
    "  dnsgap read --report DIR capture.pcap    all that a ticket needs\n"
    "  dnsgap live -i eth0 --top                watch a resolver while it works\n"
    "\n"
    "Options: --help, --version.  The manual: man dnsgap\n";

void
dg_cli_complain(const char *format, ...)
{
	struct dg_strbuf b = {0};
	char text[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	dg_escape_terminal(&b, text);
	fprintf(stderr, "dnsgap: %s\n", b.text != NULL ? b.text : "");
	dg_strbuf_fini(&b);
}

/* What was printed must also have arrived. */
static int
finish_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return DG_STATUS_OK;
	dg_cli_complain("standard output could not be written");
	return DG_STATUS_OUTPUT;
}

static int
cmd_version(int argc, char **argv)
{
	const char *library, *version;

	(void)argc;
	(void)argv;
	printf("dnsgap %s\n", dnsgap_version());
	for (size_t i = 0; (library = dnsgap_library(i, &version)) != NULL; i++) {
		/* libpcap says "libpcap version 1.10.3 (with TPACKET_V3)" */
		version += strcspn(version, "0123456789");
		printf("  %s %.*s\n", library, (int)strcspn(version, " ,"), version);
	}
	return finish_output();
}

static int cmd_help(int argc, char **argv);

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	bool has_help; /* of its own */
} commands[] = {
    {"read", dg_cmd_read, true},
    {"live", dg_cmd_live, true},
    {"explain", dg_cmd_explain, true},
    {"help", cmd_help, false},
    {"--help", cmd_help, false},
    {"-h", cmd_help, false},
    {"version", cmd_version, false},
    {"--version", cmd_version, false},
    {"-V", cmd_version, false},
};

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	}
	return NULL;
}

static int
cmd_help(int argc, char **argv)
{
	const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;
	char option[] = "--help";
	char *arguments[] = {argc > 1 ? argv[1] : NULL, option, NULL};

	if (command != NULL && command->has_help)
		return command->run(2, arguments);
	fputs(help, stdout);
	return finish_output();
}

/*
 * What the caller closed is filled with something that fails when used, or a
 * file opened later would get its number and the report.
 */
static void
fill_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

int
main(int argc, char **argv)
{
	const struct command *command;

	fill_standard();
	/* A closed pipe is an output that could not be written, not a death. */
	signal(SIGPIPE, SIG_IGN);
	/* Likewise a file that may not grow any more (ulimit -f). */
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 2) {
		fputs(help, stderr);
		return DG_STATUS_USAGE;
	}
	command = find_command(argv[1]);
	if (command == NULL) {
		dg_cli_complain("unknown command `%s`; to read a capture: dnsgap read %s",
		    argv[1], argv[1][0] != '-' ? argv[1] : "FILE");
		return DG_STATUS_USAGE;
	}
	return command->run(argc - 1, argv + 1);
}

/*
 * sniff.c - sniffs interfaces through the library, and prints the report: for tests.
 *
 *   sniff [-b BYTES] [-c FRAMES] [-d SECONDS] [-f FILTER] [-kt] [-p PORTS] [-s BYTES]
 * INTERFACE... sniff -r [-f FILTER] FILE...
 *
 * With -r it reads files, for their filter.
 * -t adds tunnels to the default filter, -k prints each interface's filter and ends.  "ready"
 * goes to standard error once everything is open, and what is noticed; the counters at the end,
 * too.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dnsgap/capture.h"
#include "dnsgap/render.h"
#include "dnsgap/session.h"

#define WAIT_NS INT64_C(100000000)

static volatile sig_atomic_t is_stopped;

struct options {
	uint64_t frames;
	int64_t seconds;
	const char *filter;
	bool is_filter_shown;
	bool is_reading;
};

static void
on_signal(int number)
{
	(void)number;
	is_stopped = 1;
}

static int
put(void *context, const void *bytes, size_t size)
{
	(void)context;
	return fwrite(bytes, 1, size, stdout) == size ? 0 : -1;
}

static void
tell(struct dnsgap_capture *c)
{
	const char *text;

	while ((text = dnsgap_capture_notice(c)) != NULL)
		fprintf(stderr, "notice: %s\n", text);
}

static void
show_counters(struct dnsgap_capture *c)
{
	struct dnsgap_interface_counts counts;

	for (size_t i = 0; dnsgap_capture_interface(c, i, &counts); i++)
		fprintf(stderr,
		    "%s: %" PRIu64 " frames, %" PRIu64 " dropped by the kernel, %" PRIu64
		    " by the interface%s%s\n",
		    counts.name, counts.frames, counts.kernel_dropped, counts.interface_dropped,
		    counts.is_up ? "" : ", not up", counts.is_gone ? ", gone" : "");
}

static int
sniff(struct dnsgap_session *s, struct dnsgap_capture *c, const struct options *o)
{
	uint64_t left = o->frames, got;
	time_t end = time(NULL) + (time_t)o->seconds;
	int error = 0;

	while (error == 0 && !is_stopped && (o->seconds == 0 || time(NULL) < end)) {
		error = dnsgap_session_sniff(s, c, WAIT_NS, left, &got);
		tell(c);
		left -= o->frames != 0 ? got : 0;
		if (o->frames != 0 && left == 0)
			break;
	}
	if (error == DNSGAP_ESTOPPED)
		fprintf(stderr, "notice: %s\n", dnsgap_session_error(s));
	if (error == 0 && o->frames == 0)
		error = dnsgap_session_drain(s, c);
	return error == DNSGAP_ESTOPPED ? 0 : error;
}

static int
run(struct dnsgap_capture *c, const struct options *o)
{
	struct dnsgap_config *config = NULL;
	struct dnsgap_session *s = NULL;
	int error = dnsgap_capture_open(c);

	if (error != 0) {
		fprintf(stderr, "%s\n", dnsgap_capture_error(c));
		return 1;
	}
	for (size_t i = 0; o->is_filter_shown && dnsgap_capture_filter(c, i) != NULL; i++)
		printf("%s\n", dnsgap_capture_filter(c, i));
	if (o->is_filter_shown)
		return 0;
	fprintf(stderr, "ready\n");
	error = dnsgap_config_new(&config);
	if (error == 0)
		error = dnsgap_session_new(config, &s);
	if (error == 0)
		error = sniff(s, c, o);
	show_counters(c);
	if (error == 0)
		error = dnsgap_session_finish(s);
	if (error == 0)
		error = dnsgap_render_json(s, put, NULL);
	if (error != 0)
		fprintf(stderr, "error %d: %s\n", error,
		    s != NULL ? dnsgap_session_error(s) : "no memory");
	dnsgap_session_free(s);
	dnsgap_config_free(config);
	return error == 0 ? 0 : 1;
}

static int
read_files(const struct options *o, char **files)
{
	struct dnsgap_config *config = NULL;
	struct dnsgap_session *s = NULL;
	int error = dnsgap_config_new(&config);

	if (error == 0)
		error = dnsgap_session_new(config, &s);
	if (error == 0 && o->filter != NULL)
		error = dnsgap_session_set_filter(s, o->filter, false);
	for (; error == 0 && *files != NULL; files++)
		error = dnsgap_session_add_file(s, *files);
	if (error == 0)
		error = dnsgap_session_run(s, NULL, NULL);
	if (error == 0)
		error = dnsgap_session_finish(s);
	if (error == 0)
		error = dnsgap_render_json(s, put, NULL);
	if (error != 0)
		fprintf(stderr, "%s\n", s != NULL ? dnsgap_session_error(s) : "no memory");
	dnsgap_session_free(s);
	dnsgap_config_free(config);
	return error == 0 ? 0 : 1;
}

/* One option of the command line; other than 0 when it is refused. */
static int
take_option(struct dnsgap_capture *c, struct options *o, int letter, const char *value)
{
	switch (letter) {
	case 'c':
		o->frames = strtoull(value, NULL, 10);
		return 0;
	case 'd':
		o->seconds = strtoll(value, NULL, 10);
		return 0;
	case 'f':
		o->filter = value;
		return dnsgap_capture_set_filter(c, value, false);
	case 't':
		return dnsgap_capture_set_tunnels(c, true);
	case 's':
		return dnsgap_capture_set_snaplen(c, (uint32_t)strtoul(value, NULL, 10));
	case 'b':
		return dnsgap_capture_set_buffer(c, strtoull(value, NULL, 10));
	case 'p':
		return dnsgap_capture_set_server_ports(c, value);
	case 'r':
		o->is_reading = true;
		return 0;
	case 'k':
		o->is_filter_shown = true;
		return 0;
	default:
		return 1;
	}
}

int
main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct options o = {0};
	struct dnsgap_capture *c = NULL;
	int letter, error = dnsgap_capture_new(&c);

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	while (error == 0 && (letter = getopt(argc, argv, "b:c:d:f:kp:rs:t")) != -1)
		error = take_option(c, &o, letter, optarg);
	for (int i = optind; error == 0 && !o.is_reading && i < argc; i++)
		error = dnsgap_capture_add(c, argv[i]);
	if (error == 0 && o.is_reading)
		error = read_files(&o, argv + optind);
	else if (error != 0)
		fprintf(stderr, "%s\n", dnsgap_capture_error(c));
	else
		error = run(c, &o);
	dnsgap_capture_free(c);
	return error != 0;
}

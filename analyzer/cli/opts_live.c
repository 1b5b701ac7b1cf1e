/*
 * opts_live.c - the options of `dnsgap live`, with the letters that tcpdump has.
 */
#include "cli/opts_live.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"

#define OWN_LETTERS "i:B:s:y:w:C:G:W:Z:pDq"

enum {
	OPT_TUNNELS = DG_OPT_OWN,
	OPT_DURATION,
	OPT_EVERY,
	OPT_REPORTS,
	OPT_METRICS,
	OPT_TOP,
	OPT_NO_SANDBOX,
};

static const struct option own_options[] = {
    {"html", optional_argument, NULL, DG_OPT_HTML},
    {"json", optional_argument, NULL, DG_OPT_JSON},
    {"tunnels", no_argument, NULL, OPT_TUNNELS},
    {"duration", required_argument, NULL, OPT_DURATION},
    {"every", required_argument, NULL, OPT_EVERY},
    {"reports", required_argument, NULL, OPT_REPORTS},
    {"metrics", required_argument, NULL, OPT_METRICS},
    {"top", no_argument, NULL, OPT_TOP},
    {"quiet", no_argument, NULL, 'q'},
    {"no-sandbox", no_argument, NULL, OPT_NO_SANDBOX},
    {NULL, 0, NULL, 0},
};

int64_t
dg_read_duration(const char *text)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	size_t size = strlen(text);
	char number[32];
	int64_t ns;

	if (size == 0 || size >= sizeof number)
		return -1;
	memcpy(number, text, size + 1);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (text[size - 1] != units[i].letter)
			continue;
		number[size - 1] = '\0';
		ns = dg_read_seconds(number);
		return ns <= INT64_MAX / units[i].seconds ? ns * units[i].seconds : -1;
	}
	return dg_read_seconds(number);
}

static enum dg_taken
refuse(const char *option, const char *value, const char *wanted)
{
	dg_cli_complain("%s %s: %s", option, value, wanted);
	return DG_REFUSED;
}

/* What a capture said to a value. */
static enum dg_taken
taken(struct dg_live_options *o, int error, const char *option, const char *value)
{
	if (error == 0)
		return DG_TAKEN;
	return refuse(option, value, dnsgap_capture_error(o->capture));
}

static enum dg_taken
set_duration(int64_t *duration_ns, const char *option, const char *value)
{
	int64_t ns = dg_read_duration(value);

	if (ns < DG_NS_PER_S)
		return refuse(
		    option, value, "wanted: a time from 1s on, such as 60s, 5m, 1h or 1d");
	*duration_ns = ns;
	return DG_TAKEN;
}

static enum dg_taken
set_number(uint64_t *number, uint64_t max, const char *option, const char *value)
{
	if (dg_read_count(value, number) && *number > 0 && *number <= max)
		return DG_TAKEN;
	return refuse(option, value, "wanted: a number from 1 on, and not too large");
}

/* How the interfaces are opened. */
static enum dg_taken
set_capture(struct dg_live_options *o, int code, const char *value)
{
	struct dnsgap_capture *c = o->capture;
	uint64_t number;

	switch (code) {
	case 'i':
		o->interface_count++;
		return taken(o, dnsgap_capture_add(c, value), "-i", value);
	case 'y':
		return taken(o, dnsgap_capture_set_linktype(c, value), "-y", value);
	case 'B':
		if (!dg_read_count(value, &number) || number > UINT32_MAX ||
		    dnsgap_capture_set_buffer(c, number * 1024) != 0)
			return refuse("-B", value, "wanted: KiB from 64 to 2097152");
		return DG_TAKEN;
	case 's':
		if (!dg_read_count(value, &number) || number > UINT32_MAX ||
		    dnsgap_capture_set_snaplen(c, (uint32_t)number) != 0)
			return refuse("-s", value, "wanted: bytes from 64 to 262144");
		o->snap_bytes = (uint32_t)number;
		return DG_TAKEN;
	case 'p':
		return taken(o, dnsgap_capture_set_promiscuous(c, false), "-p", "");
	case DG_OPT_SERVER_PORT:
		/* What the analysis says to it is said by common options. */
		(void)dnsgap_capture_set_server_ports(c, value);
		return DG_NOT_MINE;
	default:
		return DG_NOT_MINE;
	}
}

/* What is written, besides the forms. */
static enum dg_taken
set_output(struct dg_live_options *o, int code, const char *value)
{
	switch (code) {
	case OPT_REPORTS:
		o->report_dir = value;
		return DG_TAKEN;
	case OPT_METRICS:
		o->metrics = value;
		return DG_TAKEN;
	case 'w':
		o->packets = value;
		return DG_TAKEN;
	case 'C':
		return set_number(&o->file_megabytes, 1000000, "-C", value);
	case 'G':
		return set_number(&o->file_seconds, 1000000000, "-G", value);
	case 'W':
		return set_number(&o->files_max, 1000000, "-W", value);
	case DG_OPT_KEEP:
		/* A plain number is no address. */
		if (value[strspn(value, "0123456789")] != '\0')
			return DG_NOT_MINE;
		return set_number(&o->kept, 1000000000, "--keep", value);
	default:
		return DG_NOT_MINE;
	}
}

static enum dg_taken
set_own(void *command, int code, const char *value)
{
	struct dg_live_options *o = command;
	enum dg_taken result;

	switch (code) {
	case 'D':
		o->wants_devices = true;
		break;
	case OPT_TUNNELS:
		o->has_tunnels = true;
		break;
	case OPT_DURATION:
		return set_duration(&o->duration_ns, "--duration", value);
	case OPT_EVERY:
		return set_duration(&o->every_ns, "--every", value);
	case OPT_TOP:
		o->has_screen = true;
		break;
	case 'q':
		o->is_quiet = true;
		break;
	case OPT_NO_SANDBOX:
		o->is_unboxed = true;
		break;
	case 'Z':
		o->user = value;
		break;
	default:
		result = set_output(o, code, value);
		return result != DG_NOT_MINE ? result : set_capture(o, code, value);
	}
	return DG_TAKEN;
}

static bool
add_word(void *command, char *word)
{
	struct dg_live_options *o = command;

	return dg_options_add_filter(&o->common, word);
}

bool
dg_live_options_parse(struct dg_live_options *o, int argc, char **argv)
{
	const struct dg_own_options own = {own_options, OWN_LETTERS, set_own, add_word, o};

	*o = (struct dg_live_options){0};
	if (dnsgap_capture_new(&o->capture) != 0) {
		dg_cli_complain("out of memory");
		return false;
	}
	return dg_options_parse(&o->common, argc, argv, &own) && dg_live_options_check(o);
}

void
dg_live_options_fini(struct dg_live_options *o)
{
	dg_options_fini(&o->common);
	dnsgap_capture_free(o->capture);
}

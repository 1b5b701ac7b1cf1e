/*
 * options.c - reads the command line.
 *
 * Invariant: options that parsed describe a capture in which no key recurs
 * within 40 s; what cannot keep that is refused here.
 */

#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_code {
	OPT_SEED = 256,
	OPT_QUERIES,
	OPT_RATE,
	OPT_CLIENTS,
	OPT_SERVERS,
	OPT_ZONES,
	OPT_V6,
	OPT_PORTS,
	OPT_LOSS,
	OPT_DROP,
	OPT_ICMP,
	OPT_RESEND,
	OPT_LATENCY,
	OPT_LATE,
	OPT_EDNS,
	OPT_NXDOMAIN,
	OPT_TRUNCATED,
	OPT_VLAN,
	OPT_LINK,
	OPT_NANO,
	OPT_TRUTH,
};

static const struct option long_options[] = {
    {"seed", required_argument, NULL, OPT_SEED},
    {"queries", required_argument, NULL, OPT_QUERIES},
    {"rate", required_argument, NULL, OPT_RATE},
    {"clients", required_argument, NULL, OPT_CLIENTS},
    {"servers", required_argument, NULL, OPT_SERVERS},
    {"zones", required_argument, NULL, OPT_ZONES},
    {"v6", required_argument, NULL, OPT_V6},
    {"ports", required_argument, NULL, OPT_PORTS},
    {"loss", required_argument, NULL, OPT_LOSS},
    {"drop", required_argument, NULL, OPT_DROP},
    {"icmp", required_argument, NULL, OPT_ICMP},
    {"resend", required_argument, NULL, OPT_RESEND},
    {"latency", required_argument, NULL, OPT_LATENCY},
    {"late", required_argument, NULL, OPT_LATE},
    {"edns", required_argument, NULL, OPT_EDNS},
    {"nxdomain", required_argument, NULL, OPT_NXDOMAIN},
    {"truncated", required_argument, NULL, OPT_TRUNCATED},
    {"vlan", required_argument, NULL, OPT_VLAN},
    {"link", required_argument, NULL, OPT_LINK},
    {"nano", no_argument, NULL, OPT_NANO},
    {"truth", required_argument, NULL, OPT_TRUTH},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help_text[] =
    "usage: mkpcap [options] FILE         (FILE - is standard output)\n"
    "Writes a capture of made-up DNS traffic; the same seed gives the same bytes.\n"
    "\n"
    "  --seed N             what decides everything (1)\n"
    "  --queries N          transactions; k and M are understood (1M)\n"
    "  --rate QPS           new transactions a second, exponential gaps (20k)\n"
    "  --clients N          all equally busy (1000)\n"
    "  --servers N          server K is asked 1/K times as often as server 1 (200)\n"
    "  --zones N            zones in the questions (50)\n"
    "  --ports P            full 1-65535, linux 32768-60999, iana 49152-65535,\n"
    "                       low 1-1023, fixed53, sequential, or LO-HI (full)\n"
    "  --latency MS[,M]     mean; M is lognormal or exponential (20,lognormal)\n"
    "  --v6, --edns SHARE   of the transactions with it (0.1, 0.8)\n"
    "  --loss SHARE         of the queries that get no reply (0.005)\n"
    "  --late SHARE         of the transactions answered after 5 to 25 s (0.0005)\n"
    "  --nxdomain, --truncated SHARE  of the replies (0.1, 0.002)\n"
    "  --resend SHARE[/N]   of the transactions asked again each second until a\n"
    "                       reply comes, at most N times, N up to 4 (0.9/2)\n"
    "  --drop server=K[,ports=1-52,54-1023]  K never answers these; may repeat\n"
    "  --icmp server=K      K says port unreachable; may repeat; or none (100)\n"
    "                       (K counts from 1; all is every server)\n"
    "  --link KIND          ethernet, raw, null, loop, sll or sll2 (ethernet)\n"
    "  --vlan ID, --nano    802.1Q tags; nanoseconds\n"
    "  --truth FILE         JSON of what a right report says about the capture\n";

/* ---- values ---- */

static int
complain(const char *what, const char *text)
{
	fprintf(stderr, "mkpcap: %s: %s; see mkpcap --help\n", what, text);
	return -1;
}

/* Reads a number with an optional k or M. */
static int
parse_number(double *out, const char *text, double lowest, double highest)
{
	char *end;
	double v = strtod(text, &end);

	if (end != text && *end == 'k') {
		v *= 1e3;
		end++;
	} else if (end != text && *end == 'M') {
		v *= 1e6;
		end++;
	}
	if (end == text || *end != '\0' || !(v >= lowest && v <= highest))
		return complain("not a number in the right range", text);
	*out = v;
	return 0;
}

static int
parse_count(uint32_t *out, const char *text, double highest)
{
	double v;

	if (parse_number(&v, text, 1, highest) != 0)
		return -1;
	*out = (uint32_t)v;
	return 0;
}

static int
parse_share(double *out, const char *text)
{
	return parse_number(out, text, 0, 1);
}

static int
parse_seed(uint64_t *out, const char *text)
{
	char *end;

	*out = strtoull(text, &end, 0);
	if (end == text || *end != '\0')
		return complain("not a seed", text);
	return 0;
}

/* Reads "LO" or "LO-HI" up to a comma or the end; `*text` moves past it. */
static int
take_range(const char **text, uint32_t *lowest, uint32_t *highest)
{
	char *end;
	unsigned long lo = strtoul(*text, &end, 10);
	unsigned long hi = lo;

	if (end == *text)
		return -1;
	if (*end == '-') {
		const char *second = end + 1;

		hi = strtoul(second, &end, 10);
		if (end == second)
			return -1;
	}
	if ((*end != ',' && *end != '\0') || lo > hi || hi > 65535)
		return -1;
	*text = *end == ',' ? end + 1 : end;
	*lowest = (uint32_t)lo;
	*highest = (uint32_t)hi;
	return 0;
}

static int
parse_ports(struct mk_ports *out, const char *text)
{
	static const struct {
		const char *name;
		struct mk_ports ports;
	} known[] = {
	    {"full", {MK_PORTS_RANDOM, 1, 65535}},
	    {"linux", {MK_PORTS_RANDOM, 32768, 60999}},
	    {"iana", {MK_PORTS_RANDOM, 49152, 65535}},
	    {"low", {MK_PORTS_RANDOM, 1, 1023}},
	    {"fixed53", {MK_PORTS_RANDOM, 53, 53}},
	    {"sequential", {MK_PORTS_SEQUENTIAL, 1024, 65535}},
	};
	const char *rest = text;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(text, known[i].name) == 0) {
			*out = known[i].ports;
			return 0;
		}
	}
	out->mode = MK_PORTS_RANDOM;
	if (take_range(&rest, &out->lowest, &out->highest) != 0 || *rest != '\0')
		return complain("not a port distribution", text);
	return 0;
}

/* Reads "server=K" or "server=all"; `*text` moves past it. */
static int
take_server(const char **text, uint32_t *server)
{
	const char *p = *text;
	char *end;
	unsigned long v;

	if (strncmp(p, "server=", 7) != 0)
		return -1;
	p += 7;
	*server = 0;
	if (strncmp(p, "all", 3) == 0) {
		*text = p + 3;
		return 0;
	}
	v = strtoul(p, &end, 10);
	if (end == p || v == 0 || v > UINT32_MAX)
		return -1;
	*server = (uint32_t)v;
	*text = end;
	return 0;
}

static int
add_drop(struct mk_options *o, const char *text)
{
	const char *rest = text;
	struct mk_drop *drops, *drop;
	uint32_t server, lowest, highest;

	if (take_server(&rest, &server) != 0)
		return complain("not a server", text);
	drops = realloc(o->drops, (o->drop_count + 1) * sizeof(*drops));
	if (drops == NULL)
		return complain("no memory", text);
	o->drops = drops;
	drop = &drops[o->drop_count++];
	drop->server = server;
	memset(drop->ports, *rest == '\0' ? 0xff : 0, sizeof(drop->ports));
	if (*rest == '\0')
		return 0;
	if (strncmp(rest, ",ports=", 7) != 0)
		return complain("not a list of ports", text);
	rest += 7;
	do {
		if (take_range(&rest, &lowest, &highest) != 0)
			return complain("not a list of ports", text);
		for (uint32_t p = lowest; p <= highest; p++)
			drop->ports[p / 8] |= (uint8_t)(1u << p % 8);
	} while (*rest != '\0');
	return 0;
}

static int
add_icmp(struct mk_options *o, const char *text)
{
	const char *rest = text;
	uint32_t *servers;
	uint32_t server;

	if (take_server(&rest, &server) != 0 || *rest != '\0')
		return complain("not a server", text);
	servers = realloc(o->icmp_servers, (o->icmp_count + 1) * sizeof(*servers));
	if (servers == NULL)
		return complain("no memory", text);
	o->icmp_servers = servers;
	servers[o->icmp_count++] = server;
	return 0;
}

/* SHARE or SHARE/N */
static int
parse_resend(struct mk_options *o, const char *text)
{
	const char *slash = strchr(text, '/');
	char share[32];
	double count;

	if (slash == NULL)
		return parse_share(&o->resend_share, text);
	/* Five copies, 1 s apart, all lie within the timeout of the first. */
	if (parse_number(&count, slash + 1, 0, 4) != 0)
		return -1;
	if ((size_t)(slash - text) >= sizeof(share))
		return complain("not a share", text);
	memcpy(share, text, (size_t)(slash - text));
	share[slash - text] = '\0';
	o->resend_max = (unsigned)count;
	return parse_share(&o->resend_share, share);
}

/* MS or MS,lognormal or MS,exponential */
static int
parse_latency(struct mk_options *o, const char *text)
{
	char *end;
	double ms = strtod(text, &end);

	if (end == text || !(ms > 0 && ms <= 1000))
		return complain("not a latency in milliseconds", text);
	if (strcmp(end, ",exponential") == 0)
		o->is_latency_exponential = true;
	else if (*end != '\0' && strcmp(end, ",lognormal") != 0)
		return complain("not a latency", text);
	o->latency_mean_ns = ms * 1e6;
	return 0;
}

static int
parse_link(enum pkt_link_kind *out, const char *text)
{
	static const struct {
		const char *name;
		enum pkt_link_kind kind;
	} known[] = {
	    {"ethernet", PKT_LINK_ETHERNET},
	    {"raw", PKT_LINK_RAW},
	    {"null", PKT_LINK_NULL},
	    {"loop", PKT_LINK_LOOP},
	    {"sll", PKT_LINK_SLL},
	    {"sll2", PKT_LINK_SLL2},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(text, known[i].name) == 0) {
			*out = known[i].kind;
			return 0;
		}
	}
	return complain("not a link type", text);
}

/* ---- the command line ---- */

/* The options that are one number. */
static int
apply_number(struct mk_options *o, int code, const char *text)
{
	uint32_t vlan;
	double v = 0;

	switch (code) {
	case OPT_SEED:
		return parse_seed(&o->seed, text);
	case OPT_QUERIES:
		if (parse_number(&v, text, 1, 1e12) != 0)
			return -1;
		o->queries = (uint64_t)v;
		return 0;
	case OPT_RATE:
		return parse_number(&o->rate_qps, text, 1e-3, 1e9);
	case OPT_CLIENTS:
		return parse_count(&o->client_count, text, 1e6);
	case OPT_SERVERS:
		return parse_count(&o->server_count, text, 1e5);
	case OPT_ZONES:
		return parse_count(&o->zone_count, text, 1e4);
	default:
		if (parse_count(&vlan, text, 4094) != 0)
			return -1;
		o->vlan = (uint16_t)vlan;
		return 0;
	}
}

static int
apply_share(struct mk_options *o, int code, const char *text)
{
	switch (code) {
	case OPT_V6:
		return parse_share(&o->v6_share, text);
	case OPT_LOSS:
		return parse_share(&o->loss_share, text);
	case OPT_LATE:
		return parse_share(&o->late_share, text);
	case OPT_EDNS:
		return parse_share(&o->edns_share, text);
	case OPT_NXDOMAIN:
		return parse_share(&o->nxdomain_share, text);
	default:
		return parse_share(&o->truncated_share, text);
	}
}

static int
apply(struct mk_options *o, int code, const char *text)
{
	switch (code) {
	case OPT_PORTS:
		return parse_ports(&o->ports, text);
	case OPT_DROP:
		return add_drop(o, text);
	case OPT_ICMP:
		o->is_icmp_given = true;
		return strcmp(text, "none") == 0 ? 0 : add_icmp(o, text);
	case OPT_RESEND:
		return parse_resend(o, text);
	case OPT_LATENCY:
		return parse_latency(o, text);
	case OPT_LINK:
		return parse_link(&o->link, text);
	case OPT_NANO:
		o->is_nano = true;
		return 0;
	case OPT_TRUTH:
		o->truth_path = text;
		return 0;
	case OPT_V6:
	case OPT_LOSS:
	case OPT_LATE:
	case OPT_EDNS:
	case OPT_NXDOMAIN:
	case OPT_TRUNCATED:
		return apply_share(o, code, text);
	default:
		return apply_number(o, code, text);
	}
}

/*
 * A client's (ID, name) recurs after 2^24 queries (see transaction.c), which
 * must take longer than 40 s, with room for a client that is luckier than
 * the others.
 */
static int
check(const struct mk_options *o)
{
	for (size_t i = 0; i < o->drop_count; i++)
		if (o->drops[i].server > o->server_count)
			return complain("--drop", "there is no such server");
	for (size_t i = 0; i < o->icmp_count; i++)
		if (o->icmp_servers[i] > o->server_count)
			return complain("--icmp", "there is no such server");
	if (o->rate_qps / o->client_count * 40 * 4 > 0x1p24)
		return complain("keys would recur within 40 s", "too few clients for the rate");
	if (o->vlan != 0 && o->link != PKT_LINK_ETHERNET && o->link != PKT_LINK_SLL &&
	    o->link != PKT_LINK_SLL2)
		return complain("--vlan", "this link type has no tags");
	return 0;
}

static void
set_defaults(struct mk_options *o)
{
	*o = (struct mk_options){
	    .seed = 1,
	    .queries = 1000000,
	    .rate_qps = 20000,
	    .client_count = 1000,
	    .server_count = 200,
	    .zone_count = 50,
	    .v6_share = 0.1,
	    .loss_share = 0.005,
	    .late_share = 0.0005,
	    .edns_share = 0.8,
	    .nxdomain_share = 0.1,
	    .truncated_share = 0.002,
	    .resend_share = 0.9,
	    .resend_max = 2,
	    .latency_mean_ns = 20e6,
	    .ports = {MK_PORTS_RANDOM, 1, 65535},
	};
}

int
mk_options_parse(struct mk_options *o, int argc, char **argv)
{
	int code;

	set_defaults(o);
	while ((code = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (code == '?')
			return complain("usage", "mkpcap [options] FILE");
		if (code == 'h') {
			fputs(help_text, stdout);
			return 1;
		}
		if (apply(o, code, optarg) != 0)
			return -1;
	}
	if (argc - optind != 1)
		return complain("one FILE is wanted", "- is standard output");
	o->out_path = argv[optind];
	if (!o->is_icmp_given && o->server_count >= 100 && add_icmp(o, "server=100") != 0)
		return -1;
	return check(o);
}

void
mk_options_fini(struct mk_options *o)
{
	free(o->drops);
	free(o->icmp_servers);
	*o = (struct mk_options){0};
}

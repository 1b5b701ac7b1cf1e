/* options.h - what the command line asked for. */

#ifndef MK_OPTIONS_H
#define MK_OPTIONS_H

#include "pkt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The timeout of docs/matching.md, on which the truth depends. */
#define MK_TIMEOUT_NS INT64_C(5000000000)

enum mk_ports_mode {
	MK_PORTS_RANDOM,
	MK_PORTS_SEQUENTIAL,
};

/** Which source ports the clients use: those between the two, inclusive. */
struct mk_ports {
	enum mk_ports_mode mode;
	uint32_t lowest;
	uint32_t highest;
};

/** A server that never answers some source ports; server 0 is every one. */
struct mk_drop {
	uint32_t server;
	uint8_t ports[65536 / 8];
};

struct mk_options {
	uint64_t seed;
	uint64_t queries;
	double rate_qps;
	uint32_t client_count;
	uint32_t server_count;
	uint32_t zone_count;
	double v6_share;
	double loss_share;
	double late_share;
	double edns_share;
	double nxdomain_share;
	double truncated_share;
	double resend_share;
	unsigned resend_max;
	double latency_mean_ns;
	bool is_latency_exponential;
	bool is_nano;
	uint16_t vlan;
	enum pkt_link_kind link;
	struct mk_ports ports;
	struct mk_drop *drops;
	size_t drop_count;
	uint32_t *icmp_servers;
	size_t icmp_count;
	bool is_icmp_given;   /* on the command line, be it none */
	const char *out_path; /* "-" is standard output */
	const char *truth_path;
};

/**
 * Reads the command line.  0: go on; 1: help was printed; -1: a message was
 * printed.  The texts are borrowed from `argv`.
 */
int mk_options_parse(struct mk_options *o, int argc, char **argv);

void mk_options_fini(struct mk_options *o);

#endif

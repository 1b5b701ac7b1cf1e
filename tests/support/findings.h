/* findings.h - a summary of two servers and two clients, and findings about them, by hand. */

#ifndef FINDINGS_H
#define FINDINGS_H

#include <stdlib.h>
#include <string.h>

#include "diagnose/diagnose.h"

struct world {
	struct dg_summary summary;
	struct dg_server_summary servers[3];
	struct dg_client_summary clients[2];
	struct dg_examples examples[3];
	struct dg_zones zones;
};

/* 198.51.100.53, 198.51.100.54 and 2001:db8::53 port 5353; 192.0.2.1 and 192.0.2.2. */
static inline void
world_init(struct world *w)
{
	static const uint8_t ip6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x53};

	*w = (struct world){.servers = {{.key = {.port = 53, .family = DG_FAMILY_IP4}},
				{.key = {.port = 53, .family = DG_FAMILY_IP4}},
				{.key = {.port = 5353, .family = DG_FAMILY_IP6}}}};
	w->servers[0].key.address = (struct dg_addr){{198, 51, 100, 53}};
	w->servers[1].key.address = (struct dg_addr){{198, 51, 100, 54}};
	memcpy(w->servers[2].key.address.bytes, ip6, sizeof ip6);
	for (unsigned i = 0; i < 3; i++) {
		w->servers[i].examples = &w->examples[i];
		w->servers[i].zones = &w->zones;
	}
	for (unsigned i = 0; i < 2; i++)
		w->clients[i].key = (struct dg_client_key){
		    .address = {{192, 0, 2, (uint8_t)(1 + i)}}, .family = DG_FAMILY_IP4};
	w->summary.servers = w->servers;
	w->summary.server_count = 3;
	w->summary.clients = w->clients;
	w->summary.client_count = 2;
}

/* A finding about the first server, over UDP. */
static inline struct dg_finding *
finding_make(enum dg_code code)
{
	struct dg_finding *f = dg_finding_new(code, DG_FAULT);

	if (f == NULL)
		abort();
	f->servers[0] = 0;
	f->server_count = 1;
	f->servers_all = 1;
	f->transports[DG_SIDE_UDP] = true;
	f->inside = (struct dg_reach){170, 0};
	return f;
}

/* 1-1023 but 53 is silent; the ends as a capture has them. */
static inline struct dg_finding *
finding_ports(void)
{
	struct dg_finding *f = finding_make(DG_PORTS_SILENT);

	f->ports = strdup("1-52,54-1023");
	f->except = strdup("53");
	f->bounds[0] = (struct dg_bound){3, 1019, -1, 1031, 0, 0};
	f->bound_count = 1;
	f->outside = (struct dg_reach){220, 219};
	f->has_outside = true;
	f->has_p = true;
	f->ln_p = -60;
	f->where = DG_WHERE_NEAR_SERVER;
	f->controls[0] = (struct dg_control){1, {340, 330}};
	f->control_count = 1;
	f->controls_all = 1;
	return f;
}

#endif

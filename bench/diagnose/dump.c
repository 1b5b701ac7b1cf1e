/*
 * dump.c - one simulated capture as lines of JSON, a line a query, for other programs.
 */
#include <inttypes.h>

#include "sim.h"

void
sim_dump(const struct sim_world *w, FILE *out)
{
	static const char *const outcomes[] = {
	    "answered", "unanswered", "icmp_error", "undecided"};

	for (size_t i = 0; i < w->query_count; i++) {
		const struct sim_query *q = &w->queries[i];
		const uint32_t sp = w->servers[q->server].prefix;
		const uint32_t cp = w->clients[q->client].prefix;

		fprintf(out,
		    "{\"time\":%" PRId64 ".%09" PRId64 ",\"server\":\"10.%u.%u.%u\","
		    "\"client\":\"172.%u.%u.%u\",\"port\":%u,\"outcome\":\"%s\","
		    "\"question\":\"n%u\"}\n",
		    q->time_ns / 1000000000, q->time_ns % 1000000000, sp >> 8, sp & 255,
		    1 + q->server % 250, 16 + (cp >> 8), cp & 255, 1 + q->client % 250,
		    (unsigned)q->port, outcomes[q->outcome], q->question);
	}
}

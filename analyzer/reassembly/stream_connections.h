#ifndef DG_REASSEMBLY_STREAM_CONNECTIONS_H
#define DG_REASSEMBLY_STREAM_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/hash.h"
#include "base/pool.h"
#include "reassembly/stream_pieces.h"

/*
 * stream_connections.h - the connections that are remembered, found by their two ends.
 *
 * A record is small, for most that a flood opens never carry an octet; what waits lies
 * elsewhere (stream_pieces.h), and belongs to whoever removes the record.
 */

/* One direction of a connection.  All numbers are sequence numbers, modulo 2^32. */
struct dg_stream_side {
	/* The next octet; of a stream whose beginning is sought: octets before it are old. */
	uint32_t expected;
	uint32_t acked; /* the peer has the octets before it */
	uint32_t seen;  /* while the beginning is sought: the end of what was seen */
	uint32_t fin;   /* of a FIN that waits */

	/* The message at hand. */
	struct dg_rope kept;
	uint32_t position; /* its octets that went by, with the two of its length */
	uint16_t length;   /* known from position 2 on */
	bool is_cut;       /* octets of it are missing: nothing is kept from there on */

	uint8_t waiting_count;
	uint32_t waiting; /* the first segment that waits */
	bool is_begun;    /* else its beginning is sought */
	bool has_expected;
	bool has_acked;
	bool has_seen;
	bool has_fin;
};

/* Two lists of connections, each with the one that was silent longest first. */
enum dg_connection_list {
	DG_CONNECTIONS_ALL,
	DG_CONNECTIONS_HOLDING, /* of which something waits */
	DG_CONNECTION_LIST_COUNT
};

struct dg_connection {
	uint32_t next; /* in its chain; also the pool's link while free */
	uint32_t hash;
	struct dg_flow flow;
	int64_t last_ns;
	struct {
		uint32_t before;
		uint32_t behind;
	} links[DG_CONNECTION_LIST_COUNT];
	uint32_t syn;        /* the client's sequence number */
	uint32_t syn_wants;  /* the acknowledgement number that it asks for */
	uint32_t server_syn; /* the server's sequence number */
	bool has_syn;
	bool has_server_syn;
	bool is_foreign; /* its server has no server port: not DNS */
	bool stands;
	bool is_reset;
	bool is_closed;
	bool is_holding;
	struct dg_stream_side client; /* what the client sends */
	struct dg_stream_side server;
};

struct dg_connections {
	struct dg_pool pool;
	uint32_t *chains; /* heads + 1; 0 is none */
	uint32_t mask;
	struct {
		uint32_t oldest;
		uint32_t newest;
	} lists[DG_CONNECTION_LIST_COUNT];
	struct dg_hash_key secret;
};

/* At most `max` connections.  Returns 0 or DNSGAP_ENOMEM. */
int dg_connections_init(
    struct dg_connections *c, const struct dg_hash_key *secret, uint32_t max);
void dg_connections_fini(struct dg_connections *c);

static inline struct dg_connection *
dg_connection_at(const struct dg_connections *c, uint32_t index)
{
	return dg_pool_at(&c->pool, index);
}

static inline bool
dg_connections_is_full(const struct dg_connections *c)
{
	return c->pool.used >= c->pool.max;
}

/* The same ends, seen from the other one. */
struct dg_flow dg_connection_turned(const struct dg_flow *flow);

/* The connection of these two ends, whichever of them is its client; or DG_POOL_NONE. */
uint32_t dg_connections_find(const struct dg_connections *c, const struct dg_flow *ends);

/* Adds one, the newest, all zero but for its flow.  DG_POOL_NONE: full, or out of memory. */
uint32_t dg_connections_add(struct dg_connections *c, const struct dg_flow *flow);

void dg_connections_remove(struct dg_connections *c, uint32_t index);

/* A segment came: it is the newest in its lists. */
void dg_connections_touch(struct dg_connections *c, uint32_t index);

/* Puts it at the end of the list of those of which something waits, or takes it off. */
void dg_connections_set_holding(struct dg_connections *c, uint32_t index, bool is_holding);

/* The connection of a list that was silent longest; DG_POOL_NONE when it is empty. */
static inline uint32_t
dg_connections_oldest(const struct dg_connections *c, enum dg_connection_list list)
{
	return c->lists[list].oldest;
}

#endif

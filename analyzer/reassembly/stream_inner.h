#ifndef DG_REASSEMBLY_STREAM_INNER_H
#define DG_REASSEMBLY_STREAM_INNER_H

#include "reassembly/stream.h"
#include "reassembly/stream_connections.h"

/*
 * stream_inner.h - what the files of stream.h share.
 *
 * stream.c knows connections, stream_side.c one direction of them.
 */

struct dg_stream_table {
	struct dg_connections connections;
	struct dg_pool pieces;
	const struct dg_server_ports *server_ports;
	struct dg_stream_sink sink;
	struct dg_stream_stats stats;
	int64_t newest_ns;
	uint8_t *whole; /* a message put together; or the beginning of one that is sought */
};

/* The segment that is worked on, and one side of its connection: its sender's or its
 * receiver's. */
struct dg_stream_hand {
	struct dg_stream_table *table;
	struct dg_connection *connection;
	uint32_t index; /* the connection's */
	const struct dg_frame *frame;
	struct dg_stream_side *side;
	bool is_client; /* the side is what the client sends */
};

/* Tells the sink of a turn that has no more to say.  Returns what it returned. */
int dg_stream_tell(const struct dg_stream_hand *h, enum dg_stream_turn turn);

/* Hands on a message of this side. */
int dg_stream_tell_message(
    const struct dg_stream_hand *h, const uint8_t *data, uint32_t captured, uint32_t wire);

/* Makes sure that so many pieces can be taken: other connections go.  0 or an error. */
int dg_stream_make_room(const struct dg_stream_hand *h, uint32_t piece_count);

/* The stream's next octet is known. */
void dg_side_begin(struct dg_stream_side *side, uint32_t seq);

/* The other end has the octets before `ack`. */
int dg_side_acknowledge(const struct dg_stream_hand *h, uint32_t ack);

/* Octets of this side, one at least. */
int dg_side_octets(const struct dg_stream_hand *h, const struct dg_octets *octets);

int dg_side_fin(const struct dg_stream_hand *h, uint32_t seq);

bool dg_side_is_holding(const struct dg_stream_side *side);

/* Gives back the pieces. */
void dg_side_drop(struct dg_pool *pieces, struct dg_stream_side *side);

#endif
